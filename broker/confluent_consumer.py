"""librdkafka's consumer behind our port: a member of a group, read-committed, commits only when told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from broker.batch import MAX_REQUEST
from broker.confluent_common import settings
from broker.confluent_errors import ours, translate
from broker.kafka_python_common import COMMIT_WITHIN, FETCH_WAIT, REQUEST_TIMEOUT, SESSION, partitions
from broker.lease import within
from broker.port import Misused, Received, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.port import BrokerError, Connection

_AT_HAND = 0.01  # seconds to collect what has arrived beside the first message


class ConfluentConsumer:
    """Reads batches; for one thread."""

    def __init__(self, connection: Connection, topics: Sequence[str], group: str | None) -> None:
        """Ask the cluster once: an unknown topic or wrong credentials show at once."""
        found = partitions(connection, topics, connection.open_within)
        self._group = group
        self._closed = False
        self._handed_out: set[tuple[str, int]] = set()
        self._postponed: list[TopicPartition] = []
        self._later: BrokerError | None = None
        self._places = [(name, number) for name, count in found.items() for number in range(count)]
        config = settings(connection) | {
            "group.id": group or "-",  # it wants one, and joins none unless subscribed
            "isolation.level": "read_committed",
            "enable.auto.commit": False,
            "enable.auto.offset.store": False,
            "auto.offset.reset": "earliest",
            "allow.auto.create.topics": False,
            "session.timeout.ms": int(1000 * SESSION),
            "heartbeat.interval.ms": int(1000 * SESSION / 4),
            "partition.assignment.strategy": "range",
            "max.partition.fetch.bytes": MAX_REQUEST,
            "fetch.wait.max.ms": FETCH_WAIT,
        }
        with ours("could not open a consumer"):
            self._consumer = Consumer(config)
            if group is None:
                self._consumer.assign([TopicPartition(*place, OFFSET_BEGINNING) for place in self._places])
            else:
                self._consumer.subscribe(sorted(found), on_revoke=self._revoked, on_lost=self._revoked)

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out up to `most` messages."""
        self._check_open()
        until = time.monotonic() + timeout
        while True:
            if self._later is not None:
                error, self._later = self._later, None
                raise error
            left = max(0.0, until - time.monotonic())
            with ours("could not read"):
                first = self._consumer.poll(left)
                if first is None:
                    self._check_reachable(timeout)
                    return []
                polled = [first, *(self._consumer.consume(most - 1, _AT_HAND) if most > 1 else ())]
            self._note_error([message.error() for message in polled if message.error() is not None])
            received = [_received(message) for message in polled if message.error() is None]
            if received:
                self._handed_out.update((message.topic, message.partition) for message in received)
                return received

    def commit(self, batch: Sequence[Received]) -> None:
        """Commit the offsets after `batch`."""
        self._check_open()
        if self._group is None:
            raise Misused("a consumer without a group cannot commit")
        after: dict[tuple[str, int], int] = {}
        for message in batch:
            place = message.topic, message.partition
            after[place] = max(after.get(place, 0), message.offset + 1)
        if not after.keys() <= self._handed_out:
            raise Unavailable("could not commit: a partition was taken away; its messages will be handed out again")
        if after:
            self._commit([TopicPartition(*place, offset) for place, offset in after.items()])

    def postpone(self, message: Received) -> None:
        """Go back to a message, and stay there."""
        self._check_open()
        if (message.topic, message.partition) in self._handed_out:
            place = TopicPartition(message.topic, message.partition, message.offset)
            with ours("could not postpone"):
                self._consumer.pause([place])
                self._consumer.seek(place)
            self._postponed.append(place)

    def resume(self) -> None:
        """Go on."""
        self._check_open()
        assigned = {(place.topic, place.partition) for place in self._consumer.assignment()}
        with ours("could not go on"):
            self._consumer.resume([each for each in self._postponed if (each.topic, each.partition) in assigned])
        self._postponed.clear()

    def lag(self) -> int:
        """Messages between position and end."""
        self._check_open()
        with ours("could not tell the lag"):
            assigned = self._consumer.assignment()
            return sum(self._lag(place) for place in assigned)

    def close(self, *, timeout: float = 5.0) -> None:
        """Leave the group, let go."""
        if not self._closed:
            self._closed = True
            within(timeout, self._consumer.close)

    def _commit(self, offsets: list[TopicPartition]) -> None:
        """Commit in a thread of its own: the library's call has no deadline."""
        outcome: list[Any] = []

        def commit() -> None:
            try:
                with ours("could not commit"):
                    results = self._consumer.commit(offsets=offsets, asynchronous=False)
                    outcome.extend(translate(r.error, "could not commit") for r in results if r.error is not None)
            except BaseException as error:  # noqa: BLE001 - raised again in the caller's thread
                outcome.append(error)

        if not within(COMMIT_WITHIN, commit):
            raise Unavailable("could not commit: no answer in time")
        if outcome:
            raise outcome[0]

    def _lag(self, place: TopicPartition) -> int:
        low, high = self._consumer.get_watermark_offsets(place, timeout=REQUEST_TIMEOUT)
        position = self._consumer.position([place])[0].offset
        if position < 0 and self._group is not None:
            position = self._consumer.committed([place], timeout=REQUEST_TIMEOUT)[0].offset
        return max(0, int(high) - (position if position >= 0 else low))

    def _note_error(self, errors: list[Any]) -> None:
        """Keep an error until the messages that came with it are handed out."""
        for error in errors:
            if self._group is None and error.code() == KafkaError.GROUP_AUTHORIZATION_FAILED:
                continue  # it looked for the coordinator of a group that we do not use
            self._later = self._later or translate(error, "could not read")

    def _check_reachable(self, timeout: float) -> None:
        """Tell silence from absence: `poll` returns nothing in either case."""
        self._consumer.get_watermark_offsets(TopicPartition(*self._places[0]), timeout=min(2.0, max(1.0, timeout)))

    def _revoked(self, _: object, revoked: Sequence[TopicPartition]) -> None:
        self._handed_out.difference_update((place.topic, place.partition) for place in revoked)

    def _check_open(self) -> None:
        if self._closed:
            raise Misused("this consumer is closed")


def _received(message: Any) -> Received:  # noqa: ANN401 - the library has no types
    return Received(
        message.topic(),
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.value(),
        message.key(),
        tuple(message.headers() or ()),
    )
