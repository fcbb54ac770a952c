"""Delivery: a request's messages are safe, in Kafka or on disk, or its sender is told to come again."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryProducer
from broker.patience import Patience
from broker.port import BrokerError, Message, Misused, Refused, TooLarge, Unauthenticated, Unavailable
from collector.delivery import Delivery, Manners, NotSafe
from collector.grouping import LEADERS
from collector.intake import WhyNot
from collector.spill.store import Spill
from schemas.quarantine import StorageKey, new_identity
from tests.unit.gate_stack import held, stack
from tests.waiting import eventually

KEY = StorageKey(new_identity()[0])
MANNERS = Manners(deadline=0.5, doubt=0.2, patience=Patience(first=0.01, longest=0.05))
TOPIC = "telemetry.usage"


class Counting(MemoryProducer):
    """Counts the produces, and how many go on at a time; each first goes through `before`."""

    def __init__(self, of: MemoryProducer, before: Callable[[Sequence[Message]], None] = lambda _: None) -> None:
        super().__init__(of._view)
        self._before = before
        self._here = threading.Lock()
        self.calls: list[int] = []
        self.at_once = self.most = 0

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Write, counted."""
        with self._here:
            self.calls.append(len(messages))
            self.at_once += 1
            self.most = max(self.most, self.at_once)
        try:
            self._before(messages)
            super().produce(messages, timeout=timeout)
        finally:
            with self._here:
                self.at_once -= 1


class Hanging(MemoryProducer):
    """Waits for a broker that says nothing, as long as it may."""

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Wait in vain."""
        del messages
        _away(timeout)


class Slow(Hanging):
    """Waits, but no longer than a test does."""

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Wait in vain."""
        super().produce(messages, timeout=min(timeout, 0.3))


class Bench:
    """A delivery on a cluster, with a spill, and what it told."""

    def __init__(self, folder: Path, *, most: int = 2**20) -> None:
        self.broker, self.folder, self.most, self.told = stack(), folder, most, list[str]()
        self.made: list[Delivery] = []

    def delivery(self, manners: Manners = MANNERS) -> Delivery:
        """Start it, as after a restart."""
        self.stop()
        spill = Spill(self.folder, KEY, most=self.most, clock=time.time, tell=self.told.append)
        self.made.append(Delivery(self.broker.as_user("collector"), manners, self.told.append, spill))
        return self.made[-1]

    def stop(self) -> None:
        """Stop it."""
        while self.made:
            self.made.pop().close()

    def values(self) -> list[bytes]:
        """Give what the topic holds, sorted: it has several partitions."""
        return bench_values(self.broker)


def bench_values(broker: MemoryBroker) -> list[bytes]:
    """Give what a broker's topic holds, sorted."""
    return sorted(message.value or b"" for message in held(broker, TOPIC))


@pytest.fixture(name="bench")
def open_bench(tmp_path: Path) -> Iterator[Bench]:
    """Give a bench, and stop what runs on it."""
    bench = Bench(tmp_path / "spill")
    yield bench
    bench.stop()


def request(number: int) -> list[Message]:
    """Make a request of two messages."""
    return [Message(TOPIC, f"{number:03} {letter}".encode()) for letter in "ab"]


def sent(*numbers: int) -> list[bytes]:
    """Give the values of requests."""
    return [message.value or b"" for number in numbers for message in request(number)]


def counted(delivery: Delivery, broker: MemoryBroker, before: Callable[[Sequence[Message]], None]) -> Counting:
    """Put a counting producer in."""
    delivery.open()
    delivery._producer = producer = Counting(broker.producer(), before)
    return producer


def test_requests_at_once_share_a_produce() -> None:
    """Forty requests need few produces, never more than two at a time, and each is acknowledged once."""
    broker = stack()
    delivery = Delivery(broker.as_user("collector"), Manners(20, 0.2), print)
    producer = counted(delivery, broker, lambda _: time.sleep(0.05))
    with ThreadPoolExecutor(40) as threads:
        list(threads.map(lambda number: delivery.deliver(request(number)), range(40)))
    assert sorted(message.value or b"" for message in held(broker, TOPIC)) == sent(*range(40))
    assert sum(producer.calls) == 80
    assert len(producer.calls) < 20
    assert producer.most <= LEADERS
    delivery.close()


