"""Groups what was refused, so that an operator sees mistakes rather than records: without any private key."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from deploy.quarantine.reading import Sealed
    from schemas.catalogue import Catalogue

DAY = 24 * 3600 * 1000  # milliseconds
_VERSION = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9}){0,3}")
Trend = Literal["new", "rising", "steady", "falling", "over"]


class Kind(NamedTuple):
    """What a group's refusals have in common, all of it content-free."""

    stage: str
    reason: str
    event: str | None
    field: str | None
    value_kind: str
    app: str | None
    version: str | None


@dataclass(frozen=True, slots=True)
class Group:
    """Equal mistakes of one release: which, when, how many.

    `today` and `before` count the last 24 hours and the 24 before them; `trend` puts them in a word. `predecessor` is
    the release of the app before this one, of those that quarantine knows at all, and `of_predecessor` how often that
    one made the same mistake. `fingerprints` are the mistake's, one an epoch of each schema's version.
    """

    stage: str
    reason: str
    event: str | None
    field: str | None
    value_kind: str
    app: str | None
    version: str | None
    first: datetime
    last: datetime
    count: int
    today: int
    before: int
    trend: Trend
    predecessor: str | None
    of_predecessor: int
    fingerprints: tuple[str, ...]

    @property
    def is_worse(self) -> bool:
        """Whether the release leaks more here than the one before it."""
        return self.predecessor is not None and self.count > self.of_predecessor


class _Seen(NamedTuple):
    at: int  # milliseconds since the epoch
    many: int
    fingerprint: str


def groups(messages: Iterable[Sealed], catalogue: Catalogue, now: float) -> list[Group]:
    """Group refusals; `now` is in seconds since the epoch.

    The mistake that is most frequent over all releases of an app comes first; within it the newest release does.
    """
    found: dict[Kind, list[_Seen]] = {}
    for message in messages:
        for told in message.refusals:
            registered = catalogue.schemas.get(told.schema_id or 0)
            event = registered.event if registered else None
            version = told.app_version if _VERSION.fullmatch(told.app_version or "") else None
            kind = Kind(message.stage, told.reason, event, told.field, told.value_kind, told.app, version)
            found.setdefault(kind, []).append(_Seen(message.at, told.count, told.fingerprint))
    counts = {kind: sum(each.many for each in seen) for kind, seen in found.items()}
    made = [_group(kind, seen, counts, int(now * 1000)) for kind, seen in found.items()]
    of_mistakes: dict[Kind, int] = {}
    for kind, count in counts.items():
        of_mistakes[_mistake(kind)] = of_mistakes.get(_mistake(kind), 0) + count
    newest_first = sorted(zip(found, made, strict=True), key=lambda pair: numbers(pair[0].version), reverse=True)
    in_order = sorted(newest_first, key=lambda pair: (-of_mistakes[_mistake(pair[0])], repr(_mistake(pair[0]))))
    return [group for _, group in in_order]


def numbers(version: str | None) -> tuple[int, ...]:
    """Give what orders versions; none comes before all."""
    return tuple(int(part) for part in version.split(".")) if version else ()


def _mistake(kind: Kind) -> Kind:
    return kind._replace(version=None)


def _group(kind: Kind, seen: list[_Seen], counts: Mapping[Kind, int], now: int) -> Group:
    moments = [each.at for each in seen]
    today = sum(each.many for each in seen if now - each.at < DAY)
    before = sum(each.many for each in seen if DAY <= now - each.at < 2 * DAY)
    predecessor = _predecessor(kind, counts)
    return Group(
        *kind,
        first=_moment(min(moments)),
        last=_moment(max(moments)),
        count=counts[kind],
        today=today,
        before=before,
        trend=_trend(today, before, now - min(moments)),
        predecessor=predecessor,
        of_predecessor=counts.get(kind._replace(version=predecessor), 0) if predecessor else 0,
        fingerprints=tuple(sorted({each.fingerprint for each in seen if each.fingerprint})),
    )


def _predecessor(kind: Kind, known: Iterable[Kind]) -> str | None:
    """Find the release before, among all of the app that made any mistake."""
    if kind.app is None or kind.version is None:
        return None
    releases = {other.version for other in known if other.app == kind.app and other.version is not None}
    earlier = [version for version in releases if numbers(version) < numbers(kind.version)]
    return max(earlier, key=numbers, default=None)


def _trend(today: int, before: int, age: int) -> Trend:
    if age < DAY:
        return "new"
    if today == 0:
        return "over"
    return "rising" if today > before else "falling" if today < before else "steady"


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC).replace(microsecond=0)
