"""The default driver: kafka-python, pure Python.

Its defaults are overridden where they lose or leak: idempotence and acks=all, read-committed, no automatic commit, from
the earliest message, no automatic topics. Its logs are filtered: at DEBUG it logs keys, values and headers, and at
ERROR the whole bytes of a response it cannot decode.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from broker.kafka_python_admin import KafkaPythonAdmin
from broker.kafka_python_common import quiet_logs
from broker.kafka_python_consumer import KafkaPythonConsumer
from broker.kafka_python_producer import KafkaPythonProducer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.port import Connection


class KafkaPython:
    """A cluster reached through kafka-python."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection; no socket is opened yet."""
        quiet_logs()
        self._connection = connection
        self._opened: list[KafkaPythonProducer | KafkaPythonConsumer | KafkaPythonAdmin] = []

    def producer(self) -> KafkaPythonProducer:
        """Open a producer."""
        producer = KafkaPythonProducer(self._connection)
        self._opened.append(producer)
        return producer

    def consumer(self, topics: Sequence[str], *, group: str | None) -> KafkaPythonConsumer:
        """Open a consumer; every topic must exist."""
        consumer = KafkaPythonConsumer(self._connection, topics, group)
        self._opened.append(consumer)
        return consumer

    def admin(self) -> KafkaPythonAdmin:
        """Open an admin."""
        admin = KafkaPythonAdmin(self._connection)
        self._opened.append(admin)
        return admin

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened here."""
        while self._opened:
            self._opened.pop().close()
