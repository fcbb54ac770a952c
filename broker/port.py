"""The port to Kafka: what every driver offers, in Tidegate's own words.

Three drivers keep this contract, and one suite (`tests/broker/`) holds all of them to it: `kafka_python` (default),
`confluent` (extra `fast`) and `memory` (unit tests and dry runs).

Errors, all of them content-free (no message's value, key or header is ever in a text):

    BrokerError
    ├── Unavailable        transient: retry later (no broker, no leader, time ran out, not enough replicas)
    │   └── Exhausted      there is no memory left here; the broker may be well
    ├── Refused            permanent: the broker says no (ACL)
    │   └── Unauthenticated    whatever is asked: it does not take these credentials
    ├── TooLarge           permanent: a message exceeds the topic's limit
    └── Misused            permanent: unknown topic, closed client, wrong setting
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, Self

Driver = Literal["kafka-python", "confluent", "memory"]
Header = tuple[str, bytes | None]


class BrokerError(Exception):
    """Something at the broker's door; `transient` says whether trying again can help."""

    transient = False


class Unavailable(BrokerError):  # noqa: N818 - a fact about the broker, said as one
    """The broker did not answer, or not in time: nothing may be taken as written."""

    transient = True


class Exhausted(Unavailable):
    """The broker did answer, and this process has no memory left for it."""


class Refused(BrokerError):  # noqa: N818 - a fact about the broker, said as one
    """The broker refused this operation."""


class Unauthenticated(Refused):
    """The broker refused these credentials, and so whatever they ask for."""


class TooLarge(BrokerError):  # noqa: N818 - a fact about the broker, said as one
    """A message exceeds what the topic takes."""


class Misused(BrokerError):  # noqa: N818 - a fact about the broker, said as one
    """The call or its settings are wrong: a topic that does not exist, a client that was closed."""


SAYS: Mapping[type[BrokerError], str] = {
    Unavailable: "no answer in time, or not the right one; try again",
    Exhausted: "there is no memory left here",
    Refused: "the broker refuses it",
    Unauthenticated: "the broker refuses these credentials",
    TooLarge: "a message exceeds what the topic takes",
    Misused: "the call or its settings are wrong",
}


@dataclass(frozen=True, slots=True)
class Connection:
    """How to reach a cluster, and as whom. The password never shows in `repr`."""

    bootstrap: str
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = "SASL_PLAINTEXT"
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"] = "SCRAM-SHA-512"
    ca_file: str | None = None
    open_within: float = 10.0  # seconds a producer, consumer or admin may take to open


@dataclass(frozen=True, slots=True)
class Message:
    """What a producer sends. `repr` shows neither value nor key: they may be content.

    A message without a value is a tombstone and needs a key.
    """

    topic: str
    value: bytes | None = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    headers: tuple[tuple[str, bytes], ...] = field(default=(), repr=False)


Why = Literal["codec", "size", "form", "checksum", "memory"]
"""Why a batch can't be read: its codec is none of Kafka's, it grows too large, its bytes are no batch, they are not
what was sent, or there was no memory for it."""


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What is known of a batch that can't be read: its first offset, and why."""

    first: int
    why: Why

    @property
    def may_pass(self) -> bool:
        """True when it may be read another time: the wire or the machine failed, not who wrote it."""
        return self.why in ("checksum", "memory")


@dataclass(frozen=True, slots=True)
class Received:
    """What a consumer hands out. `timestamp` is the broker's, in milliseconds since the epoch.

    A batch that can't be read comes as one, at its last offset: `unreadable` says so, and `value` is the bytes that are
    stored, compressed; None where the driver can't have them.
    """

    topic: str
    partition: int
    offset: int
    timestamp: int
    value: bytes | None = field(repr=False)
    key: bytes | None = field(default=None, repr=False)
    headers: tuple[Header, ...] = field(default=(), repr=False)
    unreadable: Unreadable | None = None

    @property
    def first(self) -> int:
        """The first offset that this stands for."""
        return self.offset if self.unreadable is None else self.unreadable.first


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic as it should be; `settings` are Kafka's own topic settings, as strings."""

    name: str
    partitions: int = 1
    replication: int = 1
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, order=True)
class Grant:
    """One ALLOW rule for `User:principal` on a literal resource name, from any host."""

    principal: str
    operation: Literal["READ", "WRITE", "DESCRIBE", "CREATE", "IDEMPOTENT_WRITE"]
    resource: Literal["TOPIC", "GROUP", "CLUSTER"]
    name: str


