"""The validator's gate trusts nothing: every way out, every domain again, and fresh bytes for what passes."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.port import Received, Unreadable
from collector.pipeline import TOPICS
from consumers.validator.journey import LARGEST, RETENTION, SKEW, Eligible, Outcome, Refused, Withheld, judge
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.model import Kind
from schemas.reasons import Reason
from tests.unit.gate_samples import (
    CANARY,
    ML_KEY,
    NOW,
    catalogue,
    decoded,
    events,
    forged,
    message,
    received,
)

ENDED = message("call.ended")
VALUE = ENDED.value or b""
SERVICE_GENERATED = events(Kind.USAGE, Kind.DIAGNOSTIC)
CALL_ENDED = catalogue().plans["call.ended"]
DAY = 24 * 3600 * 1_000_000


SESSION = decoded(VALUE)["origin"]["session"].encode()
CATALOGUE_LARGEST = max(len(message(event).value or b"") for event in SERVICE_GENERATED)


def judged(*messages: Received, now: int = NOW, of: Catalogue | None = None) -> list[Outcome]:
    """Judge messages."""
    return judge(messages, of or catalogue(), ML_KEY, now)


def said(outcome: Outcome) -> Reason | None:
    """Give an outcome's reason, None for an eligible one."""
    match outcome:
        case Eligible():
            return None
        case Withheld():
            return outcome.reason
    return outcome.refusal.reason


def retyped(schema_id: int, payload: bytes = VALUE[5:]) -> Received:
    """Give a payload another schema's frame."""
    return received(frame(schema_id, payload))


def origin(name: str, image: object) -> Received:
    """Forge one field of the origin."""
    return forged("call.ended", ("origin", name), image)


MESSAGES: Final[dict[Reason, tuple[Received, ...]]] = {
    Reason.UNREADABLE: (
        replace(ENDED, unreadable=Unreadable(0, "size")),  # even if its bytes look like an event
        replace(ENDED, value=None, unreadable=Unreadable(0, "codec")),
    ),
    Reason.HEADERS: (
        replace(ENDED, headers=(("schema", b"chat"),)),
        replace(ENDED, headers=((CANARY, None),)),
        received(None, key=b"k", headers=(("", b""),)),
    ),
    Reason.TOMBSTONE: (received(None, key=b"a tombstone's key"), received(None)),
    Reason.OVERSIZE: (received(VALUE + b"\0" * (LARGEST - len(VALUE) + 1)), received(b"\0" * (LARGEST + 1))),
    Reason.FOREIGN_KEY: (
        replace(ENDED, key=CANARY.encode()),
        replace(ENDED, key=b""),
        replace(ENDED, key=SESSION.upper()),
        replace(ENDED, key=SESSION + b"\0"),
    ),
    Reason.NOT_FRAMED: (
        received(b""),
        received(VALUE[:4]),
        received(b"\1" + VALUE[1:]),
        received(CANARY.encode()),
    ),
    Reason.UNKNOWN_SCHEMA: (retyped(0), retyped(9_999), retyped(2**32 - 1)),
    Reason.WRONG_KIND: (
        retyped(CALL_ENDED.ml_schema_id),
        retyped(catalogue().quarantine_id),
        retyped(catalogue().plans["chat.message"].schema_id),
        replace(message("chat.message"), topic="telemetry.usage"),
        replace(message("chat.message"), topic="telemetry.diagnostic"),
        replace(message("app.crashed"), topic="telemetry.usage"),
        replace(ENDED, topic="telemetry.diagnostic"),
        replace(ENDED, topic="customer.content"),
        replace(ENDED, topic="ml.eligible"),
        message("chat.message"),
    ),
    Reason.UNDECODABLE: (
        received(VALUE + b"\0"),
        received(VALUE + CANARY.encode()),
        received(VALUE[:-1]),
        received(VALUE[:5]),
        retyped(catalogue().plans["call.joined"].schema_id),
        received(VALUE[:5] + b"\xc0\x00" + VALUE[6:]),  # 32, the event id's length, in one byte more than it needs
    ),
    Reason.OUT_OF_WINDOW: (
        origin("receive_time", NOW + SKEW + 1),
        origin("receive_time", NOW - RETENTION - 1),
        origin("receive_time", -(2**63)),
        origin("event_time", NOW + DAY),
        origin("event_time", NOW - 31 * DAY),
    ),
    Reason.NOT_FINITE: (forged("call.ended", ("spoken",), math.nan), forged("call.quality", ("jitter",), -math.inf)),
    Reason.OUT_OF_RANGE: (forged("call.ended", ("duration",), 86_401),),
    Reason.NOT_IN_VOCABULARY: (origin("app", CANARY), origin("platform", "")),
    Reason.NOT_AN_ID: (origin("tenant", CANARY), origin("event_id", "0" * 31), origin("session", "0" * 31 + "G")),
    Reason.NOT_A_VERSION: (
        origin("app_version", CANARY),
        origin("app_version", "1.2"),
        origin("app_version", "01.2.3"),
    ),
    Reason.PURPOSE: (message("setting.changed"), message("resource.pressure"), message("update.installed")),
    Reason.OPTED_OUT: (message("call.ended", {"ml.opt_out": True}), origin("ml_opt_out", True)),  # noqa: FBT003 - an image
}
# Avro's types leave no room for a wrong one; raw text of a user agent is not in the record; expiry takes
# a later clock, a missing key another ring (test_epochs); copies and poison are the service's (test_validator_service).
ELSEWHERE = {
    Reason.WRONG_TYPE, Reason.NOT_A_USER_AGENT, Reason.EXPIRED, Reason.NO_KEY, Reason.INTERNAL,
    Reason.DUPLICATE, Reason.POISON,
}  # fmt: skip
COLLECTOR_ONLY = {
    Reason.UNKNOWN_EVENT, Reason.BODY, Reason.SEVERITY_TEXT, Reason.SCOPE, Reason.SCHEMA_URL, Reason.TRACE_CONTEXT,
    Reason.UNDECLARED_ATTRIBUTE, Reason.CONFLICTING_ATTRIBUTE, Reason.MISSING_FIELD, Reason.METRIC_FORM,
    Reason.NOT_ALLOWED,
}  # fmt: skip


