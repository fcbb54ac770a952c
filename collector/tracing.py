"""The collector's own spans: one a request, within it one a step, sent by OTLP/HTTP to wherever the settings say.

docs/metrics.md lists what is in them. Nothing of a sender's: its trace context is not continued, no exception's text is
kept. Names are those of OpenTelemetry's semantic conventions where it has one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Span, SpanKind, StatusCode

from collector.errors import CollectorError, RequestError
from collector.intake import RetryLater
from collector.otlp import status_name
from collector.steps import Asked, Step

ERROR: Final = "error.type"
HTTP_STATUS, RPC_STATUS = "http.response.status_code", "rpc.response.status_code"
# What a step counts, under a name of its own.
COUNTS: Final[Mapping[Step, str]] = {
    Step.DECODE: "tidegate.body.size",
    Step.JUDGE: "tidegate.records",
    Step.DELIVER: "tidegate.messages",
}
_OURS: Final = 500  # the first HTTP status that is the server's fault: what is the sender's is no error of the span


class Tracing:
    """Makes spans, and sends them from a thread of its own; no global state."""

    def __init__(self, processor: SpanProcessor) -> None:
        """Give spans to a processor."""
        who = {"service.name": "tidegate.collector", "service.version": version("tidegate")}
        self._provider = TracerProvider(resource=Resource(who), shutdown_on_exit=False)
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("tidegate.collector", who["service.version"])

    @classmethod
    def to(cls, endpoint: str) -> Tracing:
        """Send spans to an endpoint of OTLP/HTTP, `…/v1/traces`."""
        exporter: SpanExporter = OTLPSpanExporter(endpoint)
        return cls(BatchSpanProcessor(exporter))

    @contextmanager
    def begin(self, step: Step, count: int, asked: Asked | None = None, /) -> Iterator[None]:
        """Make a span of a step, within the one of the step around it; the request's is a server's."""
        counted: dict[str, str | int] = {COUNTS[step]: count} if step in COUNTS else {}
        with self._tracer.start_as_current_span(
            _name(asked) if asked else step.value,
            kind=SpanKind.SERVER if asked else SpanKind.INTERNAL,
            attributes=counted | (_asked(asked) if asked else {}),
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                ours = isinstance(error, (CollectorError, RetryLater))
                span.set_attribute(ERROR, type(error).__name__ if ours else "_OTHER")
                _answered(span, asked, error if isinstance(error, (RequestError, RetryLater)) else RetryLater())
                raise
            _answered(span, asked, None)

    def close(self) -> None:
        """Send what is left, and let go."""
        self._provider.shutdown()


def _name(asked: Asked) -> str:
    return asked.of if asked.over == "grpc" else f"POST {asked.of}"


def _asked(asked: Asked) -> dict[str, str | int]:
    if asked.over == "grpc":
        return {"rpc.system.name": "grpc", "rpc.method": asked.of}
    return {"http.request.method": "POST", "http.route": asked.of}


def _answered(span: Span, asked: Asked | None, error: RequestError | RetryLater | None) -> None:
    """Say what the request was answered with, and whether that is an error: of a step any is."""
    if error is not None and (asked is None or error.status >= _OURS):
        span.set_status(StatusCode.ERROR)
    if asked is None:
        return
    if asked.over == "grpc":
        span.set_attribute(RPC_STATUS, status_name(error.code if error else 0))
    else:
        span.set_attribute(HTTP_STATUS, error.status if error else 200)
