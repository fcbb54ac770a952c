"""What an app that colludes with a reader of ml.eligible could tell it: figures of the compiler, for the catalogue."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from typing import Final

from schemas.catalogue import SHIPPED, load
from schemas.compile import EVENT_BITS, FIELD_BITS, WAIVED_BITS
from schemas.domains.pseudonyms import Pseudonym
from schemas.plan import Plan

IDS: Final = 1_000_000  # ids that a colluding app keeps in stock
RATES: Final = (1, 100, 1000)  # events a second


@dataclass(frozen=True, slots=True)
class Carried:
    """What one event can carry: bits of its images, and how many ids its sender chooses."""

    event: str
    bits: float
    ids: int

    @property
    def with_ids(self) -> float:
        """Bits an event, when which of `IDS` ids comes again is made to say something."""
        return self.bits + self.ids * math.log2(IDS)


def carried() -> list[Carried]:
    """Every event of the shipped catalogue that reaches ml.eligible, the worst first."""
    plans = [plan for plan in load(SHIPPED).plans.values() if plan.ml_avro is not None and plan.for_ml]
    return sorted((Carried(plan.event, plan.bits, _ids(plan)) for plan in plans), key=lambda it: (-it.bits, it.event))


def _ids(plan: Plan) -> int:
    """Count the ids that come from an attribute: nobody chooses the event's own."""
    return sum(place.in_ml and place.source is None and isinstance(place.domain, Pseudonym) for place in plan.fields)


def figures() -> str:
    """Write the section."""
    events = carried()
    worst, median = events[0], statistics.median(it.bits for it in events)
    rates = "\n".join(f"| {rate:,} | {rate * worst.bits:,.0f} | {rate * median:,.0f} |" for rate in RATES)
    every = "\n".join(f"| `{it.event}` | {it.bits:.1f} | {it.ids} | {it.with_ids:.0f} |" for it in events)
    return (
        f"Of the {len(events)} events of the shipped catalogue that can reach ml.eligible, the worst, `{worst.event}`, "
        f"carries at most {worst.bits:.1f} bits, the median {median:.1f}. The compiler refuses a field above "
        f"{FIELD_BITS} bits and an event above {EVENT_BITS}, or {WAIVED_BITS} with a waiver. That is by design what an "
        "app can say that *wants* to say something, to somebody who reads ml.eligible and knows the code:\n\n"
        "| events a second | bits a second, worst event | median event |\n|---:|---:|---:|\n"
        f"{rates}\n\n"
        "Tidegate does not limit how many events an app sends, so the rate is the app's choice.\n\n"
        f"| event | bits | ids its sender chooses | bits with {IDS:,} ids in stock |\n|---|---:|---:|---:|\n{every}"
    )


def batch_order(events: int) -> float:
    """Bits that the order of so many events could carry: log2 of their permutations."""
    return math.lgamma(events + 1) / math.log(2)
