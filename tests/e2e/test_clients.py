"""Stock clients to their end: what they sent and were told is taken is on Kafka, each record once."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from grpc import Compression
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.resources import Resource as SdkResource
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanKind

from deploy.demo.app.instruments import HTTP, Measured, Traced
from deploy.services import COLLECTOR
from deploy.stack import Stack
from tests.e2e.topics import everything
from tests.unit.collector_grpc import client
from tests.unit.gate_samples import CANARY, SNEAKY, decoded, record
from tests.unit.node_sdk import MAKE, fetched_sdk, send

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
SENT: Final = 700
TOPIC: Final = {"logs": "telemetry.usage", "spans": "telemetry.diagnostic"}


@pytest.fixture(scope="module", name="stack")
def a_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run Kafka and the collector, on free ports."""
    with Stack(tmp_path_factory.mktemp("clients"), collector_port=0, services=(COLLECTOR,)) as up:
        yield up


@pytest.fixture(scope="module", name="sdk")
def sdk_of_node(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch Node's SDK, once."""
    return fetched_sdk(pytestconfig, tmp_path_factory)


def ids(stack: Stack, topic: str) -> Counter[str]:
    """Count the event ids of a topic."""
    return Counter(decoded(message.value or b"")["origin"]["event_id"] for message in everything(stack, topic))


def test_logs_of_a_stock_grpc_exporter_are_on_kafka_once(stack: Stack) -> None:
    """Good records are on their topic, each with an event id of its own; refused ones are sealed in quarantine."""
    before, sealed = ids(stack, "telemetry.usage"), len(everything(stack, "quarantine"))
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
    found = ids(stack, "telemetry.usage") - before
    assert (len(found), set(found.values())) == (SENT - 7, {1})
    assert 1 <= len(everything(stack, "quarantine")) - sealed <= 2  # one a request
    with client(stack.grpc_address) as caller:
        assert caller.unary("/grpc.health.v1.Health/Check").response == b"\x08\x01"


def test_spans_and_points_of_stock_grpc_exporters_are_on_kafka_once(stack: Stack) -> None:
    """A request of spans and one of points, whole: a histogram, a gauge and two sums."""
    before = ids(stack, "telemetry.diagnostic") + ids(stack, "telemetry.usage")
    resource: dict[str, Any] = dict(record("call.ended").resource.attributes)
    traced, measured = Traced(resource, random.Random(7)), Measured(resource)  # noqa: S311 - a simulation
    attributes = {"http.request.method": "GET", "url.template": "/v1/session"}
    for number in range(SENT):
        traced.span(HTTP, SpanKind.CLIENT, time.time_ns() - number * 1_000_000, 40_000_000, attributes)
    measured.jitter("audio", [7.5, 12.25])
    measured.process("main", 300 * 2**20, 0.25)
    measured.shortcuts("mute", 3)
    spans, points = OTLPSpanExporter(f"http://{stack.grpc_address}"), OTLPMetricExporter(f"http://{stack.grpc_address}")
    assert spans.export(traced.kept.spans) is SpanExportResult.SUCCESS
    data = measured.reader.get_metrics_data()
    assert data is not None
    assert points.export(data) is MetricExportResult.SUCCESS
    spans.shutdown()
    points.shutdown()
    found = ids(stack, "telemetry.diagnostic") + ids(stack, "telemetry.usage") - before
    assert (len(found), set(found.values())) == (SENT + 4, {1})


@pytest.mark.parametrize("signal", list(MAKE))
@pytest.mark.parametrize("encoding", ["json", "protobuf"])
def test_what_the_node_sdk_sends_is_on_kafka_once(stack: Stack, sdk: Path, signal: str, encoding: str) -> None:
    """Good records are on their topic once; the one with an attribute that nobody declared is sealed."""
    before, sealed = ids(stack, TOPIC[signal]), len(everything(stack, "quarantine"))
    told = send(sdk, int(stack.collector_url.rpartition(":")[2]), encoding, **MAKE[signal](SENT, note=CANARY))
    assert {result["code"] for result in told["results"]} == {0}
    found = ids(stack, TOPIC[signal]) - before
    assert (len(found), set(found.values())) == (SENT - 1, {1})
    assert len(everything(stack, "quarantine")) - sealed == 1
    assert not any(SNEAKY.encode() in (message.value or b"") for message in everything(stack, "quarantine"))