@pytest.mark.parametrize("reason", MESSAGES, ids=lambda reason: reason.code)
def test_every_way_out(reason: Reason) -> None:
    """A message that breaks one rule is refused, or withheld, for that rule's reason."""
    outcomes = judged(*MESSAGES[reason])
    assert [said(outcome) for outcome in outcomes] == [reason] * len(outcomes)
    assert {type(outcome) for outcome in outcomes} == {Withheld if reason.is_withheld else Refused}


def test_every_reason_of_the_validator_has_its_message() -> None:
    """A reason is the collector's, or produced here."""
    assert set(MESSAGES) == set(Reason) - COLLECTOR_ONLY - ELSEWHERE


def test_an_expired_event_is_withheld_from_the_day_after() -> None:
    """The day of expiry is the last on which an event trains."""
    assert CALL_ENDED.expires == date(2027, 11, 30)
    last = int(datetime(2027, 11, 30, 23, 59, 59, tzinfo=UTC).timestamp()) * 1_000_000
    for now, reason in ((last, None), (last + 1_000_000, Reason.EXPIRED)):
        fresh = origin("receive_time", now)
        value = decoded(fresh.value or b"")
        value["origin"]["event_time"] = now
        outcome = judged(received(frame(CALL_ENDED.schema_id, CALL_ENDED.codec.encode(value))), now=now)
        assert [said(each) for each in outcome] == [reason]


@pytest.mark.parametrize("event", SERVICE_GENERATED)
def test_what_the_collector_accepts_passes(event: str) -> None:
    """An event in order is eligible, or withheld for its purpose; it is never refused."""
    outcomes = judged(message(event), message(event, absent=True))
    for outcome in outcomes:
        if catalogue().plans[event].for_ml:
            assert isinstance(outcome, Eligible)
            schema = catalogue().schemas[int.from_bytes(outcome.value[1:5])]
            assert schema.role.value == "ml"
            assert schema.derived_from == catalogue().plans[event].schema_id
        else:
            assert outcome == Withheld(Reason.PURPOSE)


def test_place_and_time_of_a_message_are_ignored() -> None:
    """Nothing around the value changes the outcome or reaches it; the key says the session again, or nothing."""
    for key in (None, SESSION):
        dressed = replace(ENDED, key=key, partition=9, offset=7, timestamp=0)
        assert judged(dressed) == judged(ENDED)
    assert CATALOGUE_LARGEST * 8 < LARGEST


