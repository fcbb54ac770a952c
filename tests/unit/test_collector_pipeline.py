"""The collector's gate: one outcome a record, every way out, and nothing of the input in what it accepts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from collector.pipeline import TOPICS, Accepted, Refused, gate
from collector.records import LogRecord, Value
from schemas.domains import Context
from schemas.model import Kind
from schemas.reasons import Reason
from tests.unit.gate_exits import ELSEWHERE, ENDED, EXITS, OTHER_SIGNALS, with_attribute
from tests.unit.gate_samples import (
    CANARY,
    CONTEXT,
    IDS,
    NOW,
    catalogue,
    decoded,
    events,
    outside,
    reasons_of,
    record,
)


@pytest.mark.parametrize("reason", EXITS, ids=lambda reason: reason.code)
def test_every_way_out(reason: Reason) -> None:
    """A record that breaks one rule is refused whole, for that rule's reason."""
    assert reasons_of(*EXITS[reason]) == [reason] * len(EXITS[reason])


def test_every_reason_of_the_collector_has_its_record() -> None:
    """A reason that nothing here produces is no reason of the collector's."""
    assert set(EXITS) == set(Reason) - ELSEWHERE - OTHER_SIGNALS - {Reason.INTERNAL}


def test_a_defect_of_ours_refuses_the_record(monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises inside is refused as internal, whatever it raised, and its neighbours are judged."""
    ended = catalogue().plans["call.ended"].codec

    def fail(*_: object) -> bytes:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(ended, "encode", fail)
    joined = record("call.joined")
    assert reasons_of(joined, ENDED, joined) == [None, Reason.INTERNAL, None]


@pytest.mark.parametrize("event", events())
def test_every_event_has_a_way_in(event: str) -> None:
    """A record in order is accepted, with and without its optional fields, and goes to the topic of its kind alone."""
    plan = catalogue().plans[event]
    outcomes = gate([record(event), record(event, absent=True)], catalogue(), CONTEXT)
    for outcome in outcomes:
        assert isinstance(outcome, Accepted)
        value = decoded(outcome.value)
        assert outcome.kind is plan.kind
        assert outcome.topic == TOPICS[plan.kind]
        assert (outcome.topic == "customer.content") == (plan.kind is Kind.CONTENT)
        assert outcome.key.decode() == value["origin"]["session"]
        assert value["origin"]["receive_time"] == NOW
        assert value["origin"]["ml_opt_out"] is False


def test_content_is_carried_as_it_came() -> None:
    """A content field holds exactly what was sent, in a content event's message and nowhere outside its value."""
    [outcome] = gate([record("chat.message", body=CANARY)], catalogue(), CONTEXT)
    assert isinstance(outcome, Accepted)
    assert decoded(outcome.value)["text"] == CANARY
    assert outcome.topic == "customer.content"
    assert CANARY.encode() not in outcome.key


def test_a_refusal_tells_reason_and_place_alone() -> None:
    """A refusal names the declared field, the kind of value and its size bucket."""
    [outcome] = gate([record("call.ended", {"user.id": CANARY})], catalogue(), CONTEXT)
    assert isinstance(outcome, Refused)
    told = outcome.refusal
    assert (told.field, told.value_kind.value, told.size.value) == ("caller", "string", "16-127")
    [outcome] = gate([with_attribute(CANARY, 1)], catalogue(), CONTEXT)
    assert isinstance(outcome, Refused)
    assert outcome.refusal.field is None


def test_planned_discards_are_destroyed_and_counted() -> None:
    """A discarded attribute or body and an operational resource attribute leave nothing but a count."""
    crash = record("app.crashed", {"exception.message": CANARY, "exception.stacktrace": CANARY}, body=CANARY)
    [outcome] = gate([crash], catalogue(), CONTEXT)
    assert isinstance(outcome, Accepted)
    assert outcome.dropped == 2 + 2 + 1  # of the SDK, of the exception, the body
    assert CANARY.encode() not in outcome.value


def test_an_attribute_may_come_twice_when_it_says_the_same() -> None:
    """Repetition is no conflict; the event's name may stand in either place, or both."""
    twice = with_attribute("call.id", IDS[2])
    named = replace(with_attribute("event.name", "call.ended"), event_name="")
    both = with_attribute("event.name", "call.ended")
    assert reasons_of(twice, named, both) == [None, None, None]


def ids(*records: LogRecord) -> list[str]:
    """Gate records, all in order; their event ids."""
    outcomes = gate(records, catalogue(), CONTEXT)
    return [decoded(outcome.value)["origin"]["event_id"] for outcome in outcomes if isinstance(outcome, Accepted)]


def test_event_ids_are_the_same_on_retry_and_differ_otherwise() -> None:
    """Sent again later, a request gives the same ids; whatever tells two records apart gives two ids."""
    others = [
        replace(ENDED, time=ENDED.time + 1),
        replace(ENDED, observed_time=ENDED.observed_time + 1),
        replace(ENDED, span_id=b"12345678"),
        replace(ENDED, trace_id=b"1234567812345678"),
        record("call.ended", {"call.duration": 1}),
        record("call.ended", {"user.id": IDS[0]}),
        record("call.ended", {"session.id": IDS[2]}),
        record("call.joined"),
        record("chat.message"),
        record("chat.message", body="Shall we start!"),
    ]
    first = [each for of in (ENDED, *others) for each in ids(of)]  # one by one: within a request, equal ones differ too
    assert len(set(first)) == len(first) == len(others) + 1
    later = Context(CONTEXT.key, NOW + 60_000_000)
    again = [outcome for outcome in gate([ENDED, *others], catalogue(), later) if isinstance(outcome, Accepted)]
    assert [decoded(outcome.value)["origin"]["event_id"] for outcome in again] == first


def test_two_equal_records_of_one_request_are_two_events() -> None:
    """Two taps in one tick of the client's clock stay two, and keep their ids when the request is sent again."""
    twins = ids(ENDED, ENDED, ENDED)
    assert len(set(twins)) == 3
    assert ids(ENDED, ENDED, ENDED) == twins


@pytest.mark.parametrize("event", events())
def test_each_field_is_guarded(event: str) -> None:
    """A value outside its domain refuses the record, in whichever field of whichever event it stands."""
    for key, place in catalogue().plans[event].by_attribute.items():
        if place.domain is not None:
            [outcome] = gate([record(event, {key: outside(place.domain)})], catalogue(), CONTEXT)
            assert isinstance(outcome, Refused)
            assert outcome.refusal.field == place.dotted


def test_a_refusal_names_only_what_the_catalogue_declares() -> None:
    """Field paths and schema ids of refusals are the catalogue's own, never a sender's names."""
    declared = {place.dotted for plan in catalogue().plans.values() for place in plan.fields} | {None}
    for records in EXITS.values():
        for outcome in gate(records, catalogue(), CONTEXT):
            assert isinstance(outcome, Refused)
            assert outcome.refusal.field in declared
            assert outcome.refusal.schema_id in {*catalogue().by_id, None}


def test_what_became_other_is_told_by_field() -> None:
    """The outcome names the catalogue's fields, in the schema's order, and nothing of what was sent."""
    changes: dict[str, Value] = {"call.end.reason": "kicked", "call.duration": 5}
    outcomes = gate([record("call.ended", changes), record("call.ended")], catalogue(), CONTEXT)
    assert [outcome.others for outcome in outcomes if isinstance(outcome, Accepted)] == [("call.ended.reason",), ()]
