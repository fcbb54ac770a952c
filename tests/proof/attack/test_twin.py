"""Twin runs: two sessions of equal shape and different content cannot be told apart but on content's own topic.

Equal shape: the same events in the same order with the same service-generated values, and each text of the same size
bucket as its twin, because a refusal tells the bucket. Clock, keys and ids are fixed. Sealed bytes are left out: a seal
hides everything but its length, to which age adds some at random.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, Final

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.memory import MemoryBroker
from broker.port import Received
from collector.app import make_app
from collector.otlp import encode_logs
from collector.pipeline import Accepted, gate
from collector.records import LogRecord, Pairs, Value
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.validator.journey import TOPICS as JUDGED
from consumers.validator.journey import Eligible, judge
from schemas.codec import unframe
from schemas.model import Kind
from schemas.quarantine_forms import outside
from tests.unit.gate_samples import CONTEXT, FIREFOX, ML_KEY, NOW, TELEMETRY_KEY, catalogue, events, received, record
from tests.unit.gate_stack import RECIPIENT, held, stack
from tests.unit.validator_bench import POLICY, Bench

Moment = Callable[[str], LogRecord]


def content(event: str) -> Moment:
    """Give a content event whose every content field says the text."""
    plan = catalogue().plans[event]
    texts = {place.attribute: place.content_types for place in plan.by_attribute.values() if place.content}

    def moment(text: str) -> LogRecord:
        made = record(event, {name: _as(types, text) for name, types in texts.items() if name})
        return replace(made, body=_as(plan.reads_body.content_types, text)) if plan.reads_body else made

    return moment


def _as(types: tuple[type, ...], text: str) -> Value:
    return text if str in types else text.encode()


def plus(event: str, key: str, make: Callable[[str], Value] = lambda text: text) -> Moment:
    """Give an event with one attribute more."""
    made = record(event)
    return lambda text: replace(made, attributes=(*made.attributes, (key, make(text))))


def honest(event: str) -> Moment:
    """Give an event that says nothing of the text."""
    made = record(event)
    return lambda _: made


MOMENTS: Final[tuple[Moment, ...]] = (
    *(content(event) for event in events(Kind.CONTENT)),
    *(honest(event) for event in events(Kind.USAGE, Kind.DIAGNOSTIC)),
    plus("call.ended", "chat.message.text"),
    plus("call.ended", "note", lambda text: (text, text)),
    plus("call.ended", "note", lambda text: Pairs((("note", text),))),
    plus("app.crashed", "exception.message"),
    plus("app.crashed", "exception.stacktrace", lambda text: text.encode()),
    lambda text: replace(record("call.ended"), body=text),
    lambda text: replace(record("app.crashed"), body=Pairs(((text, text),))),
    lambda text: replace(record("call.ended"), event_name=f"clicked {text}"),
    lambda text: replace(record("call.ended"), severity_text=f"said {text}"),
    lambda text: record("call.ended", {"user.id": f"{text} !"}),
    lambda text: record("call.ended", {"call.end.reason": f"{text} !"}),
    lambda text: record("call.ended", {"service.version": f"6.1.2 {text}"}),
    lambda text: record("app.started", {"user_agent.original": FIREFOX.replace("X11", f"X11; {text.encode().hex()}")}),
    lambda text: replace(record("mute.changed"), attributes=(*record("mute.changed").attributes, (f"x {text}", True))),
)
"""What can happen in a session: content where it belongs, honest telemetry, and text where it does not belong."""

LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ ,.?!äß語"
SIZES: Final = ((1, 2), (24, 30))  # characters: with what a moment adds, each stays within one bucket in UTF-8


@st.composite
def sessions(draw: st.DrawFn) -> tuple[list[LogRecord], list[LogRecord]]:
    """Draw a session and its twin."""
    pair: tuple[list[LogRecord], list[LogRecord]] = [], []
    for number, moment in enumerate(draw(st.lists(st.sampled_from(MOMENTS), min_size=1, max_size=8))):
        least, most = draw(st.sampled_from(SIZES))
        for session in pair:
            text = draw(st.text(LETTERS, min_size=least, max_size=most))
            session.append(replace(moment(text), time=NOW * 1000 - 10**9 * number))
    return pair


def carried(records: Sequence[LogRecord]) -> tuple[list[Any], list[Any], list[bytes]]:
    """Carry a session through both gates: what the collector tells, what it writes to telemetry, what is ML's."""
    outcomes = gate(records, catalogue(), CONTEXT)
    told = [(of.topic, of.dropped) if isinstance(of, Accepted) else of.refusal for of in outcomes]
    telemetry = [of for of in outcomes if isinstance(of, Accepted) and of.topic in JUDGED]
    judged = judge([received(of.value, of.topic, key=of.key) for of in telemetry], catalogue(), ML_KEY, NOW)
    images = [of.value for of in judged if isinstance(of, Eligible)]
    verdicts = [of if not isinstance(of, Eligible) else "eligible" for of in judged]
    return [*told, *verdicts], [(of.topic, of.key, of.value) for of in telemetry], images


