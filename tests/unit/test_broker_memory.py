"""What the in-memory broker has beyond the contract: it plays dead, and takes a clock."""

from __future__ import annotations

import threading
import time

import pytest

from broker.memory import MemoryBroker
from broker.port import Message, Topic, Unavailable


def test_a_broker_told_to_be_unavailable_is_and_comes_back_with_everything() -> None:
    """While the switch is off every call is `Unavailable`; afterwards nothing is missing."""
    broker = MemoryBroker()
    broker.admin().create_topics([Topic("usage")])
    producer, consumer, admin = broker.producer(), broker.consumer(["usage"], group="group"), broker.admin()
    producer.produce([Message("usage", b"1")], timeout=1)
    batch = consumer.consume(timeout=1)
    broker.available = False
    for call in (
        lambda: producer.produce([Message("usage", b"2")], timeout=1),
        lambda: consumer.consume(timeout=1),
        lambda: consumer.commit(batch),
        consumer.lag,
        admin.topics,
        broker.producer,
        broker.as_user("somebody").producer,
    ):
        with pytest.raises(Unavailable):
            call()
    broker.available = True
    consumer.commit(batch)
    assert admin.sizes() == {"usage": 1}


def test_a_waiting_consumer_wakes_when_something_comes_or_the_broker_goes() -> None:
    """A consumer waits no longer than it must."""
    broker = MemoryBroker()
    broker.admin().create_topics([Topic("usage")])
    consumer = broker.consumer(["usage"], group=None)
    threading.Timer(0.1, lambda: broker.producer().produce([Message("usage", b"x")], timeout=1)).start()
    start = time.monotonic()
    assert [message.value for message in consumer.consume(timeout=10)] == [b"x"]
    threading.Timer(0.1, lambda: setattr(broker, "available", False)).start()
    with pytest.raises(Unavailable):
        consumer.consume(timeout=10)
    assert time.monotonic() - start < 5


def test_time_is_an_argument() -> None:
    """Timestamps come from the clock it was given, in milliseconds."""
    broker = MemoryBroker(now=lambda: 1234)
    broker.admin().create_topics([Topic("usage")])
    broker.producer().produce([Message("usage", b"x")], timeout=1)
    (message,) = broker.consumer(["usage"], group=None).consume(timeout=1)
    assert message.timestamp == 1234


def test_a_key_always_lands_in_the_same_partition() -> None:
    """Messages of one key share a partition, others spread evenly."""
    broker = MemoryBroker()
    broker.admin().create_topics([Topic("usage", 4)])
    broker.producer().produce([Message("usage", b"%d" % n, b"key") for n in range(10)], timeout=1)
    broker.producer().produce([Message("usage", b"%d" % n) for n in range(30)], timeout=1)
    received = broker.consumer(["usage"], group=None).consume(timeout=1)
    assert len({message.partition for message in received if message.key}) == 1
    assert {sum(m.partition == number for m in received) for number in range(4)} == {10}