@pytest.mark.parametrize("error", [TooLarge, Misused, Refused])
def test_nobody_pays_for_a_neighbour(error: type[BrokerError]) -> None:
    """One request of a group is refused by the broker: the others are written, and only its sender is told."""
    broker, begun = stack(), threading.Event()
    delivery = Delivery(broker.as_user("collector"), Manners(20, 0.2), list[str]().append)
    bad = request(7)[0].value

    def before(messages: Sequence[Message]) -> None:
        begun.wait(10)
        if any(message.value == bad for message in messages):
            raise error("no")

    producer = counted(delivery, broker, before)
    with ThreadPoolExecutor(20) as threads:
        futures = [threads.submit(delivery.deliver, request(number)) for number in range(20)]
        time.sleep(0.3)  # all but the first two wait now, and go together
        begun.set()
        failed = [number for number, future in enumerate(futures) if future.exception() is not None]
    assert failed == [7]
    assert isinstance(futures[7].exception(), NotSafe)
    assert sorted(message.value or b"" for message in held(broker, TOPIC)) == sent(*(n for n in range(20) if n != 7))
    assert max(producer.calls) > 2
    delivery.close()


def test_a_request_that_gets_no_turn_is_told_in_time() -> None:
    """A produce that hangs holds nobody longer than the deadline."""
    broker, let_go = stack(), threading.Event()
    delivery = Delivery(broker.as_user("collector"), MANNERS, list[str]().append)
    counted(delivery, broker, lambda _: (let_go.wait(10), None)[1])
    with ThreadPoolExecutor(LEADERS) as threads:
        for number in range(LEADERS):
            threads.submit(delivery.deliver, request(number))
        time.sleep(0.1)
        began = time.monotonic()
        with pytest.raises(NotSafe):
            delivery.deliver(request(9))
        assert time.monotonic() - began < 5
        let_go.set()
    delivery.close()


def test_a_defect_lets_the_others_go_on() -> None:
    """An exception that no driver should raise reaches its caller, and the next request is served."""
    broker, defects = stack(), [ValueError("a defect")] * LEADERS
    delivery = Delivery(broker.as_user("collector"), MANNERS, list[str]().append)

    def before(_: Sequence[Message]) -> None:
        if defects:
            raise defects.pop()

    counted(delivery, broker, before)
    for number in range(LEADERS):
        with pytest.raises(ValueError, match="a defect"):
            delivery.deliver(request(number))
    delivery.deliver(request(9))
    assert sorted(message.value or b"" for message in held(broker, TOPIC)) == sent(9)


def test_while_kafka_is_away_requests_go_to_disk_and_come_back(bench: Bench) -> None:
    """Each request returns; when Kafka is back the spill goes there by itself, and new requests go ahead."""
    delivery = bench.delivery()
    delivery.deliver(request(0))
    bench.broker.available = False
    for number in range(1, 6):
        delivery.deliver(request(number))
    assert delivery.counts()["spilled_requests"] == 5
    assert delivery.counts()["spill_bytes"] > 0
    assert delivery.why_not() is None
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(*range(6)))
    eventually(lambda: bench.told[-1].startswith("the spill is empty"))
    assert delivery.counts()["spill_bytes"] == 0
    delivery.deliver(request(6))
    assert bench.values() == sent(*range(7))
    assert delivery.counts()["replayed_requests"] == 5
    assert [line.split(":")[0] for line in bench.told] == [
        "requests go to the spill",
        "the broker answers again",
        "the spill is empty",
    ]


def test_after_the_first_failure_nobody_waits_for_the_broker(bench: Bench) -> None:
    """While Kafka is known to be away a request costs a write to disk, not a deadline."""
    delivery = bench.delivery()
    delivery.open()
    delivery._producer = producer = Counting(bench.broker.producer(), lambda _: _away(0.2))
    delivery.deliver(request(0))
    before = len(producer.calls)
    began = time.monotonic()
    for number in range(1, 50):
        delivery.deliver(request(number))
    tries = len(producer.calls) - before  # the spill's own, with back-off
    assert tries < 49
    assert tries <= (time.monotonic() - began) / 0.2 + 1


