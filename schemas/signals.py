"""Which records an event is made of, when they are no log records: spans, events within spans, points of a metric.

After OpenTelemetry's data models of traces and metrics (opentelemetry.io/docs/specs/otel): what a record says by itself
is a `Source`; what names it (a span's name, a status message, a metric's description) selects at most, and is not kept.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import pairwise
from typing import Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from schemas.atoms import AttributeName, ScopeName, Strict

Bound = Annotated[float, Field(allow_inf_nan=False)]


class Source(StrEnum):
    """Values that are no attribute: what the collector makes (the first three), and what a record says by itself."""

    EVENT_ID = "event_id"
    EVENT_TIME = "event_time"
    RECEIVE_TIME = "receive_time"
    TRACE_ID = "trace_id"
    SPAN_ID = "span_id"
    PARENT_SPAN_ID = "parent_span_id"
    DURATION = "duration"
    STATUS = "status"
    START_TIME = "start_time"
    VALUE = "value"
    COUNT = "count"
    SUM = "sum"
    MIN = "min"
    MAX = "max"
    BUCKET = "bucket"


class SpanKind(StrEnum):
    """OTLP's SpanKind, without UNSPECIFIED."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    PRODUCER = "producer"
    CONSUMER = "consumer"


class MetricType(StrEnum):
    """What a metric's points are. Summaries are a legacy of other systems, and not carried."""

    GAUGE = "gauge"
    SUM = "sum"
    HISTOGRAM = "histogram"


class Temporality(StrEnum):
    """Whether a sum or a histogram begins anew with each point."""

    DELTA = "delta"
    CUMULATIVE = "cumulative"


class SpanMatch(Strict):
    """Which spans: those of one scope and kind that have certain attributes. The span's name has no say."""

    scope: ScopeName
    """The instrumentation scope, one of those in catalogue.yaml."""
    kind: SpanKind
    """The span's kind."""
    requires: tuple[AttributeName, ...] = ()
    """Attributes that it has; of several schemas the one that requires most takes a span."""


class SpanEventMatch(Strict):
    """Which events within spans: those of one scope with one name, such as `exception`."""

    scope: ScopeName
    """The instrumentation scope of the span, one of those in catalogue.yaml."""
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=64)]
    """The event's name."""


class MetricMatch(Strict):
    """Which metric, and exactly what form its points have: a point of another form is refused."""

    scope: ScopeName
    """The instrumentation scope, one of those in catalogue.yaml."""
    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=96)]
    """The metric's name."""
    unit: Annotated[str, StringConstraints(pattern=r"^[!-~]{1,32}$")]
    """Its unit, as UCUM writes it."""
    type: MetricType
    """What its points are. An exponential histogram is taken as a `histogram`, its buckets put into `bounds`."""
    temporality: Temporality | None = None
    """For sums and histograms: `delta` or `cumulative`."""
    monotonic: bool | None = None
    """For sums: whether they only grow."""
    bounds: Annotated[tuple[Bound, ...], Field(min_length=1, max_length=64)] | None = None
    """For histograms: the upper bounds of its buckets, ascending, without the infinite one."""

    @model_validator(mode="after")
    def _whole(self) -> MetricMatch:
        if (self.temporality is None) != (self.type is MetricType.GAUGE):
            raise ValueError("give `temporality` for a sum or a histogram, and for no gauge")
        if (self.monotonic is None) != (self.type is not MetricType.SUM):
            raise ValueError("give `monotonic` for a sum, and for nothing else")
        if (self.bounds is None) != (self.type is not MetricType.HISTOGRAM):
            raise ValueError("give `bounds` for a histogram, and for nothing else")
        if self.bounds and any(upper <= lower for lower, upper in pairwise(self.bounds)):
            raise ValueError("`bounds` ascend")
        return self


Match = SpanMatch | SpanEventMatch | MetricMatch

MADE: Final = frozenset({Source.EVENT_ID, Source.EVENT_TIME, Source.RECEIVE_TIME})
_CONTEXT: Final = frozenset({Source.TRACE_ID, Source.SPAN_ID})
_POINT: Final = {
    MetricType.GAUGE: frozenset({Source.VALUE}),
    MetricType.SUM: frozenset({Source.VALUE, Source.START_TIME}),
    MetricType.HISTOGRAM: frozenset(
        {Source.COUNT, Source.SUM, Source.MIN, Source.MAX, Source.BUCKET, Source.START_TIME}
    ),
}
_REALS: Final = frozenset({"measure", "ratio"})
_NUMBERS: Final = _REALS | {"count", "size", "duration"}
# The domains that a source's value goes with. A histogram's sum and extremes are doubles, which no whole number takes.
DOMAINS_OF: Final = {
    Source.TRACE_ID: frozenset({"pseudonym"}),
    Source.SPAN_ID: frozenset({"pseudonym"}),
    Source.PARENT_SPAN_ID: frozenset({"pseudonym"}),
    Source.DURATION: frozenset({"duration"}),
    Source.STATUS: frozenset({"enum"}),
    Source.START_TIME: frozenset({"time"}),
    Source.VALUE: _NUMBERS,
    Source.COUNT: frozenset({"count"}),
    Source.SUM: _REALS,
    Source.MIN: _REALS,
    Source.MAX: _REALS,
    Source.BUCKET: frozenset({"count"}),
}


def sources(match: Match | None) -> frozenset[Source]:
    """What a record that `match` describes says by itself; None stands for a log record."""
    if isinstance(match, SpanMatch):
        return _CONTEXT | {Source.PARENT_SPAN_ID, Source.DURATION, Source.STATUS}
    return _POINT[match.type] if isinstance(match, MetricMatch) else _CONTEXT
