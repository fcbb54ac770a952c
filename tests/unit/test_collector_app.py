"""The HTTP door: one answer for each request, the right status, and silence about what it held."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import zlib
from collections.abc import AsyncIterator

import httpx
import pytest
import zstandard
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from collector.app import make_app
from collector.intake import Intake, RetryLater
from collector.limits import DEFAULT, Limits
from collector.otlp import encode_logs
from collector.records import LogRecord, Resource, Scope
from schemas.reasons import Reason
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_serving import client
from tests.unit.otlp_strategies import to_json

_PROTOBUF = {"content-type": "application/x-protobuf"}
_JSON = {"content-type": "application/json"}
_CANARY = "the-quick-canary"
_RECORDS = [LogRecord(Resource((("a", 1),)), Scope("s"), time=number, body=_CANARY) for number in range(10)]
_BODY = encode_logs(_RECORDS)


async def _send(
    intake: Intake,
    method: str = "POST",
    path: str = "/v1/logs",
    content: bytes | AsyncIterator[bytes] = _BODY,
    headers: dict[str, str] | None = None,
    limits: Limits = DEFAULT,
) -> httpx.Response:
    async with client(intake, limits) as sender:
        return await sender.request(method, path, content=content, headers=_PROTOBUF if headers is None else headers)


def _ask(*args: object, **kwargs: object) -> httpx.Response:
    return asyncio.run(_send(*args, **kwargs))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("content", "headers"),
    [
        (_BODY, _PROTOBUF),
        (gzip.compress(_BODY), {**_PROTOBUF, "content-encoding": "gzip"}),
        (to_json(_RECORDS), _JSON),
        (gzip.compress(to_json(_RECORDS)), {**_JSON, "content-encoding": "gzip"}),
        (zlib.compress(to_json(_RECORDS)), {**_JSON, "content-encoding": "deflate"}),
        (zstandard.compress(_BODY), {**_PROTOBUF, "content-encoding": "zstd"}),
    ],
    ids=["protobuf", "protobuf-gzip", "json", "json-gzip", "json-deflate", "protobuf-zstd"],
)
def test_records_reach_the_intake_in_any_encoding(content: bytes, headers: dict[str, str]) -> None:
    """A request of either type, compressed or not, is handed over whole and answered 200 with an empty response."""
    intake = Recording()
    response = _ask(intake, content=content, headers=headers)
    assert response.status_code == 200
    assert response.headers["content-type"] == headers["content-type"]
    assert response.content == (b"{}" if headers["content-type"] == "application/json" else b"")
    assert intake.records == _RECORDS


def test_a_request_without_records_is_answered_without_the_intake() -> None:
    """An empty request is a success, and nobody is bothered with it."""
    intake = Recording()
    assert _ask(intake, content=b"").status_code == 200
    assert intake.calls == 0


def test_refusals_are_counted_by_reason() -> None:
    """Refused records are a partial success: a count, and a message of our own codes, most frequent first."""
    intake = Recording({Reason.BODY: 1, Reason.UNDECLARED_ATTRIBUTE: 2, Reason.SCOPE: 0, Reason.MISSING_FIELD: 1})
    message = "refused 4 of 10: undeclared_attribute 2, body 1, missing_field 1; sending again will not help"
    answer = ExportLogsServiceResponse.FromString(_ask(intake).content)
    assert answer.partial_success.rejected_log_records == 4
    assert answer.partial_success.error_message == message
    in_json = _ask(intake, content=to_json(_RECORDS), headers=_JSON)
    assert in_json.status_code == 200
    assert in_json.json() == {"partialSuccess": {"rejectedLogRecords": "4", "errorMessage": message}}


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield _CANARY.encode() * 1000


_BAD: list[tuple[str, str, int, dict[str, str], bytes]] = [
    # method, path, status, headers, body
    ("POST", "/v1/logs", 400, _PROTOBUF, _CANARY.encode()),
    ("POST", "/v1/logs", 400, _PROTOBUF, _BODY.replace(b"quick", b"\xff\xff\xff\xff\xff")),
    ("POST", "/v1/logs", 400, _JSON, b'{"' + _CANARY.encode() + b'": "' + _CANARY.encode()),
    ("POST", "/v1/logs", 400, _JSON, b'{"x": {"' + _CANARY.encode() + b'": 1, "' + _CANARY.encode() + b'": 1}}'),
    ("POST", "/v1/logs", 400, _JSON, to_json(_RECORDS).replace(b'"9"', b'"' + _CANARY.encode() + b'"')),
    ("POST", "/v1/logs", 400, {**_PROTOBUF, "content-encoding": "gzip"}, _CANARY.encode()),
    ("POST", "/v1/logs", 400, {**_JSON, "content-encoding": "gzip"}, gzip.compress(_CANARY.encode()) + b"x"),
    ("POST", "/v1/logs", 413, _PROTOBUF, _CANARY.encode() * 600_000),
    ("POST", "/v1/logs", 413, {**_JSON, "content-encoding": "gzip"}, gzip.compress(_CANARY.encode() * 600_000)),
    ("POST", "/v1/logs", 413, _PROTOBUF, encode_logs(_RECORDS * 1001)),
    ("POST", "/v1/logs", 415, {"content-type": f"text/{_CANARY}"}, _BODY),
    ("POST", "/v1/logs", 415, {}, _BODY),
    ("POST", "/v1/logs", 415, {**_PROTOBUF, "content-encoding": _CANARY}, _BODY),
    ("GET", f"/v1/logs?q={_CANARY}", 405, {"x-secret": _CANARY}, b""),
    ("DELETE", "/v1/traces", 405, {}, _CANARY.encode()),
    (_CANARY.upper().replace("-", ""), "/healthz", 405, {}, b""),
    ("POST", f"/{_CANARY}?{_CANARY}={_CANARY}", 404, {"authorization": _CANARY}, _BODY),
    ("POST", f"/v1/logs/?{_CANARY}", 404, {"host": _CANARY}, _BODY),
    ("POST", f"/v1/logs/{_CANARY}", 404, _JSON, _BODY),
    ("POST", "/v1/traces", 400, _PROTOBUF, _CANARY.encode()),
    ("POST", "/v1/metrics", 400, _JSON, _CANARY.encode()),
    ("POST", "/v1development/profiles", 404, _PROTOBUF, _CANARY.encode()),
]


@pytest.mark.parametrize("case", _BAD, ids=lambda case: f"{case[2]}-{_BAD.index(case)}")
def test_bad_requests_get_their_status_and_nothing_else(
    case: tuple[str, str, int, dict[str, str], bytes],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    """Each kind of bad request has its status, as google.rpc.Status in its own encoding; its text is nowhere."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, "httpx")  # the sender's own: it does name its request
    method, path, status, headers, content = case
    intake = Recording()
    response = _ask(intake, method, path, content, headers)
    assert response.status_code == status
    assert intake.calls == 0
    if headers.get("content-type") == "application/x-protobuf":
        assert response.headers["content-type"] == "application/x-protobuf"
        assert Status.FromString(response.content).message
    else:
        assert set(json.loads(response.content)) - {"details"} == {"code", "message"}
    assert "retry-after" not in response.headers
    _assert_silent(response, caplog, capfd)


