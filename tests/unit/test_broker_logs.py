"""What kafka-python may log: nothing below INFO, and no bytes at all."""

from __future__ import annotations

import importlib
import io
import logging

import pytest
from kafka.errors import KafkaProtocolError
from kafka.protocol.metadata import MetadataRequest
from kafka.protocol.parser import KafkaProtocol

from broker.connect import connect
from broker.kafka_python_net import data_first
from broker.port import Connection

CANARY = b"canary-what-a-customer-said"


@pytest.fixture(autouse=True)
def _driver_in_use() -> None:
    connect(Connection("127.0.0.1:1"))


def test_a_response_that_can_not_be_decoded_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """The library logs the bytes it could not decode, at ERROR: the record comes without them."""
    caplog.set_level(logging.DEBUG)
    parser = KafkaProtocol(client_id="test", receive_message_max_bytes=10_000)
    parser.send_request(MetadataRequest(topics=[], version=1))
    buffer = io.BytesIO(b"\x00\x00\x00\x01" + b"\xff" * 8 + CANARY)
    with pytest.raises(KafkaProtocolError):
        parser._process_response(buffer)
    (record,) = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert "Unable to decode" in record.getMessage()
    assert CANARY.decode() not in record.getMessage()


def test_every_logger_of_the_library_drops_debug(caplog: pytest.LogCaptureFixture) -> None:
    """At DEBUG the library logs keys, values and headers: none of its loggers passes such a record, at any level."""
    names = [name for name in logging.root.manager.loggerDict if name == "kafka" or name.startswith("kafka.")]
    assert "kafka.producer.kafka" in names
    for name in names:
        logger = logging.getLogger(name)
        before = logger.level
        logger.setLevel(logging.DEBUG)
        logger.debug("%r", CANARY)
        logger.warning("%r %s", CANARY, bytearray(CANARY))
        logger.setLevel(before)
    assert len(caplog.records) == len(names)
    assert {record.getMessage() for record in caplog.records} == {"'<27 bytes>' <27 bytes>"}


@pytest.mark.parametrize(("mechanism", "warned"), [("SCRAM-SHA-512", False), ("PLAIN", True)])
def test_scram_without_tls_is_no_warning(mechanism: str, warned: bool, caplog: pytest.LogCaptureFixture) -> None:  # noqa: FBT001 - of a table
    """It never sends the password; PLAIN does, and the library's warning of it passes."""
    module = importlib.import_module(f"kafka.net.sasl.{'scram' if mechanism.startswith('SCRAM') else 'plain'}")
    given = {"sasl_plain_username": "u", "sasl_plain_password": "p", "security_protocol": "SASL_PLAINTEXT"}
    kind = module.SaslMechanismScram if mechanism.startswith("SCRAM") else module.SaslMechanismPlain
    kind(sasl_mechanism=mechanism, host="h", **given)
    assert ["in the clear" in record.getMessage() for record in caplog.records] == [True] * warned


def test_what_came_before_the_end_of_a_stream_is_handed_on() -> None:
    """Bytes that come together with the end are handed on first, then the end."""
    end = ConnectionResetError()
    answers = iter([(b"a", None), (b"why", end)])
    receive = data_first(lambda: next(answers))
    assert [receive(), receive(), receive(), receive()] == [(b"a", None), (b"why", None), (b"", end), (b"", end)]
