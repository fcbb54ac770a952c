"""Spans, events within spans and points of metrics that the shipped catalogue accepts, made from its plans."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from collector.records import Attributes, Histogram, Point, Record, Resource, Scope, Span, SpanEvent, Value
from schemas.plan import REQUIRED, Plan
from schemas.signals import Match, MetricMatch, MetricType, SpanEventMatch, SpanKind, SpanMatch, Temporality
from tests.unit.gate_samples import IDS, NOW, SDK, catalogue, sample

TRACE, SPAN, PARENT = bytes.fromhex(IDS[2]), bytes.fromhex("a3ce929d0e0e4736"), bytes.fromhex("00f067aa0ba902b7")
END: Final = NOW * 1000 - 5_000_000_123  # nanoseconds
OWN: Final = sorted(name for name, plan in catalogue().plans.items() if plan.match is not None)


def match_of(event: str) -> Match:
    """What an event is made of."""
    match = catalogue().plans[event].match
    assert match is not None
    return match


def made(event: str, changes: Mapping[str, Value] | None = None, **more: Any) -> Record:  # noqa: ANN401 - any part of a record
    """Make a record that is accepted as `event`; `changes` sets attributes."""
    plan, match = catalogue().plans[event], match_of(event)
    resource, attributes = _attributes(plan, changes or {})
    scope = Scope(match.scope, "1.4.0")
    match match:
        case SpanMatch(kind=kind):
            return replace(_span(resource, scope, kind, attributes), **more)
        case SpanEventMatch(name=name):
            span = _span(resource, scope, SpanKind.CLIENT, ())
            return replace(SpanEvent(span, name, END - 1_000_000, attributes), **more)
        case MetricMatch():
            return replace(_point(resource, scope, match, attributes), **more)


def _attributes(plan: Plan, changes: Mapping[str, Value]) -> tuple[Resource, Attributes]:
    own: dict[str, Value] = {}
    origin: dict[str, Value] = {}
    for place in plan.by_attribute.values():
        assert place.attribute is not None
        (own if len(place.path) == 1 else origin)[place.attribute] = sample(place.domain)
    origin |= {"tenant.id": IDS[0], "session.id": IDS[1], "ml.opt_out": False}
    for name, value in changes.items():
        (origin if name in origin else own)[name] = value
    return Resource((*SDK, *origin.items())), tuple(own.items())


def _span(resource: Resource, scope: Scope, kind: SpanKind, attributes: Attributes) -> Span:
    return Span(
        resource,
        scope,
        kind=list(SpanKind).index(kind) + 1,
        start=END - 250_999_999,
        end=END,
        trace_id=TRACE,
        span_id=SPAN,
        parent_span_id=PARENT,
        status=2,
        attributes=attributes,
        links=1,
    )


def _point(resource: Resource, scope: Scope, match: MetricMatch, attributes: Attributes) -> Point:
    histogram = None
    if match.bounds is not None:
        counts = (*range(1, len(match.bounds) + 1), 0)
        histogram = Histogram(sum(counts), 120.5, 1.5, 79.0, match.bounds, counts)
    temporality = list(Temporality).index(match.temporality) + 1 if match.temporality else 0
    return Point(
        resource,
        scope,
        name=match.name,
        unit=match.unit,
        form=match.type.value,
        temporality=temporality,
        monotonic=bool(match.monotonic),
        start=END - 60_000_000_000,
        time=END,
        attributes=attributes,
        value=0.25 if match.type is MetricType.GAUGE else None if histogram else 1234,
        histogram=histogram,
    )


def optional(plan: Plan) -> list[str]:
    """Fields that may be absent."""
    return [place.dotted for place in plan.fields if place.default is not REQUIRED]
