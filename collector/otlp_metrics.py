"""OTLP metrics: an ExportMetricsServiceRequest to data points, and back. Descriptions and exemplars are not read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, TypeAlias

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
                points = _points(metric)
                reader.beside((metric.metadata,), 0)
                left -= len(points)
                if left < 0:
                    raise TooLarge("the request holds more points than one request may hold records")
                for point in points:
                    _count_beside(reader, point)
                    yield _point(reader, resource, scope, metric, point)


def _points(metric: metrics.Metric) -> Sequence[_Message]:
    which = metric.WhichOneof("data")
    if which is None:
        return ()
    points: Sequence[_Message] = getattr(metric, which).data_points
    return points


def _count_beside(reader: Reader, message: _Message) -> None:
    """Count what is not read of a point: it is held as long as the point."""
    if isinstance(message, metrics.SummaryDataPoint):
        reader.beside((), len(message.quantile_values))
    else:
        reader.beside((each.filtered_attributes for each in message.exemplars), len(message.exemplars))


def _point(reader: Reader, resource: Resource, scope: Scope, metric: metrics.Metric, message: _Message) -> Point:
    form = metric.WhichOneof("data") or ""
    data = getattr(metric, form)
    value: int | float | None = None
    if isinstance(message, metrics.NumberDataPoint):
        value = {"as_int": message.as_int, "as_double": message.as_double}.get(message.WhichOneof("value") or "")
    return Point(
        resource,
        scope,
        name=reader.text(metric.name),
        unit=reader.text(metric.unit),
        form=form,
        temporality=getattr(data, "aggregation_temporality", 0),
        monotonic=getattr(data, "is_monotonic", False),
        start=message.start_time_unix_nano,
        time=message.time_unix_nano,
        attributes=reader.attributes(message.attributes),
        has_value=not message.flags & _NO_VALUE,
        value=value,
        histogram=_histogram(reader, message),
        message=(metric, message),
    )


def _histogram(reader: Reader, message: _Message) -> Histogram | None:
    uppers: tuple[float, ...] = ()
    counts: tuple[int, ...] | None = None
    if isinstance(message, metrics.HistogramDataPoint):
        reader.buckets(max(len(message.bucket_counts), len(message.explicit_bounds)))
        uppers, counts = tuple(message.explicit_bounds), tuple(message.bucket_counts)
    elif isinstance(message, metrics.ExponentialHistogramDataPoint):
        reader.buckets(len(message.positive.bucket_counts) + len(message.negative.bucket_counts))
        if message.scale in _SCALES:
            uppers, counts = _exponential(message)
    else:
        return None
    return Histogram(
        count=message.count,
        sum=message.sum if message.HasField("sum") else None,
        min=message.min if message.HasField("min") else None,
        max=message.max if message.HasField("max") else None,
        uppers=uppers,
        counts=counts,
    )


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
        return float("inf")


def encode(records: Sequence[Point]) -> bytes:
    """Encode points as they came, each in a metric of its own."""
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
        written = in_scope.metrics.add()
        written.name, written.unit, written.description = metric.name, metric.unit, metric.description
        written.metadata.extend(metric.metadata)
        data = getattr(written, point.form)
        data.SetInParent()
        for name in ("aggregation_temporality", "is_monotonic"):
            if hasattr(data, name):
                setattr(data, name, getattr(getattr(metric, point.form), name))
        data.data_points.append(message)
        last = point
    return request.SerializeToString()