@pytest.mark.parametrize("hangs", ["the produce", "the opening"])
def test_with_a_spill_nobody_waits_long_for_kafka(tmp_path: Path, hangs: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A producer that hangs, or hangs while it is opened, costs a moment, far below what the stock SDKs wait."""
    broker, let_go = stack(), threading.Event()
    if hangs == "the opening":
        monkeypatch.setattr(MemoryBroker, "producer", lambda _: _away(0) if let_go.wait(8) else None)
    spill = Spill(tmp_path / "spill", KEY, most=2**20, clock=time.time, tell=print)
    manners = Manners(deadline=4, doubt=0.2, spill_after=0.2, patience=MANNERS.patience)
    delivery = Delivery(broker.as_user("collector"), manners, list[str]().append, spill)
    if hangs == "the produce":
        delivery.open()
        delivery._producer = Hanging(broker.producer()._view)
    with ThreadPoolExecutor(6) as threads:
        began = time.monotonic()
        list(threads.map(lambda number: delivery.deliver(request(number)), range(6)))
        assert time.monotonic() - began < 3
    assert delivery.counts()["spilled_requests"] == 6
    let_go.set()
    delivery.close()


def test_a_refusal_to_open_is_not_spilled(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong credentials fill no disk, though the producer is opened beside the requests."""
    monkeypatch.setattr(MemoryBroker, "producer", _refused)
    delivery = bench.delivery()
    eventually(lambda: bool(bench.told))
    with pytest.raises(NotSafe):
        delivery.deliver(request(0))
    assert delivery.counts()["spill_bytes"] == 0


def _refused(_: MemoryBroker) -> MemoryProducer:
    raise Refused("no")


def _away(seconds: float) -> None:
    time.sleep(seconds)
    raise Unavailable("away")


def test_a_restart_takes_up_what_is_on_disk(bench: Bench) -> None:
    """Stopping says how much is left; starting brings it to Kafka, even if no request comes."""
    delivery = bench.delivery()
    bench.broker.available = False
    delivery.deliver(request(0))
    delivery.deliver(request(1))
    bench.stop()
    assert "left in the spill" in bench.told[-1]
    bench.delivery()  # Kafka is still away: no error
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(0, 1))


def test_a_full_spill_tells_senders_to_come_again(tmp_path: Path) -> None:
    """What is not on disk is not taken; with Kafka back everything that was taken is there, and nothing else."""
    bench = Bench(tmp_path / "spill", most=1500)
    delivery = bench.delivery()
    bench.broker.available = False
    kept = []
    for number in range(20):
        try:
            delivery.deliver(request(number))
        except NotSafe:
            continue
        kept.append(number)
    assert 0 < len(kept) < 20
    assert delivery.why_not()
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(*kept))
    eventually(lambda: delivery.why_not() is None)
    bench.stop()


def test_without_a_spill_nobody_waits_in_vain() -> None:
    """The first request waits less than the stock SDKs do, the next ones not at all, and Kafka's return is noticed."""
    broker = stack()
    manners = Manners(deadline=30, doubt=5, wait=0.3, patience=MANNERS.patience)
    delivery = Delivery(broker.as_user("collector"), manners, list[str]().append)
    delivery.open()
    assert Manners(8, 5).wait <= 3
    real, delivery._producer = delivery._producer, Slow(broker.producer()._view)
    began = time.monotonic()
    with pytest.raises(NotSafe):
        delivery.deliver(request(0))
    assert 0.3 <= time.monotonic() - began < 3
    began = time.monotonic()
    for number in range(1, 50):
        with pytest.raises(NotSafe):
            delivery.deliver(request(number))
    assert time.monotonic() - began < 0.3
    assert delivery.why_not()
    assert [thread.name for thread in threading.enumerate()].count("probe") == 1
    delivery._producer = real
    eventually(lambda: delivery.why_not() is None)  # though no request comes
    delivery.deliver(request(50))
    assert set(bench_values(broker)) == {sent(0)[0], *sent(50)}
    eventually(lambda: "probe" not in [thread.name for thread in threading.enumerate()])
    delivery.close()


