"""What every driver does when things go wrong: which error, how soon, and that the next call works again."""

from __future__ import annotations

import logging
import os
from typing import TYPE_CHECKING

import pytest

from broker.port import BrokerError, Message, Misused, Refused, TooLarge, Unauthenticated, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.broker.conftest import AtMost, Stand

SOON = 10.0
CANARY = b"canary-5f1e-the-meeting-is-about-layoffs"


def test_an_unknown_topic_is_misused_and_not_created(stand: Stand, at_most: AtMost) -> None:
    """Writing to or reading from a topic that does not exist fails soon, and creates none."""
    producer = stand.root.producer()
    with at_most(3.0), pytest.raises(Misused, match="there is no topic never-made"):
        producer.produce([Message("never-made", CANARY)], timeout=SOON)
    with at_most(3.0), pytest.raises(Misused, match="there is no topic never-made"):
        stand.root.consumer(["never-made"], group=None)
    assert "never-made" not in stand.root.admin().topics()
    topic = stand.topic()
    producer.produce([Message(topic, b"x")], timeout=SOON)
    assert stand.root.admin().sizes()[topic] == 1


def test_a_message_too_large_for_the_topic_is_too_large(stand: Stand) -> None:
    """The topic's `max.message.bytes` refuses a larger message, and the producer goes on to write smaller ones."""
    topic = stand.topic(settings={"max.message.bytes": "20000"})
    producer = stand.root.producer()
    with pytest.raises(TooLarge):
        producer.produce([Message(topic, os.urandom(30_000))], timeout=SOON)
    producer.produce([Message(topic, os.urandom(15_000))], timeout=SOON)
    assert stand.root.admin().sizes()[topic] == 1


def test_a_message_too_large_for_any_request_is_never_sent(stand: Stand) -> None:
    """Above nine mebibytes a message is refused, and with it its whole batch, before anything is sent."""
    topic = stand.topic(settings={"max.message.bytes": "20000000"})
    with pytest.raises(TooLarge):
        stand.root.producer().produce([Message(topic, b"x"), Message(topic, bytes(9 * 1024 * 1024))], timeout=SOON)
    assert stand.root.admin().sizes()[topic] == 0
    stand.root.producer().produce([Message(topic, os.urandom(8 * 1024 * 1024))], timeout=SOON)
    (received,) = stand.root.consumer([topic], group=None).consume(timeout=SOON)
    assert len(received.value or b"") == 8 * 1024 * 1024


def test_a_batch_may_exceed_what_a_topic_takes_of_one_message(stand: Stand) -> None:
    """Only single messages count: many that fit are written, however large the batch."""
    topic = stand.topic(settings={"max.message.bytes": "200000"})
    stand.root.producer().produce([Message(topic, os.urandom(20_000)) for _ in range(60)], timeout=SOON)
    assert stand.root.admin().sizes()[topic] == 60


def test_a_message_without_value_and_key_is_misused(stand: Stand) -> None:
    """A tombstone needs a key."""
    with pytest.raises(Misused, match="needs a key"):
        stand.root.producer().produce([Message(stand.topic(), None)], timeout=SOON)


def test_a_forbidden_write_is_refused_by_the_broker(stand: Stand, at_most: AtMost) -> None:
    """A principal without the right to write is refused soon; what it may write, it can write afterwards."""
    allowed, readable, unseen = stand.topic(), stand.topic(), stand.topic()
    user = stand.user(("WRITE", "TOPIC", allowed), ("READ", "TOPIC", readable))
    producer = user.producer()
    for topic in (readable, unseen):
        with at_most(3.0), pytest.raises(Refused) as caught:
            producer.produce([Message(topic, CANARY, b"key")], timeout=SOON)
        assert CANARY.decode() not in str(caught.value)
    producer.produce([Message(allowed, b"x")], timeout=SOON)
    sizes = stand.root.admin().sizes()
    assert [sizes[topic] for topic in (allowed, readable, unseen)] == [1, 0, 0]


