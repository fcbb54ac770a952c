"""Nothing that was received is ever told: not in output, log, `repr` or exception, whatever goes wrong inside.

A canary stands in every place of records and messages while every refusal and every internal error is made to happen.
"""

from __future__ import annotations

import asyncio
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import replace

import pytest

from broker.port import Message
from collector.intake import RetryLater
from collector.pipeline import gate
from collector.quiet import place_of
from collector.records import LogRecord, Pairs, Resource, Scope
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.validator.journey import judge
from schemas.domains import Domain
from tests.unit.gate_exits import EXITS
from tests.unit.gate_samples import (
    CANARY,
    CONTEXT,
    ML_KEY,
    NOW,
    SCOPE,
    SNEAKY,
    TELEMETRY_KEY,
    catalogue,
    events,
    forged,
    message,
    received,
    record,
)
from tests.unit.gate_stack import RECIPIENT, Failing, held, stack
from tests.unit.validator_bench import Bench
from tests.waiting import eventually

TRACES = (SNEAKY, SNEAKY.encode().hex(), SNEAKY.lower(), TELEMETRY_KEY.at(NOW).hex(), ML_KEY.at(NOW).hex())


def loaded(event: str) -> Iterator[LogRecord]:
    """Put the canary into every place of a record, one at a time and all at once."""
    made, plan = record(event), catalogue().plans[event]
    for key in plan.by_attribute:
        for value in (CANARY, CANARY.encode(), (CANARY,), Pairs(((CANARY, CANARY),))):
            yield record(event, {key: value})
    yield record(event, {CANARY: CANARY})
    yield replace(made, body=CANARY)
    yield replace(made, event_name=CANARY)
    yield replace(made, severity_text=CANARY)
    yield replace(made, trace_id=CANARY.encode(), span_id=CANARY.encode())
    yield replace(made, scope=Scope(CANARY, CANARY, ((CANARY, CANARY),), CANARY))
    yield replace(made, scope=replace(SCOPE, schema_url=CANARY))
    yield replace(made, resource=Resource(((CANARY, CANARY),), CANARY))
    everything = dict.fromkeys(plan.by_attribute, CANARY)
    yield record(event, {**everything, CANARY: CANARY}, body=CANARY, severity_text=CANARY)


RECORDS = [each for event in events() for each in (record(event), *loaded(event))] + [
    each for of in EXITS.values() for each in of
]
MESSAGES = [
    received(CANARY.encode(), key=CANARY.encode(), headers=((CANARY, CANARY.encode()),)),
    received((message("call.ended").value or b"") + CANARY.encode()),
    replace(message("chat.message", body=CANARY), topic="telemetry.usage"),
    *(
        forged("call.ended", path, CANARY)
        for path in (("caller",), ("origin", "tenant"), ("origin", "app"), ("origin", "app_version"))
    ),
    *(message("call.ended", {"call.duration": n}) for n in range(3)),
]


