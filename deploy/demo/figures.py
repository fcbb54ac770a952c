"""The demo's figures: what was sent, what became of it, and whether the sums add up."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from schemas.codec import Codec, CodecError, unframe
from schemas.quarantine import Stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from broker.port import Received
    from deploy.demo.autopsy import Autopsy
    from schemas.catalogue import Catalogue

KINDS = {"usage": "telemetry.usage", "diagnostic": "telemetry.diagnostic", "content": "customer.content"}
ELIGIBLE = "ml.eligible"


@dataclass(frozen=True, slots=True)
class Check:
    """One sum, and whether it adds up."""

    text: str
    holds: bool


@dataclass(frozen=True, slots=True)
class Figures:
    """Events are counted by their ids: at-least-once may deliver one twice (`repeats`), and it is still one."""

    manifest: Mapping[str, Any] = field(repr=False)
    accepted: Mapping[str, int]
    eligible: int
    withheld: Mapping[str, int]
    autopsy: Autopsy
    repeats: int

    @property
    def sent(self) -> int:
        """Records that the app sent and the collector acknowledged."""
        return int(self.manifest["acknowledged"])

    @property
    def generated(self) -> int:
        """Accepted service-generated events."""
        return self.accepted["usage"] + self.accepted["diagnostic"]

    @property
    def quarantined(self) -> int:
        """Records in quarantine."""
        return sum(self.autopsy.refused(stage) for stage in Stage)

    def checks(self) -> list[Check]:
        """Do the sums."""
        accepted, refused = sum(self.accepted.values()), self.autopsy.refused(Stage.COLLECTOR)
        withheld, ours = sum(self.withheld.values()), self.autopsy.refused(Stage.VALIDATOR)
        slipped, strays = self.manifest["by_kind"]["mistake"], self.autopsy.strays.total()
        return [
            Check(f"sent {self.sent:,} = accepted {accepted:,} + refused {refused:,}", self.sent == accepted + refused),
            Check(
                f"service-generated {self.generated:,} = ml.eligible {self.eligible:,} + withheld {withheld:,} "
                f"+ refused by the validator {ours:,}",
                self.generated == self.eligible + withheld + ours,
            ),
            Check(
                f"of {slipped:,} mistaken records {refused - strays:,} were refused, {slipped - refused + strays:,} "
                f"accepted without their words; valid records refused: {strays:,}",
                refused <= slipped and strays == 0,
            ),
            Check("quarantine, opened with the operator's key, tells the same reasons", self.autopsy.agrees),
        ]


def count_events(messages: Iterable[Received], catalogue: Catalogue, codecs: dict[int, Codec]) -> Counter[object]:
    """Count messages by their event's id. Bytes that don't decode are counted each as themselves."""
    events: Counter[object] = Counter()
    for message in messages:
        try:
            number, payload = unframe(message.value)
            if number not in codecs:
                codecs[number] = Codec(catalogue.schemas[number].avro)
            events[codecs[number].decode(payload)["origin"]["event_id"]] += 1
        except (CodecError, KeyError):
            events[message.topic, message.partition, message.offset] += 1
    return events


def tally(
    manifest: Mapping[str, Any],
    messages: Mapping[str, list[Received]],
    counts: Mapping[str, Mapping[str, int]],
    autopsy: Autopsy,
    catalogue: Catalogue,
) -> Figures:
    """Count what is in the topics; what was withheld is in none, and told by the validator's own counts."""
    codecs: dict[int, Codec] = {}
    events = {topic: count_events(messages[topic], catalogue, codecs) for topic in (*KINDS.values(), ELIGIBLE)}
    prefix = "withheld."
    told = counts.get("validator", {})
    return Figures(
        manifest=manifest,
        accepted={kind: len(events[topic]) for kind, topic in KINDS.items()},
        eligible=len(events[ELIGIBLE]),
        withheld={name.removeprefix(prefix): count for name, count in told.items() if name.startswith(prefix)},
        autopsy=autopsy,
        repeats=sum(seen.total() - len(seen) for seen in events.values()),
    )
