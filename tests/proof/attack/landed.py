"""What arrived: events on the telemetry topics and in `ml.eligible`, each counted once, by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from schemas.codec import Codec, CodecError, unframe

if TYPE_CHECKING:
    from broker.port import Received
    from schemas.catalogue import Catalogue

ML: Final = "ml.eligible"
TELEMETRY: Final = ("telemetry.usage", "telemetry.diagnostic")
Ids = AbstractSet[tuple[str, str, object]]  # topic, event, event id


@dataclass(frozen=True, slots=True)
class Landed:
    """How many of an event were to arrive, and how many did."""

    event: str
    due: int
    telemetry: int
    ml: int

    @property
    def holds(self) -> bool:
        """True when each arrived, none more, and each was found fit for training."""
        return self.due == self.telemetry == self.ml > 0


def ids(messages: Mapping[str, Sequence[Received]], catalogue: Catalogue) -> Ids:
    """Collect the ids of events that are made of spans or points: what comes twice is one."""
    own = {event for event, plan in catalogue.plans.items() if plan.match is not None}
    codecs = {number: Codec(schema.avro) for number, schema in catalogue.schemas.items() if schema.event in own}
    found: set[tuple[str, str, object]] = set()
    for topic in (*TELEMETRY, ML):
        for message in messages.get(topic, ()):
            try:
                number, payload = unframe(message.value)
                value = codecs[number].decode(payload)
            except (CodecError, KeyError):
                continue  # of another signal, or no event at all
            found.add((topic, str(catalogue.schemas[number].event), value["origin"]["event_id"]))
    return found


def landed(due: Iterable[Mapping[str, int]], found: Ids) -> tuple[Landed, ...]:
    """Set what was to arrive beside what did."""
    wanted: Counter[str] = Counter()
    for each in due:
        wanted.update(each)
    kept = Counter(event for topic, event, _ in found if topic in TELEMETRY)
    fit = Counter(event for topic, event, _ in found if topic == ML)
    return tuple(Landed(event, wanted[event], kept[event], fit[event]) for event in sorted({*wanted, *kept, *fit}))
