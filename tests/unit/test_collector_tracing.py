"""The collector's own spans: its steps and counts, and nothing of what it was sent."""

from __future__ import annotations

import asyncio

import httpx
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, get_tracer_provider

from broker.port import Unavailable
from collector.app import make_app
from collector.otlp import encode_logs
from collector.service import Gateway
from collector.steps import Step, unwatched
from collector.tracing import ERROR, Tracing
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import CANARY, SNEAKY
from tests.unit.gate_stack import Failing, stack
from tests.unit.test_collector_service import BAD, GOOD, POLICY

PARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Traced:
    """A gateway behind its application, with spans kept in memory."""

    def __init__(self) -> None:
        self.spans = InMemorySpanExporter()
        self.tracing = Tracing(SimpleSpanProcessor(self.spans))
        self.broker = stack()
        user = self.broker.as_user("collector")
        self.gateway = Gateway(POLICY, user, lambda _line: None, begin=self.tracing.begin)

    def post(self, body: bytes) -> int:
        """Send a request with a trace context of the sender's."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(make_app(self.gateway, begin=self.tracing.begin))
            async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
                headers = HEADERS | {"traceparent": PARENT, "baggage": f"note={SNEAKY}"}
                return await client.post("/v1/logs", content=body, headers=headers)

        return asyncio.run(send()).status_code


def test_a_request_is_a_span_with_its_steps_in_it() -> None:
    """Request, decode, judge, deliver: with how many things each handled, in a trace of our own."""
    traced = Traced()
    body = encode_logs([*GOOD, *BAD])
    assert traced.post(body) == 200
    spans = traced.spans.get_finished_spans()
    assert {span.name: dict(span.attributes or {}) for span in spans} == {
        Step.REQUEST: {},
        Step.DECODE: {"tidegate.body.bytes": len(body)},
        Step.JUDGE: {"tidegate.records": 6},
        Step.DELIVER: {"tidegate.messages": 5},
    }
    [request] = [span for span in spans if span.name == Step.REQUEST]
    assert (request.parent, request.kind) == (None, SpanKind.SERVER)
    assert request.resource.attributes["service.name"] == "tidegate.collector"
    assert request.resource.attributes["service.version"]
    assert all(span.parent == request.context for span in spans if span is not request)
    assert not any(text in span.to_json() for span in spans for text in (SNEAKY, PARENT[3:35]))


def test_what_goes_wrong_is_told_by_our_class_alone() -> None:
    """Undecodable bytes, a broker that is away: the span has the class, no event and no text."""
    traced = Traced()
    traced.gateway.delivery.open()

    def away() -> None:
        raise Unavailable(CANARY)

    traced.gateway.delivery._producer = Failing(traced.broker.producer(), away)
    assert traced.post(CANARY.encode()) == 400
    assert traced.post(encode_logs(GOOD)) == 503
    spans = traced.spans.get_finished_spans()
    errors = {(span.name, str((span.attributes or {})[ERROR])) for span in spans if ERROR in (span.attributes or {})}
    assert errors == {
        (Step.DECODE, "Undecodable"),
        (Step.REQUEST, "Undecodable"),
        (Step.DELIVER, "_OTHER"),
        (Step.REQUEST, "RetryLater"),
    }
    assert not any(span.events or SNEAKY in span.to_json() for span in spans)
    traced.tracing.close()


def test_nobody_watches_by_default() -> None:
    """Without an endpoint one and the same empty step is used, and no global provider is ever set."""
    assert unwatched(Step.JUDGE, 1) is unwatched(Step.DECODE, 2)
    Traced()
    assert type(get_tracer_provider()).__name__ == "ProxyTracerProvider"
