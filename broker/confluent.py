"""The fast driver: confluent-kafka on librdkafka (extra `fast`). Looks up topics and administers with kafka-python."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from broker.confluent_consumer import ConfluentConsumer
from broker.confluent_producer import ConfluentProducer
from broker.kafka_python import KafkaPython

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.kafka_python_admin import KafkaPythonAdmin
    from broker.port import Connection


class Confluent:
    """A cluster reached through librdkafka."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection; no socket is opened yet."""
        self._connection = connection
        self._administered = KafkaPython(connection)
        self._opened: list[ConfluentProducer | ConfluentConsumer] = []

    def producer(self) -> ConfluentProducer:
        """Open a producer."""
        producer = ConfluentProducer(self._connection)
        self._opened.append(producer)
        return producer

    def consumer(self, topics: Sequence[str], *, group: str | None) -> ConfluentConsumer:
        """Open a consumer; every topic must exist."""
        consumer = ConfluentConsumer(self._connection, topics, group)
        self._opened.append(consumer)
        return consumer

    def admin(self) -> KafkaPythonAdmin:
        """Open an admin: kafka-python's, since a second one would gain nothing."""
        return self._administered.admin()

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close what was opened here."""
        while self._opened:
            self._opened.pop().close()
        self._administered.__exit__()
