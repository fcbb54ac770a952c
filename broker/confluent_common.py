"""What librdkafka's producer is told, and its logger."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from broker.kafka_python_common import REQUEST_TIMEOUT

if TYPE_CHECKING:
    from broker.port import Connection

LOG = logging.getLogger("broker.confluent")
LOG.addHandler(logging.NullHandler())  # else its warnings go to standard error where nobody configured logging


def settings(connection: Connection) -> dict[str, Any]:
    """Give what every client of librdkafka is told."""
    common: dict[str, Any] = {
        "bootstrap.servers": connection.bootstrap,
        "client.id": "tidegate",
        "security.protocol": connection.security_protocol,
        "socket.timeout.ms": int(1000 * REQUEST_TIMEOUT),
        "reconnect.backoff.ms": 50,
        "reconnect.backoff.max.ms": 1000,
        "topic.metadata.refresh.interval.ms": 2000,  # else a consumer finds a restarted broker after ten seconds
        "logger": LOG,
    }
    if connection.security_protocol.startswith("SASL"):
        common |= {
            "sasl.mechanism": connection.mechanism,
            "sasl.username": connection.username,
            "sasl.password": connection.password,
        }
    if connection.ca_file is not None:
        common["ssl.ca.location"] = connection.ca_file
    return common