@pytest.mark.parametrize("spill", [True, False])
def test_a_request_of_which_nothing_came_waits_for_nobody(bench: Bench, *, spill: bool) -> None:
    """Its records were all discarded as planned: it is taken while Kafka is away, and fills no disk."""
    delivery = bench.delivery() if spill else Delivery(bench.broker.as_user("collector"), MANNERS, print)
    delivery.open()
    bench.broker.available = False
    with nullcontext() if spill else pytest.raises(NotSafe):
        delivery.deliver(request(0))
    before, judged = delivery.counts().get("spill_bytes"), list[int]()
    delivery.deliver([], lambda: judged.append(1))
    assert (delivery.counts().get("spill_bytes"), judged) == (before, [1])
    bench.broker.available = True
    if not spill:
        delivery.close()


def test_a_probe_for_which_there_was_no_thread_is_begun_by_the_next_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Else nobody would ever find out that Kafka is back."""
    broker = stack()
    delivery = Delivery(broker.as_user("collector"), MANNERS, list[str]().append)
    delivery.open()
    broker.available = False

    def start(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(threading.Thread, "start", start)
        with pytest.raises(RuntimeError):
            delivery.deliver(request(0))
    with pytest.raises(NotSafe):
        delivery.deliver(request(1))
    broker.available = True
    eventually(lambda: delivery.why_not() is None)
    delivery.close()


@pytest.mark.parametrize("error", [TooLarge("no"), Misused("no"), Refused("no"), ValueError("a defect")])
def test_whatever_kafka_says_it_is_back(error: Exception) -> None:
    """One message that is refused, or a defect, is no reason to turn all others away for ever."""
    broker, away = stack(), [Unavailable("away")]
    delivery = Delivery(broker.as_user("collector"), MANNERS, list[str]().append)

    def before(messages: Sequence[Message]) -> None:
        if away:
            raise away.pop()
        if set(messages) & set(request(0)):
            raise error

    counted(delivery, broker, before)
    with pytest.raises(NotSafe):
        delivery.deliver(request(0))
    eventually(lambda: delivery.why_not() is None)
    delivery.deliver(request(1))
    delivery.close()


def bad_and_good(error: BrokerError, bad: Callable[[Message], bool]) -> Callable[[Sequence[Message]], None]:
    """Refuse what has a bad message in it."""

    def before(messages: Sequence[Message]) -> None:
        if any(map(bad, messages)):
            raise error

    return before


def put_in(delivery: Delivery, before: Callable[[Sequence[Message]], None]) -> None:
    """Put a producer in while Kafka is away, when none can be opened."""
    old = delivery._producer
    assert isinstance(old, MemoryProducer)

    def gone(*_: object, **__: object) -> None:
        raise Unavailable("it was replaced")

    delivery._producer = Counting(MemoryProducer(old._view), before)
    old.produce = gone  # type: ignore[method-assign] # the spill's thread may be about to use it, once Kafka is back


def test_what_kafka_refuses_for_good_does_not_block_the_spill(bench: Bench) -> None:
    """Of a batch with a message that is too large all others get there, it is set aside, and what follows goes on."""
    delivery = bench.delivery()
    delivery.open()
    bench.broker.available = False
    for number in range(4):
        delivery.deliver(request(number))
    too_large = bad_and_good(TooLarge("no"), lambda message: message.value == b"001 a")
    put_in(delivery, too_large)
    bench.broker.available = True
    eventually(lambda: bench.told[-1].startswith("the spill is empty"))
    assert delivery.counts()["spill_bytes"] == delivery.counts()["spill_aside"] > 0
    assert bench.values() == sorted(set(sent(*range(4))) - {b"001 a"})
    assert delivery.counts()["spill_refused"] == 1
    assert delivery.counts()["replayed_requests"] == 4
    assert delivery.why_not() is None
    said = [line for line in bench.told if not line.startswith(("requests go to the spill", "the broker answers"))]
    assert [line.split(":")[0] for line in said] == [
        "Kafka refuses messages of the spill for good",
        "the spill is empty",
    ]
    assert said[-1].endswith("but for what was cut or set aside")
    bench.stop()
    [kept] = bench.folder.glob("*.refused")
    kept.rename(kept.with_suffix(".spill"))  # Kafka takes it now
    bench.delivery()
    eventually(lambda: bench.values() == sent(*range(4)))


@pytest.mark.parametrize("error", [Misused("no"), Refused("no")])
def test_what_may_be_mended_at_kafka_has_some_time_for_it(bench: Bench, error: BrokerError) -> None:
    """A grant or a topic that is missing sets nothing aside at once; once it is there all goes on."""
    delivery = bench.delivery()
    delivery.open()
    bench.broker.available = False
    delivery.deliver(request(0))
    put_in(delivery, bad_and_good(error, lambda _: True))
    bench.broker.available = True
    eventually(lambda: delivery.counts().get(f"broker_error.{type(error).__name__}", 0) > 3)
    assert delivery.counts()["spill_aside"] == 0
    assert [line.split(":")[0] for line in bench.told[1:]] == [
        "the spill waits, as Kafka refuses telemetry.usage",
        "the broker answers again",
    ]
    put_in(delivery, lambda _: None)
    eventually(lambda: bench.values() == sent(0))


@pytest.mark.parametrize("error", [Misused("no"), Refused("no")])
def test_a_topic_that_kafka_refuses_sends_no_other_topics_requests_to_the_spill(
    bench: Bench, error: BrokerError
) -> None:
    """While the oldest batch has its time, Kafka is there: what is for other topics goes ahead of the spill."""
    delivery = bench.delivery()
    delivery.open()
    bench.broker.available = False
    delivery.deliver([Message("customer.content", b"refused")])
    put_in(delivery, bad_and_good(error, lambda message: message.topic == "customer.content"))
    bench.broker.available = True
    eventually(lambda: delivery.counts().get(f"broker_error.{type(error).__name__}", 0) > 3)
    delivery.deliver(request(1))
    assert bench.values() == sent(1)
    assert delivery.counts()["spilled_requests"] == 1


def test_a_topic_that_is_refused_another_time_has_its_time_again(bench: Bench) -> None:
    """What was given up in one outage is tried in the next: between the two the spill was empty."""
    delivery = bench.delivery(replace(MANNERS, give_up=0.3))
    delivery.open()
    for number in range(2):
        bench.broker.available = False
        delivery.deliver(request(number))
        put_in(delivery, bad_and_good(Refused("no"), lambda _: True))
        bench.broker.available = True
        began = time.monotonic()
        eventually(lambda: bench.told[-1].startswith("the spill is empty"))
        assert time.monotonic() - began > 0.25
        put_in(delivery, lambda _: None)
        bench.told.append("mended")
    assert len([line for line in bench.told if line.startswith("the spill waits")]) == 2


def test_credentials_that_are_refused_set_nothing_aside(bench: Bench) -> None:
    """It says nothing of what is in the spill, which waits until they are taken, however long that is."""
    delivery = bench.delivery(replace(MANNERS, give_up=0.0))
    delivery.open()
    bench.broker.available = False
    delivery.deliver([*request(1), Message("customer.content", b"1")])
    put_in(delivery, bad_and_good(Unauthenticated("no"), lambda _: True))
    bench.broker.available = True
    eventually(lambda: delivery.counts().get("broker_error.Unauthenticated", 0) > 3)
    put_in(delivery, lambda _: None)
    eventually(lambda: len(bench.values()) == 2)
    assert delivery.counts()["spill_aside"] == 0


def test_a_topic_that_stays_refused_stops_no_other(bench: Bench) -> None:
    """After its time what is for it is set aside, batch by batch, and the other topics' messages get there."""
    delivery = bench.delivery(replace(MANNERS, give_up=0.1))
    delivery.open()
    bench.broker.available = False
    for number in range(3):
        delivery.deliver([*request(number), Message("customer.content", b"%d" % number)])
    refuses = bad_and_good(Refused("no"), lambda message: message.topic == "customer.content")
    put_in(delivery, refuses)
    bench.broker.available = True
    eventually(lambda: delivery.counts().get("replayed_requests") == 3)
    assert set(bench.values()) == set(sent(0, 1, 2))
    assert delivery.counts()["spill_refused"] == 3
    eventually(lambda: delivery.counts()["spill_aside"] == delivery.counts()["spill_bytes"])


