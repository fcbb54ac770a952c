"""Both encodings of every signal give the same records, and the same Avro; what is sealed is what came."""

from __future__ import annotations

from contextlib import nullcontext

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.metrics.v1 import metrics_pb2 as metrics
from opentelemetry.proto.trace.v1 import trace_pb2 as traces

from collector import otlp, otlp_json
from collector.errors import TooLarge, Undecodable
from collector.limits import Limits
from collector.pipeline import Accepted, gate
from collector.quota import BUCKETS
from collector.records import Histogram, LogRecord, Point, Span, SpanEvent
from collector.signals import LOGS, METRICS, SIGNALS, TRACES, Signal, signal_of
from tests.unit.gate_samples import CANARY, CONTEXT, SNEAKY, catalogue
from tests.unit.otlp_messages import messages, to_json
from tests.unit.signal_samples import OWN, made

_RECORDS = {LOGS: LogRecord, TRACES: (Span, SpanEvent), METRICS: Point}


def carried(outcomes: object) -> object:
    """What became of records: bytes of the accepted, refusals of the others."""
    assert isinstance(outcomes, list)
    return [(it.key, it.value) if isinstance(it, Accepted) else getattr(it, "refusal", it) for it in outcomes]


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_encodings_give_one_result(signal: Signal, data: st.DataObject) -> None:
    """Record by record, and outcome by outcome, for any message; `repr` too, which tells 1 from 1.0."""
    message = data.draw(messages(signal.request))
    one = otlp.decode(message.SerializeToString(), signal)
    other = otlp_json.decode(to_json(message), signal)
    assert one == other
    assert all(isinstance(record, _RECORDS[signal]) for record in one)  # type: ignore[arg-type]
    assert carried(gate(one, catalogue(), CONTEXT)) == carried(gate(other, catalogue(), CONTEXT))


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_what_is_sealed_is_decoded_again(signal: Signal, data: st.DataObject) -> None:
    """The quarantine's bytes give the records that were refused; a span's events come with it."""
    records = otlp.decode(data.draw(messages(signal.request)).SerializeToString(), signal)
    again = otlp.decode(signal.encode(records), signal)
    assert again == records
    if records:
        assert signal_of(records) is signal


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_are_records_or_undecodable(signal: Signal, data: st.DataObject) -> None:
    """A message cut, or with a piece replaced."""
    whole = data.draw(messages(signal.request)).SerializeToString()
    at = data.draw(st.integers(0, len(whole)))
    body = whole[:at] + data.draw(st.binary(max_size=6)) + whole[at + data.draw(st.integers(0, 6)) :]
    try:
        records = otlp.decode(body, signal)
    except (Undecodable, TooLarge):
        return
    assert len(gate(records, catalogue(), CONTEXT)) == len(records)


def traced(event: str) -> ExportTraceServiceRequest:
    """A request with one span that is accepted, made by the encoder and then filled with what is never read."""
    record = made(event)
    span = record.span if isinstance(record, SpanEvent) else record
    assert isinstance(span, Span)
    bare = traces.Span(
        kind=span.kind,  # type: ignore[arg-type]  # the enum is open
        start_time_unix_nano=span.start,
        end_time_unix_nano=span.end,
        trace_id=span.trace_id,
        span_id=span.span_id,
    )
    request = ExportTraceServiceRequest()
    of = request.resource_spans.add()
    scope = of.scope_spans.add()
    scope.scope.name = span.scope.name
    scope.spans.append(bare)
    return request


def test_what_surrounds_a_span_leaves_no_trace() -> None:
    """Name, status message, trace state, links and the events that no schema takes: none of it is in a message."""
    span, event = made("http.client.called"), made("exception.recorded")
    assert isinstance(span, Span)
    assert isinstance(event, SpanEvent)
    request = traced("http.client.called")
    message = request.resource_spans[0].scope_spans[0].spans[0]
    plain = otlp.decode(request.SerializeToString(), TRACES)
    message.name = message.trace_state = message.status.message = CANARY
    link = message.links.add(trace_id=span.trace_id, span_id=span.span_id, trace_state=CANARY)
    link.attributes.add(key=CANARY).value.string_value = CANARY
    unread = message.events.add(name=CANARY)
    unread.attributes.add(key=CANARY).value.string_value = CANARY
    filled = otlp.decode(request.SerializeToString(), TRACES)
    assert [record.identity for record in filled[:1]] == [record.identity for record in plain]
    assert SNEAKY not in repr(filled)
    outcomes = gate(filled, catalogue(), CONTEXT)
    assert len(outcomes) == 2
    assert SNEAKY not in repr(outcomes)


def test_an_exponential_histogram_is_read_as_bounds_and_counts() -> None:
    """Negative buckets, zero's, positive ones: each with its upper bound, after the data model's formula."""
    point = metrics.ExponentialHistogramDataPoint(count=15, scale=0, zero_count=3, zero_threshold=0.5)
    point.positive.offset = 1
    point.positive.bucket_counts.extend([4, 5])
    point.negative.bucket_counts.extend([1, 2])
    [record] = _decoded(point)
    assert record.histogram == Histogram(15, None, None, None, (-2.0, -1.0, 0.5, 4.0, 8.0), (2, 1, 3, 4, 5))


