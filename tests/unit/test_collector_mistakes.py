"""Whose mistakes they are: both services tell app and version as images of Origin's domains, or not at all."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.port import Received
from collector.mistakes import mistakes_of
from collector.pipeline import Refused, gate
from collector.records import LogRecord, Value
from collector.service import Gateway, Policy
from consumers.validator.journey import judge
from consumers.validator.output import messages
from schemas.domains import Context
from schemas.domains.words import Vocabulary
from schemas.mistakes import NOBODY, Sender, sender_of
from schemas.quarantine_forms import outside
from tests.unit.gate_samples import (
    CANARY,
    CONTEXT,
    ML_KEY,
    NOW,
    SNEAKY,
    TELEMETRY_KEY,
    catalogue,
    forged,
    message,
    record,
)
from tests.unit.gate_stack import RECIPIENT, held, stack

APP, VERSION = "service.name", "service.version"
WEB = Sender("meetings-web", "6.1.2")


def sent(app: Value = "meetings-web", version: Value = "6.1.2", event: str = "call.ended", **more: Any) -> LogRecord:  # noqa: ANN401 - as `record`
    """Make a record of an app that is refused for a note."""
    made = record(event, {APP: app, VERSION: version}, **more)
    return replace(made, attributes=(*made.attributes, ("note", CANARY)))


def senders(*records: LogRecord) -> list[Sender]:
    """Gate refused records; give whom each is told to be of."""
    refused = [outcome for outcome in gate(records, catalogue(), CONTEXT) if isinstance(outcome, Refused)]
    assert len(refused) == len(records)
    return [mistake.sender for mistake in mistakes_of(refused, catalogue(), CONTEXT)]


def told(*records: LogRecord) -> list[dict[str, Any]]:
    """Take a request; give what stands outside the seal."""
    broker = stack()
    policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, broker.as_user("collector"), list[str]().append)
    asyncio.run(gateway.take(list(records)))
    gateway.close()
    [quarantined] = held(broker, "quarantine")
    assert SNEAKY.encode() not in (quarantined.value or b"")
    return outside((quarantined.value or b"")[5:])["refusals"]  # type: ignore[no-any-return]


def told_by_validator(*batch: Received) -> list[dict[str, Any]]:
    """Judge messages; give what stands outside the seal."""
    outcomes = judge(batch, catalogue(), ML_KEY, NOW)
    made = messages(outcomes, catalogue(), RECIPIENT, Context(ML_KEY.at(NOW), NOW))
    values = [of.value or b"" for of in made if of.topic == "quarantine"]
    return [refusal for value in values for refusal in outside(value[5:])["refusals"]]


def test_a_request_of_several_apps_is_told_apart() -> None:
    """One group a mistake, app and version; equal mistakes share a fingerprint in every request of the epoch."""
    found = told(sent(), sent(), sent(version="6.2.0"), sent("meetings-ios"))
    assert {(of["app"], of["app_version"]): of["count"] for of in found} == {
        ("meetings-web", "6.1.2"): 2,
        ("meetings-web", "6.2.0"): 1,
        ("meetings-ios", "6.1.2"): 1,
    }
    assert len({of["fingerprint"] for of in found}) == 3
    [again] = told(sent())
    assert again["fingerprint"] in {of["fingerprint"] for of in found}


def test_a_record_of_no_known_event_has_a_sender_too() -> None:
    """Its app and version are where every event has them."""
    assert senders(sent(event="call.ended", event_name=f"clicked {CANARY}")) == [WEB]


@pytest.mark.parametrize(
    "value", [CANARY, "Meetings-Web", "meetings-web ", b"meetings-web", 1, True, None, ("a",)], ids=repr
)
def test_what_is_no_word_of_the_list_is_not_told(value: Value) -> None:
    """Neither as it is nor in any part."""
    assert senders(sent(app=value)) == [Sender(None, "6.1.2")]


@pytest.mark.parametrize("value", [CANARY, "6", "6.1.2-beta", "6.1.999", "v6.1.2", 6.1, b"6.1.2", "٦.1.2"], ids=repr)
def test_what_is_no_version_within_bounds_is_not_told(value: Value) -> None:
    """A text beside the numbers is dropped with them."""
    assert senders(sent(version=value)) == [Sender("meetings-web", None)]


def test_an_app_said_twice_differently_is_not_told() -> None:
    """Nobody can say which; said twice alike it is."""
    made = sent()
    for other, sender in (("meetings-ios", Sender(None, "6.1.2")), ("meetings-web", WEB)):
        assert senders(replace(made, attributes=(*made.attributes, (APP, other)))) == [sender]


def test_a_version_is_written_anew() -> None:
    """By its numbers, so that nothing of its spelling is left."""
    assert senders(sent(version="6.1")) == [Sender("meetings-web", "6.1.0")]


@given(st.text(max_size=40), st.text(max_size=40))
def test_no_text_is_ever_told(app: str, version: str) -> None:
    """Whatever is said, what is told is a word of the list and three numbers within bounds, or nothing."""
    [sender] = senders(sent(app, version))
    [words] = [of.domain.words for of in catalogue().plans["call.ended"].fields if of.path == ("origin", "app")]  # type: ignore[union-attr]
    assert sender.app is None or sender.app in words
    assert sender.version is None or len([int(part) for part in sender.version.split(".")]) == 3


def test_the_validator_tells_the_sender_of_what_it_could_decode() -> None:
    """A value outside its domain: the app's word and the version's numbers, as they lie in the message."""
    [of] = told_by_validator(forged("call.ended", ("duration",), 10**9))
    sample = record("call.ended").resource.attributes
    assert (of["field"], of["app"]) == ("duration", dict(sample)[APP])
    assert of["app_version"] == "1.1.1"


def test_the_validator_takes_no_word_of_a_forged_message() -> None:
    """Another producer may write anything where app and version stand."""
    forgeries: Sequence[Received] = [
        forged("call.ended", ("origin", "app"), CANARY),
        forged("call.ended", ("origin", "app_version"), CANARY),
    ]
    found = told_by_validator(*forgeries)
    assert {of["field"]: (of["app"], of["app_version"]) for of in found} == {
        "origin.app": (None, "1.1.1"),
        "origin.app_version": ("meetings-android", None),
    }
    assert SNEAKY not in repr(found)


def test_the_validator_reads_nothing_of_what_is_not_decoded() -> None:
    """What is refused before is of nobody, whatever it holds."""
    good = message("call.ended")
    odd = [
        replace(good, value=CANARY.encode()),
        replace(good, value=(good.value or b"") + b"x"),
        replace(good, topic="telemetry.diagnostic"),
        replace(good, headers=(("a", b"b"),)),
    ]
    assert {(of["app"], of["app_version"]) for of in told_by_validator(*odd)} == {(None, None)}


def test_a_defect_in_a_domain_tells_nobody_and_stops_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is sealed all the same: its text is in no exception that goes on."""

    def careless(*_: object) -> object:
        raise KeyError(CANARY)

    refused = gate([sent()], catalogue(), CONTEXT)
    monkeypatch.setattr(Vocabulary, "telemetry", careless)
    assert [of.sender for of in mistakes_of(refused, catalogue(), CONTEXT)] == [Sender(None, "6.1.2")]  # type: ignore[arg-type]


def test_without_a_schema_nobody_is_told() -> None:
    """A catalogue that holds nothing yet says of no attribute that it is the app."""
    assert sender_of(lambda _: "meetings-web", {}, CONTEXT) == NOBODY
