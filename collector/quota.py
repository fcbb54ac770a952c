"""What one request may still hold of attribute values, and how large each may be: the same for every encoding."""

from __future__ import annotations

from typing import Final, TypeVar

from collector.errors import TooLarge, Undecodable
from collector.limits import Limits

BUCKETS: Final = 4  # of histograms, take the room of one value

V = TypeVar("V")


class Quota:
    """Counts one request's values against `limits`; each method raises for the first thing too many."""

    __slots__ = ("_buckets", "_left", "_limits", "_records")

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._left = limits.values
        self._buckets = BUCKETS * limits.values
        self._records = limits.records

    def count(self, depth: int) -> None:
        """Count one value that stands `depth` levels deep."""
        if depth > self._limits.depth:
            raise Undecodable("a value is nested too deeply")
        self.take(1)

    def take(self, number: int) -> None:
        """Count so many values, or what costs us as much as one: a link, an exemplar."""
        self._left -= number
        if self._left < 0:
            raise TooLarge("the request holds more values than one request may")

    def attributes(self, number: int) -> None:
        """Check how many attributes one record, resource, scope or map has."""
        if number > self._limits.attributes:
            raise TooLarge("a record holds more attributes than one record may")

    def buckets(self, number: int) -> None:
        """Check how many buckets a histogram's point has: as many as attributes; count those of all points."""
        self._buckets -= number
        if number > self._limits.attributes or self._buckets < 0:
            raise TooLarge("a histogram, or all of a request's, holds more buckets than one may")

    def key(self, key: str) -> str:
        """Check an attribute's key."""
        if len(key) > self._limits.key:
            raise TooLarge("an attribute's key is longer than a key may be")
        return key

    def text(self, text: str) -> str:
        """Check a text that is no attribute's: a name, a severity, an address."""
        if len(text) > self._limits.value:
            raise TooLarge("a text is longer than a value may be")
        return text

    def span(self, events: int, links: int) -> None:
        """Count a span and the events within it, which are records too; check how many links it has."""
        self._records -= 1 + events
        if self._records < 0:
            raise TooLarge("the request holds more spans and events within them than one request may hold records")
        if links > self._limits.attributes:
            raise TooLarge("a span holds more links than a record may hold attributes")

    def plain(self, value: V, depth: int) -> V:
        """Count and check a value that holds no others."""
        self.count(depth)
        if isinstance(value, (str, bytes)) and len(value) > self._limits.value:
            raise TooLarge("a value is longer than a value may be")
        return value
