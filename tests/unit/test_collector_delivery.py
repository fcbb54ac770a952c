"""Delivery: a request's messages are safe, in Kafka or on disk, or its sender is told to come again."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryProducer
from broker.patience import Patience
from broker.port import BrokerError, Message, Misused, Refused, TooLarge, Unavailable
from collector.delivery import LEADERS, Delivery, Manners, NotSafe
from collector.intake import WhyNot
from collector.spill.store import Spill
from schemas.quarantine import StorageKey, new_identity
from tests.unit.gate_stack import held, stack

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


class Bench:
    """A delivery on a cluster, with a spill, and what it told."""

    def __init__(self, folder: Path, *, most: int = 2**20) -> None:
        self.broker, self.folder, self.most, self.told = stack(), folder, most, list[str]()
        self.made: list[Delivery] = []

    def delivery(self) -> Delivery:
        """Start it, as after a restart."""
        self.stop()
        spill = Spill(self.folder, KEY, most=self.most, clock=time.time, tell=self.told.append)
        self.made.append(Delivery(self.broker.as_user("collector"), MANNERS, self.told.append, spill))
        return self.made[-1]

    def stop(self) -> None:
        """Stop it."""
        while self.made:
            self.made.pop().close()

    def values(self) -> list[bytes]:
        """Give what the topic holds, sorted: it has several partitions."""
        return sorted(message.value or b"" for message in held(self.broker, TOPIC))


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


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    until = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.01)


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
        eventually(lambda: delivery.gauges()["waiting"] > 10)  # all but the first two, which go together
        begun.set()
        failed = [number for number, future in enumerate(futures) if future.exception() is not None]
    assert failed == [7]
    assert isinstance(futures[7].exception(), NotSafe)
    assert sorted(message.value or b"" for message in held(broker, TOPIC)) == sent(*(n for n in range(20) if n != 7))
    assert max(producer.calls) > 2
    delivery.close()


def test_without_a_spill_one_request_asks_whether_kafka_is_back() -> None:
    """The others are told at once to come again, and once it has answered nobody is."""
    broker, let_go, asked = stack(), threading.Event(), threading.Event()
    delivery = Delivery(broker.as_user("collector"), Manners(20, 0.2), list[str]().append)
    left = [Unavailable("away"), None]

    def before(_: Sequence[Message]) -> None:
        if left and (error := left.pop(0)):
            raise error
        asked.set()
        let_go.wait(10)

    counted(delivery, broker, before)
    with pytest.raises(NotSafe):
        delivery.deliver(request(0))
    with ThreadPoolExecutor(1) as thread:
        asks = thread.submit(delivery.deliver, request(1))
        assert asked.wait(10)
        began = time.monotonic()
        with pytest.raises(NotSafe):
            delivery.deliver(request(2))
        assert time.monotonic() - began < 5  # of the twenty that it may take
        assert not asks.done()
        let_go.set()
        asks.result(10)
    delivery.deliver(request(3))
    assert sorted(message.value or b"" for message in held(broker, TOPIC)) == sent(1, 3)
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
    assert delivery.ready()
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(*range(6)))
    eventually(lambda: delivery.counts()["spill_bytes"] == 0)
    delivery.deliver(request(6))
    assert bench.values() == sent(*range(7))
    assert delivery.counts()["replayed_requests"] == 5
    assert [line.split(":")[0] for line in bench.told] == ["requests go to the spill", "the spill is empty"]


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
    assert not delivery.ready()
    bench.broker.available = True
    eventually(lambda: bench.values() == sent(*kept))
    eventually(delivery.ready)
    bench.stop()


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


def test_what_kafka_will_never_take_holds_nothing_up(bench: Bench) -> None:
    """The one message of the spill that is too large is set aside, sealed; the others and what came later arrive."""
    delivery = bench.delivery()
    bench.broker.available = False
    for number in range(3):
        delivery.deliver(request(number))
    bad = request(1)[0].value

    def refuse(messages: Sequence[Message]) -> None:
        if any(message.value == bad for message in messages):
            raise TooLarge("it is")

    bench.broker.available = True
    counted(delivery, bench.broker, refuse)
    eventually(lambda: bench.values() == [value for value in sent(0, 1, 2) if value != bad])
    eventually(lambda: delivery.counts().get("spill_refused") == 1)
    [path] = bench.folder.glob("*.refused")
    assert delivery.counts()["spill_bytes"] == path.stat().st_size > 0
    assert bad is not None
    assert bad not in path.read_bytes()
    assert sum(path.name in line for line in bench.told) == 1
    assert not any("senders are told" in line for line in bench.told)
    bench.stop()
    path.rename(path.with_suffix(".spill"))  # as docs/doors.md says, once the topic takes more
    delivery = bench.delivery()
    eventually(lambda: bench.values() == sent(0, 1, 2))


def test_while_the_spill_is_full_and_kafka_away_nobody_is_sent_here(tmp_path: Path) -> None:
    """However long ago the last request was; that the spill is full is told, and not with each request."""
    bench = Bench(tmp_path / "spill", most=1500)
    delivery = bench.delivery()
    eventually(delivery.ready)
    bench.broker.available = False
    for number in range(20):
        with contextlib.suppress(NotSafe):
            delivery.deliver(request(number))
    time.sleep(2 * MANNERS.doubt)
    assert delivery.why_not() is WhyNot.SPILL_FULL
    assert len([line for line in bench.told if "full" in line]) == 1
    bench.broker.available = True
    eventually(delivery.ready)
    bench.stop()


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
