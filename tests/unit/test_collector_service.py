"""The collector's work behind its door: 200 only for what Kafka holds, and everything refused sealed."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from types import SimpleNamespace

import pytest

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryProducer
from broker.port import BrokerError, Message, Misused, Producer, Refused, TooLarge, Unavailable
from collector.intake import Answer, RetryLater, WhyNot
from collector.otlp import decode_logs, encode_logs
from collector.records import LogRecord, Record
from collector.service import RETRY_SECONDS, Gateway, Policy
from schemas.quarantine import BadKey, new_identity, open_sealed
from schemas.reasons import Reason
from tests.unit.gate_exits import EXITS
from tests.unit.gate_samples import CANARY, NOW, SNEAKY, TELEMETRY_KEY, catalogue, decoded, record
from tests.unit.gate_stack import IDENTITY, RECIPIENT, Failing, held, sealed, stack
from tests.waiting import eventually

TOPICS = ("telemetry.usage", "telemetry.diagnostic", "customer.content", "quarantine")
POLICY = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, deadline=0.5, clock=lambda: NOW / 1_000_000)
GOOD = [record("call.ended"), record("app.crashed"), record("chat.message", body=CANARY), record("call.ended")]
BAD = [record("call.ended", {"note": CANARY}), record("call.ended", {"user.id": CANARY})]


class Door:
    """A gateway on a cluster, as the collector's principal, and what it told."""

    def __init__(self, broker: MemoryBroker | None = None, policy: Policy = POLICY) -> None:
        self.broker = broker or stack()
        self.told: list[str] = []
        self.gateway = Gateway(policy, self.broker.as_user("collector"), self.told.append)

    def take(self, *records: LogRecord) -> Answer:
        """Take one request."""
        return asyncio.run(self.gateway.take(list(records)))

    def held(self) -> dict[str, int]:
        """Count what the topics hold."""
        return {topic: len(held(self.broker, topic)) for topic in TOPICS}


@pytest.fixture(name="door")
def open_door() -> Door:
    """Give a gateway whose broker works."""
    return Door()


def test_accepted_and_refused_add_up_and_are_where_they_belong(door: Door) -> None:
    """Each accepted record is one message on its kind's topic; all refused ones of a request are one in quarantine."""
    answer = door.take(*GOOD, *BAD)
    assert answer == Answer(4, {Reason.UNDECLARED_ATTRIBUTE: 1, Reason.NOT_AN_ID: 1})
    assert door.held() == {
        "telemetry.usage": 2,
        "telemetry.diagnostic": 1,
        "customer.content": 1,
        "quarantine": 1,
    }
    assert door.gateway.why_not() is None
    assert door.gateway.counts() == {
        "received": 6,
        "accepted.usage": 2,
        "accepted.diagnostic": 1,
        "accepted.content": 1,
        "refused": 2,
        "refused.undeclared_attribute": 1,
        "refused.not_an_id": 1,
        "dropped_attributes": 8,
    }
    assert not door.told


def test_what_became_other_is_counted_by_field(door: Door) -> None:
    """Once an event has been accepted; a word that nobody listed is worth a look, and its field is named here."""
    door.take(*[record("call.ended", {"call.end.reason": word}) for word in ("kicked", "asleep", "left")])
    assert door.gateway.counts()["other.call.ended.reason"] == 2
    assert "kicked" not in repr(door.gateway.counts())


def test_quarantine_opens_to_exactly_the_refused_records(door: Door) -> None:
    """The identity opens the seal, and what is inside decodes to the refused records; outside is no word of them."""
    refused = [of for records in EXITS.values() for of in records]
    answer = door.take(*refused, *GOOD)
    [message] = held(door.broker, "quarantine")
    outside, [item] = sealed(message)
    assert encode_logs(decode_logs(item)) == encode_logs(refused)  # as bytes: NaN is not equal to itself
    assert decode_logs(item)[:9] == refused[:9]
    assert outside["records"] == len(refused) == sum(answer.refused.values())
    assert Counter({told["reason"]: 0 for told in outside["refusals"]}).keys() == {reason.code for reason in EXITS}
    assert sum(told["count"] for told in outside["refusals"]) == len(refused)
    assert (outside["stage"], outside["catalogue"]) == ("COLLECTOR", catalogue().version)
    assert SNEAKY.encode() not in (message.value or b"")
    assert (message.key, message.headers) == (None, ())
    with pytest.raises(BadKey):
        open_sealed(outside["sealed"], new_identity()[0])


def test_the_largest_request_fits_quarantine(door: Door) -> None:
    """A request as large as the door takes, refused whole, is one message that the topic takes."""
    large = record("call.ended", {"note": "\0" * (8 * 2**20)})
    assert door.take(large).refused == {Reason.UNDECLARED_ATTRIBUTE: 1}
    many = [replace(of, body="\0" * 20_000) for of in EXITS[Reason.BODY] * 139]
    assert len(encode_logs(many)) > 8 * 2**20
    assert door.take(*many).refused == {Reason.BODY: len(many)}