def test_a_defect_does_not_end_the_spills_thread(bench: Bench) -> None:
    """An exception that no driver should raise is told by its place alone, and what is on disk gets there later."""
    delivery, defects = bench.delivery(), [ValueError("007 a")]
    delivery.open()
    bench.broker.available = False
    delivery.deliver(request(7))

    def before(_: Sequence[Message]) -> None:
        if defects:
            raise defects.pop()

    put_in(delivery, before)
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(7))
    assert [line for line in bench.told if line.startswith("internal: ValueError")]
    assert "007" not in repr(bench.told)


def test_readiness_does_not_flap_while_the_spill_is_full(tmp_path: Path) -> None:
    """Not ready from the first request that found no room until Kafka is back, however long; told once each."""
    bench = Bench(tmp_path / "spill", most=1500)
    delivery = bench.delivery(replace(MANNERS, doubt=0.01))
    delivery.deliver(request(0))
    bench.broker.available = False
    with suppress(NotSafe):
        for number in range(1, 20):
            delivery.deliver(request(number))
    for _ in range(10):
        assert delivery.why_not() is WhyNot.SPILL_FULL
        time.sleep(0.02)
    bench.broker.available = True
    eventually(lambda: delivery.why_not() is None)
    eventually(lambda: delivery.counts()["spill_bytes"] == 0)
    bench.stop()
    assert [line[:18] for line in bench.told if "full" in line or "room" in line] == [
        "the spill is full,",
        "the spill has room",
    ]


