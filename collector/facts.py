"""What a record says by itself, beside its attributes: a span's length and status, ids, a point's numbers.

Each value goes the way of an attribute's: into the domain of the field that reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate
from typing import Final

from collector.records import Histogram, LogRecord, Point, Record, Span, SpanEvent, Value
from schemas.compile_signals import STATUSES
from schemas.plan import FieldPlan
from schemas.signals import MetricMatch, MetricType, Source, SpanKind, Temporality

_NANOSECONDS: Final = {"s": 10**9, "ms": 10**6, "us": 10**3}
_KINDS: Final = (None, *SpanKind)  # by OTLP's numbers; 0 is UNSPECIFIED
_TEMPORALITIES: Final = {0: None, 1: Temporality.DELTA, 2: Temporality.CUMULATIVE}  # as above
_FORMS: Final = {
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


def misfit(point: Point, match: MetricMatch) -> str | None:
    """Tell in what a point has not the form that the catalogue declares, by the name it has there; None when it has it.

    Only then its numbers mean what the catalogue says. Bounds of an explicit histogram are the declared ones: a sender
    who chose them could write in them.
    """
    histogram = point.histogram
    counts = None if histogram is None else histogram.counts
    is_explicit, bounds = point.form == _EXPLICIT, match.bounds or ()
    fits = {
        "type": _FORMS.get(point.form) == match.type and (histogram is None) == (match.bounds is None),
        "unit": point.unit == match.unit,
        "temporality": _TEMPORALITIES.get(point.temporality, point.temporality) == match.temporality,
        "monotonic": match.type is not MetricType.SUM or point.monotonic == match.monotonic,
        "bounds": histogram is None or not is_explicit or histogram.uppers == match.bounds,
        "counts": histogram is None
        or (
            counts is not None
            and sum(counts) == histogram.count
            and (not is_explicit or len(counts) == len(bounds) + 1)
        ),
    }
    return next((f"metric.{name}" for name, does in fits.items() if not does), None)


def fact(record: Record, place: FieldPlan) -> Value:
    """Read what a field with a source asks for; None where the record does not say it."""
    assert place.source is not None  # noqa: S101 - the caller asked
    read = _READ[type(record)].get(place.source)
    return None if read is None else read(record, place)


def _hex(raw: bytes) -> Value:
    return raw.hex() if any(raw) else None


def _duration(span: Span, place: FieldPlan) -> Value:
    """In the field's unit, rounded down; a span that ends before it begins is out of any range."""
    return (span.end - span.start) // _NANOSECONDS[getattr(place.domain, "unit", "us")]


def _status(span: Span, _place: FieldPlan) -> Value:
    return STATUSES[span.status] if 0 <= span.status < len(STATUSES) else None


def _of_histogram(read: Callable[[Histogram], Value]) -> Callable[[Point, FieldPlan], Value]:
    return lambda point, _: None if point.histogram is None else read(point.histogram)


def _bucket(point: Point, place: FieldPlan) -> Value:
    if point.histogram is None or point.histogram.counts is None or place.le is None:
        return None
    return up_to(point.histogram.uppers, point.histogram.counts, place.le)


def up_to(uppers: Sequence[float], counts: Sequence[int], bound: float) -> int:
    """How many observations lie at or below a bound: those of the buckets that end there or before."""
    return (0, *accumulate(counts))[sum(upper <= bound for upper in uppers)]


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
