"""One connection of the HTTP door: how much may come on it, how slowly, and who is let go when there are too many."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Final

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.busy import busy
from collector.crowd import Crowd

# How much may come that is not read: closed at once, the answer could be lost (RFC 9112, section 9.6).
_PARTING: Final = 5.0  # seconds
_DROPPED: Final = 4  # times `Manners.request`, with what was read


@dataclass(frozen=True, slots=True)
class Manners:
    """How connections are treated. Times are in seconds, sizes in bytes."""

    keep_alive: int = 15  # an idle connection: longer than the 1-5 s between two batches of a stock SDK
    reading: float = 30.0  # from the first byte of a request to its last; the stock SDKs give up after 10
    head: int = 64 * 1024  # request line and headers, give or take what one read of the socket brings
    request: int = 16 * 1024 * 1024  # a whole request: no more of it is read, long after the application said 413
    connections: int = 512  # at once: of more, who waits longest is let go; 503 when all are in work
    backlog: int = (
        256  # connections that wait to be accepted, which is done in one go: with the others below 1024 files
    )
    grace: int = 15  # for requests in work when told to stop; longer than the intake may take for one


DEFAULT = Manners()


def manners_for(body: int) -> Manners:
    """Give the manners of a server whose application takes bodies of so many bytes: it can say 413 to twice as many."""
    return replace(DEFAULT, request=max(DEFAULT.request, 2 * body))


class HttpConnection(HttpToolsProtocol):
    """What uvicorn's does not do: counts the bytes of a request as they arrive, and gives it a time to arrive in.

    Tells an idle connection from one that works when there are too many; reads the body of a request that would like to
    upgrade; and lets its last answer arrive while more comes.
    """

    manners = DEFAULT
    crowd = Crowd(DEFAULT.connections)
    received = 0
    in_head = True
    began = False
    over = False  # nothing more is read
    deadline: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        """Have no request yet."""
        super().__init__(*given, **named)
        self.unanswered: deque[RequestResponseCycle] = deque()  # in the order in which they came

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a first request."""
        super().connection_made(transport)
        self._expect()
        self.crowd.came(self)

    def let_go(self) -> None:
        """Close, as others need the place."""
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._arrived()
        self.crowd.left(self)
        super().connection_lost(exc)
        self._give_up()  # of several at once uvicorn tells the last one alone: the others would write on

    def data_received(self, data: bytes) -> None:
        """Take the next bytes of a request, unless they are too many or too late."""
        if self.over:
            self.received += len(data)
            if self.received > _DROPPED * self.manners.request:
                self.transport.close()
        elif self.received > (self.manners.head if self.in_head else self.manners.request):
            self._refuse("The head of the request is too large." if self.in_head else "The request is too large.")
        else:
            self._expect()
            self._unset_keepalive_if_required()
            self.began = False
            self._read(data)
            # A request that began in the midst of these bytes is counted from the next ones on.
            self.received = 0 if self.began else self.received + len(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Nothing more is said; what was said whole is answered all the same. TLS can't be half closed."""
        return self.scheme == "http" and self._ends_with_what_is_whole()

    def _read(self, data: bytes) -> None:
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade as upgrade:  # its body was taken for another protocol
            head = self._head_without_upgrade()
            self.parser = httptools.HttpRequestParser(self)  # the old one may expect nothing more
            self._read(head + data[upgrade.args[0] :])
        except httptools.HttpParserError:
            self._refuse("Invalid HTTP request received.")

    def _head_without_upgrade(self) -> bytes:
        """Write the head once more without the wish, which a server may ignore: Java's client wishes for h2c."""
        first = b"%s %s HTTP/%s" % (self.parser.get_method(), self.url, self.parser.get_http_version().encode())
        kept = [b"%s: %s" % header for header in self.headers if header[0] != b"upgrade"]
        return b"\r\n".join([first, *kept, b"", b""])

    def _refuse(self, why: str) -> None:
        """Read no more. Whole requests get their answers; without any, 400 is said, unless there was an answer."""
        self.over = True
        if self._ends_with_what_is_whole():
            return
        if self.in_head or not self.cycle.response_complete:
            self._give_up()
            self.transport.write(_bad(why))
        self._arrived()
        self.deadline = self.loop.call_later(_PARTING, self.transport.close)
        if self.transport.can_write_eof():
            self.transport.write_eof()

    def _ends_with_what_is_whole(self) -> bool:
        """Have the connection end behind the last whole request that waits for its answer, if there is any."""
        whole = [each for each in self.unanswered if not each.more_body]
        if whole:
            whole[-1].keep_alive = False
        return bool(whole)

    def _give_up(self) -> None:
        """Have nobody answer any more."""
        for each in self.unanswered:
            each.disconnected = True
            each.message_event.set()

    def on_message_begin(self) -> None:
        """Count anew."""
        self.in_head = self.began = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head has arrived: now it is known how to say that there are too many."""
        if self.parser.get_method() == b"CONNECT":
            raise httptools.HttpParserError  # whatever follows is no HTTP
        if self.parser.should_upgrade():
            return  # it is read once more, without the wish
        if any(name == b"transfer-encoding" and value.lower() != b"chunked" for name, value in self.headers):
            raise httptools.HttpParserError  # a coding that nobody would undo
        self.app = busy if self.crowd.full else self.config.loaded_app
        super().on_headers_complete()
        self.in_head = False
        self.unanswered.append(self.cycle)

    def on_message_complete(self) -> None:
        """The whole request has arrived."""
        if self.parser.should_upgrade():
            return
        self._arrived()
        if not self.cycle.response_complete:
            self.crowd.works(self)
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Expect another request, unless it is there already."""
        self.unanswered.popleft()
        if not self.unanswered or self.unanswered[0].more_body:
            self.crowd.waits(self)
        super().on_response_complete()

    def shutdown(self) -> None:
        """Told to stop: answers are waited for, nothing else."""
        if self.over and not self._ends_with_what_is_whole():
            self.transport.close()
        else:
            super().shutdown()

    def _expect(self) -> None:
        if self.deadline is None:
            self.deadline = self.loop.call_later(self.manners.reading, self.transport.close)

    def _arrived(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None


def _bad(why: str) -> bytes:
    """Write an answer by hand: there is no request that it could answer."""
    status = HTTPStatus.BAD_REQUEST
    head = [
        f"HTTP/1.1 {status} {status.phrase}",
        "content-type: text/plain; charset=utf-8",
        f"content-length: {len(why)}",
        "connection: close",
    ]
    return "\r\n".join([*head, "", why]).encode()
