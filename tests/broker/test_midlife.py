"""A broker that stops and comes back while clients are open, and messages of transactions: on real Kafka alone."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from kafka import KafkaProducer

from broker.connect import connect
from broker.local.cluster import LocalCluster
from broker.port import Message, Misused, Topic, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from broker.port import Driver, Received
    from tests.broker.conftest import AtMost
    from tests.conftest import Kafka

SOON = 20.0

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A cluster that a test may stop; it is up as a test begins. It would create topics for whoever asks."""
    settings = {"auto.create.topics.enable": "true"}
    with LocalCluster(tmp_path_factory.mktemp("own"), settings=settings) as cluster:
        yield cluster


def test_a_broker_that_stops_is_unavailable_and_works_again_when_back(
    own: LocalCluster, driver: Driver, at_most: AtMost, unique: Callable[[str], str]
) -> None:
    """Clients opened before the stop fail in time while it lasts, and serve again after it; what failed never comes."""
    topic, group = unique("topic"), unique("group")
    broker = connect(own.admin, driver)
    broker.admin().create_topics([Topic(topic)])
    producer, idle = broker.producer(), broker.producer()
    producer.produce([Message(topic, b"before-%d" % n) for n in range(3)], timeout=SOON)
    consumer, leaving = broker.consumer([topic], group=group), broker.consumer([topic], group=unique("group"))
    batch = consumer.consume(timeout=SOON, most=3)
    leaving.consume(timeout=SOON)
    own.stop()
    for attempt in (1, 2):
        with at_most(3.0), pytest.raises(Unavailable):
            producer.produce([Message(topic, b"lost-%d" % attempt)], timeout=1.5)
    with at_most(4.0), pytest.raises(Unavailable):
        consumer.consume(timeout=1.0)
    with at_most(7.0), pytest.raises(Unavailable):
        consumer.commit(batch)
    for client in (idle, leaving):
        with at_most(2.5):
            client.close(timeout=2.0)
    own.start()
    producer.produce([Message(topic, b"after")], timeout=SOON)
    received: list[Received] = []
    until = time.monotonic() + SOON
    while b"after" not in {message.value for message in received} and time.monotonic() < until:
        try:
            received += consumer.consume(timeout=1.0)
        except Unavailable:
            continue
    assert [message.value for message in received][-1:] == [b"after"]
    time.sleep(1.0)  # time for what failed to come after all
    assert broker.admin().sizes()[topic] == 4
    broker.__exit__()


def test_defaults_that_lose_or_leak_are_overridden(kafka: Kafka, new_topic: Callable[..., str]) -> None:
    """kafka-python would read what was aborted, commit by itself, skip what is there, and create topics."""
    with connect(kafka.admin, "kafka-python") as broker:
        consumer = broker.consumer([new_topic()], group="group")
        config = consumer._consumer.config  # type: ignore[attr-defined]
    names = ("isolation_level", "enable_auto_commit", "auto_offset_reset", "allow_auto_create_topics")
    assert [config[name] for name in names] == ["read_committed", False, "earliest", False]


def test_no_driver_creates_a_topic_even_where_the_cluster_would(
    own: LocalCluster, driver: Driver, unique: Callable[[str], str]
) -> None:
    """On a cluster with automatic topics, writing to and reading from an unknown one still is `Misused`."""
    name = unique("never-made")
    with connect(own.admin, driver) as broker:
        with pytest.raises(Misused):
            broker.producer().produce([Message(name, b"x")], timeout=SOON)
        for group in (None, unique("group")):
            with pytest.raises(Misused):
                broker.consumer([name], group=group)
        assert name not in broker.admin().topics()


def test_messages_of_aborted_transactions_are_not_read(
    kafka: Kafka, driver: Driver, new_topic: Callable[..., str], unique: Callable[[str], str]
) -> None:
    """Consumers are read-committed: an aborted transaction's messages are never handed out, nor counted as lag."""
    topic = new_topic()
    admin = kafka.admin
    writer = KafkaProducer(
        bootstrap_servers=admin.bootstrap,
        security_protocol=admin.security_protocol,
        sasl_mechanism=admin.mechanism,
        sasl_plain_username=admin.username,
        sasl_plain_password=admin.password,
        transactional_id=unique("transaction"),
    )
    writer.init_transactions()
    for word, end in ((b"aborted", writer.abort_transaction), (b"committed", writer.commit_transaction)):
        writer.begin_transaction()
        sent = [writer.send(topic, word) for _ in range(5)]
        writer.flush()
        for future in sent:
            future.get(timeout=SOON)
        end()
    writer.close()
    with connect(admin, driver) as broker:
        consumer = broker.consumer([topic], group=None)
        received: list[Received] = []
        while len(received) < 5:
            received += consumer.consume(timeout=SOON)
        assert [message.value for message in received] == [b"committed"] * 5
        assert consumer.consume(timeout=1.0) == []
