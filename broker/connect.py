"""Opens a cluster with the driver asked for; drivers load late."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.port import Misused

if TYPE_CHECKING:
    from broker.port import Broker, Connection, Driver


def connect(connection: Connection, driver: Driver = "kafka-python") -> Broker:
    """Return a `Broker` for `connection`. Opens no socket yet: its producer, consumer and admin do.

    Raises:
        Misused: the driver is not installed, or there is none of that name.
    """
    if driver == "kafka-python":
        from broker.kafka_python import KafkaPython  # noqa: PLC0415 - one driver's import is all a process pays for

        return KafkaPython(connection)
    if driver == "confluent":
        try:
            from broker.confluent import Confluent  # noqa: PLC0415 - an extra
        except ImportError as error:
            raise Misused("the driver `confluent` is not installed: pip install 'tidegate[fast]'") from error
        return Confluent(connection)
    raise Misused(f"no driver {driver!r}: choose kafka-python or confluent")
