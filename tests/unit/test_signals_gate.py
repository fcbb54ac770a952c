"""Spans, events within them and points of metrics go through the gate: one outcome each, and no text of a sender's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.common.metrics_encoder import encode_metrics
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import MetricExportResult, MetricsData, PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource

from collector.facts import Aspect, up_to
from collector.otlp import decode
from collector.pipeline import Accepted, Discarded, Refused, gate
from collector.records import Histogram, Point, Record, Span, SpanEvent
from collector.signals import METRICS
from consumers.validator.journey import Eligible, judge
from schemas.reasons import Reason
from schemas.signals import MetricMatch
from tests.unit.gate_samples import CANARY, CONTEXT, ML_KEY, NOW, catalogue, decoded, received
from tests.unit.signal_samples import END, OWN, made, match_of

ROOT: Final = Path(__file__).parents[2]

POINTS = [event for event in OWN if isinstance(made(event), Point)]
JITTER, CLIENT, SERVER, EXCEPTION = (
    "jitter.measured",
    "http.client.called",
    "http.server.answered",
    "exception.recorded",
)


def outcome_of(record: Record) -> object:
    """Judge one record."""
    [outcome] = gate([record], catalogue(), CONTEXT)
    return outcome


def reason_of(record: Record) -> Reason | None:
    """The reason why it is refused; None when it is accepted."""
    outcome = outcome_of(record)
    assert isinstance(outcome, (Accepted, Refused))
    return outcome.refusal.reason if isinstance(outcome, Refused) else None


def aspect_of(record: Record) -> str | None:
    """What of a point's form it is refused for; None when it is accepted."""
    outcome = outcome_of(record)
    assert isinstance(outcome, (Accepted, Refused))
    if isinstance(outcome, Accepted):
        return None
    assert outcome.refusal.reason is Reason.METRIC_FORM
    assert outcome.refusal.field in set(Aspect)
    return outcome.refusal.field.removeprefix("metric.")


def fields_of(record: Record) -> dict[str, object]:
    """The telemetry image of an accepted record."""
    outcome = outcome_of(record)
    assert isinstance(outcome, Accepted), outcome
    return decoded(outcome.value)


def point(event: str, **more: Any) -> Point:  # noqa: ANN401 - any part of a point
    """A point, with some of it changed."""
    found = made(event, **more)
    assert isinstance(found, Point)
    return found


def spread(**more: object) -> Point:
    """A point of the jitter histogram, with some of the histogram changed."""
    whole = point(JITTER)
    assert whole.histogram is not None
    return replace(whole, histogram=replace(whole.histogram, **more))  # type: ignore[arg-type]


@pytest.mark.parametrize("event", OWN)
def test_each_becomes_its_event_and_goes_on_to_training(event: str) -> None:
    """On the topic of its kind, with its own id; and the validator makes its image of it."""
    outcome = outcome_of(made(event))
    assert isinstance(outcome, Accepted)
    assert outcome.topic == f"telemetry.{catalogue().plans[event].kind}"
    [judged] = judge([received(outcome.value, outcome.topic, key=outcome.key)], catalogue(), ML_KEY, NOW)
    assert isinstance(judged, Eligible)


@pytest.mark.parametrize("event", OWN)
def test_what_is_sent_again_is_the_same_event(event: str) -> None:
    """In another request; within one a second of the same kind stays a second."""
    first, second = gate([made(event), made(event)], catalogue(), CONTEXT)
    again = outcome_of(made(event))
    assert isinstance(first, Accepted)
    assert isinstance(second, Accepted)
    assert again == first
    assert decoded(second.value)["origin"]["event_id"] != decoded(first.value)["origin"]["event_id"]


@pytest.mark.parametrize("event", OWN)
def test_an_undeclared_attribute_refuses_it_whole(event: str) -> None:
    """As it does a log record; and nothing of it is told."""
    outcome = outcome_of(made(event, {CANARY: CANARY}))
    assert isinstance(outcome, Refused)
    assert outcome.refusal.reason is Reason.UNDECLARED_ATTRIBUTE
    assert CANARY not in repr(outcome)


@pytest.mark.parametrize("event", OWN)
def test_a_scope_of_another_name_is_no_match(event: str) -> None:
    """What finds the schema is exact."""
    record = made(event)
    other = replace(record.scope, name=f"{record.scope.name}.x")
    of = replace(record.span, scope=other) if isinstance(record, SpanEvent) else None
    changed = replace(record, span=of) if of else replace(record, scope=other)  # type: ignore[arg-type]
    assert outcome_of(changed) is Discarded.SPAN_EVENT if of else reason_of(changed) is Reason.UNKNOWN_EVENT


@pytest.mark.parametrize("kind", [0, 1, 2, 4, 5, 6, -1, 2**31 - 1])
def test_a_span_of_another_kind_is_no_match(kind: int) -> None:
    """Kinds that OTLP does not know among them."""
    assert reason_of(made(CLIENT, kind=kind)) is Reason.UNKNOWN_EVENT


