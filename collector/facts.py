"""What a record says by itself, beside its attributes: a span's length and status, ids, a point's numbers.

Each value goes the way of an attribute's: into the domain of the field that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Final, TypeAlias

from collector.records import Histogram, LogRecord, Point, Record, Span, SpanEvent, Value
from schemas.compile_signals import STATUSES
from schemas.plan import FieldPlan
from schemas.signals import MetricMatch, MetricType, Source, SpanKind, Temporality

NANOSECONDS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3}
_KINDS: Final = (None, *SpanKind)  # by OTLP's numbers; 0 is UNSPECIFIED
TEMPORALITIES: Final = {0: None, 1: Temporality.DELTA, 2: Temporality.CUMULATIVE}  # as above
FORMS: Final = {
    "gauge": MetricType.GAUGE,
    "sum": MetricType.SUM,
    "histogram": MetricType.HISTOGRAM,
    "exponential_histogram": MetricType.HISTOGRAM,
}
_EXPLICIT: Final = "histogram"


def span_kind(span: Span) -> str:
    """A span's kind in the catalogue's words; empty for one that OTLP does not know."""
    known = _KINDS[span.kind] if 0 < span.kind < len(_KINDS) else None
    return known.value if known else ""


class Aspect(StrEnum):
    """What a point's form consists of: these words, and no others, say what was wrong with one."""

    TYPE = "metric.type"
    UNIT = "metric.unit"
    TEMPORALITY = "metric.temporality"
    MONOTONIC = "metric.monotonic"
    BOUNDS = "metric.bounds"
    SCALE = "metric.scale"
    COUNTS = "metric.counts"
    SUM = "metric.sum"
    EXTREMES = "metric.extremes"


# What is looked at, whether it is as declared, and what stands there.
_Look: TypeAlias = tuple[Aspect, bool, Value]


def wrong_form(point: Point, match: MetricMatch) -> tuple[Aspect, Value] | None:
    """Name the first aspect in which a point's form is not exactly the declared one, and give what stands there.

    None: its numbers mean what the catalogue says.
    """
    looks = (*_of_metric(point, match), *_of_buckets(point, match))
    return next(((aspect, said) for aspect, is_declared, said in looks if not is_declared), None)


def _of_metric(point: Point, match: MetricMatch) -> Iterator[_Look]:
    is_type = FORMS.get(point.form) is match.type and (point.histogram is None) == (match.bounds is None)
    temporality = TEMPORALITIES.get(point.temporality, point.temporality)
    shrinks = point.monotonic and point.value is not None and point.value < 0
    yield Aspect.TYPE, is_type, point.form
    yield Aspect.UNIT, point.unit == match.unit, point.unit
    yield Aspect.TEMPORALITY, temporality == match.temporality, point.temporality
    yield Aspect.MONOTONIC, match.monotonic in (None, point.monotonic) and not shrinks, point.monotonic


def _of_buckets(point: Point, match: MetricMatch) -> Iterator[_Look]:
    """Bounds of an explicit histogram are the declared ones: a sender who chose them could write in them."""
    histogram = point.histogram
    if histogram is None or match.bounds is None:
        return
    uppers, counts = histogram.uppers, histogram.counts
    if point.form == _EXPLICIT:
        yield Aspect.BOUNDS, uppers == match.bounds, uppers
        yield Aspect.COUNTS, counts is not None and len(counts) == len(match.bounds) + 1, counts
    yield Aspect.SCALE, counts is not None, None  # one that no bound can be told of
    yield Aspect.COUNTS, sum(counts or ()) == histogram.count, counts
    yield Aspect.SUM, histogram.count > 0 or histogram.sum in (None, 0), histogram.sum
    yield Aspect.EXTREMES, not _crossed(histogram), histogram.max


def _crossed(histogram: Histogram) -> bool:
    return histogram.min is not None and histogram.max is not None and histogram.max < histogram.min


def fact(record: Record, place: FieldPlan) -> Value:
    """Read what a field with a source asks for; None where the record does not say it."""
    assert place.source is not None  # noqa: S101 - the caller asked
    read = _READ[type(record)].get(place.source)
    return None if read is None else read(record, place)


def _hex(raw: bytes) -> Value:
    return raw.hex() if any(raw) else None


def _duration(span: Span, place: FieldPlan) -> Value:
    """In the field's unit, rounded down; a span that ends before it begins is out of any range.

    None where it does not say when it began.
    """
    if not span.start:
        return None
    return (span.end - span.start) // NANOSECONDS[getattr(place.domain, "unit", "us")]


def _status(span: Span, _place: FieldPlan) -> Value:
    return STATUSES[span.status] if 0 <= span.status < len(STATUSES) else None


def _of_histogram(read: Callable[[Histogram], Value]) -> Callable[[Point, FieldPlan], Value]:
    return lambda point, _: None if point.histogram is None else read(point.histogram)


def _bucket(point: Point, place: FieldPlan) -> Value:
    if point.histogram is None or point.histogram.counts is None or place.le is None:
        return None
    return up_to(point.histogram.uppers, point.histogram.counts, place.le)


def up_to(uppers: Sequence[float], counts: Sequence[int], bound: float) -> int:
    """How many observations lie at or below a bound: those of the buckets that end there or before, in any order.

    The last of an explicit histogram's counts is of what lies above all bounds.
    """
    return sum(count for upper, count in zip(uppers, counts, strict=False) if upper <= bound)


_READ: Final[Mapping[type, Mapping[Source, Callable[..., Value]]]] = {
    LogRecord: {
        Source.TRACE_ID: lambda log, _: _hex(log.trace_id),
        Source.SPAN_ID: lambda log, _: _hex(log.span_id),
    },
    Span: {
        Source.TRACE_ID: lambda span, _: _hex(span.trace_id),
        Source.SPAN_ID: lambda span, _: _hex(span.span_id),
        Source.PARENT_SPAN_ID: lambda span, _: _hex(span.parent_span_id),
        Source.DURATION: _duration,
        Source.STATUS: _status,
    },
    SpanEvent: {
        Source.TRACE_ID: lambda event, _: _hex(event.span.trace_id),
        Source.SPAN_ID: lambda event, _: _hex(event.span.span_id),
    },
    Point: {
        Source.START_TIME: lambda point, _: point.start // 1000 or None,
        Source.VALUE: lambda point, _: point.value,
        Source.COUNT: _of_histogram(lambda of: of.count),
        Source.SUM: _of_histogram(lambda of: of.sum),
        Source.MIN: _of_histogram(lambda of: of.min),
        Source.MAX: _of_histogram(lambda of: of.max),
        Source.BUCKET: _bucket,
    },
}
