"""One connection: what is answered of several requests on it, of one that is too large, and of what is no request."""

from __future__ import annotations

import socket
import struct
import time
from contextlib import ExitStack

import httpx
import pytest

from collector.app import make_app
from collector.connection import Manners, manners_for
from collector.limits import Limits
from collector.otlp import encode_logs
from collector.records import LogRecord, Resource, Scope
from tests.proof.wire import post
from tests.unit.collector_intakes import Recording
from tests.unit.collector_serving import BODY, HEADERS, Blocking, logs, say, serving, url

REQUEST = post(BODY)
_HEAD = b"POST /v1/logs HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-protobuf\r\n"
_LENGTH = b"content-length: %d\r\n\r\n" % len(BODY)
_CHUNKED = b"transfer-encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\n\r\n" % (len(BODY), BODY)


def test_who_says_no_more_is_answered() -> None:
    """A sender that closes its side behind whole requests gets an answer to each, and no more."""
    with serving(logs(Blocking(0.3))) as port:
        for said, answers in (
            (REQUEST, 1), (REQUEST * 2, 2), (REQUEST[:-1], 0), (b"", 0),
            (REQUEST + REQUEST[:-1], 1), (REQUEST * 2 + REQUEST[:-1], 2), (REQUEST + REQUEST[:9], 1),
        ):  # fmt: skip
            with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
                sender.sendall(said)
                sender.shutdown(socket.SHUT_WR)
                heard = sender.makefile("rb").read()  # until the collector closes, too
            assert heard.count(b"HTTP/1.1 200") == heard.count(b"HTTP/1.1") == answers
            assert heard.count(b"connection: close") == min(answers, 1)


def test_a_body_as_large_as_the_operator_allows_is_taken() -> None:
    """What the application takes the server takes, too, beyond its usual 16 MiB; and it says 413 to what is larger."""
    most = 20 * 2**20
    body = encode_logs([LogRecord(Resource(), Scope("s"), body="a" * (most - 100))])
    with serving(make_app(Recording(), Limits(body=most, value=most)), manners_for(most)) as port:
        for content, status in ((body, 200), (body + bytes(200), 413)):
            assert httpx.post(url(port), content=content, headers=HEADERS, timeout=20).status_code == status


def test_who_goes_with_several_requests_in_work_is_no_defect(caplog: pytest.LogCaptureFixture) -> None:
    """Each of them is told that nobody waits for its answer: none is written to a connection that is closed."""
    intake = Blocking(0.5)
    with serving(logs(intake)) as port:
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
            sender.sendall(REQUEST + REQUEST[:-1])
            assert intake.reached_work.wait(20)
            sender.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closes with a reset
        time.sleep(1)
    assert caplog.messages == []


def test_the_second_of_two_requests_at_once_is_not_let_go() -> None:
    """A connection whose first request is answered and whose second is in work keeps nobody waiting."""
    with serving(logs(Blocking(1)), Manners(connections=2)) as port, ExitStack() as others:
        sender = others.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        sender.sendall(REQUEST * 2)
        heard = sender.recv(65536)  # the first answer
        for _ in range(2):
            others.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
        while heard.count(b"HTTP/1.1 200") < 2:
            more = sender.recv(65536)
            assert more, "closed in the midst of work"
            heard += more


def statuses(heard: bytes) -> list[int]:
    """Tell the statuses of all answers."""
    return [int(each[:3]) for each in heard.split(b"HTTP/1.1 ")[1:]]


@pytest.mark.parametrize("rest", [_LENGTH + BODY, _CHUNKED])
def test_who_would_like_another_protocol_is_answered_in_this_one(rest: bytes) -> None:
    """The body of a request that asks for h2c, as each of Java's client does, arrives; and the next request too."""
    wish = b"connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAEAAEAA\r\n"
    said = _HEAD + wish + rest
    intake = Recording()
    with serving(logs(intake)) as port:
        for parts in ((said + REQUEST,), (said[:-9], said[-9:], REQUEST), tuple(bytes([each]) for each in said)):
            with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
                for part in parts:
                    sender.sendall(part)
                sender.shutdown(socket.SHUT_WR)
                assert set(statuses(sender.makefile("rb").read())) == {200}
        assert statuses(say(port, said.replace(b"Upgrade,", b"close, Upgrade,"))) == [200]
    assert len(intake.records) == 2 + 2 + 1 + 1


def test_a_tunnel_is_refused() -> None:
    """CONNECT is answered 400 once, whatever it names."""
    with serving(logs(Recording())) as port:
        for target in (b"/v1/logs", b"x:443"):
            assert statuses(say(port, b"CONNECT " + target + b" HTTP/1.1\r\nhost: x\r\n\r\n")) == [400]


@pytest.mark.parametrize("coding", [b"gzip, chunked", b", chunked", b"gzip\r\ntransfer-encoding: chunked"])
def test_a_transfer_coding_that_is_not_undone_is_refused(coding: bytes) -> None:
    """A request whose body would be taken as it is coded is answered 400, and its connection closed."""
    intake = Recording()
    with serving(logs(intake)) as port:
        said = _HEAD + _CHUNKED.replace(b"chunked", coding, 1)
        assert statuses(say(port, said + REQUEST)) == [400]
    assert intake.calls == 0


def test_requests_before_what_is_none_are_answered() -> None:
    """Each whole request gets its own answer, and no other: then the connection ends, and 400 is said to none."""
    with serving(logs(Blocking(0.3))) as port:
        assert statuses(say(port, REQUEST * 2 + b"nonsense\r\n\r\n" + REQUEST)) == [200, 200]
        assert statuses(say(port, b"nonsense\r\n\r\n" + REQUEST)) == [400]
        early = _HEAD.replace(b"/v1/logs", b"/") + b"transfer-encoding: chunked\r\n\r\n"
        assert statuses(say(port, early, b"nonsense\r\n", pause=0.2)) == [404]


@pytest.mark.parametrize("said", [b"nonsense\r\n\r\n", _HEAD + b"transfer-encoding: chunked\r\n\r\nnonsense\r\n"])
def test_what_is_no_request_does_not_delay_the_stop(said: bytes) -> None:
    """A sender that does not close behind its 400 is not waited for."""
    with serving(logs(Recording())) as port:
        sender = socket.create_connection(("127.0.0.1", port), timeout=20)
        sender.sendall(said)
        assert statuses(sender.recv(65536)) == [400]
        began = time.monotonic()
    assert time.monotonic() - began < 3
    sender.close()


@pytest.mark.parametrize("announced", [True, False])
def test_who_sends_far_too_much_hears_so(announced: bool) -> None:  # noqa: FBT001 - both
    """Who reads the answer only once all is said gets 413 for a body beyond what the server reads, and no reset."""
    with serving(logs(Recording()), Manners(request=9_000_000)) as port:
        piece = b"y" * 1_000_000
        framing = b"content-length: 30000000\r\n\r\n" if announced else b"transfer-encoding: chunked\r\n\r\n"
        part = piece if announced else b"%x\r\n%s\r\n" % (len(piece), piece)
        with socket.create_connection(("127.0.0.1", port), timeout=20) as sender:
            sender.sendall(_HEAD + framing)
            for _ in range(30):
                sender.sendall(part)
            heard = sender.makefile("rb").read()
    assert statuses(heard) == [413]