def test_a_span_without_a_required_attribute_is_no_match() -> None:
    """It is another span."""
    span = made(SERVER)
    assert isinstance(span, Span)
    kept = tuple(pair for pair in span.attributes if pair[0] != "http.route")
    assert reason_of(replace(span, attributes=kept)) is Reason.UNKNOWN_EVENT


@pytest.mark.parametrize(
    "ids",
    [
        {"trace_id": b""},
        {"trace_id": b"short"},
        {"span_id": b""},
        {"span_id": CANARY.encode()},
        {"parent_span_id": b"1234567"},
    ],
    ids=str,
)
def test_ids_have_the_length_that_the_protocol_sets(ids: dict[str, Any]) -> None:
    """Another length is refused, whether a schema reads the id or not."""
    assert reason_of(made(CLIENT, **ids)) is Reason.TRACE_CONTEXT


def test_an_id_that_spells_is_refused() -> None:
    """A trace id is sixteen bytes of a sender's choice."""
    assert reason_of(made(CLIENT, trace_id=b"meet me at eight")) is Reason.NOT_AN_ID
    assert reason_of(made(CLIENT, trace_id=bytes(16))) is Reason.MISSING_FIELD


def test_a_span_tells_length_and_status() -> None:
    """In the field's unit, rounded down; a status in OTLP's words; the parent where there is one."""
    client = fields_of(made(CLIENT))
    assert (client["duration"], client["outcome"]) == (250, "ERROR")
    assert fields_of(made(CLIENT, status=0))["outcome"] == "UNSET"
    assert fields_of(made(SERVER, parent_span_id=b""))["parent"] is None
    assert reason_of(made(CLIENT, status=3)) is Reason.MISSING_FIELD
    assert reason_of(made(CLIENT, start=END + 1)) is Reason.OUT_OF_RANGE


def test_an_event_within_a_span_has_a_schema_of_its_own() -> None:
    """Its name selects; one that no schema takes is destroyed with the span, and counted."""
    assert fields_of(made(EXCEPTION))["exception"] == "std::system_error"
    assert outcome_of(made(EXCEPTION, name="log")) is Discarded.SPAN_EVENT
    assert outcome_of(made(EXCEPTION, name=CANARY)) is Discarded.SPAN_EVENT


def test_links_are_dropped_and_counted() -> None:
    """They are never read."""
    plain, linked = outcome_of(made(CLIENT, links=0)), outcome_of(made(CLIENT, links=3))
    assert isinstance(plain, Accepted)
    assert isinstance(linked, Accepted)
    assert (linked.value, linked.dropped) == (plain.value, plain.dropped + 3)


@pytest.mark.parametrize("event", POINTS)
@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"unit": "h"}, "unit"),
        ({"unit": ""}, "unit"),
        ({"unit": CANARY}, "unit"),
        ({"form": "summary"}, "type"),
        ({"form": CANARY}, "type"),
        ({"temporality": 7}, "temporality"),
        ({"temporality": -1}, "temporality"),
    ],
    ids=str,
)
def test_a_point_of_another_form_is_refused(event: str, change: dict[str, Any], aspect: str) -> None:
    """Its numbers would mean something else. What differs is told by a word of ours, what came never is."""
    assert aspect_of(point(event, **change)) == aspect
    assert CANARY not in repr(outcome_of(point(event, **change)))


def test_a_point_has_the_declared_temporality_and_direction() -> None:
    """A cumulative sum is no delta; a counter is no up-down counter."""
    assert aspect_of(point("shortcuts.counted", temporality=2)) == "temporality"
    assert aspect_of(point("shortcuts.counted", monotonic=False)) == "monotonic"
    assert aspect_of(point("process.memory.used", monotonic=True)) == "monotonic"
    assert aspect_of(point("process.cpu.used", temporality=1)) == "temporality"


