"""The signals of OTLP that are carried: their messages, and how records are made of them and they of records."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as logs
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2 as metrics
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as traces

from collector import otlp_logs, otlp_metrics, otlp_traces
from collector.limits import Limits
from collector.records import LogRecord, Point, Record


@dataclass(frozen=True, slots=True)
class Signal:
    """One signal. `levels` are the repeated fields that hold resources, scopes and records, one within the other."""

    name: str
    service: str
    request: type[Message]
    response: type[Message]
    levels: tuple[str, str, str]
    rejected: str
    read: Callable[[Any, Limits], Iterable[Record]] = field(repr=False)
    encode: Callable[[Any], bytes] = field(repr=False)

    @property
    def path(self) -> str:
        """Where OTLP/HTTP takes it."""
        return f"/v1/{self.name}"

    @property
    def method(self) -> str:
        """What OTLP/gRPC calls it by."""
        return f"{self.service}/Export"

    @property
    def format(self) -> str:
        """What the quarantine calls its requests."""
        return f"otlp.{self.name}"


LOGS: Final = Signal(
    "logs",
    "opentelemetry.proto.collector.logs.v1.LogsService",
    logs.ExportLogsServiceRequest,
    logs.ExportLogsServiceResponse,
    ("resource_logs", "scope_logs", "log_records"),
    "rejected_log_records",
    otlp_logs.read,
    otlp_logs.encode,
)
TRACES: Final = Signal(
    "traces",
    "opentelemetry.proto.collector.trace.v1.TraceService",
    traces.ExportTraceServiceRequest,
    traces.ExportTraceServiceResponse,
    ("resource_spans", "scope_spans", "spans"),
    "rejected_spans",
    otlp_traces.read,
    otlp_traces.encode,
)
METRICS: Final = Signal(
    "metrics",
    "opentelemetry.proto.collector.metrics.v1.MetricsService",
    metrics.ExportMetricsServiceRequest,
    metrics.ExportMetricsServiceResponse,
    ("resource_metrics", "scope_metrics", "metrics"),
    "rejected_data_points",
    otlp_metrics.read,
    otlp_metrics.encode,
)
SIGNALS: Final = (LOGS, TRACES, METRICS)
# Profiles, in development, hold frames and strings of a process: there is no domain for them.
PROFILES_PATH: Final = "/v1development/profiles"
PROFILES_SERVICE: Final = "opentelemetry.proto.collector.profiles.v1development.ProfilesService"
NO_PROFILES: Final = "profiles are not carried: this collector takes logs, traces and metrics"
BY_FORMAT: Final[Mapping[str, Signal]] = {signal.format: signal for signal in SIGNALS}


def signal_of(records: Sequence[Record]) -> Signal:
    """Tell which signal's records these are: a request has records of one."""
    first = records[0]
    return LOGS if isinstance(first, LogRecord) else METRICS if isinstance(first, Point) else TRACES