@pytest.mark.parametrize(("scale", "offset"), [(-11, 0), (21, 0), (2**31 - 1, 0), (-(2**31), 0)])
def test_a_scale_that_nobody_uses_has_no_buckets(scale: int, offset: int) -> None:
    """The data model recommends -10 to 20; beyond that bounds are all one, or none."""
    point = metrics.ExponentialHistogramDataPoint(scale=scale)
    point.positive.offset = offset
    [record] = _decoded(point)
    assert record.histogram is not None
    assert record.histogram.counts is None


def test_bounds_beyond_a_double_are_infinite() -> None:
    """No defect of ours."""
    point = metrics.ExponentialHistogramDataPoint(scale=-10, count=1)
    point.positive.offset = 2**31 - 10
    point.positive.bucket_counts.append(1)
    [record] = _decoded(point)
    assert record.histogram is not None
    assert record.histogram.uppers[-1] == float("inf")


def _decoded(point: metrics.ExponentialHistogramDataPoint) -> list[Point]:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    metric.exponential_histogram.data_points.append(point)
    return [record for record in otlp.decode(request.SerializeToString(), METRICS) if isinstance(record, Point)]


def _many(kind: str) -> Message:
    request = ExportMetricsServiceRequest()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
    for _ in range(11):
        point = metric.histogram.data_points.add() if kind == "buckets" else metric.gauge.data_points.add()
        if isinstance(point, metrics.HistogramDataPoint):
            point.bucket_counts.extend(range(11))
            break
    return request


@pytest.mark.parametrize(("kind", "limits"), [("points", Limits(records=10)), ("buckets", Limits(attributes=10))])
@pytest.mark.parametrize("encoding", ["protobuf", "json"])
def test_more_points_or_buckets_than_the_limit_are_too_large(kind: str, limits: Limits, encoding: str) -> None:
    """At the limit they are taken."""
    message = _many(kind)

    def decode(within: Limits) -> object:
        if encoding == "json":
            return otlp_json.decode(to_json(message), METRICS, within)
        return otlp.decode(message.SerializeToString(), METRICS, within)

    with pytest.raises(TooLarge):
        decode(limits)
    assert decode(Limits(records=11, attributes=11))


def test_json_may_hold_as_many_buckets_as_protobuf() -> None:
    """To the last one that the limits allow, beside as many values and records as they allow."""
    request = ExportMetricsServiceRequest()
    limits = Limits(records=2, values=9, attributes=30)
    for _ in range(limits.records):
        of = request.resource_metrics.add()
        of.resource.SetInParent()
        scope = of.scope_metrics.add()
        scope.scope.SetInParent()
        point = scope.metrics.add().exponential_histogram.data_points.add()
        point.positive.bucket_counts.extend([0] * (BUCKETS * limits.values // limits.records))
        point.negative.SetInParent()
        for _ in range(limits.values // limits.records):
            point.attributes.add().value.kvlist_value.SetInParent()
    assert otlp.decode(request.SerializeToString(), METRICS, limits) == otlp_json.decode(
        to_json(request), METRICS, limits
    )
    point.positive.bucket_counts.append(0)
    for decode, body in ((otlp.decode, request.SerializeToString()), (otlp_json.decode, to_json(request))):
        with pytest.raises(TooLarge):
            decode(body, METRICS, limits)


@pytest.mark.parametrize(("levels", "taken"), [(17, True), (47, True), (48, False)])
def test_what_nothing_is_made_of_is_as_deep_in_either_encoding(levels: int, *, taken: bool) -> None:
    """As deep as protobuf reads; of values that something is made of `limits.depth` decides."""
    request = ExportTraceServiceRequest()
    value = request.resource_spans.add().scope_spans.add().spans.add().links.add().attributes.add().value
    for _ in range(levels):
        value = value.array_value.values.add()
    for decode, body in ((otlp.decode, request.SerializeToString()), (otlp_json.decode, to_json(request))):
        with nullcontext() if taken else pytest.raises(Undecodable):
            assert len(decode(body, TRACES)) == 1


def test_numbers_without_end_are_too_large_before_they_are_read() -> None:
    """Each costs its sender two bytes."""
    metric = b'{"histogram":{"dataPoints":[{"explicitBounds":[%s]}]}}' % b",".join([b"0"] * 100)
    body = b'{"resourceMetrics":[{"scopeMetrics":[{"metrics":[%s]}]}]}' % metric
    limits = Limits(values=12, attributes=1000)
    with pytest.raises(TooLarge, match="more records or values"):
        otlp_json.decode(body, METRICS, limits)


def test_every_event_of_its_own_was_made() -> None:
    """The samples cover spans, events within spans, and all that points can be."""
    assert {type(made(event)) for event in OWN} == {Span, SpanEvent, Point}
