"""librdkafka's producer behind our port: batches, every delivery report counted, our own deadline."""

from __future__ import annotations

import contextlib
import threading
import time
from typing import TYPE_CHECKING, Any

from confluent_kafka import KafkaException, Producer

from broker.batch import LINGER, MAX_REQUEST, check
from broker.confluent_common import settings
from broker.confluent_errors import ours, translate
from broker.kafka_python_common import REQUEST_TIMEOUT, partitions
from broker.lease import Leases
from broker.port import BrokerError, Unavailable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.port import Connection, Message

_POLL = 0.1  # seconds
_QUEUE_FULL_WAIT = 0.01  # seconds


class ConfluentProducer:
    """Writes batches; safe to call from several threads."""

    def __init__(self, connection: Connection) -> None:
        """Ask the cluster once, so that wrong credentials show at once: librdkafka itself would only try again."""
        partitions(connection, (), connection.open_within)
        self._connection = connection
        self._known: set[str] = set()
        self._clients: Leases[_Client] = Leases(self._open, _Client.kill, within=connection.open_within)

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Write a batch; return once all of it is acknowledged."""
        deadline = time.monotonic() + timeout
        check(messages)
        if not messages:
            return
        topics = {message.topic for message in messages}
        self._find(topics, deadline)
        try:
            with self._clients.lend(deadline) as client, ours("could not write"):
                client.write(messages, deadline)
        except BrokerError:
            self._known -= topics  # perhaps one is gone: look again
            raise

    def close(self, *, timeout: float = 5.0) -> None:
        """Send nothing more and let go; batches of other threads fail as `Unavailable`."""
        self._clients.close(timeout)

    def _find(self, topics: set[str], deadline: float) -> None:
        """Refuse unknown topics before librdkafka asks for them, since its asking may create them."""
        new = topics - self._known
        if new:
            partitions(self._connection, new, max(0.1, deadline - time.monotonic()))
            self._known |= new

    def _open(self, _: float) -> _Client:
        config = settings(self._connection) | {
            "enable.idempotence": True,
            "acks": "all",
            "compression.type": "lz4",
            "linger.ms": 1000 * LINGER,
            "batch.size": 128 * 1024,  # unlike kafka-python it does not split a batch that a topic finds too large
            "message.max.bytes": MAX_REQUEST,
            "request.timeout.ms": int(1000 * REQUEST_TIMEOUT),
            "message.timeout.ms": int(1000 * 6 * REQUEST_TIMEOUT),
            "partitioner": "murmur2_random",  # as every other client's
        }
        with ours("could not open a producer"):
            return _Client(Producer(config))


class _Client:
    """One producer of the library and the thread that brings in its delivery reports."""

    def __init__(self, producer: Any) -> None:  # noqa: ANN401 - the library has no types
        self._producer = producer
        self._over = threading.Event()
        self._lock = threading.Lock()
        self._open: set[_Batch] = set()
        self._broken: Any = None
        self._reports = threading.Thread(target=self._bring_reports, daemon=True, name="tidegate-reports")
        self._reports.start()

    def write(self, messages: Sequence[Message], deadline: float) -> None:
        """Queue every message, then wait for every report."""
        batch = _Batch(len(messages))
        with self._lock:
            self._open.add(batch)
        try:
            for message in messages:
                self._queue(message, batch, deadline)
            if not batch.done.wait(max(0.0, deadline - time.monotonic())):
                raise Unavailable("could not write: not every message was acknowledged in time")
        finally:
            with self._lock:
                self._open.discard(batch)
        if batch.error is not None:
            raise translate(batch.error, "could not write")

    def kill(self) -> None:
        """Drop what it holds, queued and in flight, and end its thread."""
        self._over.set()
        self._reports.join()
        self._producer.purge(in_queue=True, in_flight=True, blocking=True)
        self._producer.flush(_POLL)

    def _queue(self, message: Message, batch: _Batch, deadline: float) -> None:
        while time.monotonic() < deadline:
            if self._broken is not None:
                raise translate(self._broken, "could not write")
            with contextlib.suppress(BufferError):
                self._producer.produce(
                    message.topic,
                    value=message.value,
                    key=message.key,
                    headers=list(message.headers),
                    on_delivery=batch.report,
                )
                return
            time.sleep(_QUEUE_FULL_WAIT)
        raise Unavailable("could not write: too much is waiting to be sent")

    def _bring_reports(self) -> None:
        """Poll until told to end, or until the library gives up for good: then every open batch has failed."""
        try:
            while not self._over.is_set():
                self._producer.poll(_POLL)
        except KafkaException as error:
            self._broken = error.args[0]
            with self._lock:
                for batch in self._open:
                    batch.fail(self._broken)


class _Batch:
    """Counts the reports of one batch; keeps the first error. Called by the reports' thread alone."""

    def __init__(self, size: int) -> None:
        self._left = size
        self.error: Any = None
        self.done = threading.Event()

    def report(self, error: Any, _: object) -> None:  # noqa: ANN401 - the library has no types
        """Take in one delivery report."""
        if error is not None and self.error is None:
            self.error = error
        self._left -= 1
        if self._left == 0:
            self.done.set()

    def fail(self, error: Any) -> None:  # noqa: ANN401 - as above
        """Wait for no more reports."""
        self.error = self.error or error
        self.done.set()
