"""The server: a stock SDK in front of a real one, and how it starts and stops."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry._logs import SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource as SdkResource

from collector.app import make_app
from collector.connection import Manners
from collector.errors import CannotListen
from collector.intake import Answer, RetryLater, nothing
from collector.listening import begin, bound, listen, listens
from collector.records import LogRecord, Pairs, Record, Resource, Scope
from collector.serve import serve
from tests.unit.collector_intakes import Raising, Recording, Slow
from tests.unit.collector_serving import BODY, CANARY, HEADERS, Blocking, logs, serving, url


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_what_a_stock_sdk_sends_arrives(compression: Compression) -> None:
    """Records of a stock OpenTelemetry SDK, gzip or not, arrive with resource, scope and every field and type."""
    intake = Recording()
    with serving(logs(intake)) as port:
        provider = LoggerProvider(SdkResource({"service.name": "app", "n": 1}), shutdown_on_exit=False)
        exporter = OTLPLogExporter(url(port), compression=compression)
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        logger = provider.get_logger("meetings.client", "1.2", attributes={"s": True})
        sent: dict[str, Any] = {
            "flag": True,
            "count": 2**40,
            "ratio": 0.5,
            "word": "left",
            "bytes": b"\0",
            "list": ("a", "b"),
        }
        for number in range(1, 701):
            logger.emit(
                SdkLogRecord(
                    timestamp=number,
                    observed_timestamp=number + 1,
                    severity_number=SeverityNumber.INFO,
                    severity_text="INFO",
                    event_name="call.ended",
                    body={"k": [1, None]},
                    attributes=sent,
                )
            )
        assert provider.force_flush()
        provider.shutdown()
    expected = [
        LogRecord(
            Resource((("service.name", "app"), ("n", 1))),
            Scope("meetings.client", "1.2", (("s", True),)),
            time=number,
            observed_time=number + 1,
            severity_number=9,
            severity_text="INFO",
            event_name="call.ended",
            body=Pairs((("k", (1, None)),)),
            attributes=tuple(sent.items()),
        )
        for number in range(1, 701)
    ]
    assert intake.records == expected
    assert {name: type(value) for name, value in intake.records[0].attributes} == {n: type(v) for n, v in sent.items()}
    assert intake.calls == 2


def test_a_stock_sdk_sends_again_after_503() -> None:
    """A batch that is answered 503 arrives with the next try, for a broker that is away and for a defect alike."""
    intake = _Failing([RetryLater(1), ValueError(CANARY)])
    with serving(logs(intake)) as port:
        provider = LoggerProvider(SdkResource({}), shutdown_on_exit=False)
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(url(port))))
        provider.get_logger("s").emit(SdkLogRecord(body="x"))
        assert provider.force_flush()
        provider.shutdown()
    assert [record.body for record in intake.records] == ["x"]


class _Failing(Recording):
    """Fails once with each of the errors, then accepts."""

    def __init__(self, errors: list[Exception]) -> None:
        super().__init__()
        self._errors = errors

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        if self._errors:
            return await Raising(self._errors.pop()).take(records, judged)
        return await super().take(records, judged)


@pytest.mark.parametrize("path", ["/v1/traces", "/v1/metrics", "/v1/logs"])
def test_a_stock_sdk_does_not_send_again_what_can_never_be_taken(path: str) -> None:
    """After a signal that is not carried, or an undecodable body, a stock SDK gives up at once: one request each."""
    asked: list[str] = []
    app = make_app(Recording())

    async def counted(scope, receive, send) -> None:  # type: ignore[no-untyped-def]  # noqa: ANN001
        asked.append(scope["path"])
        await app(scope, receive, send)

    with serving(counted) as port:
        headers = {"content-type": "application/json"} if path == "/v1/logs" else None
        provider = LoggerProvider(SdkResource({}), shutdown_on_exit=False)
        provider.add_log_record_processor(BatchLogRecordProcessor(OTLPLogExporter(url(port, path), headers=headers)))
        provider.get_logger("s").emit(SdkLogRecord(body="x"))
        provider.force_flush()
        provider.shutdown()
    assert asked == [path]


def test_a_taken_port_is_told_in_one_line() -> None:
    """A port that is taken raises CannotListen, whose one line names it and says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(
            CannotListen, match=rf"^cannot listen on 127\.0\.0\.1:{port}: .*in use; choose another port"
        ):
            serve(make_app(Recording()), port=port)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("no-such-host.invalid", 0), ("192.0.2.1", 0)])
