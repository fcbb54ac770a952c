"""Stock Python SDK exporters over gRPC, all three signals, before a real socket: everything accepted arrives once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

import pytest
from grpc import Compression
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader
from opentelemetry.sdk.resources import Resource as SdkResource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from collector.intake import Answer, RetryLater, WhyNot, nothing
from collector.limits import Limits
from collector.rates import Rates
from collector.records import LogRecord, Point, Record, Span
from collector.senders import Rate
from collector.tokens import Tokens
from collector.work import Work
from schemas.reasons import Reason
from tests.unit.collector_grpc import both
from tests.unit.collector_senders import SECRETS, entrance_of, token
from tests.unit.collector_serving import CANARY
from tests.unit.gate_samples import IDS

Send: TypeAlias = Callable[..., None]


@dataclass
class Keeping:
    """Keeps every record; fails first with each of the errors; refuses as told."""

    errors: list[Exception] = field(default_factory=list)
    refused: dict[Reason, int] = field(default_factory=dict)
    records: list[Record] = field(default_factory=list)

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Take them, once there is no more error to raise."""
        judged()
        if self.errors:
            raise self.errors.pop()
        self.records += records
        return Answer(len(records) - sum(self.refused.values()), self.refused)

    def why_not(self) -> WhyNot | None:
        """Be ready."""
        return None


def logs(number: int, **options: Any) -> None:  # noqa: ANN401 - any of an exporter's
    """Emit log records, and see them sent."""
    provider = LoggerProvider(SdkResource({"tenant.id": IDS[0]}), shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(**options)))
    for at in range(number):
        provider.get_logger("s").emit(SdkLogRecord(body=str(at)))
    provider.force_flush()
    provider.shutdown()


def spans(number: int, **options: Any) -> None:  # noqa: ANN401 - as above
    """Make spans, and see them sent."""
    provider = TracerProvider(resource=SdkResource({"tenant.id": IDS[0]}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(**options)))
    for at in range(number):
        provider.get_tracer("s").start_span(str(at)).end()
    provider.force_flush()
    provider.shutdown()


def points(number: int, **options: Any) -> None:  # noqa: ANN401 - as above
    """Count in as many attribute sets, and see them sent."""
    reader = PeriodicExportingMetricReader(OTLPMetricExporter(**options), export_interval_millis=float("inf"))
    provider = MeterProvider([reader], SdkResource({"tenant.id": IDS[0]}), shutdown_on_exit=False)
    counter = provider.get_meter("s").create_counter("c")
    for at in range(number):
        counter.add(1, {"at": at})
    provider.force_flush()
    provider.shutdown()


SENDS: Final = pytest.mark.parametrize(("send", "kind"), [(logs, LogRecord), (spans, Span), (points, Point)])


@dataclass
class Calls:
    """Counts the calls by their status."""

    by: Counter[str] = field(default_factory=Counter)

    def __call__(self, _method: str, status: str, _seconds: float, _size: int) -> None:
        """Count one."""
        self.by[status] += 1


@SENDS
@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_what_a_stock_exporter_sends_arrives(send: Send, kind: type[Record], compression: Compression) -> None:
    """Compressed or not, in one request, whole."""
    intake, calls = Keeping(), Calls()
    with both(Work(intake), on_call=calls) as doors:
        send(300, endpoint=f"http://{doors.target}", compression=compression)
    assert len(intake.records) == 300
    assert {type(record) for record in intake.records} == {kind}
    assert calls.by == {"OK": 1}


@SENDS
def test_what_is_refused_is_not_sent_again(send: Send, kind: type[Record]) -> None:
    """One call: a stock exporter takes partial success for an answer."""
    intake, calls = Keeping(refused={Reason.UNKNOWN_EVENT: 2}), Calls()
    with both(Work(intake), on_call=calls) as doors:
        send(3, endpoint=f"http://{doors.target}")
    assert [isinstance(record, kind) for record in intake.records] == [True] * 3
    assert calls.by == {"OK": 1}


@SENDS
def test_what_is_told_to_come_again_arrives_once(send: Send, kind: type[Record]) -> None:
    """After UNAVAILABLE, for a broker that is away and for a defect alike."""
    intake, calls = Keeping([RetryLater(1), ValueError(CANARY)]), Calls()
    with both(Work(intake), on_call=calls) as doors:
        send(3, endpoint=f"http://{doors.target}")
    assert [isinstance(record, kind) for record in intake.records] == [True] * 3
    assert calls.by == {"UNAVAILABLE": 2, "OK": 1}


@SENDS
def test_what_can_never_be_taken_is_sent_once(send: Send, kind: type[Record]) -> None:
    """More than one request may hold is no RESOURCE_EXHAUSTED, which the SDK would send again until it gives up."""
    intake, calls = Keeping(), Calls()
    with both(Work(intake, Limits(records=2)), on_call=calls) as doors:
        send(3, endpoint=f"http://{doors.target}")
    assert [record for record in intake.records if isinstance(record, kind)] == []
    assert calls.by == {"INVALID_ARGUMENT": 1}


def test_a_throttled_exporter_waits_as_it_is_told(tmp_path: Path) -> None:
    """With its token it is taken as its tenant; told RESOURCE_EXHAUSTED with RetryInfo it waits, and loses nothing."""
    tokens = Tokens(tokens=(token("good", rate=Rate(records=20, burst=1)),))
    intake, calls = Keeping(), Calls()
    with both(Work(intake, entrance=entrance_of(tmp_path, tokens, rates=Rates())), on_call=calls) as doors:
        headers = {"authorization": f"Bearer {SECRETS['good']}"}
        for _ in range(2):
            logs(15, endpoint=f"http://{doors.target}", headers=headers)
        logs(15, endpoint=f"http://{doors.target}", headers={"authorization": f"Bearer {SECRETS['unknown']}"})
    assert len(intake.records) == 30
    assert {dict(record.resource.attributes)["tenant.id"] for record in intake.records} == {IDS[2]}
    assert calls.by["OK"] == 2
    assert 1 <= calls.by["RESOURCE_EXHAUSTED"] <= 3
    assert calls.by["UNAUTHENTICATED"] == 1
