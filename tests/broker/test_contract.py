"""What every driver does with messages: one suite over all three, two of them on real Kafka."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from broker.port import Message, Misused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from broker.port import Consumer, Received
    from tests.broker.conftest import AtMost, Stand

SOON = 10.0


def read(consumer: Consumer, count: int, *, commit: bool = False, most: int = 500) -> list[Received]:
    """Read exactly `count` messages, a batch at a time."""
    received: list[Received] = []
    while len(received) < count:
        batch = consumer.consume(timeout=SOON, most=min(most, count - len(received)))
        assert batch, f"{len(received)} of {count} messages came"
        received += batch
        if commit:
            consumer.commit(batch)
    return received


def values(received: list[Received]) -> list[bytes | None]:
    """Give their values."""
    return [message.value for message in received]


def test_what_is_written_is_read_back(stand: Stand) -> None:
    """Value, key and headers come back byte for byte: an empty value, none at all, and repeated headers too."""
    topic = stand.topic()
    sent = [
        Message(topic, b"\x00\x01\xff", b"key", (("a", b"1"), ("b", b"\xff\x00"), ("a", b"2"))),
        Message(topic, b""),
        Message(topic, None, b"gone"),
        Message(topic, os.urandom(50_000), b""),
    ]
    stand.root.producer().produce(sent, timeout=SOON)
    received = read(stand.root.consumer([topic], group=None), len(sent))
    assert [(m.value, m.key, m.headers) for m in received] == [(m.value, m.key, m.headers) for m in sent]
    assert [(m.topic, m.partition, m.offset) for m in received] == [(topic, 0, n) for n in range(len(sent))]
    assert all(abs(m.timestamp - received[0].timestamp) < 60_000 for m in received)


def test_an_empty_batch_is_written_at_once(stand: Stand) -> None:
    """An empty batch is acknowledged without asking anyone."""
    topic = stand.topic()
    stand.root.producer().produce([], timeout=0.001)
    assert stand.root.admin().sizes()[topic] == 0


def test_order_is_kept_within_a_partition(stand: Stand) -> None:
    """Messages of one key are read in the order in which they were written, over many batches."""
    topic = stand.topic(partitions=3)
    producer = stand.root.producer()
    for start in range(0, 600, 60):
        batch = [Message(topic, b"%d" % n, b"key-%d" % (n % 7)) for n in range(start, start + 60)]
        producer.produce(batch, timeout=SOON)
    received = read(stand.root.consumer([topic], group=None), 600)
    for key in {m.key for m in received}:
        numbers = [int(m.value or b"") for m in received if m.key == key]
        assert numbers == sorted(numbers)
    assert sorted(int(m.value or b"") for m in received) == list(range(600))


def test_a_group_resumes_after_its_last_commit(stand: Stand, unique: Callable[[str], str]) -> None:
    """After reopening, what was not committed is handed out again, and what was committed is not."""
    topic, group = stand.topic(), unique("group")
    stand.root.producer().produce([Message(topic, b"%d" % n) for n in range(30)], timeout=SOON)
    first = stand.root.consumer([topic], group=group)
    read(first, 10, commit=True)
    read(first, 7)
    first.close()
    second = stand.root.consumer([topic], group=group)
    assert values(read(second, 20, commit=True)) == [b"%d" % n for n in range(10, 30)]
    second.close()
    assert stand.root.consumer([topic], group=group).consume(timeout=1.0) == []


def test_commit_covers_the_batch_and_no_more(stand: Stand, unique: Callable[[str], str]) -> None:
    """Committing the first of two batches leaves the second to be handed out again."""
    topic, group = stand.topic(), unique("group")
    stand.root.producer().produce([Message(topic, b"%d" % n) for n in range(8)], timeout=SOON)
    consumer = stand.root.consumer([topic], group=group)
    early = read(consumer, 3)
    read(consumer, 5)
    consumer.commit(early)
    consumer.close()
    assert values(read(stand.root.consumer([topic], group=group), 5)) == [b"%d" % n for n in range(3, 8)]


def test_a_partition_taken_away_can_not_be_committed(stand: Stand, unique: Callable[[str], str]) -> None:
    """After a rebalance the old member's commit raises `Unavailable`, and nobody's message is lost."""
    topic, group = stand.topic(partitions=2), unique("group")
    sent = [Message(topic, b"%d" % n, b"key-%d" % n) for n in range(40)]
    stand.root.producer().produce(sent, timeout=SOON)
    old = stand.root.consumer([topic], group=group)
    batch = read(old, 40)
    came: list[Received] = []
    enough = threading.Event()

    def join() -> None:
        new = stand.root.consumer([topic], group=group)
        while not came:
            came.extend(new.consume(timeout=SOON))
        enough.set()
        new.close()

    thread = threading.Thread(target=join)
    thread.start()
    again: list[Received] = []
    while not enough.is_set():
        again += old.consume(timeout=0.2)
    with pytest.raises(Unavailable, match="taken away"):
        old.commit([message for message in batch if message.partition == came[0].partition])
    thread.join()
    while {m.value for m in came + again} != {m.value for m in sent}:
        fresh = old.consume(timeout=SOON)
        assert fresh, "a message was lost"
        again += fresh


def test_a_postponed_partition_waits_and_the_others_go_on(stand: Stand, unique: Callable[[str], str]) -> None:
    """What was handed out from a message on comes again, in order, after `resume` and not before."""
    topic, group = stand.topic(partitions=2), unique("group")
    producer = stand.root.producer()
    producer.produce([Message(topic, b"%d" % n, b"key-%d" % n) for n in range(60)], timeout=SOON)
    consumer = stand.root.consumer([topic], group=group)
    held: dict[int, list[Received]] = {0: [], 1: []}
    for message in read(consumer, 60):
        held[message.partition].append(message)
    assert all(len(messages) > 5 for messages in held.values())
    consumer.commit([*held[0][:3], *held[1]])
    consumer.postpone(held[0][3])
    producer.produce([Message(topic, b"more-%d" % n, b"key-%d" % n) for n in range(60)], timeout=SOON)
    going = [message for _ in range(4) for message in consumer.consume(timeout=0.5)]
    assert {message.partition for message in going} == {1}
    consumer.resume()
    again = read(consumer, len(held[0]) - 3 + 60 - len(going))
    assert values(again)[: len(held[0]) - 3] == values(held[0][3:])
    consumer.commit([*going, *again])
    consumer.close()
    assert stand.root.consumer([topic], group=group).consume(timeout=1.0) == []


def test_a_partition_postponed_half_read_goes_on(stand: Stand, unique: Callable[[str], str]) -> None:
    """Where a driver had read ahead of what it handed out, `resume` still brings all of it, with the others quiet."""
    topic = stand.topic(partitions=2)
    producer = stand.root.producer()
    producer.produce([Message(topic, b"%d" % n, b"key-%d" % n) for n in range(60)], timeout=SOON)
    consumer = stand.root.consumer([topic], group=unique("group"))
    (first, *_) = read(consumer, 1, most=1)
    consumer.postpone(first)
    others = [message for _ in range(6) for message in consumer.consume(timeout=0.5)]
    assert others
    assert first.partition not in {message.partition for message in others}
    consumer.resume()
    again = read(consumer, 60 - len(others))
    assert [message.offset for message in again] == list(range(len(again)))


def test_without_a_group_every_partition_is_read_from_the_beginning(stand: Stand) -> None:
    """Without a group each consumer reads everything, and a commit is `Misused`."""
    topic = stand.topic(partitions=3)
    stand.root.producer().produce([Message(topic, b"%d" % n, b"%d" % n) for n in range(20)], timeout=SOON)
    for _ in range(2):
        consumer = stand.root.consumer([topic], group=None)
        batch = read(consumer, 20)
        assert len(set(values(batch))) == 20
        with pytest.raises(Misused, match="without a group"):
            consumer.commit(batch)


def test_most_bounds_a_batch(stand: Stand) -> None:
    """No batch is larger than asked for, and none of the messages is skipped for that."""
    topic = stand.topic()
    stand.root.producer().produce([Message(topic, b"%d" % n) for n in range(25)], timeout=SOON)
    consumer = stand.root.consumer([topic], group=None)
    batches = [consumer.consume(timeout=SOON, most=10) for _ in range(3)]
    assert all(0 < len(batch) <= 10 for batch in batches)
    received = [message for batch in batches for message in batch]
    received += read(consumer, 25 - len(received))
    assert values(received) == [b"%d" % n for n in range(25)]


def test_silence_is_an_empty_batch(stand: Stand, at_most: AtMost) -> None:
    """Where nothing comes, an empty list does, when the time is up and not before."""
    consumer = stand.root.consumer([stand.topic()], group=None)
    consumer.consume(timeout=1.0)
    with at_most(1.5):
        assert consumer.consume(timeout=0.5) == []


def test_lag_counts_what_is_left(stand: Stand, unique: Callable[[str], str]) -> None:
    """Lag is what lies between the consumer's position and the end of its partitions."""
    topic = stand.topic(partitions=2)
    producer = stand.root.producer()
    producer.produce([Message(topic, b"%d" % n, b"%d" % n) for n in range(30)], timeout=SOON)
    consumer = stand.root.consumer([topic], group=unique("group"))
    read(consumer, 12, most=4)
    assert consumer.lag() == 18
    read(consumer, 18)
    assert consumer.lag() == 0
    producer.produce([Message(topic, b"more")], timeout=SOON)
    assert consumer.lag() == 1


def test_many_threads_share_a_producer(stand: Stand) -> None:
    """Several threads write through one producer: every message arrives once."""
    topic = stand.topic(partitions=2)
    producer = stand.root.producer()

    def write(thread: int) -> None:
        for batch in range(10):
            messages = [Message(topic, b"%d-%d-%d" % (thread, batch, n)) for n in range(20)]
            producer.produce(messages, timeout=SOON)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(write, range(6)))
    received = read(stand.root.consumer([topic], group=None), 1200)
    assert len(set(values(received))) == 1200
    assert stand.root.admin().sizes()[topic] == 1200


def test_a_closed_client_says_so(stand: Stand) -> None:
    """Using what was closed is `Misused`; closing it again does nothing."""
    topic = stand.topic()
    producer, consumer = stand.root.producer(), stand.root.consumer([topic], group=None)
    for client in (producer, consumer, producer, consumer):
        client.close()
    with pytest.raises(Misused, match="closed"):
        producer.produce([Message(topic, b"x")], timeout=SOON)
    with pytest.raises(Misused, match="closed"):
        consumer.consume(timeout=1.0)
