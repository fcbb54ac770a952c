"""Opens quarantine with the operator's key, to tell which mistake was refused for which reason.

A quarantine message tells its reasons apart from its sealed records, on purpose. So each record that comes out of a
seal goes through the same gate once more; that all reasons together are those told outside is checked.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from collector.otlp import decode
from collector.pipeline import Refused, gate
from collector.records import LogRecord, Pairs
from collector.signals import BY_FORMAT, signal_of
from schemas.codec import unframe
from schemas.domains import Context
from schemas.quarantine import Stage, open_sealed
from schemas.quarantine_forms import outside as told_outside

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from broker.port import Received
    from collector.records import Record, Value
    from collector.signals import Signal
    from deploy.demo.matcher import Matcher
    from schemas.catalogue import Catalogue

ANY_KEY = bytes(32)  # images are thrown away here
HALF_AN_HOUR = 1800 * 1_000_000  # microseconds: quarantine tells the time to the hour


@dataclass(frozen=True, slots=True)
class Autopsy:
    """What quarantine holds. `told` are the reasons outside the seals, by stage; `strays` carry no canary."""

    told: dict[Stage, Counter[str]]
    reasons: dict[str, Counter[str]]  # by mistake
    strays: Counter[str]
    agrees: bool
    sealed: int = field(default=0)

    def refused(self, stage: Stage) -> int:
        """Records that a stage refused."""
        return self.told[stage].total()


def examine(messages: Iterable[Received], catalogue: Catalogue, identity: str, matcher: Matcher) -> Autopsy:
    """Open every seal. A request that was sent twice, for want of an answer, counts once."""
    told: dict[Stage, Counter[str]] = {stage: Counter() for stage in Stage}
    reasons: dict[str, Counter[str]] = {}
    strays: Counter[str] = Counter()
    judged: Counter[str] = Counter()
    seen: set[tuple[bytes, ...]] = set()
    for message in messages:
        outside = told_outside(unframe(message.value)[1])
        stage = Stage(outside["stage"])
        form, items = open_sealed(outside["sealed"], identity)
        if tuple(items) in seen:
            continue
        seen.add(tuple(items))
        told[stage] += _told(outside)
        if stage is Stage.COLLECTOR:
            for record, reason in _judged(items, BY_FORMAT[form], catalogue, outside["hour"]):
                judged[reason] += 1
                names = {hit.name for hit in matcher.hits(flat(record))}
                strays[reason] += not names
                for name in names:
                    reasons.setdefault(name, Counter())[reason] += 1
    return Autopsy(told, reasons, +strays, agrees=judged == told[Stage.COLLECTOR], sealed=len(seen))


def _told(outside: dict[str, Any]) -> Counter[str]:
    counts: Counter[str] = Counter()
    for refusal in outside["refusals"]:
        counts[refusal["reason"]] += refusal["count"]
    return counts


def _judged(items: Iterable[bytes], signal: Signal, catalogue: Catalogue, hour: int) -> Iterator[tuple[Record, str]]:
    """Judge what a seal encloses. A span that was sealed for an event within it is itself in order: left out."""
    context = Context(ANY_KEY, hour * 1000 + HALF_AN_HOUR)
    for item in items:
        records = decode(item, signal)
        for record, outcome in zip(records, gate(records, catalogue, context), strict=True):
            if isinstance(outcome, Refused):
                yield record, outcome.refusal.reason.code
            elif isinstance(record, LogRecord):
                yield record, "accepted"


def flat(record: Record) -> bytes:
    """Write everything a sender can put into a record one below the other, for a search."""
    if not isinstance(record, LogRecord):
        return signal_of([record]).encode([record])
    parts: list[Value] = [record.event_name, record.body, record.severity_text, record.scope.name]
    parts += [record.scope.version, record.scope.schema_url, record.resource.schema_url]
    parts += [Pairs(record.attributes), Pairs(record.resource.attributes), Pairs(record.scope.attributes)]
    return b"\n".join(_flat(part) for part in parts)


def _flat(value: Value) -> bytes:
    if isinstance(value, bytes):
        return value
    if isinstance(value, Pairs):
        return b"\n".join(key.encode() + b"\n" + _flat(item) for key, item in value.pairs)
    if isinstance(value, tuple):
        return b", ".join(_flat(item) for item in value)
    return str(value).encode()