@settings(max_examples=150, deadline=None)
@given(sessions())
def test_both_gates_make_the_same_of_twins(twins: tuple[list[LogRecord], list[LogRecord]]) -> None:
    """Outcomes, refusals, telemetry and images of a session and its twin are the same, byte by byte."""
    one, other = map(carried, twins)
    assert one == other


def test_there_is_something_to_tell_apart() -> None:
    """Every moment that takes a text takes it in, and the list holds accepted, refused and withheld ones."""
    says = [moment for moment in MOMENTS if moment("Quince") != moment("Herons")]
    assert len(says) > 20
    told, telemetry, images = carried([moment("Quince") for moment in MOMENTS])
    assert len(images) > 15
    assert len(telemetry) > len(images)
    assert len({of.reason for of in told if hasattr(of, "reason")}) > 7


class Run:
    """All that a run of both services on one session shows to anybody."""

    def __init__(self, requests: Sequence[bytes], caplog: pytest.LogCaptureFixture) -> None:
        """Carry the requests through the real HTTP application, the gateway and the validator's loop."""
        caplog.clear()
        self.told: list[str] = []
        self.broker: MemoryBroker = stack()
        clock = lambda: NOW / 1_000_000  # noqa: E731 - a fixed one
        policy = CollectorPolicy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=clock)
        gateway = Gateway(policy, self.broker.as_user("collector"), self.told.append)
        self.answers = asyncio.run(self._post(gateway, requests))
        self.counts = [gateway.counts()]
        gateway.close()
        self._validate(clock)
        self.logs = [(line.name, line.levelno, line.getMessage()) for line in caplog.records if _ours(line)]

    async def _post(self, gateway: Gateway, requests: Sequence[bytes]) -> list[Any]:
        transport, headers = httpx.ASGITransport(make_app(gateway)), {"content-type": "application/x-protobuf"}
        async with httpx.AsyncClient(transport=transport, base_url="http://collector") as client:
            answers = [await client.post("/v1/logs", content=body, headers=headers) for body in requests]
            answers += [await client.get(path) for path in ("/healthz", "/readyz", "/metrics")]
        return [(answer.status_code, sorted(answer.headers.items()), answer.content) for answer in answers]

    def _validate(self, clock: Callable[[], float]) -> None:
        waiting = sum(len(held(self.broker, topic)) for topic in JUDGED)
        bench = Bench(self.broker, replace(POLICY, batch=500, clock=clock))
        bench.run()
        assert bench.counts()["judged"] == waiting
        self.told += bench.told
        self.counts.append(bench.counts())

    def topic(self, name: str) -> list[tuple[Any, ...]]:
        """Give a topic as anybody who may read it sees it."""
        return [_seen(message) for message in held(self.broker, name)]

    def outside_the_seals(self) -> list[Any]:
        """Give what stands in quarantine outside the seals."""
        opened = [outside(unframe(message.value)[1]) for message in held(self.broker, "quarantine")]
        return [each | {"sealed": b""} for each in opened]


def _ours(line: logging.LogRecord) -> bool:
    return not line.name.startswith(("asyncio", "hypothesis", "httpcore"))


def _seen(message: Received) -> tuple[Any, ...]:
    return message.partition, message.offset, message.key, message.headers, message.value


TEXTS: Final = (
    ("Shall we tell them on Friday", "No: it is not signed at all."),
    ("Anna Quince, Head of Research", "Bert Heron, the works council"),
)


def test_a_whole_run_of_twins_looks_the_same(caplog: pytest.LogCaptureFixture) -> None:
    """Through the HTTP door and both services: images, telemetry, answers, counts, lines and logs are the same."""
    caplog.set_level(logging.DEBUG)
    runs = []
    for which in range(2):
        texts = [pair[which] for pair in TEXTS]
        sessions_ = [
            [replace(moment(text), time=NOW * 1000 - number) for number, moment in enumerate(MOMENTS)] for text in texts
        ]
        runs.append(Run([encode_logs(records) for records in sessions_], caplog))
    one, other = runs
    assert len(one.topic("ml.eligible")) > 15  # two sessions say the same: copies
    for topic in ("ml.eligible", "telemetry.usage", "telemetry.diagnostic"):
        assert one.topic(topic) == other.topic(topic), topic
    assert one.answers == other.answers
    assert b"undeclared_attribute" in one.answers[0][2]
    assert one.counts == other.counts
    assert one.told == other.told
    assert one.logs == other.logs
    assert one.outside_the_seals() == other.outside_the_seals()
    assert one.topic("customer.content") != other.topic("customer.content")  # there, and there alone, they differ
