"""The server among senders that do wrong: too much, too slow, without end; and what it says of them: nothing."""

from __future__ import annotations

import asyncio
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from collector.app import make_app
from collector.connection import Manners
from collector.limits import Limits
from collector.otlp import encode_logs
from collector.records import LogRecord, Resource, Scope
from tests.unit.collector_intakes import Recording
from tests.unit.collector_serving import BODY, CANARY, HEADERS, Blocking, logs, say, serving, url

_HEAD = b"POST /v1/logs HTTP/1.1\r\nhost: x\r\n"
_SMALL = Manners(head=2048, request=100_000, reading=1.0, connections=3)


def test_a_head_without_end_is_cut_off() -> None:
    """Headers beyond the limit are answered 400 and the connection closed, whether they come as many or as one."""
    with serving(logs(Recording()), _SMALL) as port:
        many = [b"x-%d: %s\r\n" % (number, b"y" * 500) for number in range(6)]
        assert say(port, _HEAD, *many, pause=0.05).startswith(b"HTTP/1.1 400")
        assert say(port, _HEAD + b"x: ", *[b"y" * 500] * 6, pause=0.05).startswith(b"HTTP/1.1 400")


def test_a_body_without_end_is_cut_off() -> None:
    """A body far beyond what the application takes is answered 413, and its connection closed, not heard for ever."""
    app = make_app(Recording())
    with serving(app, Manners(request=8_400_000)) as port:
        chunk = b"%x\r\n" % 500_000 + b"y" * 500_000 + b"\r\n"
        head = _HEAD + b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n"
        with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
            sender.sendall(head)
            sent = [_sent(sender, chunk) for _ in range(200)]
    assert 16 <= sent.count(True) < 100


@pytest.mark.parametrize("coding", [b"", b"content-encoding: gzip\r\n"])
def test_a_body_that_is_announced_too_large_is_not_even_asked_for(coding: bytes) -> None:
    """413 at once, also to who waits for `100 Continue`; one that may come is asked for."""
    head = _HEAD + b"content-type: application/json\r\nexpect: 100-continue\r\n" + coding
    with serving(logs(Recording())) as port:
        answers = [_first(port, head + b"content-length: %d\r\n\r\n" % size) for size in (100_000_000, 2)]
    assert [answer.split(b"\r\n")[0] for answer in answers] == [
        b"HTTP/1.1 413 Request Entity Too Large",
        b"HTTP/1.1 100 Continue",
    ]


def _first(port: int, said: bytes) -> bytes:
    """Say something, and take the first that comes."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as sender:
        sender.sendall(said)
        return sender.recv(65536)


def _sent(sender: socket.socket, part: bytes) -> bool:
    try:
        sender.sendall(part)
    except (ConnectionResetError, BrokenPipeError):
        return False
    return True


def test_each_request_is_counted_anew() -> None:
    """Requests of one connection may together exceed what one request may."""
    body = encode_logs([LogRecord(Resource(), Scope("s"), body="x" * 4000)])
    with serving(logs(Recording()), _SMALL) as port, httpx.Client() as sender:
        answers = [sender.post(url(port), content=body, headers=HEADERS).status_code for _ in range(50)]
    assert answers == [200] * 50


def test_a_request_that_does_not_arrive_is_given_up() -> None:
    """A connection that says nothing, stops in its first or second head, or in its body, is closed in time."""
    with serving(logs(Recording()), _SMALL) as port:
        began = time.monotonic()
        assert say(port) == b""
        assert say(port, b"POST /v1/lo") == b""
        assert say(port, _HEAD + b"content-type: application/json\r\ncontent-length: 9\r\n\r\n{") == b""
        whole = _HEAD + b"content-type: application/json\r\ncontent-length: 2\r\n\r\n{}"
        assert say(port, whole, b"POST /v1/lo", pause=0.1).startswith(b"HTTP/1.1 200")
        assert 3.5 < time.monotonic() - began < 9


def test_a_long_answer_of_the_intake_is_no_slow_sender() -> None:
    """The time to arrive ends with the request's last byte: the intake may take longer."""
    with serving(logs(Blocking(1.5)), _SMALL) as port:
        assert httpx.post(url(port), content=BODY, headers=HEADERS).status_code == 200


def test_requests_in_work_are_limited() -> None:
    """With as many connections in work as may be, the next request is answered 503, which an SDK sends again."""
    intake = Blocking(1.5)
    request = _HEAD + b"content-type: application/x-protobuf\r\ncontent-length: %d\r\n\r\n" % len(BODY) + BODY
    with serving(make_app(intake, Limits(hands=3)), Manners(connections=2)) as port:
        others = [socket.create_connection(("127.0.0.1", port)) for _ in range(2)]
        for other in others:
            other.sendall(request)
        assert intake.reached_work.wait(10)
        time.sleep(0.2)
        assert httpx.post(url(port), content=BODY, headers=HEADERS).status_code == 503
        assert [other.recv(12) for other in others] == [b"HTTP/1.1 200"] * 2  # and nobody in work was let go
        assert httpx.post(url(port), content=BODY, headers=HEADERS).status_code == 200
        for other in others:
            other.close()