@pytest.mark.parametrize("error", [Unavailable, Refused, TooLarge, Misused])
@pytest.mark.parametrize("written", [False, True])
def test_what_is_not_acknowledged_is_not_accepted(error: type[BrokerError], written: bool) -> None:  # noqa: FBT001 - a case
    """Whatever the broker fails with, the sender is told to come again and nothing is counted as received."""
    door = Door()

    def fail() -> None:
        raise error(f"it is {error.__name__}")

    door.gateway.delivery.open()
    assert door.gateway.why_not() is None
    door.gateway.delivery._producer = Failing(door.broker.producer(), fail, written=written)
    for _ in range(2):
        with pytest.raises(RetryLater) as caught:
            door.take(*GOOD, *BAD)
        assert caught.value.seconds == RETRY_SECONDS
    counts = dict(door.gateway.counts())
    assert counts.pop(f"broker_error.{error.__name__}") >= 2 - error.transient  # or it is known to be away
    assert counts == {"unacknowledged_requests": 2}
    assert (door.gateway.why_not() is None) is (error is TooLarge)  # that is one message, not the broker
    assert all("it is" in line for line in door.told)
    assert len(door.told) == 1
    door.gateway.close()


def test_a_retry_after_a_lost_acknowledgement_makes_the_same_ids(door: Door) -> None:
    """At-least-once: what was written and not acknowledged comes again under the same event ids."""
    real = door.broker.producer()

    def fail() -> None:
        raise Unavailable("it is")

    door.gateway.delivery._producer = Failing(real, fail, written=True)
    with pytest.raises(RetryLater):
        door.take(*GOOD)
    door.gateway.delivery._producer = real
    eventually(lambda: door.gateway.why_not() is None)
    assert door.take(*GOOD).accepted == len(GOOD)
    messages = [of for topic in TOPICS for of in held(door.broker, topic)]
    ids = Counter(decoded(of.value or b"")["origin"]["event_id"] for of in messages)
    assert len(ids) == len(GOOD)
    assert sorted(ids.values())[:-1] == [2] * (len(GOOD) - 1)  # and one with which it is tried whether Kafka is back
    door.gateway.close()


def test_a_thread_opens_the_producer_and_no_request_waits_for_it() -> None:
    """Without a spill, and with Kafka away at the start: the doors may open, and say why nothing is taken yet."""
    door = Door()
    door.broker.available = False
    door.gateway.delivery.open_soon(within=0.5)
    assert door.gateway.why_not() is WhyNot.NO_KAFKA
    with pytest.raises(RetryLater):
        door.take(*GOOD)
    door.broker.available = True
    eventually(lambda: door.gateway.why_not() is None)
    assert door.take(*GOOD).accepted == len(GOOD)
    assert [line.split(":")[0] for line in door.told] == ["senders are told to come again", "the broker answers again"]
    door.gateway.close()


def test_what_kafka_refuses_at_the_start_ends_it() -> None:
    """A wrong password, say: it is told at once."""
    door = Door()

    def refuse() -> None:
        raise Refused("no")

    door.gateway.delivery._broker = SimpleNamespace(producer=refuse)
    with pytest.raises(Refused):
        door.gateway.delivery.open_soon()
    door.gateway.close()


def test_a_defect_at_the_start_is_told_and_tried_again() -> None:
    """Its type and place, and nothing of its text; the thread that opens goes on."""
    door = Door()
    broker, defects = door.gateway.delivery._broker, [ValueError(CANARY), ValueError(CANARY)]

    def producer() -> Producer:
        if defects:
            raise defects.pop()
        return broker.producer()

    door.gateway.delivery._broker = SimpleNamespace(producer=producer)
    door.gateway.delivery.open_soon()
    eventually(lambda: door.gateway.why_not() is None)
    assert door.take(*GOOD).accepted == len(GOOD)
    assert door.told[0].startswith("senders are told to come again: Unavailable: internal: ValueError at ")
    assert CANARY not in "".join(door.told)
    door.gateway.close()


def test_a_broker_that_is_away_at_first_is_waited_for() -> None:
    """Without a broker a request is told to come again, said once; with the broker back the next one is taken."""
    door = Door()
    door.broker.available = False
    assert door.gateway.why_not()
    with pytest.raises(Unavailable):
        door.gateway.delivery.open()
    for _ in range(3):
        with pytest.raises(RetryLater):
            door.take(*GOOD)
    assert door.gateway.why_not()
    door.broker.available = True
    eventually(lambda: door.gateway.why_not() is None)
    assert door.take(*GOOD).accepted == len(GOOD)
    door.broker.available = False
    for _ in range(3):
        with pytest.raises(RetryLater):
            door.take(*GOOD)
    door.broker.available = True
    eventually(lambda: door.gateway.why_not() is None)
    assert door.take(*GOOD).accepted == len(GOOD)
    assert [line.split(":")[0] for line in door.told] == [
        "senders are told to come again",
        "the broker answers again",
    ] * 2
    assert door.gateway.counts()["received"] == 2 * len(GOOD)
    door.gateway.close()


