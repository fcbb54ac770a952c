"""kafka-python's consumer behind our port: a member of a group, read-committed, commits only when told."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from kafka import KafkaConsumer, TopicPartition
from kafka.consumer.subscription_state import ConsumerRebalanceListener
from kafka.structs import OffsetAndMetadata

from broker.batch import MAX_REQUEST
from broker.kafka_python_common import COMMIT_WITHIN, FETCH_WAIT, REQUEST_TIMEOUT, SESSION, partitions, settings
from broker.kafka_python_errors import ours
from broker.kafka_python_net import open_client
from broker.kafka_python_records import Raw, bound, forget_enough
from broker.lease import within
from broker.port import Misused, Received, Unavailable

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from broker.port import Connection


class _Rebalances(ConsumerRebalanceListener):  # type: ignore[misc]  # the library has no types
    """Notes that partitions were taken away."""

    def __init__(self) -> None:
        self.noted = False

    def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        self.noted = self.noted or bool(revoked)

    def on_partitions_lost(self, lost: Collection[TopicPartition]) -> None:
        self.on_partitions_revoked(lost)

    def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        pass


class KafkaPythonConsumer:
    """Reads batches; for one thread."""

    def __init__(self, connection: Connection, topics: Sequence[str], group: str | None) -> None:
        """Connect; an unknown topic or wrong credentials show at once."""
        found = partitions(connection, topics, connection.open_within)
        self._group = group
        self._closed = False
        self._all = [TopicPartition(name, number) for name, count in found.items() for number in range(count)]
        self._handed_out: set[tuple[str, int]] = set()
        self._rebalances = _Rebalances()
        config = settings(connection) | {
            "group_id": group,
            "isolation_level": "read_committed",
            "enable_auto_commit": False,
            "auto_offset_reset": "earliest",
            "allow_auto_create_topics": False,
            "session_timeout_ms": int(1000 * SESSION),
            "heartbeat_interval_ms": int(1000 * SESSION / 4),
            "fetch_max_wait_ms": FETCH_WAIT,
            "max_partition_fetch_bytes": MAX_REQUEST,
            "fetch_max_bytes": 2 * MAX_REQUEST,  # of an answer, all partitions together; 50 MiB by default
        }
        self._consumer = open_client(KafkaConsumer, config)
        self._purse = bound(self._consumer._fetcher)  # noqa: SLF001 - where the library decompresses
        if group is None:
            self._consumer.assign(self._all)
            self._consumer.seek_to_beginning()
        else:
            self._consumer.subscribe(sorted(found), listener=self._rebalances)

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out up to `most` messages."""
        self._check_open()
        with ours("could not read"):
            polled = self._poll(time.monotonic() + timeout, most)
            if not polled:
                self._check_reachable(timeout)
        self._handed_out.update((partition.topic, partition.partition) for partition in polled)
        return [_received(record) for records in polled.values() for record in records]

    def commit(self, batch: Sequence[Received]) -> None:
        """Commit the offsets after `batch`."""
        self._check_open()
        if self._group is None:
            raise Misused("a consumer without a group cannot commit")
        after: dict[tuple[str, int], int] = {}
        for message in batch:
            place = message.topic, message.partition
            after[place] = max(after.get(place, 0), message.offset + 1)
        if after and (self._rebalances.noted or not after.keys() <= self._handed_out):
            raise Unavailable("could not commit: a partition was taken away; its messages will be handed out again")
        offsets = {TopicPartition(*place): OffsetAndMetadata(offset) for place, offset in after.items()}
        if offsets:
            with ours("could not commit"):
                self._consumer.commit(offsets, timeout_ms=int(1000 * COMMIT_WITHIN))

    def postpone(self, message: Received) -> None:
        """Go back to a message, and stay there."""
        self._check_open()
        place = TopicPartition(message.topic, message.partition)
        if place in self._consumer.assignment() and not self._rebalances.noted:
            with ours("could not postpone"):
                self._consumer.seek(place, message.first)
                self._consumer.pause(place)

    def resume(self) -> None:
        """Go on."""
        self._check_open()
        with ours("could not go on"):
            self._consumer.resume(*self._consumer.paused())
            self._forget_parked()

    def lag(self) -> int:
        """Messages between position and end."""
        self._check_open()
        with ours("could not tell the lag"):
            assigned = list(self._consumer.assignment())
            if not assigned:
                return 0
            ends = self._consumer.end_offsets(assigned, timeout_ms=int(1000 * REQUEST_TIMEOUT))
            positions = {p: self._consumer.position(p, timeout_ms=int(1000 * REQUEST_TIMEOUT)) for p in assigned}
        if None in positions.values():
            raise Unavailable("could not tell the lag: a position is not known yet")
        return sum(max(0, ends[p] - positions[p]) for p in assigned)

    def close(self, *, timeout: float = 5.0) -> None:
        """Leave the group, let go."""
        if not self._closed:
            self._closed = True
            within(timeout, lambda: self._consumer.close(autocommit=False, timeout_ms=int(500 * timeout)))

    def _poll(self, until: float, most: int) -> dict[TopicPartition, list[Any]]:
        """Poll; after a rebalance go back to what is committed, since the library keeps its position where it stays."""
        while True:
            if self._rebalances.noted:
                self._handed_out.clear()
                self._rewind()
                self._rebalances.noted = False
            left = max(0.0, until - time.monotonic())
            self._purse.fill()
            polled: dict[TopicPartition, list[Any]] = self._consumer.poll(int(1000 * left), max_records=most)
            forget_enough(self._consumer._fetcher)  # noqa: SLF001 - as above
            if not self._rebalances.noted:
                return polled

    def _forget_parked(self) -> None:
        """Have a partition that goes on fetched anew.

        The library parks what it had half handed out of a paused partition, asks for no more of it, and takes it up
        again only when another partition's answer is empty in a certain way: with the others quiet, never.
        """
        self._consumer._fetcher._paused_partition_records.clear()  # noqa: SLF001 - where the library forgets

    def _rewind(self) -> None:
        self._forget_parked()
        for place in self._consumer.assignment():
            committed = self._consumer.committed(place, timeout_ms=int(1000 * COMMIT_WITHIN))
            if committed is None:
                self._consumer.seek_to_beginning(place)
            else:
                self._consumer.seek(place, committed)

    def _check_reachable(self, timeout: float) -> None:
        """Tell silence from absence: `poll` returns nothing in either case."""
        self._consumer.end_offsets(self._all[:1], timeout_ms=int(1000 * min(2.0, max(1.0, timeout))))

    def _check_open(self) -> None:
        if self._closed:
            raise Misused("this consumer is closed")


def _received(record: Any) -> Received:  # noqa: ANN401 - the library has no types
    unreadable = record.value.unreadable if isinstance(record.value, Raw) else None
    headers = tuple(record.headers)
    return Received(
        record.topic, record.partition, record.offset, record.timestamp, record.value, record.key, headers, unreadable
    )