def test_who_keeps_us_waiting_locks_nobody_out() -> None:
    """Of too many connections those go first that have said nothing, or half a request, for longest."""
    with serving(logs(Recording()), Manners(connections=3)) as port:
        others = [socket.create_connection(("127.0.0.1", port), timeout=5) for _ in range(3)]
        for other, said in zip(others, (b"", _HEAD, b"POST"), strict=True):
            other.sendall(said)
        time.sleep(0.2)
        with httpx.Client() as sender:
            for _ in range(3):  # on one connection: it is no stranger
                assert sender.post(url(port), content=BODY, headers=HEADERS).status_code == 200
            assert others[0].recv(1) == b""
            with socket.create_connection(("127.0.0.1", port)):
                assert others[1].recv(1) == b""
                assert sender.post(url(port), content=BODY, headers=HEADERS).status_code == 200
        others[2].settimeout(0.3)
        with pytest.raises(TimeoutError):
            others[2].recv(1)
        for other in others:
            other.close()


def test_what_escapes_the_application_is_told_without_its_text(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """An exception that reaches the server, or a callback of the loop, is logged as type and place."""

    async def broken(_scope: object, _receive: object, _send: object) -> None:
        asyncio.get_running_loop().call_soon(_raise)
        _raise()

    def _raise() -> None:
        raise ValueError(CANARY)

    with serving(broken) as port:
        assert httpx.get(url(port, f"/{CANARY}")).status_code == 500
    ours = [record for record in caplog.records if record.name in ("tidegate.collector", "uvicorn.error")]
    assert [record.getMessage().rpartition(":")[0] for record in ours] == [
        "internal: ValueError at test_collector_manners.py"
    ] * 2
    assert not any(record.exc_info for record in ours)
    assert CANARY not in "".join(capfd.readouterr())


_SERVER = """
import logging, sys
logging.basicConfig(level=1)
from collector.app import make_app
from collector.serve import serve
from tests.unit.collector_intakes import Raising, Recording
intake = Raising(ValueError("the-quick-canary")) if "defect" in sys.argv else Recording()
def on_listening(port):
    logging.getLogger("uvicorn.access").setLevel(1)  # it is off, not merely quiet
    print(port, flush=True)
serve(make_app(intake), port=0, on_listening=on_listening)
print("served", flush=True)
"""


@contextmanager
def _process(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-X", "dev", "-c", _SERVER, *arguments]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own interpreter, our own code
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_it_and_what_called_it_goes_on(number: signal.Signals) -> None:
    """After SIGTERM or SIGINT, serve returns, so that its caller can close what it holds; the exit code is 0."""
    with _process() as process:
        assert process.stdout is not None
        int(process.stdout.readline())
        process.send_signal(number)
        out, _ = process.communicate(timeout=20)
    assert (out, process.returncode) == ("served\n", 0)


_CANARY_BYTES = CANARY.encode()
_RAW: list[tuple[bytes, bytes]] = [
    # the first words of the answer, the request
    (b"HTTP/1.1 400", _CANARY_BYTES + b"\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST /v1/logs?" + _CANARY_BYTES + b" HTTP/9.9\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST /" + _CANARY_BYTES + b"\xff HTTP/1.1\r\nhost: x\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST / HTTP/1.1\r\n" + _CANARY_BYTES + b"\xff\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST / HTTP/1.1\r\nx: a\0" + _CANARY_BYTES + b"\r\n\r\n"),
    (b"HTTP/1.1 400", b"CONNECT " + _CANARY_BYTES + b":443 HTTP/1.1\r\n\r\n"),
    (b"HTTP/1.1 404", b"OPTIONS * HTTP/1.1\r\nconnection: close\r\nhost: " + _CANARY_BYTES + b"\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST / HTTP/1.1\r\ncontent-length: " + _CANARY_BYTES + b"\r\n\r\n"),
    (b"HTTP/1.1 400", b"POST / HTTP/1.1\r\ntransfer-encoding: chunked\r\n\r\n" + _CANARY_BYTES + b"\r\n"),
    (
        b"HTTP/1.1 404",
        b"GET /"
        + _CANARY_BYTES
        + b" HTTP/1.1\r\nconnection: upgrade, close\r\nupgrade: websocket\r\nx: "
        + _CANARY_BYTES
        + b"\r\n\r\n",
    ),
    (
        b"HTTP/1.1 404",
        b"POST /" + _CANARY_BYTES + b"?q=" + _CANARY_BYTES + b" HTTP/1.1\r\nconnection: close\r\n"
        b"authorization: Bearer " + _CANARY_BYTES + b"\r\nuser-agent: " + _CANARY_BYTES + b"\r\n\r\n",
    ),
    (
        b"HTTP/1.1 400",
        b"POST /v1/logs HTTP/1.1\r\nconnection: close\r\ncontent-type: application/json\r\n"
        b"content-length: 16\r\n\r\n" + _CANARY_BYTES,
    ),
    (
        b"HTTP/1.1 415",
        b"POST /v1/logs HTTP/1.1\r\nconnection: close\r\ncontent-type: " + _CANARY_BYTES + b"\r\n\r\n",
    ),
]


@pytest.mark.parametrize("mode", ["sound", "defect"])
def test_the_process_says_nothing_of_what_it_receives(mode: str) -> None:
    """Whatever is sent, well or badly formed, no answer and no line on stdout or stderr holds it, at any log level."""
    with _process(mode) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline())
        answers = [say(port, request) for _, request in _RAW]
        good = httpx.post(url(port, f"/v1/logs?q={CANARY}"), content=BODY, headers={**HEADERS, "x": CANARY})
        process.send_signal(signal.SIGTERM)
        out, err = process.communicate(timeout=30)
    assert [answer[:12] for answer in answers] == [start for start, _ in _RAW]
    assert good.status_code == (503 if mode == "defect" else 200)
    said = "\n".join([out, err, *map(repr, answers), good.text, repr(good.headers)])
    assert CANARY not in said
    assert "Traceback" not in said
    assert ("internal: ValueError at collector_intakes.py" in err) is (mode == "defect")
