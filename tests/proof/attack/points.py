"""Text in points that a schema of the catalogue matches: in every field of metric, point, histogram and exemplar."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.reasons import Reason
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.fields import AROUND, Due, of_fields, of_unknown_fields
from tests.proof.attack.signals import OF_CPU, OF_EXPONENTIAL, OF_JITTER, OF_MEMORY, OF_SHORTCUTS, OF_SUMMARY

METRIC: Final[Mapping[str, Due]] = {
    "ExportMetricsServiceRequest.resource_metrics": Fate.BOUNDED,
    "ResourceMetrics.schema_url": Reason.SCHEMA_URL,
    "ResourceMetrics.scope_metrics": Fate.BOUNDED,
    "ScopeMetrics.schema_url": Reason.SCHEMA_URL,
    "ScopeMetrics.metrics": Fate.BOUNDED,
    "Metric.name": Reason.UNKNOWN_EVENT,
    "Metric.description": Fate.DESTROYED,
    "Metric.unit": Reason.METRIC_FORM,
    "Metric.metadata": Fate.DESTROYED,
    "Gauge.data_points": Fate.BOUNDED,
    "Sum.data_points": Fate.BOUNDED,
    "Sum.aggregation_temporality": Reason.METRIC_FORM,
    "Sum.is_monotonic": Reason.METRIC_FORM,
    "Histogram.data_points": Fate.BOUNDED,
    "Histogram.aggregation_temporality": Reason.METRIC_FORM,
    "ExponentialHistogram.data_points": Fate.BOUNDED,
    "ExponentialHistogram.aggregation_temporality": Reason.METRIC_FORM,
    "Exemplar.filtered_attributes": Fate.DESTROYED,
    "Exemplar.time_unix_nano": Fate.DESTROYED,
    "Exemplar.as_double": Fate.DESTROYED,
    "Exemplar.as_int": Fate.DESTROYED,
    "Exemplar.span_id": Fate.DESTROYED,
    "Exemplar.trace_id": Fate.DESTROYED,
}
"""What is due to a canary around a point, and in its exemplars."""


def _point(name: str) -> Mapping[str, Due]:
    """What all points have."""
    return {
        f"{name}.attributes": Reason.UNDECLARED_ATTRIBUTE,
        f"{name}.start_time_unix_nano": Fate.DESTROYED,
        f"{name}.time_unix_nano": Reason.OUT_OF_WINDOW,
        f"{name}.exemplars": Fate.DESTROYED,
        f"{name}.flags": Fate.DESTROYED,
    }


def _histogram(name: str) -> Mapping[str, Due]:
    """What histograms of either form have: sum and least are not read, the greatest is."""
    return {
        f"{name}.count": Reason.METRIC_FORM,
        f"{name}.sum": Fate.DESTROYED,
        f"{name}.min": Fate.DESTROYED,
        f"{name}.min: packed": Reason.METRIC_FORM,  # above the greatest
        f"{name}.max": Reason.OUT_OF_RANGE,
        f"{name}.max: packed in a negative subnormal": Reason.METRIC_FORM,  # below the least
        f"{name}.max: packed in a NaN": Reason.NOT_FINITE,
        f"{name}.max: presence": Fate.BOUNDED,
    }


SHORTCUTS: Final[Mapping[str, Due]] = {
    **AROUND,
    **METRIC,
    **_point("NumberDataPoint"),
    "NumberDataPoint.as_double": Reason.WRONG_TYPE,
    "NumberDataPoint.as_double: packed in a negative subnormal": Reason.METRIC_FORM,  # a counter only grows
    "NumberDataPoint.as_int": Reason.OUT_OF_RANGE,
}
MEMORY: Final[Mapping[str, Due]] = {
    **SHORTCUTS,
    "NumberDataPoint.start_time_unix_nano": Reason.OUT_OF_WINDOW,
    "NumberDataPoint.as_double: packed in a negative subnormal": Reason.WRONG_TYPE,
}
CPU: Final[Mapping[str, Due]] = {
    **SHORTCUTS,
    "NumberDataPoint.as_double": Reason.OUT_OF_RANGE,
    "NumberDataPoint.as_double: packed in a NaN": Reason.NOT_FINITE,
    "NumberDataPoint.as_double: packed in a negative subnormal": Reason.OUT_OF_RANGE,
    "NumberDataPoint.as_int": Reason.OUT_OF_RANGE,
}
JITTER: Final[Mapping[str, Due]] = {
    **AROUND,
    **METRIC,
    **_point("HistogramDataPoint"),
    **_histogram("HistogramDataPoint"),
    "HistogramDataPoint.bucket_counts": Reason.METRIC_FORM,
    "HistogramDataPoint.bucket_counts: order": Fate.BOUNDED,
    "HistogramDataPoint.explicit_bounds": Reason.METRIC_FORM,
}
EXPONENTIAL: Final[Mapping[str, Due]] = {
    **AROUND,
    **METRIC,
    **_point("ExponentialHistogramDataPoint"),
    **_histogram("ExponentialHistogramDataPoint"),
    "ExponentialHistogramDataPoint.scale": Reason.METRIC_FORM,
    "ExponentialHistogramDataPoint.zero_count": Reason.METRIC_FORM,
    "ExponentialHistogramDataPoint.zero_threshold": Fate.BOUNDED,
    "ExponentialHistogramDataPoint.zero_threshold: packed in a NaN": Reason.METRIC_FORM,
    "ExponentialHistogramDataPoint.zero_threshold: packed in a negative subnormal": Reason.METRIC_FORM,
    "Buckets.offset": Fate.BOUNDED,
    "Buckets.bucket_counts": Reason.METRIC_FORM,
    "Buckets.bucket_counts: order": Fate.BOUNDED,
}


class _Summary(dict[str, Due]):
    """What is due in a summary: no schema takes one, so that nothing but what surrounds it and its name comes first."""

    def __missing__(self, name: str) -> Due:
        assert name.partition(".")[0] in {"Summary", "SummaryDataPoint", "ValueAtQuantile"}
        return Reason.METRIC_FORM


SUMMARY: Final[Mapping[str, Due]] = _Summary()


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    own = {"Sum", "NumberDataPoint"}
    yield from of_fields(bench, OF_SHORTCUTS, SHORTCUTS)
    yield from of_fields(bench, OF_MEMORY, MEMORY, lambda place: place.owner in own)
    yield from of_fields(bench, OF_CPU, CPU, lambda place: place.owner in {"Gauge", "NumberDataPoint"})
    yield from of_fields(bench, OF_JITTER, JITTER, lambda place: len(place.path) > 2)
    yield from of_fields(bench, OF_EXPONENTIAL, EXPONENTIAL, lambda place: len(place.path) > 3)
    yield from of_fields(bench, OF_SUMMARY, SUMMARY, lambda place: place.owner in OF_SUMMARIES)
    for target in (OF_SHORTCUTS, OF_EXPONENTIAL):
        yield from of_unknown_fields(bench, target)


OF_SUMMARIES: Final = frozenset({"Summary", "SummaryDataPoint", "ValueAtQuantile"})
