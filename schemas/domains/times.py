"""The time domain: a timestamp inside a window around the moment of receipt."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import ClassVar, Literal

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

SECOND = 1_000_000  # all times here are microseconds since the epoch, UTC
HOUR = 3600 * SECOND
PAST, FUTURE = 30 * 24 * HOUR, 1 * HOUR

_RFC3339 = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})", re.ASCII)
_IN_MICROSECONDS = {"s": 1_000_000, "ms": 1_000, "us": 1}


class Time(Domain):
    """A moment at most 30 days before and one hour after receipt: a client without a clock, or with a toy one, is told.

    Received as RFC 3339 text or as a whole number of `unit`s since the epoch. ML image: its hour or day.
    """

    domain: Literal["time"] = "time"
    resolution: Literal["hour", "day"] = "hour"
    """What ML's image keeps."""
    unit: Literal["s", "ms", "us"] = "ms"
    """Of values that come as whole numbers."""
    terms: ClassVar[Terms] = Terms(
        accepts="RFC 3339 text in capitals, with an offset or Z; a whole number of `unit`s since 1970",
        refuses="what is 30 days older or an hour newer than receipt; reals, numbers as text, leap seconds, no offset",
        image="its hour, or its day",
        capacity="log2(hours or days that the window touches)",
        folds=(
            "the ways to write one moment: offset, `T` or a blank, text or number, noughts at the end",
            "digits of a second beyond the sixth",
        ),
    )
    takes: ClassVar[tuple[str, ...]] = ("long:timestamp-micros",)

    @property
    def _grain(self) -> int:
        return HOUR if self.resolution == "hour" else 24 * HOUR

    def telemetry(self, value: object, context: Context) -> object:
        """Return microseconds since the epoch."""
        if type(value) is int:
            return self.inside(value * _IN_MICROSECONDS[self.unit], context)
        if isinstance(value, str) and len(value) <= len("2026-11-30T12:00:00.123456789+00:00"):
            return self.inside(_parse(value), context)
        raise OutsideDomain(Reason.WRONG_TYPE)

    def inside(self, moment: int, context: Context) -> int:
        """Return a moment, in microseconds since the epoch, that is inside the window."""
        if not -PAST <= moment - context.moment <= FUTURE:
            raise OutsideDomain(Reason.OUT_OF_WINDOW)
        return moment

    def reduce(self, image: object, context: Context) -> object:
        """Return milliseconds since the epoch of the hour or day."""
        if type(image) is not int:
            raise OutsideDomain(Reason.WRONG_TYPE)
        moment = self.inside(image, context)
        return (moment - moment % self._grain) // 1000

    @property
    def images(self) -> int:
        """Grains that the window can touch, wherever in a grain it begins."""
        return -(-(PAST + FUTURE) // self._grain) + 1

    def ml_type(self, name: str) -> Avro:  # noqa: ARG002 - needs no named type
        """A coarse timestamp."""
        return {"type": "long", "logicalType": "timestamp-millis"}

    def ml_notes(self) -> dict[str, str]:
        """How coarse."""
        return {"resolution": self.resolution}


def _parse(text: str) -> int:
    """Read RFC 3339 text into microseconds; digits beyond the sixth are cut."""
    match = _RFC3339.fullmatch(text)
    if match is None:
        raise OutsideDomain(Reason.WRONG_TYPE)
    fraction = match[1] or ""
    try:
        moment = datetime.fromisoformat(text.replace(fraction, fraction[:7], 1) if fraction else text)
    except ValueError:
        raise OutsideDomain(Reason.WRONG_TYPE) from None
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return (since.days * 86400 + since.seconds) * SECOND + since.microseconds