@pytest.mark.parametrize(("preference", "aspect"), [(None, "temporality"), ("delta", None)])
def test_a_stock_sdk_prefers_delta_when_told_to(
    preference: str | None, aspect: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the setting that docs/catalogue.md names; without it its counters and histograms are refused, and told why."""
    setting = "OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE"
    assert f"{setting}=delta" in (ROOT / "docs/catalogue.md").read_text("utf-8")
    if preference:
        monkeypatch.setenv(setting, preference)
    sent = exported({"app.shortcut.uses": "{use}"}, {"call.media.jitter": ("ms", (5.0, 10.0, 20.0, 40.0, 80.0))})
    assert [aspect_of(record) for record in sent] == [aspect, aspect]


def exported(counters: Mapping[str, str], histograms: Mapping[str, tuple[str, tuple[float, ...]]]) -> list[Point]:
    """What a stock SDK, as the environment has it, makes of instruments; with the attributes of accepted points."""
    requests: list[bytes] = []

    class Kept(OTLPMetricExporter):
        def export(self, metrics_data: MetricsData, *_: object, **__: object) -> MetricExportResult:
            requests.append(encode_metrics(metrics_data).SerializeToString())
            return MetricExportResult.SUCCESS

    provider = MeterProvider([PeriodicExportingMetricReader(Kept())], Resource({}), shutdown_on_exit=False)
    scopes = {match.name: match.scope for match in map(match_of, POINTS) if isinstance(match, MetricMatch)}
    for name, unit in counters.items():
        provider.get_meter(scopes[name]).create_counter(name, unit).add(1)
    for name, (unit, bounds) in histograms.items():
        meter = provider.get_meter(scopes[name])
        meter.create_histogram(name, unit, explicit_bucket_boundaries_advisory=bounds).record(7.0)
    provider.shutdown()
    accepted = {of.name: of for of in map(point, POINTS)}
    points = (record for request in requests for record in decode(request, METRICS) if isinstance(record, Point))
    return [
        replace(of, resource=accepted[of.name].resource, attributes=accepted[of.name].attributes, start=0, time=END)
        for of in points
    ]


def test_a_point_without_a_value_is_discarded() -> None:
    """It says that its metric has gone stale: there is nothing to carry, whatever else it holds."""
    assert outcome_of(point("process.cpu.used", has_value=False, value=None)) is Discarded.NO_VALUE
    assert outcome_of(point("process.cpu.used", has_value=False, name=CANARY)) is Discarded.NO_VALUE
    assert reason_of(point("process.cpu.used", value=None)) is Reason.MISSING_FIELD


def test_a_sum_tells_when_it_began() -> None:
    """So that a reset can be told from a fall; without a start it is absent."""
    assert fields_of(point("process.memory.used"))["since"] == (END - 60_000_000_000) // 1000
    assert fields_of(point("process.memory.used", start=0))["since"] is None
    assert reason_of(point("process.memory.used", start=1_000_000)) is Reason.OUT_OF_WINDOW


@pytest.mark.parametrize(
    ("change", "aspect"),
    [
        ({"uppers": (5.0, 10.0, 20.0, 40.0)}, "bounds"),
        ({"uppers": (5.0, 10.0, 20.0, 40.0, 81.0)}, "bounds"),
        ({"uppers": (), "counts": ()}, "bounds"),
        ({"counts": (1, 2, 3, 4, 5)}, "counts"),
        ({"counts": (15,)}, "counts"),
        ({"counts": None}, "counts"),
        ({"count": 16}, "counts"),
        ({"count": 2**63}, "counts"),
    ],
    ids=str,
)
def test_an_explicit_histogram_has_the_declared_buckets(change: dict[str, object], aspect: str) -> None:
    """Bounds of its own, or counts that don't add up, could spell."""
    assert aspect_of(spread(**change)) == aspect


def test_a_histogram_is_read_by_its_buckets() -> None:
    """Each field holds how many lie at or below its bound."""
    fields = fields_of(point(JITTER))
    assert [fields[name] for name in ("samples", "low", "middling", "high", "worst")] == [15, 3, 6, 10, 79.0]
    assert fields_of(spread(max=None))["worst"] is None


def test_an_exponential_histogram_of_another_scale_is_refused() -> None:
    """No bucket's bound can be told, or they don't add up."""
    exponential = point(JITTER, form="exponential_histogram")
    assert exponential.histogram is not None
    for change, aspect in (({"counts": None}, "scale"), ({"count": 16}, "counts")):
        histogram = replace(exponential.histogram, **change)
        assert aspect_of(replace(exponential, histogram=histogram)) == aspect


def test_an_exponential_histogram_is_put_into_the_declared_buckets() -> None:
    """Its own buckets are never carried."""
    uppers = (2.0, 4.0, 8.0, 16.0, 32.0, 64.0)
    histogram = Histogram(21, 300.0, 1.0, 60.0, uppers, (1, 2, 3, 4, 5, 6))
    fields = fields_of(point(JITTER, form="exponential_histogram", histogram=histogram))
    assert [fields[name] for name in ("samples", "low", "middling", "high")] == [21, 6, 10, 15]


@given(
    st.lists(st.tuples(st.floats(-1e6, 1e6), st.integers(0, 1000)), max_size=20),
    st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=8),
)
def test_up_to_counts_whole_buckets(buckets: list[tuple[float, int]], bounds: list[float]) -> None:
    """It never counts more than lies there, and rises with the bound."""
    buckets.sort()
    uppers, counts = [upper for upper, _ in buckets], [count for _, count in buckets]
    found = [up_to(uppers, counts, bound) for bound in sorted(bounds)]
    assert found == [sum(n for upper, n in buckets if upper <= bound) for bound in sorted(bounds)]
    assert all(before <= after for before, after in pairwise(found))
