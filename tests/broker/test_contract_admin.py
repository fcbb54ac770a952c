"""What every driver's admin does: everything may be repeated, and the rules become exactly those asked for."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING

import pytest

from broker.port import Grant, Message, Misused, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from broker.port import Admin
    from tests.broker.conftest import Stand


@pytest.fixture
def admin(stand: Stand) -> Iterator[Admin]:
    """The super user's admin; rules are as before afterwards."""
    with contextlib.closing(stand.root.admin()) as opened:
        before = opened.grants()
        yield opened
        opened.set_grants(sorted(before))


def test_topics_are_created_once(admin: Admin, unique: Callable[[str], str]) -> None:
    """A topic that is there as asked for is left alone; the names that changed are told."""
    wanted = [Topic(unique("topic"), 2, 1, {"retention.ms": "60000"}), Topic(unique("topic"))]
    assert admin.create_topics(wanted) == [topic.name for topic in wanted]
    assert admin.create_topics(wanted) == []
    assert [admin.topics()[topic.name] for topic in wanted] == wanted


def test_settings_become_exactly_those_asked_for(admin: Admin, unique: Callable[[str], str]) -> None:
    """Settings that differ are set, those no longer asked for are taken back, partitions are added."""
    name = unique("topic")
    admin.create_topics([Topic(name, 1, 1, {"retention.ms": "60000", "cleanup.policy": "compact"})])
    wanted = Topic(name, 3, 1, {"retention.ms": "90000"})
    assert admin.create_topics([wanted]) == [name]
    assert admin.topics()[name] == wanted
    assert admin.create_topics([wanted]) == []


def test_partitions_never_become_fewer(admin: Admin, unique: Callable[[str], str]) -> None:
    """Asking for fewer partitions than there are is `Misused`: they can't be taken away."""
    name = unique("topic")
    admin.create_topics([Topic(name, 3)])
    with pytest.raises(Misused, match="3 partitions"):
        admin.create_topics([Topic(name, 2)])


def test_kafkas_own_topics_are_not_listed(stand: Stand, admin: Admin, unique: Callable[[str], str]) -> None:
    """Internal topics, such as that of the groups' offsets, are nobody's business."""
    topic = stand.topic()
    stand.root.producer().produce([Message(topic, b"x")], timeout=10.0)
    consumer = stand.root.consumer([topic], group=unique("group"))
    consumer.commit(consumer.consume(timeout=10.0))
    assert not [name for name in (*admin.topics(), *admin.sizes()) if name.startswith("__")]


def test_users_are_created_once(admin: Admin, unique: Callable[[str], str]) -> None:
    """Creating a user again is no error, and sets the password anew."""
    name = unique("user")
    for password in ("first", "first", "second"):
        admin.create_users({name: password})
    assert name in admin.users()
    admin.create_users({})


def test_rules_become_exactly_those_asked_for(stand: Stand, admin: Admin, unique: Callable[[str], str]) -> None:
    """Missing rules are added, others removed, and repeating it changes nothing."""
    topic = stand.topic()
    write, read = Grant("someone", "WRITE", "TOPIC", topic), Grant("someone", "READ", "TOPIC", topic)
    group = Grant("someone", "READ", "GROUP", unique("group"))
    admin.set_grants([write, read])
    assert admin.grants() == {write, read}
    assert admin.set_grants([read, group]) == (1, 1)
    assert admin.grants() == {read, group}
    assert admin.set_grants([group, read, read]) == (0, 0)
    assert admin.set_grants([]) == (0, 2)
    assert admin.grants() == set()


def test_sizes_count_messages_over_partitions(stand: Stand, admin: Admin) -> None:
    """Sizes are messages held, summed over a topic's partitions; an empty topic has none."""
    topic, empty = stand.topic(partitions=3), stand.topic()
    stand.root.producer().produce([Message(topic, b"%d" % n, b"%d" % n) for n in range(25)], timeout=10.0)
    sizes = admin.sizes()
    assert (sizes[topic], sizes[empty]) == (25, 0)


def test_brokers_are_counted(admin: Admin) -> None:
    """One broker stands under each driver's test cluster."""
    assert admin.brokers() == 1


def test_a_purge_takes_what_is_older_and_nothing_else(stand: Stand) -> None:
    """What was written before a moment is gone, also for readers from the beginning; the rest is as it was."""
    topic = stand.topic(partitions=2)
    producer, admin = stand.root.producer(), stand.root.admin()
    producer.produce([Message(topic, b"old-%d" % n, b"%d" % n) for n in range(20)], timeout=10)
    old = stand.root.consumer([topic], group=None).consume(timeout=10)
    time.sleep(1.1)
    producer.produce([Message(topic, b"new-%d" % n, b"%d" % n) for n in range(20)], timeout=10)
    assert admin.purge(topic, min(message.timestamp for message in old)) == 0
    assert admin.purge(topic, max(message.timestamp for message in old) + 500) == 20
    assert admin.sizes()[topic] == 20
    reader, found = stand.root.consumer([topic], group=None), list[bytes | None]()
    while len(found) < 20:
        found += [message.value for message in reader.consume(timeout=10)]
    assert all(value is not None and value.startswith(b"new") for value in found)
    assert admin.purge(topic, 2**53) == 20
    assert admin.sizes()[topic] == 0
    with pytest.raises(Misused):
        admin.purge("no-such-topic", 0)