def test_an_address_that_is_not_ours_cannot_be_listened_on(host: str, port: int) -> None:
    """A port out of range, an unknown host and another machine's address raise CannotListen."""
    with pytest.raises(CannotListen, match=r"^cannot listen on "):
        serve(make_app(Recording()), host=host, port=port)


def test_the_server_names_no_software() -> None:
    """Responses have a date and no server header; connections are kept for the next batch."""
    with serving(logs(Recording())) as port, httpx.Client() as client:
        headers = client.post(url(port), content=BODY, headers=HEADERS).headers
    assert "server" not in headers
    assert "date" in headers
    assert headers.get("connection") != "close"


def test_requests_in_work_are_finished_when_told_to_stop() -> None:
    """A request that the intake holds when the server is told to stop is answered 200; then the port is free."""
    intake = Blocking(0.7)
    with serving(logs(intake)) as port:
        answers: list[int] = []
        sender = threading.Thread(
            target=lambda: answers.append(httpx.post(url(port), content=BODY, headers=HEADERS).status_code)
        )
        sender.start()
        assert intake.reached_work.wait(5)
    sender.join(5)
    assert answers == [200]
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=5)


def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    end = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_shared_port_that_is_taken_is_told_in_one_line() -> None:
    """Somebody listens there before us, on a socket that shares nothing."""
    stop = threading.Event()
    patience = threading.Timer(5, stop.set)
    patience.start()
    with bound("127.0.0.1", 0) as ours, listen(*ours.getsockname()) as other:
        where = rf"127\.0\.0\.1:{other.getsockname()[1]}"
        with pytest.raises(CannotListen, match=rf"^cannot listen on {where}: address already in use"):
            serve(logs(Recording()), shared=ours, stop=stop)
    patience.cancel()


def test_nobody_waits_on_a_shared_socket_that_was_told_to_stop() -> None:
    """While a request in work is finished, the socket does not listen, though somebody else holds it; later it may."""
    intake, stop = Blocking(1.0), threading.Event()
    with bound("127.0.0.1", 0) as held, ThreadPoolExecutor(2) as beside:
        serving = beside.submit(serve, logs(intake), shared=held.dup(), stop=stop)
        until(lambda: listens(held))
        port = held.getsockname()[1]
        first = beside.submit(httpx.post, url(port), content=BODY, headers=HEADERS)
        assert intake.reached_work.wait(5)
        stop.set()
        until(lambda: not listens(held))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), timeout=5)
        assert not first.done()
        assert first.result(5).status_code == 200
        serving.result(5)
        begin(held, 8)


def test_stopping_takes_a_bounded_time_and_loses_no_batch() -> None:
    """A request still in work when the grace is over is answered 503 with Retry-After, not 500."""
    intake = Slow()
    answers: list[httpx.Response] = []
    with serving(logs(intake), Manners(grace=1)) as port:
        sender = threading.Thread(
            target=lambda: answers.append(httpx.post(url(port), content=BODY, headers=HEADERS, timeout=10))
        )
        sender.start()
        while not intake.waiting:
            time.sleep(0.01)
        began = time.monotonic()
    assert time.monotonic() - began < 4
    sender.join(5)
    [answer] = answers
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")


def test_an_idle_connection_does_not_delay_the_stop() -> None:
    """Connections that say nothing, or half a head, are closed at once when the server stops."""
    began = time.monotonic()
    with serving(logs(Recording())) as port:
        idle = socket.create_connection(("127.0.0.1", port))
        half = socket.create_connection(("127.0.0.1", port))
        half.sendall(b"POST /v1/logs HTTP/1.1\r\nhost:")
        time.sleep(0.2)
    assert time.monotonic() - began < 3
    idle.close()
    half.close()
