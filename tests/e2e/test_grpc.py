"""OTLP/gRPC to its end: what a stock exporter sent and was told is taken is on Kafka, each record once."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from grpc import Compression
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource as SdkResource

from deploy.services import COLLECTOR
from deploy.stack import Stack
from tests.e2e.topics import everything
from tests.unit.collector_grpc import client
from tests.unit.gate_samples import decoded, record

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
SENT = 700


@pytest.fixture(scope="module", name="stack")
def a_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run Kafka and the collector, on free ports."""
    with Stack(tmp_path_factory.mktemp("grpc"), collector_port=0, services=(COLLECTOR,)) as up:
        yield up


def test_what_a_stock_exporter_sent_is_on_kafka_once(stack: Stack) -> None:
    """Good records are on their topic, each with an event id of its own; refused ones are sealed in quarantine."""
    sample = record("call.ended")
    provider = LoggerProvider(SdkResource(dict[str, Any](sample.resource.attributes)), shutdown_on_exit=False)
    exporter = OTLPLogExporter(f"http://{stack.grpc_address}", compression=Compression.Gzip)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    logger = provider.get_logger(sample.scope.name, sample.scope.version)
    began = time.time_ns()
    for number in range(SENT):
        attributes = dict[str, Any](sample.attributes) | ({"note": "x"} if number % 100 == 0 else {})
        logger.emit(SdkLogRecord(timestamp=began + number * 1000, event_name="call.ended", attributes=attributes))
    assert provider.force_flush()
    provider.shutdown()
    ids = Counter(
        decoded(message.value or b"")["origin"]["event_id"] for message in everything(stack, "telemetry.usage")
    )
    assert (len(ids), set(ids.values())) == (SENT - 7, {1})
    assert 1 <= len(everything(stack, "quarantine")) <= 2  # one a request
    with client(stack.grpc_address) as caller:
        assert caller.unary("/grpc.health.v1.Health/Check").response == b"\x08\x01"