def test_a_forbidden_read_is_refused_by_the_broker(stand: Stand, unique: Callable[[str], str]) -> None:
    """Reading needs the right to the topic, and to the group where there is one."""
    topic, group = stand.topic(), unique("group")
    stand.root.producer().produce([Message(topic, CANARY)], timeout=SOON)
    writer, reader = stand.user(("WRITE", "TOPIC", topic)), stand.user(("READ", "TOPIC", topic))
    with pytest.raises(Refused):
        writer.consumer([topic], group=None).consume(timeout=SOON)
    with pytest.raises(Refused):
        reader.consumer([topic], group=group).consume(timeout=SOON)
    assert len(reader.consumer([topic], group=None).consume(timeout=SOON)) == 1
    full = stand.user(("READ", "TOPIC", topic), ("READ", "GROUP", group))
    assert len(full.consumer([topic], group=group).consume(timeout=SOON)) == 1


def test_only_the_super_user_administers(stand: Stand) -> None:
    """A user with the right to write can't give itself more."""
    topic = stand.topic()
    admin = stand.user(("WRITE", "TOPIC", topic)).admin()
    for attempt in (lambda: admin.set_grants([]), lambda: admin.create_users({"x": "y"}), admin.grants):
        with pytest.raises(Refused):
            attempt()


@pytest.mark.parametrize("opening", ["producer", "consumer", "admin"])
def test_a_wrong_password_is_refused_soon(stand: Stand, at_most: AtMost, opening: str) -> None:
    """Wrong credentials are refused as a client opens, and are in no message."""
    topic = stand.topic()
    broker = stand.wrong_password()
    opens = {
        "producer": broker.producer,
        "consumer": lambda: broker.consumer([topic], group=None),
        "admin": broker.admin,
    }
    with at_most(3.0), pytest.raises(Unauthenticated) as caught:
        opens[opening]()
    assert "wrong" not in str(caught.value)


@pytest.mark.parametrize("opening", ["producer", "consumer", "admin"])
def test_a_broker_that_is_gone_is_unavailable(stand: Stand, at_most: AtMost, opening: str) -> None:
    """Where nobody listens, opening raises `Unavailable` within the connection's time, and it is transient."""
    opens = {
        "producer": stand.gone.producer,
        "consumer": lambda: stand.gone.consumer(["usage"], group="group"),
        "admin": stand.gone.admin,
    }
    with at_most(3.0), pytest.raises(Unavailable) as caught:
        opens[opening]()
    assert caught.value.transient


def test_nothing_of_a_message_is_logged_or_said(
    stand: Stand, caplog: pytest.LogCaptureFixture, unique: Callable[[str], str]
) -> None:
    """At no level does any library's log, nor any error's text, hold a value, a key or a header."""
    caplog.set_level(logging.DEBUG)
    logging.getLogger("kafka.producer.kafka").setLevel(logging.DEBUG)
    topic, small = stand.topic(), stand.topic(settings={"max.message.bytes": "200"})
    message = Message(topic, CANARY, CANARY, (("h", CANARY),))
    user = stand.user(("READ", "TOPIC", topic))
    stand.root.producer().produce([message], timeout=SOON)
    consumer = stand.root.consumer([topic], group=unique("group"))
    batch = consumer.consume(timeout=SOON)
    consumer.commit(batch)
    texts = [repr(message), repr(batch)]
    for producer, refused in (
        (user.producer(), message),
        (stand.root.producer(), Message(small, CANARY + os.urandom(800))),
        (stand.root.producer(), Message("never-made", CANARY)),
    ):
        with pytest.raises(BrokerError) as caught:
            producer.produce([refused], timeout=SOON)
        texts += [str(caught.value), repr(caught.value), repr(caught.value.__cause__)]
    texts += [record.getMessage() + repr(record.args) for record in caplog.records]
    found = [text[:80] for text in texts if CANARY.decode()[:11] in text]
    assert not found