def test_readiness_waits_for_no_disk(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Probes are answered by the event loop, which all requests need: a slow disk must not hold it."""
    delivery, let_go, writes = bench.delivery(), threading.Event(), threading.Event()
    delivery.deliver(request(0))
    bench.broker.available = False
    real = os.fsync

    def fsync(handle: int) -> None:
        writes.set()
        let_go.wait(30)
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    with ThreadPoolExecutor(2) as threads:
        sent = threads.submit(delivery.deliver, request(1))
        assert writes.wait(30)
        asked = threads.submit(delivery.why_not)
        assert asked.result(10) is None
        let_go.set()
        sent.result(30)


@pytest.mark.parametrize("error", [Refused, Misused, TooLarge])
def test_what_the_broker_refuses_for_good_is_not_spilled(bench: Bench, error: type[BrokerError]) -> None:
    """A missing grant fills no disk: the sender keeps it."""
    delivery = bench.delivery()

    def refuse(_: Sequence[Message]) -> None:
        raise error("no")

    counted(delivery, bench.broker, refuse)
    with pytest.raises(NotSafe):
        delivery.deliver(request(0))
    assert delivery.counts()["spill_bytes"] == 0
    assert bench.told[-1].startswith("senders are told to come again")


def test_a_spill_that_can_not_be_read_stops_nobody(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble with the disk is told, and requests go to Kafka."""
    delivery = bench.delivery()
    delivery.deliver(request(0))

    def broken(_: Spill) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Spill, "oldest", broken)
    eventually(lambda: delivery.counts().get("spill_errors", 0) > 1)
    delivery.deliver(request(1))
    assert bench.values() == sent(0, 1)


def test_a_spill_that_can_not_be_read_says_nothing_of_kafka(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    """While both are in trouble requests ask Kafka now and then; that it is away, and back, is told once each."""
    delivery = bench.delivery()
    delivery.open()
    bench.broker.available = False

    def broken(_: Spill) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as disk:
        disk.setattr(Spill, "oldest", broken)
        for number in range(4):
            delivery.deliver(request(number))
            before = delivery.counts().get("spill_errors", 0)
            eventually(lambda before=before: delivery.counts().get("spill_errors", 0) > before + 1)  # type: ignore[misc]
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(*range(4)))
    eventually(lambda: bench.told[-1].startswith("the spill is empty"))
    assert sorted(line.split(":")[0] for line in bench.told) == [
        "requests go to the spill",
        "the broker answers again",
        "the spill can't be read (OSError)",
        "the spill is empty",
    ]
