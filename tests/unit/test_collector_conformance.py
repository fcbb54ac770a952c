"""What OTLP asks of a server over HTTP and no other test shows: docs/otlp.md has all of it."""

from __future__ import annotations

import asyncio
import json
import socket
from contextlib import closing
from inspect import signature
from pathlib import Path
from threading import Thread
from typing import Any

import httpx
import pytest
from google.rpc.error_details_pb2 import BadRequest  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from collector.app import make_app
from collector.connection import Manners
from collector.intake import Intake, RetryLater
from collector.limits import Limits
from collector.serve import serve
from collector.service import Gateway, Policy
from collector.settings import CollectorSettings
from collector.signals import LOGS, METRICS, SIGNALS, TRACES, Signal
from schemas.reasons import Reason
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_serving import BODY, CANARY, HEADERS, Blocking, client, serving, url
from tests.unit.gate_samples import NOW, TELEMETRY_KEY, catalogue
from tests.unit.gate_stack import RECIPIENT, stack

TYPES = ("application/x-protobuf", "application/json")
# One record each, in JSON and in protobuf.
IN_JSON = {
    LOGS: {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}]}]}]},
    TRACES: {"resourceSpans": [{"scopeSpans": [{"spans": [{}]}]}]},
    METRICS: {"resourceMetrics": [{"scopeMetrics": [{"metrics": [{"gauge": {"dataPoints": [{"asInt": "1"}]}}]}]}]},
}
REJECTED = {LOGS: "rejectedLogRecords", TRACES: "rejectedSpans", METRICS: "rejectedDataPoints"}


def body(signal: Signal, content_type: str) -> bytes:
    """Give a request of one record."""
    if content_type == "application/json":
        return json.dumps(IN_JSON[signal]).encode()
    request: Any = signal.request()
    in_resource, in_scope, in_record = signal.levels
    record = getattr(getattr(getattr(request, in_resource).add(), in_scope).add(), in_record).add()
    if signal is METRICS:
        record.gauge.data_points.add(as_int=1)
    encoded: bytes = request.SerializeToString()
    return encoded


def ask(
    intake: Intake, path: str, content: bytes, content_type: str, *, limits: Limits | None = None
) -> httpx.Response:
    """Send one request."""

    async def scenario() -> httpx.Response:
        async with client(intake, limits or Limits()) as sender:
            return await sender.post(path, content=content, headers={"content-type": content_type})

    return asyncio.run(scenario())


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_each_signal_has_its_path_and_its_answers(signal: Signal, content_type: str) -> None:
    """Full success leaves partial_success unset; a refusal is 200, counted in the signal's own field, with words."""
    full = ask(Recording(), f"/v1/{signal.name}", body(signal, content_type), content_type)
    part = ask(Recording({Reason.SCOPE: 1}), f"/v1/{signal.name}", body(signal, content_type), content_type)
    assert [it.status_code for it in (full, part)] == [200, 200]
    assert [it.headers["content-type"] for it in (full, part)] == [content_type, content_type]
    if content_type == "application/json":
        assert full.json() == {}
        partial = part.json()["partialSuccess"]
        assert (set(partial), partial[REJECTED[signal]]) == ({REJECTED[signal], "errorMessage"}, "1")
        assert partial["errorMessage"]
    else:
        assert full.content == b""
        answer: Any = signal.response()
        answer.ParseFromString(part.content)
        assert getattr(answer.partial_success, signal.rejected) == 1
        assert answer.partial_success.error_message


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_an_empty_envelope_is_a_success(signal: Signal, content_type: str) -> None:
    """A request with a resource and a scope but no record, or with nothing at all, is answered as any success."""
    in_resource, in_scope, _ = signal.levels
    request: Any = signal.request()
    getattr(getattr(request, in_resource).add(), in_scope).add()
    resources, scopes = (
        field.replace("_l", "L").replace("_s", "S").replace("_m", "M") for field in (in_resource, in_scope)
    )
    envelope = json.dumps({resources: [{scopes: [{}]}]}).encode()
    is_json = content_type == "application/json"
    for content in (envelope, b"{}") if is_json else (request.SerializeToString(), b""):
        answer = ask(Recording(), signal.path, content, content_type)
        assert (answer.status_code, answer.content) == (200, b"{}" if is_json else b"")


def test_a_warning_counts_no_record() -> None:
    """A span that is taken while an event within it is refused: a count of 0, and a message that is not empty."""
    crash = (Path(__file__).parents[1] / "golden" / "spans_of_http" / "in.otlp.json").read_bytes()
    policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda: NOW / 1_000_000)
    with closing(Gateway(policy, stack().as_user("collector"), print)) as gateway:
        whole = ask(gateway, "/v1/traces", crash, TYPES[1])
        less = ask(gateway, "/v1/traces", crash.replace(b'"exception.message"', b'"note"'), TYPES[1])
    assert (whole.status_code, whole.json()) == (200, {})
    partial = less.json()["partialSuccess"]
    assert (less.status_code, partial["rejectedSpans"]) == (200, "0")
    assert "undeclared_attribute 1" in partial["errorMessage"]