@pytest.fixture(name="heard")
def listen(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Callable[..., None]:
    """Hear everything that is said; call it with more things to look into, and it looks for the canary and the keys."""
    caplog.set_level(logging.DEBUG)

    def check(*things: object) -> None:
        told = [repr(thing) for thing in things] + [str(thing) for thing in things]
        for thing in things:
            if isinstance(thing, BaseException):
                told += ["".join(traceback.format_exception(thing)), place_of(thing)]
                told += [repr(thing.__context__), repr(thing.__cause__), repr(thing.args)]
        told += [*capfd.readouterr(), caplog.text]
        everything = "\n".join(told)
        assert not [len(trace) for trace in TRACES if trace in everything or trace.lower() in everything.lower()]

    return check


def test_the_check_itself_hears(heard: Callable[..., None]) -> None:
    """A canary on stdout, on stderr, in a log or in an exception is found: the tests below can fail."""
    sys.stdout.write(CANARY)
    with pytest.raises(AssertionError):
        heard()
    sys.stderr.write(CANARY)
    with pytest.raises(AssertionError):
        heard()
    with pytest.raises(AssertionError):
        heard(ValueError(CANARY))
    logging.getLogger("tidegate").warning(CANARY)
    with pytest.raises(AssertionError):
        heard()


def spill(_domain: Domain, value: object, _context: object) -> object:
    """Fail as a careless library does: with the value in the exception's text, twice."""
    raise KeyError(CANARY, value) from ValueError(f"bad input {CANARY}: {value!r}")


@pytest.fixture(name="broken", params=["nothing", "domains", "codec"])
def break_something(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Break nothing, or every domain, or every codec, so that what is raised holds the value."""

    def careless(_self: object, value: object) -> object:
        raise ValueError(f"{CANARY} {value!r}")

    if request.param == "domains":
        for kind in {type(place.domain) for plan in catalogue().plans.values() for place in plan.fields}:
            if issubclass(kind, Domain):
                monkeypatch.setattr(kind, "telemetry", spill)
                monkeypatch.setattr(kind, "reduce", spill)
    if request.param == "codec":
        plan = catalogue().plans["call.ended"]
        for codec in (plan.codec, plan.ml_codec):
            monkeypatch.setattr(type(codec), "decode", careless)
        monkeypatch.setattr(plan.codec, "encode", lambda value: careless(None, value))
    return str(request.param)


def test_both_gates_are_silent(broken: str, heard: Callable[..., None]) -> None:
    """Neither gate tells anything of what it refuses or accepts, nor of what breaks inside it."""
    outcomes = [*gate(RECORDS, catalogue(), CONTEXT), *judge(MESSAGES, catalogue(), ML_KEY, NOW)]
    internal = [outcome for outcome in outcomes if "INTERNAL" in repr(outcome)]
    assert bool(internal) == (broken != "nothing")
    heard(*outcomes, *RECORDS[:40], *MESSAGES, CONTEXT)


def test_the_collector_is_silent(broken: str, heard: Callable[..., None]) -> None:
    """The gateway tells nothing of what it takes, with a broker and without, in counts, lines and answers."""
    del broken
    broker, told = stack(), list[object]()
    policy = CollectorPolicy(catalogue(), RECIPIENT, TELEMETRY_KEY, 0.5, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    told.append(asyncio.run(gateway.take(RECORDS)))

    def fail() -> None:
        raise ValueError(CANARY)  # a defect behind the port, below the door's own guard

    broker.available = False
    with pytest.raises(RetryLater) as away:
        asyncio.run(gateway.take(RECORDS))
    broker.available = True
    eventually(lambda: gateway.why_not() is None)
    gateway.delivery._producer = Failing(broker.producer(), fail)
    with pytest.raises(ValueError, match=SNEAKY) as defect:
        asyncio.run(gateway.take(RECORDS))
    told += [away.value, place_of(defect.value)]  # all that the door tells of a defect
    told += [each.value for each in held(broker, "quarantine")]
    told += [each for topic in ("telemetry.usage", "telemetry.diagnostic") for each in held(broker, topic)]
    gateway.close()
    heard(*told, gateway.counts(), policy, gateway, Message("quarantine", CANARY.encode(), CANARY.encode()))


def test_the_validator_is_silent(broken: str, heard: Callable[..., None]) -> None:
    """The validator's loop tells nothing of what it reads, in counts, lines and what it writes."""
    del broken
    broker = stack()
    broker.producer().produce([Message(each.topic, each.value, each.key, ()) for each in MESSAGES], timeout=1)
    bench = Bench(broker)
    bench.run()
    told: list[object] = [*bench.told, bench.policy]
    told += [each for topic in ("quarantine", "ml.eligible") for each in held(broker, topic)]
    told += [each.value for topic in ("quarantine", "ml.eligible") for each in held(broker, topic)]
    assert bench.counts()["judged"] == len(MESSAGES)
    heard(*told, bench.progress.read(), bench.progress)