class Producer(Protocol):
    """Writes batches. Idempotent, acks=all, never creates a topic; safe to call from several threads."""

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Write a batch and return once every message is acknowledged by all in-sync replicas.

        Returning is the one acknowledgement for the whole batch. Any exception means that *some* of it may not be
        written; `timeout` is ours, in seconds, and bounds the call whatever the client library does.
        """

    def close(self, *, timeout: float = 5.0) -> None:
        """Let go of everything within `timeout` seconds, also when the broker is gone."""


class Consumer(Protocol):
    """Reads batches as a member of a group: from the earliest message, read-committed, no automatic commit."""

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out up to `most` messages; an empty list when `timeout` seconds passed without any.

        Raises `Unavailable`, a second or two after `timeout`, when no broker answers. What a batch says of its own size
        costs no memory: see `Received.unreadable`.
        """

    def commit(self, batch: Sequence[Received]) -> None:
        """Commit, per partition, the offset after the last message of `batch` (and no further).

        Raises `Unavailable` when a partition of the batch was taken away since it was handed out: its messages will be
        handed out again, here or elsewhere.
        """

    def postpone(self, message: Received) -> None:
        """Hand out this message, and those after it in its partition, again: not before `resume`, or a rebalance.

        Does nothing when the partition was taken away since.
        """

    def resume(self) -> None:
        """Go on with every partition that was postponed."""

    def lag(self) -> int:
        """Messages between this consumer's position and the end of its assigned partitions."""

    def close(self, *, timeout: float = 5.0) -> None:
        """Leave the group and let go within `timeout` seconds, also when the broker is gone."""


class Admin(Protocol):
    """Creates what a topology asks for. Every call is idempotent."""

    def topics(self) -> dict[str, Topic]:
        """Existing topics, without Kafka's internal ones, with the settings that differ from the broker's defaults."""

    def create_topics(self, topics: Sequence[Topic]) -> list[str]:
        """Create those that are missing, make the others' settings exactly these; returns the names that changed.

        Raises `Misused` when a topic has more partitions than asked for: they cannot be taken away.
        """

    def create_users(self, passwords: Mapping[str, str]) -> None:
        """Create SCRAM-SHA-512 users, or set their password anew."""

    def users(self) -> set[str]:
        """Names of the SCRAM users that exist."""

    def grants(self) -> set[Grant]:
        """Every ALLOW rule on a literal resource, as `Grant`s."""

    def set_grants(self, grants: Sequence[Grant]) -> tuple[int, int]:
        """Make the cluster's rules exactly these; returns how many were added and removed."""

    def brokers(self) -> int:
        """Count the brokers that are up."""

    def sizes(self) -> dict[str, int]:
        """Messages held, per topic: end offsets less beginning offsets, summed over partitions."""

    def purge(self, topic: str, before: int) -> int:
        """Delete what was written to a topic before a moment, in milliseconds since the epoch; returns how many.

        In each partition everything before the first message that is not older goes.
        """

    def close(self) -> None:
        """Let go."""


class Broker(Protocol):
    """A cluster one can talk to: the only way to a producer, consumer or admin."""

    def producer(self) -> Producer:
        """Open a producer; raises `Unavailable` or `Refused` when the cluster does."""

    def consumer(self, topics: Sequence[str], *, group: str | None) -> Consumer:
        """Open a consumer. Without a group it reads every partition from the beginning and cannot commit."""

    def admin(self) -> Admin:
        """Open an admin."""

    def __enter__(self) -> Self:
        """Nothing to do."""

    def __exit__(self, *_: object) -> None:
        """Close what was opened here."""
