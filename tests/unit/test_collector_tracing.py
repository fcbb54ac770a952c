"""The collector's own spans: its steps and counts, and nothing of what it was sent."""

from __future__ import annotations

import asyncio
from importlib.metadata import version
from pathlib import Path
from typing import Final

import httpx
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode, get_tracer_provider

from broker.port import Unavailable
from collector.app import make_app
from collector.otlp import encode_logs
from collector.service import Gateway
from collector.signals import LOGS
from collector.steps import Step, unwatched
from collector.tracing import COUNTS, ERROR, HTTP_STATUS, RPC_STATUS, Tracing
from collector.work import Work
from tests.unit.collector_grpc import both, client
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_serving import BODY, HEADERS
from tests.unit.gate_samples import CANARY, SNEAKY
from tests.unit.gate_stack import Failing, stack
from tests.unit.test_collector_service import BAD, GOOD, POLICY

SERVED: Final = "POST /v1/logs"
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
        SERVED: {"http.request.method": "POST", "http.route": "/v1/logs", HTTP_STATUS: 200},
        Step.DECODE: {"tidegate.body.size": len(body)},
        Step.JUDGE: {"tidegate.records": 6},
        Step.DELIVER: {"tidegate.messages": 5},
    }
    [request] = [span for span in spans if span.name == SERVED]
    assert {span.kind for span in spans if span is not request} == {SpanKind.INTERNAL}
    assert (request.kind, request.status.status_code) == (SpanKind.SERVER, StatusCode.UNSET)
    who = {"service.name": "tidegate.collector", "service.version": version("tidegate")}
    assert dict(request.resource.attributes) == who
    assert request.parent is None
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
        (SERVED, "Undecodable"),
        (Step.DELIVER, "_OTHER"),
        (SERVED, "RetryLater"),
    }
    answers = [((span.attributes or {})[HTTP_STATUS], span.status.status_code) for span in spans if span.name == SERVED]
    assert answers == [(400, StatusCode.UNSET), (503, StatusCode.ERROR)]
    assert not any(span.events or SNEAKY in span.to_json() for span in spans)
    traced.tracing.close()


def test_a_call_is_a_span_by_its_method() -> None:
    """With the name of its status; what is the sender's fault is no error of the span, a defect of ours is."""
    spans = InMemorySpanExporter()
    tracing = Tracing(SimpleSpanProcessor(spans))
    for intake, body in ((Recording(), BODY), (Recording(), b"\xff"), (Raising(ValueError(CANARY)), BODY)):
        with both(Work(intake, begin=tracing.begin)) as doors, client(doors.target) as caller:
            caller.export(body)
    calls = [span for span in spans.get_finished_spans() if span.kind is SpanKind.SERVER]
    asked = {"rpc.system.name": "grpc", "rpc.method": LOGS.method}
    assert [(span.name, dict(span.attributes or {}), span.status.status_code) for span in calls] == [
        (LOGS.method, asked | {RPC_STATUS: "OK"}, StatusCode.UNSET),
        (LOGS.method, asked | {RPC_STATUS: "INVALID_ARGUMENT", ERROR: "Undecodable"}, StatusCode.UNSET),
        (LOGS.method, asked | {RPC_STATUS: "UNAVAILABLE", ERROR: "_OTHER"}, StatusCode.ERROR),
    ]
    assert not any(SNEAKY in span.to_json() for span in calls)
    tracing.close()


def test_every_attribute_of_a_span_is_documented() -> None:
    """The page lists what spans hold, each name with one meaning."""
    page = (Path(__file__).parents[2] / "docs/metrics.md").read_text("utf-8")
    names = ("http.request.method", "http.route", "rpc.system.name", "rpc.method", HTTP_STATUS, RPC_STATUS, ERROR)
    assert [name for name in (*names, *COUNTS.values()) if f"`{name}`" not in page.partition("own spans\n")[2]] == []


def test_nobody_watches_by_default() -> None:
    """Without an endpoint one and the same empty step is used, and no global provider is ever set."""
    assert unwatched(Step.JUDGE, 1) is unwatched(Step.DECODE, 2)
    Traced()
    assert type(get_tracer_provider()).__name__ == "ProxyTracerProvider"