def _assert_silent(
    response: httpx.Response, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    logged = [logging.Formatter().format(record) + repr(record.__dict__) for record in caplog.records]
    printed = capfd.readouterr()
    answered = repr(response.headers.raw) + response.text
    everything = "\n".join([answered, *logged, printed.out, printed.err]).lower()
    assert _CANARY not in everything
    assert "traceback" not in everything


def test_the_silence_test_can_hear(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> None:
    """A canary in a logged exception would be found."""
    logging.getLogger("tidegate.collector").error("caught", exc_info=ValueError(_CANARY))
    with pytest.raises(AssertionError):
        _assert_silent(httpx.Response(200), caplog, capfd)


def test_a_method_that_is_not_taken_is_told_which_are() -> None:
    """A 405 says which methods the path takes."""
    assert _ask(Recording(), "GET").headers["allow"] == "POST"


def test_an_endless_body_is_cut_off() -> None:
    """A body that never ends is answered 413 as soon as it exceeds the limit."""
    assert _ask(Recording(), content=_endless()).status_code == 413


def test_a_broker_that_does_not_acknowledge_means_come_again() -> None:
    """RetryLater becomes 503 with Retry-After in whole seconds, in the request's encoding."""
    response = _ask(Raising(RetryLater(7)))
    assert (response.status_code, response.headers["retry-after"]) == (503, "7")
    status, info = Status.FromString(response.content), RetryInfo()
    assert (status.code, status.details[0].Unpack(info), info.retry_delay.seconds) == (14, True, 7)
    in_json = _ask(Raising(RetryLater(0)), content=to_json(_RECORDS), headers=_JSON)
    assert in_json.headers["retry-after"] == "1"
    assert in_json.json()["details"] == [{"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "1s"}]


def test_a_defect_means_come_again_and_is_logged_without_its_text(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Any other exception is answered 503, not 500; its type and place are logged, never its text."""
    response = _ask(Raising(ValueError(_CANARY)))
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")
    assert [record.getMessage().split(":")[:2] for record in caplog.records] == [
        ["internal", " ValueError at collector_intakes.py"]
    ]
    _assert_silent(response, caplog, capfd)


def test_health_and_readiness() -> None:
    """Healthz answers 200 whatever the intake's state; readyz answers 200 when it is ready, 503 when not."""
    assert _ask(Raising(RetryLater()), "GET", "/healthz", b"", {}).status_code == 200
    assert _ask(Recording(), "GET", "/readyz", b"", {}).status_code == 200
    assert _ask(Raising(RetryLater()), "GET", "/readyz", b"", {}).status_code == 503
    assert _ask(Raising(ValueError(_CANARY)), "GET", "/readyz", b"", {}).status_code == 503


def test_a_sender_that_hangs_up_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    """A connection lost in the midst of a body reaches no intake and is not logged as an error."""
    intake = Recording()
    app = make_app(intake)
    said: list[object] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: object) -> None:
        said.append(message)

    headers = [(b"content-type", b"application/x-protobuf")]
    scope = {"type": "http", "method": "POST", "path": "/v1/logs", "headers": headers, "query_string": b""}
    asyncio.run(app(scope, receive, send))
    assert (intake.calls, said, caplog.records) == (0, [], [])
