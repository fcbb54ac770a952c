"""Producer, consumer and admin of the in-process driver."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from broker.batch import check
from broker.memory_cluster import Group
from broker.port import Misused, Topic, Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from broker.memory_cluster import Place, View
    from broker.port import Grant, Message, Received


class MemoryProducer:
    """Writes a batch whole or not at all."""

    def __init__(self, view: View) -> None:
        """Keep the view."""
        self._view = view
        self._closed = False

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:  # noqa: ARG002 - the port's; nothing waits
        """Write a batch."""
        if self._closed:
            raise Misused("this producer is closed")
        check(messages)
        with self._view.cluster.lock:
            self._view.cluster.check_available()
            for message in messages:
                self._view.check_sees(message.topic)
                self._view.cluster.check_topic(message.topic)
                self._view.check_may("WRITE", "TOPIC", message.topic)
                self._view.check_size(message)
            for message in messages:
                self._view.cluster.append(message)
            self._view.cluster.written.notify_all()

    def close(self, *, timeout: float = 5.0) -> None:  # noqa: ARG002 - as above
        """Let go."""
        self._closed = True


class MemoryConsumer:
    """Reads as a member of a group; joins it at its first `consume`, as Kafka's clients do."""

    def __init__(self, view: View, topics: Sequence[str], group: str | None) -> None:
        """Find the topics."""
        self._view = view
        self._cluster = view.cluster
        self._group_name = group
        self._closed = False
        self.positions: dict[Place, int] = {}
        self._handed_out: set[Place] = set()
        self._postponed: set[Place] = set()
        with self._cluster.lock:
            for topic in topics:
                view.check_sees(topic)
                self._cluster.check_topic(topic)
            self.topics = sorted(set(topics))
            if group is None:
                self.assign({place: 0 for name in self.topics for place in self._places(name)})

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out up to `most` messages."""
        until = time.monotonic() + timeout
        with self._cluster.lock:
            self._check()
            self._join()
            while True:
                batch = self._take(most)
                left = until - time.monotonic()
                if batch or left <= 0:
                    return batch
                self._cluster.written.wait(left)
                self._check()

    def commit(self, batch: Sequence[Received]) -> None:
        """Commit the offsets after `batch`."""
        with self._cluster.lock:
            self._check()
            if self._group_name is None:
                raise Misused("a consumer without a group cannot commit")
            if not {(message.topic, message.partition) for message in batch} <= self._handed_out:
                raise Unavailable("could not commit: a partition was taken away; its messages will be handed out again")
            after: dict[Place, int] = {}
            for message in batch:
                place = message.topic, message.partition
                after[place] = max(after.get(place, 0), message.offset + 1)
            self._group().committed.update(after)

    def postpone(self, message: Received) -> None:
        """Go back to a message, and stay there."""
        with self._cluster.lock:
            self._check()
            place = message.topic, message.partition
            if place in self._handed_out:
                self.positions[place] = message.first
                self._postponed.add(place)

    def resume(self) -> None:
        """Go on."""
        with self._cluster.lock:
            self._check()
            self._postponed.clear()

    def lag(self) -> int:
        """Messages between position and end."""
        with self._cluster.lock:
            self._check()
            return sum(len(self._cluster.logs.get(place, ())) - at for place, at in self.positions.items())

    def close(self, *, timeout: float = 5.0) -> None:  # noqa: ARG002 - the port's; nothing waits
        """Leave the group."""
        with self._cluster.lock:
            if not self._closed:
                self._closed = True
                if self._group_name is not None and self in self._group().members:
                    self._group().members.remove(self)
                    self._rebalance()

    def assign(self, positions: dict[Place, int]) -> None:
        """Take over partitions; what was handed out before can no longer be committed."""
        self.positions = positions
        self._handed_out, self._postponed = set(), set()

    def _take(self, most: int) -> list[Received]:
        batch: list[Received] = []
        for place, position in self.positions.items():
            if place in self._postponed:
                continue
            at = max(position, self._cluster.purged.get(place, 0))
            fresh = self._cluster.logs.get(place, [])[at : at + most - len(batch)]
            if fresh:
                self.positions[place] = at + len(fresh)
                self._handed_out.add(place)
                batch += fresh
        return batch

    def _join(self) -> None:
        if self._group_name is not None and self not in self._group().members:
            self._view.check_may("READ", "GROUP", self._group_name)
            self._group().members.append(self)
            self._rebalance()

    def _rebalance(self) -> None:
        """Share the partitions of each topic out among the members that want it."""
        group = self._group()
        shares: dict[int, dict[Place, int]] = {id(member): {} for member in group.members}
        for topic in {name for member in group.members for name in member.topics}:
            takers = [member for member in group.members if topic in member.topics]
            for place in self._places(topic):
                shares[id(takers[place[1] % len(takers)])][place] = group.committed.get(place, 0)
        for member in group.members:
            member.assign(shares[id(member)])

    def _check(self) -> None:
        if self._closed:
            raise Misused("this consumer is closed")
        self._cluster.check_available()
        for topic in self.topics:
            self._view.check_may("READ", "TOPIC", topic)

    def _group(self) -> Group:
        return self._cluster.groups.setdefault(str(self._group_name), Group())

    def _places(self, topic: str) -> list[Place]:
        return [(topic, number) for number in range(self._cluster.topics[topic].partitions)]


class MemoryAdmin:
    """Creates what a topology asks for; the super user alone may."""

    def __init__(self, view: View) -> None:
        """Keep the view."""
        self._view = view
        self._cluster = view.cluster

    def topics(self) -> dict[str, Topic]:
        """Existing topics."""
        with self._cluster.lock:
            self._check()
            return dict(self._cluster.topics)

    def create_topics(self, topics: Sequence[Topic]) -> list[str]:
        """Create or mend."""
        with self._cluster.lock:
            self._check()
            changed = []
            for topic in topics:
                found = self._cluster.topics.get(topic.name)
                if found is not None and found.partitions > topic.partitions:
                    raise Misused(f"topic {topic.name} has {found.partitions} partitions, which cannot become fewer")
                wanted = replace(topic, settings=dict(topic.settings), replication=(found or topic).replication)
                if found != wanted:
                    self._cluster.topics[topic.name] = wanted
                    changed.append(topic.name)
            return changed

    def create_users(self, passwords: Mapping[str, str]) -> None:
        """Create users, or set their passwords anew."""
        with self._cluster.lock:
            self._check()
            self._cluster.passwords.update(passwords)

    def users(self) -> set[str]:
        """Names of the users."""
        with self._cluster.lock:
            self._check()
            return set(self._cluster.passwords)

    def grants(self) -> set[Grant]:
        """Every rule."""
        with self._cluster.lock:
            self._check()
            return set(self._cluster.grants)

    def set_grants(self, grants: Sequence[Grant]) -> tuple[int, int]:
        """Make the rules exactly these."""
        with self._cluster.lock:
            self._check()
            before, self._cluster.grants = self._cluster.grants, set(grants)
            return len(self._cluster.grants - before), len(before - self._cluster.grants)

    def brokers(self) -> int:
        """Count the one."""
        with self._cluster.lock:
            self._check()
            return 1

    def sizes(self) -> dict[str, int]:
        """Messages held, per topic."""
        with self._cluster.lock:
            self._check()
            sizes = dict.fromkeys(self._cluster.topics, 0)
            for place, log in self._cluster.logs.items():
                sizes[place[0]] += len(log) - self._cluster.purged.get(place, 0)
            return sizes

    def purge(self, topic: str, before: int) -> int:
        """Delete what is older."""
        with self._cluster.lock:
            self._check()
            gone = 0
            for number in range(self._cluster.check_topic(topic).partitions):
                place = topic, number
                log, first = self._cluster.logs.get(place, []), self._cluster.purged.get(place, 0)
                upto = next((n for n, message in enumerate(log) if message.timestamp >= before), len(log))
                self._cluster.purged[place] = max(first, upto)
                gone += max(0, upto - first)
            return gone

    def close(self) -> None:
        """Let go."""

    def _check(self) -> None:
        self._cluster.check_available()
        self._view.check_super()
