"""kafka-python's producer behind our port: batches, one acknowledgement, our own deadline."""

from __future__ import annotations

import contextlib
import time
from typing import TYPE_CHECKING, Any

from kafka import KafkaProducer
from kafka.errors import KafkaTimeoutError
from kafka.partitioner.default import murmur2

from broker.batch import LINGER, MAX_REQUEST, check
from broker.kafka_python_common import REQUEST_TIMEOUT, partitions, settings
from broker.kafka_python_errors import ours
from broker.kafka_python_net import open_client
from broker.lease import Leases
from broker.port import Unavailable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from broker.port import Connection, Message

_METADATA_WAIT = 0.5  # what one look for a topic's partitions may block, in seconds


class KafkaPythonProducer:
    """Writes batches; safe to call from several threads."""

    def __init__(self, connection: Connection) -> None:
        """Connect, so that wrong credentials show at once."""
        self._connection = connection
        self._clients: Leases[Any] = Leases(self._open, _kill, within=connection.open_within)

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Write a batch; return once all of it is acknowledged."""
        deadline = time.monotonic() + timeout
        check(messages)
        if messages:
            with self._clients.lend(deadline) as producer, ours("could not write"):
                topics = {message.topic for message in messages}
                places = Places({topic: self._find(producer, topic, deadline) for topic in topics})
                _write(producer, messages, places, deadline)

    def close(self, *, timeout: float = 5.0) -> None:
        """Send nothing more and let go; batches of other threads fail as `Unavailable`."""
        self._clients.close(timeout)

    def _find(self, producer: Any, topic: str, deadline: float) -> set[int]:  # noqa: ANN401 - the library has no types
        """Wait until the topic's partitions are known, and give them; tell an unknown topic from an absent broker."""
        while True:
            with contextlib.suppress(KafkaTimeoutError):
                found: set[int] | None = producer.partitions_for(topic)
                if found:
                    return found
            left = deadline - time.monotonic()
            if left <= 0:
                raise Unavailable("could not write: no broker told of the topic's partitions in time")
            partitions(self._connection, [topic], left)

    def _open(self, seconds: float) -> Any:  # noqa: ANN401 - as above
        config = settings(self._connection, seconds) | {
            "acks": "all",
            "enable_idempotence": True,
            "allow_auto_create_topics": False,
            "compression_type": "lz4",
            "linger_ms": int(1000 * LINGER),
            "batch_size": 128 * 1024,
            "max_request_size": MAX_REQUEST,
            "max_block_ms": int(1000 * _METADATA_WAIT),
            "delivery_timeout_ms": int(1000 * 6 * REQUEST_TIMEOUT),
        }
        return open_client(KafkaProducer, config)


class Places:
    """Where the messages of one batch go: by their key, as every client has it. Each key is asked for once."""

    def __init__(self, partitions: Mapping[str, set[int]]) -> None:
        self._partitions = {topic: sorted(numbers) for topic, numbers in partitions.items()}
        self._found: dict[tuple[str, bytes], int] = {}

    def of(self, message: Message) -> int | None:
        """Give a message's partition; None without a key: any."""
        if message.key is None:
            return None
        key = (message.topic, message.key)
        place = self._found.get(key)
        if place is None:
            numbers = self._partitions[message.topic]
            place = self._found[key] = numbers[(murmur2(message.key) & 0x7FFFFFFF) % len(numbers)]
        return place


def _write(producer: Any, messages: Sequence[Message], places: Places, deadline: float) -> None:  # noqa: ANN401 - as above
    """Send all, flush, then ask every future: only that tells of each message's fate."""
    futures = [
        producer.send(
            message.topic,
            value=message.value,
            key=message.key,
            headers=list(message.headers),
            partition=places.of(message),
        )
        for message in messages
    ]
    with contextlib.suppress(KafkaTimeoutError):  # the futures tell it, one by one
        producer.flush(timeout=max(0.0, deadline - time.monotonic()))
    for future in futures:
        if not future.succeeded():
            future.get(timeout=max(0.0, deadline - time.monotonic()))


def _kill(producer: Any) -> None:  # noqa: ANN401 - as above
    """Drop what it holds and end its thread. Its own `close` gives up half-way when a batch is stuck."""
    producer._sender.force_close()  # noqa: SLF001 - the only way to end it without sending
    producer._sender.join()  # noqa: SLF001 - as above
    producer.close(timeout=0)
