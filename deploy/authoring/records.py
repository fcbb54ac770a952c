"""Records for trials: log records, spans, events within spans and points of metrics, as an event's schema wants them.

What a record says by itself is filled in, and may be said: a span's `duration` (in the unit of its field) and `status`,
a point's `value`; of a histogram `observations`, a list of numbers, of which its count, sum, extremes and buckets are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from collector.facts import FORMS, NANOSECONDS, TEMPORALITIES
from collector.records import Histogram, LogRecord, Point, Resource, Scope, Span, SpanEvent
from deploy.authoring.samples import sample
from deploy.errors import Problem
from schemas.compile_signals import STATUSES
from schemas.model import BODY
from schemas.signals import MADE, MetricMatch, Source, SpanEventMatch, SpanKind, SpanMatch

if TYPE_CHECKING:
    from collector.records import Attributes, Record, Value
    from schemas.plan import FieldPlan, Plan

DURATION, STATUS, VALUE, OBSERVATIONS = "duration", "status", "value", "observations"
_SAID_AS: Final = {
    Source.DURATION: DURATION,
    Source.STATUS: STATUS,
    Source.VALUE: VALUE,
    **dict.fromkeys((Source.COUNT, Source.SUM, Source.MIN, Source.MAX, Source.BUCKET), OBSERVATIONS),
}
_KIND: Final = {kind: number for number, kind in enumerate(SpanKind, start=1)}
_TRACE, _SPAN, _PARENT = (bytes.fromhex(f"7d9f3c1a5b2e4f6{number}" * of) for number, of in ((0, 2), (1, 1), (2, 1)))
_MINUTE: Final = 60 * 10**9


def said_as(place: FieldPlan) -> str | None:
    """Name the fact that a field reads off the record itself; None where that is nothing an author may say."""
    return _SAID_AS.get(place.source) if place.source else None


def is_told(place: FieldPlan) -> bool:
    """Whether the record, by its attributes or by itself, tells the field's value: the collector does not make it."""
    return place.source not in MADE


class Maker:
    """Makes records of the kind that the event's schema matches."""

    def __init__(self, plan: Plan, resource: Attributes, scope: str, given: Mapping[str, Value], now: int) -> None:
        """Keep what surrounds a record; `scope` is for log records, `now` in nanoseconds since the epoch."""
        self._plan, self._resource, self._now = plan, Resource(resource), now
        self._scope = Scope(plan.match.scope if plan.match else scope)
        self._body = given.get(BODY)
        self._attributes = tuple((name, value) for name, value in given.items() if name != BODY)

    def record(self, facts: Mapping[str, Value]) -> Record:
        """Give the record that tells these facts, by their names above.

        Raises:
            Problem: a fact is not of its kind.
        """
        match self._plan.match:
            case SpanMatch() as wanted:
                return self._span(_KIND[wanted.kind], facts, self._attributes)
            case SpanEventMatch() as wanted:
                return SpanEvent(self._span(0, facts, ()), wanted.name, self._now, self._attributes)
            case MetricMatch() as wanted:
                return self._point(wanted, facts)
        return LogRecord(
            self._resource,
            self._scope,
            time=self._now,
            observed_time=self._now,
            event_name=self._plan.event,
            body=self._body,
            attributes=self._attributes,
        )

    def _span(self, kind: int, facts: Mapping[str, Value], attributes: Attributes) -> Span:
        place, status = self._place(Source.DURATION), facts.get(STATUS, STATUSES[0])
        duration = _number(DURATION, facts.get(DURATION, self._sampled(Source.DURATION, 1)))
        if not isinstance(status, str) or status.upper() not in STATUSES:
            raise Problem(f"A span's `status` is one of {', '.join(STATUSES)}.")
        unit = NANOSECONDS[getattr(place.domain, "unit", "ms") if place else "ms"]
        return Span(
            self._resource,
            self._scope,
            kind,
            start=self._now - round(duration * unit),
            end=self._now,
            trace_id=_TRACE,
            span_id=_SPAN,
            parent_span_id=_PARENT,
            status=STATUSES.index(status.upper()),
            attributes=attributes,
        )

    def _point(self, wanted: MetricMatch, facts: Mapping[str, Value]) -> Point:
        of_histogram = wanted.bounds is not None
        value = None if of_histogram else _number(VALUE, facts.get(VALUE, self._sampled(Source.VALUE, 1)))
        return Point(
            self._resource,
            self._scope,
            wanted.name,
            wanted.unit,
            next(name for name, form in FORMS.items() if form is wanted.type),
            next(number for number, of in TEMPORALITIES.items() if of is wanted.temporality),
            bool(wanted.monotonic),
            start=self._now - _MINUTE,
            time=self._now,
            attributes=self._attributes,
            value=value,
            histogram=self._histogram(wanted.bounds, facts) if wanted.bounds else None,
        )

    def _histogram(self, bounds: tuple[float, ...], facts: Mapping[str, Value]) -> Histogram:
        told = facts.get(OBSERVATIONS, (self._sampled(Source.MAX, bounds[0]),))
        if not isinstance(told, tuple) or not told:
            raise Problem(f"A histogram's `{OBSERVATIONS}` are a list of numbers, as in [1.5, 20, 3].")
        seen = [_number(OBSERVATIONS, each) for each in told]
        counts = [0] * (len(bounds) + 1)
        for each in seen:
            counts[bisect_left(bounds, each)] += 1
        return Histogram(len(seen), float(sum(seen)), float(min(seen)), float(max(seen)), bounds, tuple(counts))

    def _place(self, source: Source) -> FieldPlan | None:
        return next((place for place in self._plan.fields if place.source is source), None)

    def _sampled(self, source: Source, otherwise: float) -> Any:  # noqa: ANN401 - a value of the field's own kind
        place = self._place(source)
        return otherwise if place is None else sample(place, self._now // 1000)


def _number(name: str, told: Value) -> int | float:
    if isinstance(told, bool) or not isinstance(told, (int, float)):
        raise Problem(f"`{name}` takes numbers.")
    return told
