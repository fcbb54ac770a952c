"""OTLP metrics: an ExportMetricsServiceRequest to data points, and back. Descriptions and exemplars are not read."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as service
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics

from collector.errors import TooLarge
from collector.limits import Limits
from collector.otlp_values import Reader, write_resource, write_scope
from collector.records import Histogram, Point, Resource, Scope

_NO_VALUE: Final = metrics.DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK
_SCALES: Final = range(-10, 21)  # of exponential histograms, as the data model recommends them

_Message: TypeAlias = (
    metrics.NumberDataPoint
    | metrics.HistogramDataPoint
    | metrics.ExponentialHistogramDataPoint
    | metrics.SummaryDataPoint
)


def read(request: service.ExportMetricsServiceRequest, limits: Limits) -> Iterator[Point]:
    """Yield the points of a request's metrics.

    Raises:
        TooLarge: they are more than `limits` has records.
    """
    reader = Reader(limits)
    left = limits.records
    for of in request.resource_metrics:
        resource = reader.resource(of.resource, of.schema_url)
        for in_scope in of.scope_metrics:
            scope = reader.scope(in_scope.scope, in_scope.schema_url)
            for metric in in_scope.metrics:
                points = _messages(metric)
                reader.beside((metric.metadata,), 0)
                left -= len(points)
                if left < 0:
                    raise TooLarge("the request holds more points than one request may hold records")
                yield from _points(reader, resource, scope, metric, points)


def _messages(metric: metrics.Metric) -> Sequence[_Message]:
    which = metric.WhichOneof("data")
    if which is None:
        return ()
    messages: Sequence[_Message] = getattr(metric, which).data_points
    return messages


def _points(
    reader: Reader, resource: Resource, scope: Scope, metric: metrics.Metric, messages: Sequence[_Message]
) -> Iterator[Point]:
    """Yield a metric's points, which share its texts: each look at a message's text makes a new one."""
    name, unit, form = reader.text(metric.name), reader.text(metric.unit), metric.WhichOneof("data") or ""
    data = getattr(metric, form, None)
    temporality, monotonic = getattr(data, "aggregation_temporality", 0), getattr(data, "is_monotonic", False)
    for message in messages:
        _count_beside(reader, message)
        yield Point(
            resource,
            scope,
            name=name,
            unit=unit,
            form=form,
            temporality=temporality,
            monotonic=monotonic,
            start=message.start_time_unix_nano,
            time=message.time_unix_nano,
            attributes=reader.attributes(message.attributes),
            has_value=not message.flags & _NO_VALUE,
            value=_value(message),
            histogram=_histogram(reader, message),
            message=(metric, message),
        )


def _count_beside(reader: Reader, message: _Message) -> None:
    """Count what is not read of a point: it is held as long as the point."""
    if isinstance(message, metrics.SummaryDataPoint):
        reader.beside((), len(message.quantile_values))
    else:
        reader.beside((each.filtered_attributes for each in message.exemplars), len(message.exemplars))


def _value(message: _Message) -> int | float | None:
    if not isinstance(message, metrics.NumberDataPoint):
        return None
    return {"as_int": message.as_int, "as_double": message.as_double}.get(message.WhichOneof("value") or "")


def _histogram(reader: Reader, message: _Message) -> Histogram | None:
    uppers: tuple[float, ...] = ()
    counts: tuple[int, ...] | None = None
    if isinstance(message, metrics.HistogramDataPoint):
        reader.buckets(max(len(message.bucket_counts), len(message.explicit_bounds)))
        uppers, counts = tuple(message.explicit_bounds), tuple(message.bucket_counts)
    elif isinstance(message, metrics.ExponentialHistogramDataPoint):
        reader.buckets(len(message.positive.bucket_counts) + len(message.negative.bucket_counts))
        if message.scale in _SCALES and 0 <= message.zero_threshold < math.inf:
            uppers, counts = _exponential(message)
    else:
        return None
    least, most = _extremes(message)
    total = message.sum if message.HasField("sum") else None
    return Histogram(count=message.count, sum=total, min=least, max=most, uppers=uppers, counts=counts)


def _extremes(
    message: metrics.HistogramDataPoint | metrics.ExponentialHistogramDataPoint,
) -> tuple[float | None, float | None]:
    """Least and most, None where they are not said; Python's SDK says so by the infinities that it begins with."""
    least = message.min if message.HasField("min") else None
    most = message.max if message.HasField("max") else None
    return (None, None) if (least, most) == (math.inf, -math.inf) else (least, most)


def _exponential(message: metrics.ExponentialHistogramDataPoint) -> tuple[tuple[float, ...], tuple[int, ...]]:
    """Upper bound of each bucket, ascending, and what is in it: the negative ones, zero's, the positive ones.

    Bucket i of scale s holds (base^i, base^(i+1)] where base = 2^(2^-s); a negative one is its mirror image.
    """
    below, above = message.negative, message.positive
    negative = [(-_power(message.scale, below.offset + i), n) for i, n in enumerate(below.bucket_counts)]
    positive = [(_power(message.scale, above.offset + i + 1), n) for i, n in enumerate(above.bucket_counts)]
    buckets = [*reversed(negative), (message.zero_threshold, message.zero_count), *positive]
    return tuple(upper for upper, _ in buckets), tuple(count for _, count in buckets)


def _power(scale: int, index: int) -> float:
    try:
        return float(2.0 ** (index * 2.0**-scale))
    except OverflowError:
        return math.inf


def encode(records: Sequence[Point]) -> bytes:
    """Encode points as they came but for unknown fields.

    Neighbours of one metric share its message, so the size is about the input's.
    """
    request = service.ExportMetricsServiceRequest()
    last: Point | None = None
    for point in records:
        if last is None or point.resource is not last.resource:
            of = request.resource_metrics.add(schema_url=point.resource.schema_url)
            write_resource(of, point.resource)
        if last is None or point.scope is not last.scope:
            in_scope = of.scope_metrics.add(schema_url=point.scope.schema_url)
            write_scope(in_scope, point.scope)
        metric, message = point.message
        if last is None or metric is not last.message[0]:
            data = _written(in_scope.metrics.add(), metric, point.form)
        data.data_points.append(message)
        last = point
    request.DiscardUnknownFields()
    return request.SerializeToString()


def _written(into: metrics.Metric, metric: metrics.Metric, form: str) -> Any:  # noqa: ANN401 - one of five messages
    """Write all of a metric but its points, and give what takes those."""
    into.name, into.unit, into.description = metric.name, metric.unit, metric.description
    into.metadata.extend(metric.metadata)
    data = getattr(into, form)
    data.SetInParent()
    for name in ("aggregation_temporality", "is_monotonic"):
        if hasattr(data, name):
            setattr(data, name, getattr(getattr(metric, form), name))
    return data
