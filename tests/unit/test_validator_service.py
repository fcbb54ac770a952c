"""The validator's loop: nothing is lost, whatever fails and whenever it is stopped, and the counts add up."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryConsumer
from broker.patience import Patience
from broker.port import BrokerError, Message, Misused, Producer, Received, Refused, Unavailable
from collector.pipeline import TOPICS as CARRIED
from consumers.validator.journey import TOPICS
from consumers.validator.service import GROUP, READS, SEALED_BYTES, Policy, Progress, run
from tests.unit.gate_samples import CANARY, ML_KEY, NOW, SNEAKY, catalogue, decoded, message, received
from tests.unit.gate_stack import RECIPIENT, Failing, held, sealed, stack

POLICY = Policy(
    catalogue(), RECIPIENT, ML_KEY, batch=7, poll=0.02, patience=Patience(0.001, 0.002), clock=lambda: NOW / 1_000_000
)
# Twenty to pass, ten to withhold, ten to refuse: in turn, so that every batch has some of each.
ELIGIBLE = [message("call.ended", {"call.duration": n}) for n in range(20)]
WITHHELD = [message("setting.changed", time=NOW * 1000 - n) for n in range(10)]
REFUSED = [received(f"{CANARY} {n}".encode(), tuple(TOPICS)[n % 2]) for n in range(10)]
TRAFFIC = [each for n in range(10) for each in (ELIGIBLE[2 * n], WITHHELD[n], ELIGIBLE[2 * n + 1], REFUSED[n])]


def fill(broker: MemoryBroker, traffic: Sequence[Received] = TRAFFIC) -> None:
    """Write messages as whoever has the right would."""
    broker.producer().produce([Message(each.topic, each.value, each.key) for each in traffic], timeout=1)


class Bench:
    """A validator at work on a cluster; it is stopped once it has nothing left to read, or by what goes wrong."""

    def __init__(self, broker: MemoryBroker, policy: Policy = POLICY) -> None:
        self.broker, self.policy = broker, policy
        self.stop, self.progress, self.told = threading.Event(), Progress(), list[str]()
        self.consumer = broker.as_user("validator").consumer(READS, group=GROUP)
        self.producer: Producer = broker.as_user("validator").producer()

    def run(self) -> None:
        """Work until there is nothing left, and leave the group."""
        consume = self.consumer.consume

        def until_empty(*, timeout: float, most: int = 500) -> list[Received]:
            batch = consume(timeout=timeout, most=most)
            if not batch:
                self.stop.set()
            return batch

        self.consumer.consume = until_empty  # type: ignore[method-assign]
        try:
            run(
                self.consumer, self.producer, self.policy, stop=self.stop, tell=self.told.append, progress=self.progress
            )
        finally:
            self.consumer.close()

    def counts(self) -> dict[str, int]:
        """Read the counts."""
        return dict(self.progress.read()[1])


def durations(broker: MemoryBroker) -> Counter[str]:
    """Count each event id in ml.eligible."""
    return Counter(decoded(each.value or b"")["origin"]["event_id"].hex() for each in held(broker, "ml.eligible"))


def refused_in(broker: MemoryBroker) -> Counter[bytes]:
    """Count each value that quarantine holds."""
    return Counter(item for each in held(broker, "quarantine") for item in sealed(each)[1])


@pytest.fixture(name="broker")
def filled() -> MemoryBroker:
    """Give a cluster that holds the traffic."""
    broker = stack()
    fill(broker)
    return broker


def check_nothing_lost(broker: MemoryBroker, at_most: int) -> None:
    """Every eligible event and every refused message has arrived, none more often than `at_most`."""
    for arrived, expected in ((durations(broker), len(ELIGIBLE)), (refused_in(broker), len(REFUSED))):
        assert len(arrived) == expected
        assert max(arrived.values()) <= at_most


def test_every_message_goes_where_it_belongs(broker: MemoryBroker) -> None:
    """Without trouble each message has one outcome, the counts add up, and a second run finds nothing to do."""
    bench = Bench(broker)
    bench.run()
    check_nothing_lost(broker, at_most=1)
    assert set(refused_in(broker)) == {each.value for each in REFUSED}
    assert bench.counts() == {
        "judged": 40,
        "eligible": 20,
        "withheld": 10,
        "withheld.purpose": 10,
        "refused": 10,
        "refused.not_framed": 10,
    }
    assert bench.progress.state == "stopped"
    assert {(each.key, each.headers) for each in held(broker, "ml.eligible")} == {(None, ())}
    again = Bench(broker)
    again.run()
    assert again.counts() == {}


@pytest.mark.parametrize("written", [False, True])
def test_a_failing_produce_is_tried_until_it_works(broker: MemoryBroker, written: bool) -> None:  # noqa: FBT001 - a case
    """No batch is given up when the broker does not answer; a lost acknowledgement doubles, and is counted once."""
    bench, calls = Bench(broker), Counter[str]()

    def two_of_three() -> None:
        calls["produce"] += 1
        if calls["produce"] % 3:
            raise Unavailable("it is")

    bench.producer = Failing(broker.producer(), two_of_three, written=written)
    bench.run()
    check_nothing_lost(broker, at_most=3 if written else 1)
    assert bench.counts()["judged"] == len(TRAFFIC)
    assert bench.counts()["retries"] == calls["produce"] * 2 // 3
    assert set(bench.told) == {"the broker does not answer: waiting for it", "the broker answers again"}


def test_a_failing_commit_loses_nothing(broker: MemoryBroker) -> None:
    """What was produced and not committed is handed out again, to whoever reads next."""
    bench = Bench(broker)

    def fail(batch: Sequence[Received]) -> None:
        assert batch
        raise Unavailable("it is")

    bench.consumer.commit = fail  # type: ignore[method-assign]
    bench.run()
    assert bench.counts()["judged"] == len(TRAFFIC)
    Bench(broker).run()
    check_nothing_lost(broker, at_most=2)
    third = Bench(broker)
    third.run()
    assert third.counts() == {}


@pytest.mark.parametrize("after", range(1, 7))
def test_a_stop_in_the_middle_loses_nothing(broker: MemoryBroker, after: int) -> None:
    """Stopped while a batch waits for the broker, it is not committed; the next validator carries it."""
    first, calls = Bench(broker), Counter[str]()

    def stop_then_fail() -> None:
        calls["produce"] += 1
        if calls["produce"] >= after:
            first.stop.set()
            raise Unavailable("it is")

    first.producer = Failing(broker.producer(), stop_then_fail, written=after % 2 == 0)
    first.run()
    second = Bench(broker)
    second.run()
    check_nothing_lost(broker, at_most=2)
    assert first.counts().get("judged", 0) + second.counts()["judged"] == len(TRAFFIC)


@pytest.mark.parametrize("error", [Refused, Misused])
def test_what_waiting_cannot_mend_ends_the_run(broker: MemoryBroker, error: type[BrokerError]) -> None:
    """A permanent error ends the run without a commit, so that nothing is lost once it is mended."""
    bench = Bench(broker)

    def fail() -> None:
        raise error("it is")

    bench.producer = Failing(broker.producer(), fail)
    with pytest.raises(error):
        bench.run()
    assert bench.counts() == {}
    Bench(broker).run()
    check_nothing_lost(broker, at_most=1)


def test_stopping_does_not_wait_for_the_broker(broker: MemoryBroker) -> None:
    """With the broker gone for good, a stop ends the run at once; no thread stays behind."""
    bench, before = Bench(broker, replace(POLICY, patience=Patience(30, 30))), threading.active_count()
    broker.available = False
    timer = threading.Timer(0.1, bench.stop.set)
    timer.start()
    run(bench.consumer, bench.producer, bench.policy, stop=bench.stop, tell=bench.told.append, progress=bench.progress)
    timer.join(5)
    assert threading.active_count() == before
    assert bench.progress.read() == ("stopped", {"retries": 1})


def test_quarantine_messages_are_bounded() -> None:
    """Refused values are sealed together up to a limit, each whole; one beyond any limit is cut and stops nothing."""
    broker = stack()
    part = SEALED_BYTES // 3
    values = [bytes([n]) * part for n in range(1, 8)] + [b"\xff" * (10 * 2**20)]
    for value in values:  # past the producer's limit: Kafka limits what is compressed, and these compress well
        broker._cluster.append(Message("telemetry.usage", value))
    bench = Bench(broker, replace(POLICY, batch=100))
    bench.run()
    items = refused_in(broker)
    assert items == Counter([*values[:-1], values[-1][:SEALED_BYTES]])
    assert all(len(each.value or b"") < SEALED_BYTES + 2**16 for each in held(broker, "quarantine"))
    assert bench.counts()["refused"] == len(values)


def test_quarantine_tells_reasons_outside_and_values_inside_alone(broker: MemoryBroker) -> None:
    """Outside the seal stands what is content-free; nothing of a refused value is in the message in the clear."""
    Bench(broker).run()
    for each in held(broker, "quarantine"):
        outside, items = sealed(each)
        assert outside["stage"] == "VALIDATOR"
        assert outside["records"] == len(items) == sum(told["count"] for told in outside["refusals"])
        assert SNEAKY.encode() not in (each.value or b"")
        assert (each.key, each.headers) == (None, ())


def test_the_validator_reads_what_the_collector_writes_and_no_content() -> None:
    """Its topics are the collector's two telemetry topics; content is no topic of its."""
    assert {topic: kind for kind, topic in CARRIED.items() if topic != "customer.content"} == TOPICS


def refuse(call: Callable[[], object]) -> bool:
    """Tell whether the broker refuses a call."""
    try:
        call()
    except Refused:
        return True
    return False


def test_the_topology_gives_the_validator_just_its_rights() -> None:
    """It may not read content, and the collector may not write the images."""
    broker = stack()
    assert refuse(lambda: MemoryConsumer(broker.as_user("validator")._open(), ["customer.content"], GROUP))
    collector = broker.as_user("collector").producer()
    assert refuse(lambda: collector.produce([Message("ml.eligible", b"x")], timeout=1))


def test_what_is_other_is_counted_by_field() -> None:
    """Names are the catalogue's: an event and a path."""
    broker = stack()
    fill(broker, [message("call.ended", {"call.end.reason": word}) for word in ("kicked", "asleep", "left")])
    bench = Bench(broker)
    bench.run()
    assert bench.counts() == {"judged": 3, "eligible": 3, "other.call.ended.reason": 2}