def test_a_collector_in_doubt_becomes_ready_by_itself() -> None:
    """A load balancer that sends nothing to what is not ready would never let it find out that the broker is back."""
    door = Door()
    door.take(*GOOD)
    door.broker.available = False
    with pytest.raises(RetryLater):
        door.take(*GOOD)
    assert door.gateway.why_not()
    time.sleep(0.3)
    assert door.gateway.why_not()  # it is known, however long it takes
    door.broker.available = True
    eventually(lambda: door.gateway.why_not() is None)
    door.gateway.close()


def test_a_collector_in_doubt_becomes_ready_for_a_request_to_find_out() -> None:
    """Whether a grant was given is found out by a request alone: a while after a refusal one may come."""
    door = Door(policy=replace(POLICY, doubt=0.05))
    door.take(*GOOD)

    def fail() -> None:
        raise Refused("no")

    door.gateway.delivery._producer = Failing(door.broker.producer(), fail)
    with pytest.raises(RetryLater):
        door.take(*GOOD)
    assert door.gateway.why_not()
    time.sleep(0.06)
    assert door.gateway.why_not() is None


def test_opening_slowly_hangs_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """While one request opens the producer, others are told to come again in time, and the counts can be read."""
    door, slow = Door(policy=replace(POLICY, deadline=0.1)), threading.Event()
    real = door.gateway.delivery._broker.producer

    def producer() -> MemoryProducer:
        slow.wait(10)
        return real()  # type: ignore[return-value]

    monkeypatch.setattr(door.gateway.delivery._broker, "producer", producer)

    async def two() -> list[object]:
        first = asyncio.create_task(door.gateway.take(GOOD))
        await asyncio.sleep(0.05)
        began = time.monotonic()
        with pytest.raises(RetryLater):
            await door.gateway.take(GOOD)
        assert door.gateway.counts()["unacknowledged_requests"] == 1
        assert time.monotonic() - began < 5
        slow.set()
        return [await first]

    assert asyncio.run(two()) == [Answer(len(GOOD))]


def test_a_request_that_waits_for_kafka_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    """Others may be judged while a request waits to be safe: it says so before it is."""
    door, slow, order = Door(policy=replace(POLICY, deadline=20)), threading.Event(), list[str]()
    produce = MemoryProducer.produce

    def delayed(self: MemoryProducer, messages: Sequence[Message], *, timeout: float) -> None:
        assert slow.wait(10)
        produce(self, messages, timeout=timeout)

    def judged() -> None:
        order.append("judged")
        slow.set()

    monkeypatch.setattr(MemoryProducer, "produce", delayed)
    assert asyncio.run(door.gateway.take(GOOD, judged)).accepted == len(GOOD)
    assert order == ["judged"]


def test_what_was_begun_is_delivered_though_the_event_loop_is_closed(door: Door) -> None:
    """At a stop whose grace is over nobody waits for hands any more: that is no defect, and stops no neighbour."""
    reached, take = asyncio.Event(), door.gateway._take

    def watched(records: Sequence[Record], judged: Callable[[], object]) -> Answer:
        loops.pop().call_soon_threadsafe(reached.set)
        assert closed.wait(20)
        return take(records, judged)

    async def begun() -> None:
        loops.append(asyncio.get_running_loop())
        request = asyncio.create_task(door.gateway.take(GOOD))
        await reached.wait()
        request.cancel()

    loops, closed = list[asyncio.AbstractEventLoop](), threading.Event()
    door.gateway._take = watched  # type: ignore[method-assign]
    asyncio.run(begun())
    closed.set()
    eventually(lambda: sum(door.held().values()) == len(GOOD), within=20)


def test_requests_at_once_are_each_answered_for_themselves(door: Door) -> None:
    """Forty requests at a time: every answer counts its own records, and the sums add up."""

    async def all_of() -> list[Answer]:
        return await asyncio.gather(*(door.gateway.take([*GOOD, *BAD[: n % 3]]) for n in range(40)))

    answers = asyncio.run(all_of())
    assert [sum(answer.refused.values()) for answer in answers] == [n % 3 for n in range(40)]
    assert door.gateway.counts()["received"] == 40 * 4 + 13 * (0 + 1 + 2)
    assert sum(door.held().values()) == 40 * 4 + 26


def test_no_thread_stays_behind(door: Door) -> None:
    """Closing ends the threads and the producer; closing twice or before anything was opened is no error."""
    before = set(threading.enumerate())
    door.take(*GOOD)
    producer = door.gateway.delivery._producer
    assert producer is not None
    assert set(threading.enumerate()) - before
    door.gateway.close()
    door.gateway.close()
    assert not set(threading.enumerate()) - before
    with pytest.raises(Misused):
        producer.produce([], timeout=1)
    Door().gateway.close()


def test_policy_and_quarantine_tell_no_key() -> None:
    """The `repr` of the policy has no key, and no identity is anywhere near the collector."""
    told = repr(POLICY)
    assert TELEMETRY_KEY.at(NOW).hex() not in told
    assert repr(TELEMETRY_KEY.at(NOW))[2:-1] not in told
    assert IDENTITY not in told