def test_the_same_event_has_the_same_name() -> None:
    """The image of the event id stands in the image, and tells the same event again."""
    [first, again, other] = judged(ENDED, ENDED, message("call.ended", {"call.duration": 1}))
    assert isinstance(first, Eligible)
    assert isinstance(other, Eligible)
    assert first == again
    assert first.event != other.event
    assert decoded(first.value)["origin"]["event_id"] == first.event


def test_a_schema_gone_from_the_catalogue_is_unknown() -> None:
    """A registered schema whose event was taken out of the catalogue carries nothing any more."""
    without = replace(catalogue(), by_id={})
    assert [said(outcome) for outcome in judged(ENDED, of=without)] == [Reason.UNKNOWN_SCHEMA]


def test_a_defect_of_ours_refuses_the_message(monkeypatch: pytest.MonkeyPatch) -> None:
    """What raises inside is refused as internal, and its neighbours are judged."""

    def fail(*_: object) -> bytes:
        raise ZeroDivisionError(CANARY)

    monkeypatch.setattr(CALL_ENDED.ml_codec, "encode", fail)
    joined = message("call.joined")
    assert [said(outcome) for outcome in judged(joined, ENDED, joined)] == [None, Reason.INTERNAL, None]


def test_a_refusal_keeps_the_value_for_the_seal_alone() -> None:
    """A refused message's value is kept whole, out of `repr`; its refusal tells kind and size."""
    [outcome] = judged(received(CANARY.encode()))
    assert isinstance(outcome, Refused)
    assert outcome.value == CANARY.encode()
    assert (outcome.refusal.value_kind.value, outcome.refusal.size.value) == ("bytes", "16-127")
    assert CANARY not in repr(outcome)


@given(st.lists(st.one_of(st.none(), st.binary(max_size=64), st.binary(max_size=40).map(lambda raw: VALUE[:9] + raw))))
@settings(max_examples=200, deadline=None)
def test_any_bytes_have_one_outcome_each(blobs: list[bytes | None]) -> None:
    """Whatever bytes a topic holds, each message has exactly one outcome, in order, and none of these passes."""
    outcomes = judged(*(received(blob) for blob in blobs))
    assert [outcome.value for outcome in outcomes if isinstance(outcome, Refused)] == [blob or b"" for blob in blobs]
    assert not [outcome for outcome in outcomes if said(outcome) is Reason.INTERNAL]


def leaves(value: object) -> list[object]:
    """Collect the leaves of a decoded message."""
    return [leaf for inner in value.values() for leaf in leaves(inner)] if isinstance(value, dict) else [value]


@given(st.sampled_from(SERVICE_GENERATED), st.data())
@settings(max_examples=150, deadline=None)
def test_a_changed_byte_never_brings_text_through(event: str, data: st.DataObject) -> None:
    """With one byte changed a message is refused, withheld, or still an image of its domains."""
    value = bytearray(message(event).value or b"")
    value[data.draw(st.integers(0, len(value) - 1))] = data.draw(st.integers(0, 255))
    [outcome] = judged(received(bytes(value), TOPICS[catalogue().plans[event].kind]))
    assert said(outcome) is not Reason.INTERNAL
    if isinstance(outcome, Eligible):
        assert outcome.value[1:5] == catalogue().plans[event].ml_schema_id.to_bytes(4)
        assert not any(isinstance(leaf, str) and leaf != leaf.upper() for leaf in leaves(decoded(outcome.value)))


@pytest.mark.parametrize("event", [event for event in SERVICE_GENERATED if catalogue().plans[event].for_ml])
def test_no_run_of_bytes_is_copied(event: str) -> None:
    """No six bytes in a row of a string of the telemetry message are in the ML message, nor of an id's raw bytes."""
    came = message(event)
    [outcome] = judged(came)
    assert isinstance(outcome, Eligible)
    strings = [leaf.encode() for leaf in leaves(decoded(came.value or b"")) if isinstance(leaf, str)]
    strings += [bytes.fromhex(text.decode()) for text in strings if len(text) == 32]
    runs = {text[at : at + 6] for text in strings for at in range(len(text) - 5)}
    assert runs
    assert not [run for run in runs if run in outcome.value]


def test_what_is_other_is_told_by_field() -> None:
    """As the collector tells it, so that the two counts can be compared."""
    outcomes = judged(message("call.ended", {"call.end.reason": "kicked"}), ENDED)
    assert [outcome.others for outcome in outcomes if isinstance(outcome, Eligible)] == [("call.ended.reason",), ()]
