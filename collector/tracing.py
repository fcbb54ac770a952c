"""The collector's own spans: one a request, within it one a step, sent by OTLP/HTTP to wherever the settings say.

A span has the step's name, how many things it handled, and the class of ours of what went wrong. Nothing of a sender's:
its trace context is not continued, no exception's text is kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from typing import Final

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from collector.errors import CollectorError
from collector.intake import RetryLater
from collector.steps import Step

ERROR = "error.type"
# A step -> the attribute that tells how many things it handled; of a request there is one.
COUNTED: Final = {
    Step.DECODE: "tidegate.body.bytes",
    Step.JUDGE: "tidegate.records",
    Step.DELIVER: "tidegate.messages",
}


class Tracing:
    """Makes spans, and sends them from a thread of its own; no global state."""

    def __init__(self, processor: SpanProcessor) -> None:
        """Give spans to a processor."""
        self._provider = TracerProvider(
            resource=Resource({"service.name": "tidegate.collector", "service.version": version("tidegate")}),
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("tidegate.collector")

    @classmethod
    def to(cls, endpoint: str) -> Tracing:
        """Send spans to an endpoint of OTLP/HTTP, `…/v1/traces`."""
        exporter: SpanExporter = OTLPSpanExporter(endpoint)
        return cls(BatchSpanProcessor(exporter))

    @contextmanager
    def begin(self, step: Step, count: int) -> Iterator[None]:
        """Make a span of a step, within the one of the step around it."""
        with self._tracer.start_as_current_span(
            step.value,
            kind=SpanKind.SERVER if step is Step.REQUEST else SpanKind.INTERNAL,
            attributes={COUNTED[step]: count} if step in COUNTED else None,
            record_exception=False,
            set_status_on_exception=False,
        ) as span:
            try:
                yield
            except Exception as error:
                ours = isinstance(error, (CollectorError, RetryLater))
                span.set_attribute(ERROR, type(error).__name__ if ours else "_OTHER")
                span.set_status(StatusCode.ERROR)
                raise

    def close(self) -> None:
        """Send what is left, and let go."""
        self._provider.shutdown()
