"""How the app is traced and measured: spans of its requests, points of its metrics, by the stock SDK."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.metrics import Counter, Histogram, MeterProvider
from opentelemetry.sdk.metrics.export import AggregationTemporality, InMemoryMetricReader, MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.id_generator import IdGenerator
from opentelemetry.trace import SpanKind, Status, StatusCode

from deploy.demo.app.moments import SECOND, id_bytes

if TYPE_CHECKING:
    import random
    from collections.abc import Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.util.types import AttributeValue

    from deploy.demo.app.stay import Stay

HTTP, COMPANION, MEDIA, PROCESS, CLIENT = (
    "meetings.http", "meetings.companion", "meetings.media", "meetings.process", "meetings.client"
)  # fmt: skip
JITTER: Final = (5.0, 10.0, 20.0, 40.0, 80.0)  # bounds of the histogram, in milliseconds
_EVENTS = {(HTTP, SpanKind.CLIENT): "http.client.called", (COMPANION, SpanKind.SERVER): "http.server.answered"}


class _Ids(IdGenerator):
    """Ids out of the simulation's own dice: the same seed sends the same spans."""

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng

    def generate_span_id(self) -> int:
        return self._drawn(64)

    def generate_trace_id(self) -> int:
        return self._drawn(128)

    def _drawn(self, bits: int) -> int:
        return int.from_bytes(id_bytes(self._rng, bits // 8)) | 1


class _Kept(SpanExporter):
    """Keeps a session's spans, to send them in one request."""

    def __init__(self) -> None:
        self.spans: list[ReadableSpan] = []

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        self.spans += spans
        return SpanExportResult.SUCCESS


class Gauges:
    """The exporters of one app instance, for traces and metrics; counts what was acknowledged."""

    def __init__(self, endpoint: str) -> None:
        """Send to the collector at `endpoint`, its base URL."""
        base = endpoint.rstrip("/")
        self._spans = OTLPSpanExporter(endpoint=f"{base}/v1/traces", compression=Compression.Gzip, timeout=30)
        self._points = OTLPMetricExporter(endpoint=f"{base}/v1/metrics", compression=Compression.Gzip, timeout=30)
        self.acknowledged = 0
        self.failed = 0

    def send_spans(self, kept: _Kept) -> None:
        """Send a session's spans; an event within one counts as one more."""
        number = sum(1 + len(span.events) for span in kept.spans)
        if number:
            self._count(number, is_taken=self._spans.export(kept.spans) is SpanExportResult.SUCCESS)

    def send_points(self, reader: InMemoryMetricReader) -> None:
        """Collect a session's points, and send them."""
        data = reader.get_metrics_data()
        if data is not None:
            number = sum(
                len(metric.data.data_points)
                for of in data.resource_metrics
                for scope in of.scope_metrics
                for metric in scope.metrics
            )
            self._count(number, is_taken=self._points.export(data) is MetricExportResult.SUCCESS)

    def close(self) -> None:
        """Stop."""
        self._spans.shutdown()  # type: ignore[no-untyped-call] # untyped in the SDK
        self._points.shutdown()

    def _count(self, number: int, *, is_taken: bool) -> None:
        self.acknowledged += number * is_taken
        self.failed += number * (not is_taken)


class Traced:
    """One session's tracers: spans begin and end when the simulation says."""

    def __init__(self, resource: Mapping[str, AttributeValue], rng: random.Random) -> None:
        """Send nothing yet."""
        self.kept = _Kept()
        self._provider = TracerProvider(
            resource=Resource.create(dict(resource)), id_generator=_Ids(rng), shutdown_on_exit=False
        )
        self._provider.add_span_processor(SimpleSpanProcessor(self.kept))

    def span(
        self,
        scope: str,
        kind: SpanKind,
        at: int,
        length: int,
        attributes: Mapping[str, AttributeValue],
        exception: BaseException | None = None,
    ) -> list[str]:
        """Trace one request; returns the events that it is to become."""
        tracer = self._provider.get_tracer(scope, "6.12.3")
        span = tracer.start_span("HTTP request", kind=kind, attributes=dict(attributes), start_time=at)
        events = [_EVENTS[scope, kind]]
        if exception is not None:
            span.record_exception(exception, timestamp=at + length)
            span.set_status(Status(StatusCode.ERROR, str(exception)))
            events.append("exception.recorded")
        span.end(at + length)
        return events


class Measured:
    """One session's meters, read once."""

    def __init__(self, resource: Mapping[str, AttributeValue]) -> None:
        """Send nothing yet."""
        delta = AggregationTemporality.DELTA
        self.reader = InMemoryMetricReader(preferred_temporality={Counter: delta, Histogram: delta})
        self._provider = MeterProvider([self.reader], Resource.create(dict(resource)), shutdown_on_exit=False)

    def jitter(self, kind: str, samples: Sequence[float], **more: AttributeValue) -> None:
        """Record samples of jitter, in milliseconds."""
        meter = self._provider.get_meter(MEDIA, "6.12.3")
        histogram = meter.create_histogram("call.media.jitter", "ms", explicit_bucket_boundaries_advisory=JITTER)
        for sample in samples:
            histogram.record(sample, {"call.media.kind": kind, **more})

    def process(self, role: str, memory: int, share: float) -> None:
        """Record what a process uses."""
        meter = self._provider.get_meter(PROCESS, "6.12.3")
        meter.create_up_down_counter("process.memory.usage", "By").add(memory, {"app.process.role": role})
        gauge = meter.create_gauge("process.cpu.utilization", "1")
        gauge.set(share, {"app.process.role": role, "cpu.mode": "user"})

    def shortcuts(self, group: str, uses: int) -> None:
        """Count the use of shortcuts."""
        meter = self._provider.get_meter(CLIENT, "6.12.3")
        meter.create_counter("app.shortcut.uses", "{use}").add(uses, {"app.shortcut.group": group})


def traced(stay: Stay) -> tuple[Traced, list[str]]:
    """Trace a stay: a few requests, one of which fails now and then, and one that the companion service answers."""
    rng = stay.rng
    session = Traced(stay.person.resource, rng)
    events: list[str] = []
    for at in stay.moments(3):
        request: dict[str, AttributeValue] = {"http.request.method": "GET", "url.template": "/v1/session"}
        request |= {"server.address": "eu1.meetings.example", "server.port": 443}
        length = rng.randint(20, 900) * SECOND // 1000
        if stay.chance(15):
            words = TimeoutError(f"no answer for {stay.words('meeting_title')}")
            request["error.type"] = "ETIMEDOUT"
            events += session.span(HTTP, SpanKind.CLIENT, at, length, request, words)
        else:
            request["http.response.status_code"] = 200
            events += session.span(HTTP, SpanKind.CLIENT, at, length, request)
    if stay.person.app.name == "meetings-desktop":
        answered: dict[str, AttributeValue] = {"http.request.method": "POST", "http.route": "/v1/session"}
        answered["http.response.status_code"] = 200
        events += session.span(COMPANION, SpanKind.SERVER, stay.moment(), SECOND // 50, answered)
    return session, events


def measured(stay: Stay) -> tuple[Measured, list[str]]:
    """Measure a stay: jitter, processes, shortcuts."""
    rng = stay.rng
    session = Measured(stay.person.resource)
    session.jitter("audio", [rng.uniform(1, 60) for _ in range(rng.randint(20, 60))])
    session.process("main", rng.randint(200, 900) * 2**20, round(rng.random(), 3))
    session.shortcuts(rng.choice(("mute", "view", "chat")), rng.randint(1, 20))
    return session, ["jitter.measured", "process.memory.used", "process.cpu.used", "shortcuts.counted"]
