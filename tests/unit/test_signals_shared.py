"""What many records share costs once: a short request that shares a long text is no larger for us than it came."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.proto.metrics.v1.metrics_pb2 import NumberDataPoint

from collector import otlp, pipeline, placing
from collector.pipeline import Accepted, Refused, gate
from collector.records import LogRecord, Point, Value
from collector.signals import METRICS, TRACES
from schemas.domains.pseudonyms import is_random_id
from schemas.reasons import Reason, Size, ValueKind, kind_of
from tests.unit.gate_samples import CANARY, CONTEXT, SNEAKY, catalogue, record
from tests.unit.test_signals_otlp import traced

_MANY = 300
_LONG = "x" * 10_000
_FORMS = ("gauge", "sum", "histogram", "exponential_histogram", "summary")


def _metric(form: str = "gauge", **texts: str) -> bytes:
    """One metric of many empty points."""
    request: Any = METRICS.request()
    metric = request.resource_metrics.add().scope_metrics.add().metrics.add(**texts)
    for _ in range(_MANY):
        getattr(metric, form).data_points.add()
    encoded: bytes = request.SerializeToString()
    return encoded


def _points(body: bytes) -> list[Point]:
    return [record for record in otlp.decode(body, METRICS) if isinstance(record, Point)]


@pytest.mark.parametrize("form", _FORMS)
def test_points_of_one_metric_are_sealed_with_it_once(form: str) -> None:
    """However long its description is: what is sealed is about as large as what came."""
    body = _metric(form, name=_LONG, unit=_LONG, description=_LONG)
    points = _points(body)
    sealed = METRICS.encode(points)
    assert len(points) == _MANY
    assert len(sealed) <= len(body) + 100
    assert otlp.decode(sealed, METRICS) == points


def test_points_of_several_metrics_stay_theirs() -> None:
    """Some of them, in their order: those of one metric in it, the next one's in the next."""
    request: Any = METRICS.request()
    metrics = request.resource_metrics.add().scope_metrics.add().metrics
    for name in ("one", "two"):
        metrics.add(name=name).sum.data_points.extend([NumberDataPoint(as_int=1), NumberDataPoint(as_int=2)])
    points = _points(request.SerializeToString())
    chosen = [points[0], points[2], points[3], points[1]]
    assert otlp.decode(METRICS.encode(chosen), METRICS) == chosen


def test_points_of_one_metric_share_its_texts() -> None:
    """A text is read once, not once a point."""
    points = _points(_metric(name=_LONG, unit=_LONG))
    assert len({id(point.name) for point in points}) == 1
    assert len({id(point.unit) for point in points}) == 1


@pytest.mark.parametrize("signal", [TRACES, METRICS], ids=lambda signal: signal.name)
def test_unknown_fields_are_not_sealed_either(signal: Any) -> None:  # noqa: ANN401 - a signal
    """Of a log record nothing keeps them; of a span or a point only its message could."""
    unknown = b"\x82\x7d" + bytes([len(CANARY)]) + CANARY.encode()  # field 2000
    request: Any = traced("http.client.called") if signal is TRACES else METRICS.request()
    if signal is TRACES:
        request.resource_spans[0].scope_spans[0].spans[0].MergeFromString(unknown)
    else:
        metric = request.resource_metrics.add().scope_metrics.add().metrics.add()
        metric.gauge.data_points.add().MergeFromString(unknown)
    body = request.SerializeToString()
    assert SNEAKY.encode() in body
    [read] = otlp.decode(body, signal)
    sealed = signal.encode([read])
    assert SNEAKY.encode() not in sealed
    assert otlp.decode(sealed, signal) == [read]


def _sharing(event: str, name: str, value: Value) -> list[LogRecord]:
    """Many records of an event, whose resource has an attribute in their place."""
    one = record(event)
    resource = replace(one.resource, attributes=(*one.resource.attributes, (name, value)))
    own = tuple(pair for pair in one.attributes if pair[0] != name)
    return [replace(one, resource=resource, attributes=own)] * _MANY


def test_content_comes_with_its_record() -> None:
    """On a resource it would be carried as often as there are records; what is a fact may stand there."""
    for outcome in gate(_sharing("caption.shown", "caption.text", CANARY), catalogue(), CONTEXT):
        assert isinstance(outcome, Refused)
        assert outcome.refusal.reason is Reason.UNDECLARED_ATTRIBUTE
        assert outcome.refusal.field == "text"
        assert SNEAKY not in repr(outcome)
    for fact in gate(_sharing("caption.shown", "caption.translated", True), catalogue(), CONTEXT):  # noqa: FBT003
        assert isinstance(fact, Accepted)


def test_a_resource_is_refused_once_for_all_its_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """It may have a thousand attributes, and ten thousand records."""
    judged = []

    def place(*given: Any) -> object:  # noqa: ANN401 - as the original
        judged.append(given)
        return original(*given)

    original = placing.place_resource
    monkeypatch.setattr(pipeline, "place_resource", place)
    outcomes = gate(_sharing("call.ended", CANARY, CANARY), catalogue(), CONTEXT)
    assert {outcome.refusal.reason for outcome in outcomes if isinstance(outcome, Refused)} == {
        Reason.UNDECLARED_ATTRIBUTE
    }
    assert len(outcomes) == _MANY
    assert len(judged) == 1


@pytest.mark.parametrize("text", ["1" * 2**22, "097" * 2**20, "\U0001f600" * 2**21], ids=["digits", "codes", "signs"])
def test_a_text_of_megabytes_is_refused_at_a_glance(text: str) -> None:
    """As an id, and in what its refusal tells: it may stand in a resource of ten thousand records."""
    began = time.process_time()
    for _ in range(20):
        assert not is_random_id(text)
    for _ in range(200):
        assert kind_of(text) == (ValueKind.STRING, Size.HUGE)
    assert time.process_time() - began < 1


@pytest.mark.parametrize(("length", "size"), [(65535, Size.LARGE), (65536, Size.HUGE)])
def test_the_size_of_a_text_is_that_of_its_bytes(length: int, size: Size) -> None:
    """At the edge as before, however many characters they are."""
    assert kind_of("x" * length) == (ValueKind.STRING, size)
    assert kind_of("\u00e9" * (length // 2) + "x" * (length % 2)) == (ValueKind.STRING, size)
