"""Which plan takes a record: a log record by its event name, a span by scope, kind and attributes, others by name."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from schemas.plan import Plan
from schemas.signals import MetricMatch, SpanEventMatch, SpanMatch


@dataclass(frozen=True, slots=True)
class Routes:
    """The current plans, by what a record says. At most one takes a record: a catalogue with `rivals` does not load."""

    logs: Mapping[str, Plan]
    spans: Mapping[tuple[str, str], tuple[Plan, ...]]  # by scope and kind; those that require most come first
    span_events: Mapping[tuple[str, str], Plan]
    metrics: Mapping[tuple[str, str], Plan]

    def span(self, scope: str, kind: str, attributes: Collection[str]) -> Plan | None:
        """Find the plan of a span: of those whose required attributes it has, the one that requires most."""
        return next((it for it in self.spans.get((scope, kind), ()) if _required(it) <= set(attributes)), None)


def routed(plans: Iterable[Plan]) -> Routes:
    """Sort plans by what they are made of."""
    logs, span_events, metrics = dict[str, Plan](), dict[tuple[str, str], Plan](), dict[tuple[str, str], Plan]()
    spans: dict[tuple[str, str], list[Plan]] = {}
    for plan in plans:
        match plan.match:
            case None:
                logs[plan.event] = plan
            case SpanMatch(scope=scope, kind=kind):
                spans.setdefault((scope, kind.value), []).append(plan)
            case SpanEventMatch(scope=scope, name=name):
                span_events[scope, name] = plan
            case MetricMatch(scope=scope, name=name):
                metrics[scope, name] = plan
    ordered = {of: tuple(sorted(found, key=lambda it: -len(_required(it)))) for of, found in spans.items()}
    frozen = MappingProxyType
    return Routes(frozen(logs), frozen(ordered), frozen(span_events), frozen(metrics))


def rivals(one: Plan, other: Plan) -> bool:
    """Tell whether a record could be both plans' with neither asking for more."""
    match one.match, other.match:
        case SpanMatch() as a, SpanMatch() as b:
            same = (a.scope, a.kind) == (b.scope, b.kind)
            return same and not (_required(one) < _required(other) or _required(other) < _required(one))
        case (SpanEventMatch() as a, SpanEventMatch() as b) | (MetricMatch() as a, MetricMatch() as b):
            return (a.scope, a.name) == (b.scope, b.name)
    return False


def _required(plan: Plan) -> frozenset[str]:
    return frozenset(plan.match.requires) if isinstance(plan.match, SpanMatch) else frozenset()
