"""Groups what was refused, so that an operator sees mistakes rather than records: without any private key."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from deploy.quarantine.reading import Sealed
    from schemas.catalogue import Catalogue

DAY = 24 * 3600 * 1000  # milliseconds


@dataclass(frozen=True, slots=True)
class Group:
    """Equal refusals: which stage, why, of which event and field, what kind of value, when, how many.

    `today` and `before` count the last 24 hours and the 24 before them: the trend.
    """

    stage: str
    reason: str
    event: str | None
    field: str | None
    value_kind: str
    first: datetime
    last: datetime
    count: int
    today: int
    before: int


def groups(messages: Iterable[Sealed], catalogue: Catalogue, now: float) -> list[Group]:
    """Group refusals, the most frequent first; `now` is in seconds since the epoch."""
    found: dict[tuple[str, str, str | None, str | None, str], list[tuple[int, int]]] = {}
    for message in messages:
        for told in message.refusals:
            registered = catalogue.schemas.get(told.schema_id or 0)
            event = registered.event if registered else None
            key = message.stage, told.reason, event, told.field, told.value_kind
            found.setdefault(key, []).append((message.at, told.count))
    made = [_group(key, counted, int(now * 1000)) for key, counted in found.items()]
    return sorted(made, key=lambda group: (-group.count, group.reason, group.event or "", group.field or ""))


def _group(key: tuple[str, str, str | None, str | None, str], counted: list[tuple[int, int]], now: int) -> Group:
    moments = [at for at, _ in counted]
    ages = [(now - at, count) for at, count in counted]
    return Group(
        *key,
        first=_moment(min(moments)),
        last=_moment(max(moments)),
        count=sum(count for _, count in counted),
        today=sum(count for age, count in ages if age < DAY),
        before=sum(count for age, count in ages if DAY <= age < 2 * DAY),
    )


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(microsecond=0)