@pytest.mark.parametrize("content_type", TYPES)
def test_an_answer_has_a_size_of_its_own(content_type: str) -> None:
    """With every reason there is, each counted as often as a request holds records, an answer has less than 4 KiB."""
    every = dict.fromkeys(Reason, Limits().records)
    answer = ask(Recording(every), "/v1/logs", body(LOGS, content_type), content_type)
    assert all(reason.code.encode() in answer.content for reason in Reason)
    assert len(answer.content) < 4096


@pytest.mark.parametrize("content_type", TYPES)
@pytest.mark.parametrize(
    ("status", "intake", "path", "content"),
    [
        (200, Recording(), "/v1/logs", None),
        (400, Recording(), "/v1/traces", CANARY.encode()),
        (404, Recording(), "/v1/nothing", None),
        (413, Recording(), "/v1/logs", b" " * 2000),
        (503, Raising(RetryLater(2)), "/v1/logs", None),
    ],
    ids=["200", "400", "404", "413", "503"],
)
def test_an_answer_is_of_the_requests_type(
    status: int, intake: Intake, path: str, content: bytes | None, content_type: str
) -> None:
    """Success or error, the answer has the Content-Type that the request had, and is of it; an error is a Status."""
    sent = body(LOGS, content_type) if content is None else content
    answer = ask(intake, path, sent, content_type, limits=Limits(body=1000))
    assert (answer.status_code, answer.headers["content-type"]) == (status, content_type)
    if status != 200:
        is_json = content_type == "application/json"
        assert answer.json()["message"] if is_json else Status.FromString(answer.content).message


@pytest.mark.parametrize("signal", SIGNALS, ids=lambda signal: signal.name)
def test_what_cannot_be_decoded_says_why_in_a_bad_request(signal: Signal) -> None:
    """A 400's details hold a google.rpc.BadRequest with our sentence; 413 and others hold none."""
    status, bad = Status.FromString(ask(Recording(), signal.path, CANARY.encode(), TYPES[0]).content), BadRequest()
    assert status.details[0].Unpack(bad)
    assert [violation.description for violation in bad.field_violations] == [status.message]
    in_json = ask(Recording(), signal.path, CANARY.encode(), TYPES[1]).json()
    assert in_json["details"] == [
        {"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": [{"description": in_json["message"]}]}
    ]
    large = ask(Recording(), signal.path, b" " * 2000, TYPES[1], limits=Limits(body=1000))
    assert "details" not in large.json()


@pytest.mark.parametrize("content_type", TYPES)
def test_a_connection_too_many_is_answered_as_otlp_asks(content_type: str) -> None:
    """While all that may be are in work: 503, Retry-After, a Status of the request's type; no body is waited for."""
    head = f"POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\ncontent-type: {content_type}\r\n\r\n".encode()
    intake = Blocking(1.5)
    with serving(make_app(intake), Manners(connections=1)) as port:
        busy = Thread(target=httpx.post, args=(url(port),), kwargs={"content": BODY, "headers": HEADERS})
        busy.start()
        assert intake.reached_work.wait(10)
        with socket.create_connection(("127.0.0.1", port)) as one_more:
            one_more.sendall(head)
            one_more.settimeout(5)
            answer = b"".join(iter(lambda: one_more.recv(65536), b""))
        fields, _, content = answer.partition(b"\r\n\r\n")
        busy.join()
        assert httpx.post(url(port), content=b"{}", headers={"content-type": TYPES[1]}).status_code == 200
    assert fields.startswith(b"HTTP/1.1 503 ")
    assert {b"retry-after: 1", b"connection: close", b"content-type: " + content_type.encode()} <= set(
        fields.lower().split(b"\r\n")
    )
    code = Status.FromString(content).code if content_type == TYPES[0] else json.loads(content)["code"]
    assert code == 14


def test_both_types_share_a_connection() -> None:
    """One port, one connection that is kept: protobuf and JSON in turn, each decoded by its Content-Type."""
    asked: list[object] = []
    app = make_app(Recording())

    async def counted(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        asked.append(scope["client"])
        await app(scope, receive, send)

    with serving(counted) as port, httpx.Client() as sender:
        for content_type in TYPES * 3:
            answer = sender.post(url(port), content=body(LOGS, content_type), headers={"content-type": content_type})
            assert (answer.status_code, answer.headers["content-type"]) == (200, content_type)
    assert (len(asked), len(set(asked))) == (6, 1)


def test_the_default_limits_are_those_of_the_page() -> None:
    """docs/otlp.md says what is taken unless told otherwise."""
    limits = Limits()
    assert (limits.body, limits.compressed) == (8 * 2**20, 4 * 2**20)
    assert (limits.records, limits.values, limits.requests, limits.wait) == (10_000, 250_000, 16, 0.4)
    assert (Manners().connections, Manners().keep_alive) == (512, 15)


def test_the_ports_are_those_of_the_protocol() -> None:
    """Unless told otherwise it listens on 4318 for HTTP."""
    assert CollectorSettings.model_fields["port"].default == 4318
    assert signature(serve).parameters["port"].default == 4318
