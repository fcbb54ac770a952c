"""Looks for many words in many shapes at once.

Every needle is reached through a short anchor, its first or last bytes; needles share anchors (canaries have a common
stem), so a haystack is walked a few dozen times instead of thousands.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.demo.encodings import FOLDED, needles

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

ANCHOR = 3  # bytes: longer ones are shared by fewer needles, shorter ones found too often


@dataclass(frozen=True, slots=True, order=True)
class Hit:
    """A word was found in a shape; `name` is the canary's, never its words."""

    name: str
    shape: str


class Matcher:
    """Finds the words of canaries: `Matcher({"chat.message body": ("kvaz…", "kvaz…")})`."""

    def __init__(self, words: Mapping[str, Iterable[str]]) -> None:
        """Work out the needles of every word."""
        exact: dict[bytes, Hit] = {}
        folded: dict[bytes, Hit] = {}
        for name, several in words.items():
            for word in several:
                for shape, needle in needles(word):
                    (folded if shape in FOLDED else exact)[needle] = Hit(name, shape)
        self._exact, self._folded = _Index(exact), _Index(folded)
        self.needles = len(exact) + len(folded)

    def hits(self, haystack: bytes) -> set[Hit]:
        """Tell which words are in a haystack, in which shapes."""
        return {*self._exact.hits(haystack), *self._folded.hits(haystack.lower())}


class _Index:
    def __init__(self, found: Mapping[bytes, Hit]) -> None:
        self._found = found
        starts = Counter(needle[:ANCHOR] for needle in found)
        ends = Counter(needle[-ANCHOR:] for needle in found)
        groups: dict[tuple[bytes, bool], set[int]] = defaultdict(set)
        for needle in found:
            at_start = starts[needle[:ANCHOR]] >= ends[needle[-ANCHOR:]]
            groups[needle[:ANCHOR] if at_start else needle[-ANCHOR:], at_start].add(len(needle))
        self._groups = groups

    def hits(self, haystack: bytes) -> Iterator[Hit]:
        for (anchor, at_start), lengths in self._groups.items():
            at = haystack.find(anchor)
            while at >= 0:
                for length in lengths:
                    start = at if at_start else max(0, at + ANCHOR - length)
                    hit = self._found.get(haystack[start : start + length])
                    if hit is not None:
                        yield hit
                at = haystack.find(anchor, at + 1)
