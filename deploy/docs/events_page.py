"""The table of the sample catalogue's events."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from schemas.catalogue import load
from schemas.model import Kind
from schemas.signals import MetricMatch, SpanEventMatch, SpanMatch

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.plan import Plan
    from schemas.signals import Match

_HEAD: Final = ["| event | made of | kind | owner | for training | what it tells |", "|---|---|---|---|---|---|"]
_KINDS: Final = list(Kind)


def sections() -> Mapping[str, str]:
    """One row an event, by kind and name."""
    plans = sorted(load().plans.values(), key=lambda plan: (_KINDS.index(plan.kind), plan.event))
    return {"events": "\n".join([*_HEAD, *map(_row, plans)])}


def _row(plan: Plan) -> str:
    file = f"../schemas/catalog/{plan.kind}/{plan.avro['name']}.avsc"
    trains = "yes" if plan.for_ml else "no"
    cells = (f"[`{plan.event}`]({file})", _made_of(plan.match), plan.kind, plan.owner, trains, plan.avro["doc"])
    return f"| {' | '.join(cells)} |"


def _made_of(match: Match | None) -> str:
    match match:
        case SpanMatch(scope=scope, kind=kind):
            return f"{kind} spans of `{scope}`"
        case SpanEventMatch(scope=scope, name=name):
            return f"`{name}` within spans of `{scope}`"
        case MetricMatch(name=name, type=sort):
            return f"{sort} `{name}`"
        case _:
            return "log records"
