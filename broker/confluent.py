"""The fast driver: confluent-kafka on librdkafka (extra `fast`) writes. Reading and administering are kafka-python's.

librdkafka decompresses gzip and lz4 without a bound, and no setting bounds it; what it can't decompress it asks for
again, for ever. Whoever may write chooses what is read, so it is read with bounds (`kafka_python_records`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from broker.confluent_producer import ConfluentProducer
from broker.kafka_python import KafkaPython

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.kafka_python_admin import KafkaPythonAdmin
    from broker.kafka_python_consumer import KafkaPythonConsumer
    from broker.port import Connection


class Confluent:
    """A cluster reached through librdkafka."""

    def __init__(self, connection: Connection) -> None:
        """Keep the connection; no socket is opened yet."""
        self._connection = connection
        self._administered = KafkaPython(connection)
        self._opened: list[ConfluentProducer] = []

    def producer(self) -> ConfluentProducer:
        """Open a producer."""
        producer = ConfluentProducer(self._connection)
        self._opened.append(producer)
        return producer

    def consumer(self, topics: Sequence[str], *, group: str | None) -> KafkaPythonConsumer:
        """Open a consumer, kafka-python's; every topic must exist."""
        return self._administered.consumer(topics, group=group)

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
