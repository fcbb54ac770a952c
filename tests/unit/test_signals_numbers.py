"""What the metrics data model calls no point of a form is refused, and what it allows is read as it means."""

from __future__ import annotations

import copy
import math
import random
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader
from opentelemetry.sdk.metrics.view import (
    Aggregation,
    ExplicitBucketHistogramAggregation,
    ExponentialBucketHistogramAggregation,
    View,
)

from collector.facts import up_to
from collector.otlp import decode
from collector.records import Histogram, Point
from collector.signals import METRICS
from schemas.compile import compile_schema
from schemas.reasons import Reason
from tests.unit.gate_samples import catalogue
from tests.unit.signal_samples import END, made
from tests.unit.test_signals_gate import CLIENT, JITTER, aspect_of, fields_of, point, reason_of, spread


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"min": 2.0, "max": 2.0}, None),
        ({"min": 3.0, "max": 2.0}, "extremes"),
        ({"min": math.inf, "max": 2.0}, "extremes"),
        ({"min": None}, None),
        ({"max": None}, None),
        ({"count": 0, "counts": (0,) * 6, "sum": 0.0}, None),
        ({"count": 0, "counts": (0,) * 6, "sum": None}, None),
        ({"count": 0, "counts": (0,) * 6, "sum": 0.5}, "sum"),
        ({"count": 0, "counts": (0,) * 6, "sum": math.nan}, "sum"),
    ],
    ids=str,
)
def test_a_histograms_numbers_agree(change: dict[str, object], aspect: str | None) -> None:
    """Its largest observation is not below its smallest, and nothing adds up to nothing."""
    assert aspect_of(spread(**change)) == aspect


def test_a_counter_is_never_negative() -> None:
    """Whether it is delta or cumulative; an up-down counter may be, as far as its domain goes."""
    assert aspect_of(point("shortcuts.counted", value=-1)) == "monotonic"
    assert aspect_of(point("shortcuts.counted", value=-0.5)) == "monotonic"
    assert aspect_of(point("shortcuts.counted", value=0)) is None
    assert reason_of(point("shortcuts.counted", value=None)) is Reason.MISSING_FIELD
    assert reason_of(point("process.memory.used", value=-1)) is Reason.OUT_OF_RANGE
    assert reason_of(point("process.memory.used", value=-(2**63))) is Reason.OUT_OF_RANGE


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_no_number_is_no_value(value: float) -> None:
    """Of a gauge, and of a histogram's largest observation."""
    assert reason_of(point("process.cpu.used", value=value)) is Reason.NOT_FINITE
    if value != -math.inf:
        assert reason_of(spread(max=value)) is Reason.NOT_FINITE


def test_a_span_that_does_not_say_when_it_began_has_no_duration() -> None:
    """0 is no moment in 1970."""
    assert reason_of(made(CLIENT, start=0)) is Reason.MISSING_FIELD
    assert reason_of(made(CLIENT, end=0)) is Reason.OUT_OF_WINDOW


@pytest.mark.parametrize(
    "aggregation",
    [
        ExplicitBucketHistogramAggregation((5.0, 10.0, 20.0, 40.0, 80.0), record_min_max=False),
        ExponentialBucketHistogramAggregation(record_min_max=False),
    ],
    ids=lambda it: type(it).__name__,
)
def test_a_stock_sdk_that_records_no_extremes_gives_none(aggregation: Aggregation) -> None:
    """Python's writes the infinities that it begins with."""
    reader = InMemoryMetricReader()
    provider = MeterProvider([reader], views=[View(instrument_name="*", aggregation=aggregation)])
    provider.get_meter("meetings.media").create_histogram("call.media.jitter", "ms").record(7.0)
    read = reader.get_metrics_data()
    assert read is not None
    [record] = decode(encode_metrics(read).SerializeToString(), METRICS)
    assert isinstance(record, Point)
    assert record.histogram is not None
    assert (record.histogram.min, record.histogram.max) == (None, None)
    accepted = point(JITTER)
    sent = replace(accepted, form=record.form, histogram=record.histogram, time=END)
    assert fields_of(sent)["worst"] is None


@pytest.mark.parametrize("threshold", [-1.0, math.nan, math.inf, -math.inf])
def test_a_zero_bucket_has_a_width(threshold: float) -> None:
    """Of another one no bound can be told."""
    histogram = _exponential(threshold, [1, 2])
    assert histogram.counts is None
    assert aspect_of(point(JITTER, form="exponential_histogram", histogram=histogram)) == "scale"


def test_a_zero_bucket_may_be_wider_than_others() -> None:
    """Each bucket's observations count at or above its own end, wherever it stands."""
    histogram = _exponential(6.0, [4, 5, 6])  # up to 2, 4 and 8 beside one up to 6
    fields = fields_of(point(JITTER, form="exponential_histogram", histogram=histogram))
    assert [fields[name] for name in ("samples", "low")] == [18, 18]
    assert [up_to(histogram.uppers, histogram.counts or (), bound) for bound in (3.0, 5.0, 7.0)] == [4, 9, 12]


def test_the_order_of_buckets_has_no_say() -> None:
    """Only where each ends."""
    buckets = [(float(upper), upper) for upper in range(1, 9)]
    shuffled = random.Random(7).sample(buckets, len(buckets))  # noqa: S311 - any order will do
    for bound in (0.5, 3.0, 8.5):
        expected = sum(count for upper, count in buckets if upper <= bound)
        assert up_to([upper for upper, _ in shuffled], [count for _, count in shuffled], bound) == expected


@pytest.mark.parametrize("source", ["sum", "min", "max"])
@pytest.mark.parametrize("domain", ["count", "size", "duration"])
def test_a_histograms_doubles_go_with_no_whole_number(source: str, domain: str) -> None:
    """Each of its points would be refused: the catalogue says so, and not the first sender."""
    jitter = catalogue().plans[JITTER]
    avro = copy.deepcopy(dict(jitter.avro))
    unit = {"count": "1", "size": "By", "duration": "ms"}[domain]
    meta = {"source": source, "domain": domain, "unit": unit, "max": 1000, "buckets": 8}
    avro["fields"].append({"name": "more", "type": "long", "doc": "Some of it.", "tidegate": meta})
    plan, findings = compile_schema(avro, catalogue().classes, "diagnostic/JitterMeasured.avsc")
    assert plan is None
    [finding] = findings
    assert finding.rule == "structure/source-domain"
    assert "measure or ratio" in finding.remedy


def _exponential(threshold: float, counts: list[int]) -> Histogram:
    message = metrics.ExponentialHistogramDataPoint(zero_threshold=threshold, zero_count=3, count=3 + sum(counts))
    message.positive.bucket_counts.extend(counts)
    request: Any = METRICS.request()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.exponential_histogram.data_points.append(message)
    [record] = decode(request.SerializeToString(), METRICS)
    assert isinstance(record, Point)
    assert record.histogram is not None
    return record.histogram
