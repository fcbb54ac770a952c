"""What kafka-python's producer, consumer and admin share: settings, looking up topics, quiet logs."""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any, Final

from kafka.admin import KafkaAdminClient

from broker.kafka_python_errors import ours
from broker.kafka_python_net import open_client
from broker.port import Misused, Refused, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterable

    from broker.port import Connection

REQUEST_TIMEOUT = 10.0  # seconds
COMMIT_WITHIN = 5.0  # seconds
FETCH_WAIT = 250  # milliseconds a fetch waits at the broker; other requests queue behind it
SESSION = 10.0  # seconds after which a member that died loses its partitions


def settings(connection: Connection, seconds: float | None = None) -> dict[str, Any]:
    """Give what every client of kafka-python is told; `seconds` bounds its opening."""
    common: dict[str, Any] = {
        "bootstrap_servers": connection.bootstrap.split(","),
        "client_id": "tidegate",
        "security_protocol": connection.security_protocol,
        "bootstrap_timeout_ms": int(1000 * (connection.open_within if seconds is None else seconds)),
        "request_timeout_ms": int(1000 * REQUEST_TIMEOUT),
        "reconnect_backoff_ms": 50,
        "reconnect_backoff_max_ms": 1000,  # 30 s by default: a broker that came back would stay unused as long
    }
    if connection.security_protocol.startswith("SASL"):
        common |= {
            "sasl_mechanism": connection.mechanism,
            "sasl_plain_username": connection.username,
            "sasl_plain_password": connection.password,
        }
    if connection.ca_file is not None:
        common["ssl_cafile"] = connection.ca_file
    return common


def partitions(connection: Connection, topics: Iterable[str], seconds: float) -> dict[str, int]:
    """Ask the cluster how many partitions each topic has; creates none.

    Raises:
        Misused: there is no topic of that name.
        Refused: these credentials may not know of it.
        Unavailable: no answer within `seconds`.
    """
    names = sorted(set(topics))
    admin = open_client(KafkaAdminClient, settings(connection, seconds))
    with contextlib.closing(admin), ours("could not look up topics"):
        found = {topic["name"]: topic for topic in admin.describe_topics(names)}
    for name in names:
        code = found[name]["error_code"]
        if code == _TOPIC_AUTHORIZATION_FAILED:
            raise Refused(f"the broker refuses these credentials the topic {name}")
        if code in {_UNKNOWN_TOPIC, _INVALID_TOPIC}:
            raise Misused(f"there is no topic {name}: create it first")
        if code:
            raise Unavailable(f"the topic {name} has no leader yet")
    return {name: len(found[name]["partitions"]) for name in names}


_UNKNOWN_TOPIC, _INVALID_TOPIC, _TOPIC_AUTHORIZATION_FAILED = 3, 17, 29


# What warns at each connection without TLS that credentials go in the clear: SCRAM never sends them.
_SCRAM: Final = "kafka.net.sasl.scram"


class _NoContent(logging.Filter):
    """Drops kafka-python's DEBUG records and what is not so, and takes bytes out of the others."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record pass once it can hold no message's bytes."""
        if record.levelno < logging.INFO or (record.name == _SCRAM and "in the clear" in str(record.msg)):
            return False
        if isinstance(record.args, tuple):
            record.args = tuple(
                f"<{len(arg)} bytes>" if isinstance(arg, (bytes, bytearray, memoryview)) else arg for arg in record.args
            )
        return True


_NO_CONTENT = _NoContent()


def quiet_logs() -> None:
    """Put the filter on each of kafka-python's loggers: a logger's filter does not bind its children."""
    for name in ["kafka", *(name for name in logging.root.manager.loggerDict if name.startswith("kafka."))]:
        logger = logging.getLogger(name)
        if _NO_CONTENT not in logger.filters:
            logger.addFilter(_NO_CONTENT)
    root = logging.getLogger("kafka")
    if not root.handlers:
        root.addHandler(logging.NullHandler())  # else warnings go to standard error where nobody configured logging
