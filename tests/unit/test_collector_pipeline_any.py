"""What holds for the collector's gate whatever is sent: one outcome a record, and no text in telemetry."""

from __future__ import annotations

import base64
import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.pipeline import Accepted, Refused, gate
from collector.records import LogRecord, Pairs, Resource, Scope, Value
from schemas.model import Kind
from schemas.plan import value_at
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, CONTEXT, SCOPE, catalogue, decoded, events, record
from tests.unit.otlp_strategies import record_lists, values

SERVICE_GENERATED = events(Kind.USAGE, Kind.DIAGNOSTIC)


@given(record_lists(), st.sampled_from(events()))
@settings(max_examples=50, deadline=None)
def test_any_records_have_one_outcome_each(records: list[LogRecord], event: str) -> None:
    """Whatever OTLP can carry, alone or within a known event, has exactly one outcome, in order, and is refused."""
    known = record(event)
    records += [replace(of, event_name=event, scope=SCOPE, resource=known.resource) for of in records]
    outcomes = gate(records, catalogue(), CONTEXT)
    assert len(outcomes) == len(records)
    for outcome, of in zip(outcomes, records, strict=True):
        assert isinstance(outcome, Refused)
        assert outcome.record is of
        assert outcome.refusal.reason is not Reason.INTERNAL


NASTY: Final = (CANARY, "", "\ud800", "\0", "OTHER", "null", -1, 0, 2**70, -(2**63), True, None, -0.0, math.nan, 1e308)
nasty: st.SearchStrategy[Value] = st.one_of(st.sampled_from(NASTY), values)


@st.composite
def mutants(draw: st.DrawFn, names: list[str]) -> LogRecord:
    """Draw an accepted record with one to three of its values, or parts around them, replaced."""
    event = draw(st.sampled_from(names))
    plan = catalogue().plans[event]
    changed = st.dictionaries(st.sampled_from(sorted(plan.by_attribute)), nasty, min_size=1, max_size=2)
    made = record(event, draw(changed))
    part = draw(st.sampled_from(("", "", "", "body", "time", "trace_id", "severity_text")))
    drawn = {
        "body": nasty,
        "time": st.integers(0, 2**64),
        "trace_id": st.binary(max_size=20),
        "severity_text": st.text(),
    }
    return replace(made, **{part: draw(drawn[part])}) if part else made  # type: ignore[arg-type]


@given(st.lists(mutants(events()), max_size=4))
@settings(max_examples=100, deadline=None)
def test_a_mutant_is_refused_or_inside_its_domains(records: list[LogRecord]) -> None:
    """A changed record has one outcome; if it is accepted, every image is one that the validator's gate takes."""
    outcomes = gate(records, catalogue(), CONTEXT)
    assert len(outcomes) == len(records)
    for outcome in outcomes:
        if isinstance(outcome, Accepted):
            value = decoded(outcome.value)
            for place in catalogue().by_id[int.from_bytes(outcome.value[1:5])].fields:
                image = value_at(value, place.path)
                if place.domain is not None and not (image is None and place.nullable):
                    place.domain.reduce(image, CONTEXT)  # raises when it is outside


def everywhere(event: str, text: str) -> Iterator[LogRecord]:
    """Put a text into every place of a record, one at a time."""
    made, raw = record(event), text.encode()
    for key in catalogue().plans[event].by_attribute:
        for value in (text, raw, (text,), Pairs(((text, text),)), base64.b64encode(raw).decode(), raw.hex()):
            yield record(event, {key: value})
    yield record(event, {text: 1})
    yield record(event, {"note": text})
    yield replace(made, body=text)
    for name in ("event_name", "severity_text"):
        yield replace(made, **{name: text})  # type: ignore[arg-type]
    yield replace(made, trace_id=(raw * 16)[:16], span_id=(raw * 8)[:8])
    scopes = (Scope(text), Scope(SCOPE.name, text), Scope(SCOPE.name, "", ((text, text),)))
    for scope in (*scopes, Scope(SCOPE.name, schema_url=text)):
        yield replace(made, scope=scope)
    yield replace(made, resource=replace(made.resource, schema_url=text))
    for key in (text, "telemetry.sdk.name", "host.name", "service.instance.id", "event.name"):
        yield replace(made, resource=Resource((*made.resource.attributes, (key, text))))


@given(st.sampled_from(SERVICE_GENERATED), st.text(min_size=4, max_size=40).map(lambda text: f"Zq{text}"))
@settings(max_examples=25, deadline=None)
def test_no_text_reaches_a_telemetry_topic(event: str, text: str) -> None:
    """Whatever text stands wherever in a record, no accepted usage or diagnostic message holds it, nor does its key."""
    raw = text.encode("utf-8", "replace")
    traces = (raw, base64.b64encode(raw)[: len(raw) // 3 * 4], raw.hex().encode())
    for outcome in gate(list(everywhere(event, raw.decode())), catalogue(), CONTEXT):
        if isinstance(outcome, Accepted):
            assert outcome.kind is not Kind.CONTENT
            assert not [trace for trace in traces if trace in outcome.value or trace in outcome.key]
