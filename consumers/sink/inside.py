"""Whether a telemetry record is one that the collector could have made: each of its values inside its domain, again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from schemas.domains import Context
from schemas.domains.times import FUTURE, PAST, SECOND
from schemas.plan import value_at
from schemas.reasons import OutsideDomain, Reason

if TYPE_CHECKING:
    from schemas.plan import Plan

_RECEIVED: Final = ("origin", "receive_time")
_NO_KEY: Final = bytes(32)  # ML images are thrown away here


def outside(plan: Plan | None, record: Mapping[str, Any], now: float) -> Reason | None:
    """Give the reason why a decoded record has no place in a table; None for one that has.

    `now` is in seconds since the epoch. A topic keeps a message a week, so the receive time is one of late.
    """
    if plan is None:  # registered once, gone from the catalogue since
        return Reason.UNKNOWN_SCHEMA
    received = value_at(record, _RECEIVED)
    if type(received) is not int or not -PAST <= received - now * SECOND <= FUTURE:
        return Reason.OUT_OF_WINDOW
    context = Context(_NO_KEY, received)
    try:
        for place in plan.fields:
            value = value_at(record, place.path)
            if place.domain is not None and not (value is None and place.nullable):
                place.domain.reduce(value, context)
    except OutsideDomain as miss:
        return miss.reason
    return None
