"""Limits of attributes, keys and values: exact, one number for both encodings, and told without what exceeded them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.common.v1.common_pb2 import EntityRef, KeyValue
from opentelemetry.proto.metrics.v1.metrics_pb2 import Exemplar, SummaryDataPoint
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from broker.settings import BadSetting, load
from collector import otlp, otlp_json
from collector.errors import RequestError, TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.quota import BUCKETS
from collector.records import Attributes, LogRecord, Pairs, Resource, Scope, Value
from collector.settings import CollectorSettings
from collector.signals import METRICS, TRACES, Signal
from tests.unit.otlp_strategies import to_json

_AT = "localhost:9092"
_ELEVEN: Attributes = tuple([(f"k{number}", number) for number in range(11)])
_LONG = "the-quick-canary"
_WAYS: list[tuple[Callable[[list[LogRecord]], bytes], Callable[[bytes, Limits], list[LogRecord]]]] = [
    (otlp.encode_logs, otlp.decode_logs),
    (to_json, otlp_json.decode_logs),
]


def _log(attributes: Attributes) -> LogRecord:
    return LogRecord(Resource(), Scope(), attributes=attributes)


@pytest.mark.parametrize("way", _WAYS, ids=["protobuf", "json"])
@pytest.mark.parametrize(
    ("record", "edge", "above", "error"),
    [
        (_log(_ELEVEN), Limits(attributes=11), Limits(attributes=10), TooLarge),
        (LogRecord(Resource(_ELEVEN), Scope()), Limits(attributes=11), Limits(attributes=10), TooLarge),
        (LogRecord(Resource(), Scope("", "", _ELEVEN)), Limits(attributes=11), Limits(attributes=10), TooLarge),
        (_log((("m", Pairs(_ELEVEN)),)), Limits(attributes=11), Limits(attributes=10), TooLarge),
        (_log(((_LONG, 1),)), Limits(key=16), Limits(key=15), TooLarge),
        (_log((("m", Pairs(((_LONG, 1),))),)), Limits(key=16), Limits(key=15), TooLarge),
        (_log((("k", _LONG),)), Limits(value=16), Limits(value=15), TooLarge),
        (_log((("k", (_LONG.encode(),)),)), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource(), Scope(), body=_LONG), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource(), Scope(), event_name=_LONG), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource(), Scope(), severity_text=_LONG), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource(), Scope(_LONG)), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource(), Scope("", _LONG)), Limits(value=16), Limits(value=15), TooLarge),
        (LogRecord(Resource((), _LONG), Scope()), Limits(value=16), Limits(value=15), TooLarge),
        (_log((("k", ((1,),)),)), Limits(depth=3), Limits(depth=2), Undecodable),
        (_log((("k", (1, 2)),)), Limits(values=3), Limits(values=2), TooLarge),
    ],
    ids=[
        *("record", "resource", "scope", "map", "key", "key-of-a-map", "text", "bytes", "body"),
        *("event-name", "severity", "scope-name", "scope-version", "schema-url", "depth", "values"),
    ],
)
def test_a_limit_is_taken_and_one_above_is_not(
    way: tuple[Callable[[list[LogRecord]], bytes], Callable[[bytes, Limits], list[LogRecord]]],
    record: LogRecord,
    edge: Limits,
    above: Limits,
    error: type[RequestError],
) -> None:
    """Exactly as much as the limit says decodes; one more raises, and the error repeats nothing of it."""
    encode, decode = way
    assert decode(encode([record]), edge) == [record]
    with pytest.raises(error) as caught:
        decode(encode([record]), above)
    assert _LONG not in str(caught.value)


def test_a_text_in_fifteen_arrays_is_as_deep_as_may_be() -> None:
    """Each array is a level, and so is what stands in the innermost."""
    value: Value = _LONG
    for _ in range(DEFAULT.depth - 1):
        value = (value,)
    assert otlp.decode_logs(otlp.encode_logs([_log((("k", value),))]))
    with pytest.raises(Undecodable, match="nested too deeply"):
        otlp.decode_logs(otlp.encode_logs([_log((("k", (value,)),))]))


@pytest.mark.parametrize("kind", ["histogram", "exponential_histogram"])
def test_a_histogram_has_as_many_buckets_as_attributes(kind: str) -> None:
    """One more is told as what it is."""
    request = METRICS.request()
    scope = request.resource_metrics.add().scope_metrics.add()  # type: ignore[attr-defined]
    of = getattr(scope.metrics.add(), kind).data_points.add()
    counts = of.bucket_counts if kind == "histogram" else of.positive.bucket_counts
    counts.extend([1] * 10)
    body = request.SerializeToString()
    assert len(otlp.decode(body, METRICS, Limits(attributes=10))) == 1
    with pytest.raises(TooLarge, match="more buckets"):
        otlp.decode(body, METRICS, Limits(attributes=9))


@pytest.mark.parametrize(("events", "taken"), [(8, True), (9, False)])
def test_events_within_spans_are_records(events: int, taken: bool) -> None:  # noqa: FBT001
    """Two spans and what is within them are as many records as a request may hold, or too many."""
    request = TRACES.request()
    spans = request.resource_spans.add().scope_spans.add().spans  # type: ignore[attr-defined]
    spans.add().events.extend([Span.Event()] * events)
    spans.add()
    body = request.SerializeToString()
    if taken:
        assert len(otlp.decode(body, TRACES, Limits(records=10))) == 10
        return
    with pytest.raises(TooLarge, match="more spans and events"):
        otlp.decode(body, TRACES, Limits(records=10))


def test_a_span_has_as_many_links_as_attributes() -> None:
    """One more is told as what it is."""
    request = TRACES.request()
    span = request.resource_spans.add().scope_spans.add().spans.add()  # type: ignore[attr-defined]
    span.links.extend([Span.Link()] * 10)
    body = request.SerializeToString()
    assert len(otlp.decode(body, TRACES, Limits(attributes=10))) == 1
    with pytest.raises(TooLarge, match="more links"):
        otlp.decode(body, TRACES, Limits(attributes=9))


def _linked(number: int) -> tuple[Signal, Any]:
    request: Any = TRACES.request()
    request.resource_spans.add().scope_spans.add().spans.add().links.extend([Span.Link()] * number)
    return TRACES, request


def _link_attributes(number: int) -> tuple[Signal, Any]:
    signal, request = _linked(1)
    request.resource_spans[0].scope_spans[0].spans[0].links[0].attributes.extend([KeyValue()] * (number - 1))
    return signal, request


def _measured() -> tuple[Any, Any]:
    request: Any = METRICS.request()
    return request, request.resource_metrics.add().scope_metrics.add().metrics.add()


def _exemplars(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    metric.gauge.data_points.add().exemplars.extend([Exemplar()] * number)
    return METRICS, request


def _exemplar_attributes(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    exemplar = metric.histogram.data_points.add().exemplars.add()
    exemplar.filtered_attributes.extend([KeyValue()] * (number - 1))
    return METRICS, request


def _exemplar_items(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    value = metric.gauge.data_points.add().exemplars.add().filtered_attributes.add().value
    for _ in range(number - 4):
        value.kvlist_value.values.add()
    value.kvlist_value.values.add().value.array_value.values.add()
    return METRICS, request


def _quantiles(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    metric.summary.data_points.add().quantile_values.extend([SummaryDataPoint.ValueAtQuantile()] * number)
    return METRICS, request


def _metadata(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    metric.metadata.extend([KeyValue()] * number)
    return METRICS, request


def _entities(number: int) -> tuple[Signal, Any]:
    request: Any = TRACES.request()
    request.resource_spans.add().resource.entity_refs.extend([EntityRef()] * number)
    return TRACES, request


def _entity_keys(number: int) -> tuple[Signal, Any]:
    signal, request = _entities(1)
    ref = request.resource_spans[0].resource.entity_refs[0]
    ref.id_keys.extend([""] * (number - 2))
    ref.description_keys.append("")
    return signal, request


def _buckets(number: int) -> tuple[Signal, Any]:
    request, metric = _measured()
    for _ in range(BUCKETS):
        metric.exponential_histogram.data_points.add().positive.bucket_counts.extend([0] * number)
    return METRICS, request


@pytest.mark.parametrize(
    "of",
    [
        *(_linked, _link_attributes, _exemplars, _exemplar_attributes, _exemplar_items, _quantiles, _metadata),
        *(_entities, _entity_keys, _buckets),
    ],
)
def test_what_nothing_is_made_of_counts_too(of: Callable[[int], tuple[Signal, Any]]) -> None:
    """It is held with its record, and costs its sender two bytes apiece: it gets no more room than values do."""
    for number, taken in ((10, True), (11, False)):
        signal, request = of(number)
        body = request.SerializeToString()
        if taken:
            otlp.decode(body, signal, Limits(values=10))
            continue
        with pytest.raises(TooLarge):
            otlp.decode(body, signal, Limits(values=10))


def test_names_of_metrics_are_texts_too() -> None:
    """Name and unit."""
    for name, unit in ((_LONG, ""), ("", _LONG)):
        request = METRICS.request()
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add(name=name, unit=unit)  # type: ignore[attr-defined]
        metric.gauge.data_points.add(as_int=1)
        body = request.SerializeToString()
        assert len(otlp.decode(body, METRICS, Limits(value=16))) == 1
        with pytest.raises(TooLarge):
            otlp.decode(body, METRICS, Limits(value=15))


def test_an_operator_sets_some_limits_and_keeps_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The variable is a JSON object of those that differ."""
    monkeypatch.setenv("TIDEGATE_LIMITS", '{"records": 2000, "wait": 0.5}')
    assert load(CollectorSettings, kafka_bootstrap=_AT).limits == Limits(records=2000, wait=0.5)
    monkeypatch.delenv("TIDEGATE_LIMITS")
    assert load(CollectorSettings, kafka_bootstrap=_AT).limits == DEFAULT


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ('{"record": 1}', "TIDEGATE_LIMITS.record: unexpected"),
        ('{"records": 0}', "TIDEGATE_LIMITS.records: input should be greater"),
        ('{"records": "many"}', "TIDEGATE_LIMITS.records: input should be a valid integer"),
        ('{"depth": 31}', "TIDEGATE_LIMITS.depth: input should be less"),
        ('{"wait": 61}', "TIDEGATE_LIMITS.wait: input should be less"),
        ("many", "a TIDEGATE_… variable can't be read"),
    ],
)
def test_a_wrong_limit_is_one_line_that_names_it(given: str, line: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt name, a number out of range and what is no JSON are told; none is ignored."""
    monkeypatch.setenv("TIDEGATE_LIMITS", given)
    with pytest.raises(BadSetting) as caught:
        load(CollectorSettings, kafka_bootstrap=_AT)
    assert str(caught.value).startswith(line)
    assert "\n" not in str(caught.value)
