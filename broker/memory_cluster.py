"""What all views of an in-memory broker share, and what one user may do with it."""

from __future__ import annotations

import threading
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from broker.port import Grant, Misused, Received, Refused, TooLarge, Topic, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from broker.port import Message

Place = tuple[str, int]
MAX_MESSAGE = 1_048_588  # Kafka's default for max.message.bytes


@dataclass(slots=True)
class Group:
    """A consumer group: its members in order of joining, and what they committed."""

    members: list[Any] = field(default_factory=list)
    committed: dict[Place, int] = field(default_factory=dict)


class Cluster:
    """What all views of one broker share. Hold `lock` while touching anything."""

    def __init__(self, now: Callable[[], int]) -> None:
        """Start empty; `now` gives milliseconds since the epoch."""
        self.now = now
        self.lock = threading.RLock()
        self.written = threading.Condition(self.lock)
        self.available = True
        self.topics: dict[str, Topic] = {}
        self.logs: dict[Place, list[Received]] = {}
        self.purged: dict[Place, int] = {}  # the first offset that is still there
        self.passwords: dict[str, str] = {}
        self.grants: set[Grant] = set()
        self.groups: dict[str, Group] = {}

    def check_available(self) -> None:
        """Raise when the cluster plays dead."""
        if not self.available:
            raise Unavailable("the in-memory broker was told to be unavailable")

    def check_topic(self, name: str) -> Topic:
        """Give a topic that exists."""
        if name not in self.topics:
            raise Misused(f"there is no topic {name}: create it first")
        return self.topics[name]

    def append(self, message: Message) -> None:
        """Write one message that was found in order."""
        count = self.topics[message.topic].partitions
        number = zlib.crc32(message.key) % count if message.key is not None else self._emptiest(message.topic, count)
        log = self.logs.setdefault((message.topic, number), [])
        log.append(
            Received(message.topic, number, len(log), self.now(), message.value, message.key, tuple(message.headers))
        )

    def _emptiest(self, topic: str, count: int) -> int:
        return min(range(count), key=lambda number: len(self.logs.get((topic, number), ())))


@dataclass(frozen=True, slots=True)
class View:
    """A cluster and who looks at it; None is the super user."""

    cluster: Cluster
    user: str | None

    def check_may(self, operation: str, resource: str, name: str) -> None:
        """Raise unless a rule allows it."""
        if not self._may(operation, resource, name):
            raise Refused(f"the broker refuses {operation} on the {resource.lower()} {name}")

    def check_sees(self, topic: str) -> None:
        """Raise unless the user may know of the topic: a right to read or write implies it."""
        if not any(self._may(operation, "TOPIC", topic) for operation in ("DESCRIBE", "READ", "WRITE")):
            raise Refused(f"the broker refuses these credentials the topic {topic}")

    def check_super(self) -> None:
        """Raise unless it is the super user."""
        if self.user is not None:
            raise Refused("the broker refuses it: only the super user may administer")

    def check_size(self, message: Message) -> None:
        """Raise when the topic does not take a message as large."""
        limit = int(self.cluster.topics[message.topic].settings.get("max.message.bytes", MAX_MESSAGE))
        size = len(message.value or b"") + len(message.key or b"")
        if size + sum(len(key) + len(value) for key, value in message.headers) > limit:
            raise TooLarge(f"a message exceeds what the topic {message.topic} takes")

    def _may(self, operation: str, resource: str, name: str) -> bool:
        return self.user is None or any(
            (grant.principal, grant.operation, grant.resource) == (self.user, operation, resource)
            and grant.name in {name, "*"}
            for grant in self.cluster.grants
        )
