"""One connection of the HTTP door: how much may come on it, how slowly, and who is let go when there are too many."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, replace
from typing import Any

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.busy import busy
from collector.crowd import Crowd


@dataclass(frozen=True, slots=True)
class Manners:
    """How connections are treated. Times are in seconds, sizes in bytes."""

    keep_alive: int = 15  # an idle connection: longer than the 1-5 s between two batches of a stock SDK
    reading: float = 30.0  # from the first byte of a request to its last; the stock SDKs give up after 10
    head: int = 64 * 1024  # request line and headers, give or take what one read of the socket brings
    request: int = 16 * 1024 * 1024  # a whole request: a larger one is cut off, long after the application said 413
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
    """Counts the bytes of a request as they arrive, and gives it a time to arrive in: uvicorn does neither.

    Nor does it tell an idle connection from one that works when there are too many.
    """

    manners = DEFAULT
    crowd = Crowd(DEFAULT.connections)
    received = 0
    in_head = True
    began = False
    deadline: asyncio.TimerHandle | None = None

    def __init__(self, *given: Any, **named: Any) -> None:  # noqa: ANN401 - uvicorn's
        """Have no request yet."""
        super().__init__(*given, **named)
        self.unanswered: deque[RequestResponseCycle] = deque()  # in the order in which they came

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Expect a first request."""
        super().connection_made(transport)
        self.deadline = self.loop.call_later(self.manners.reading, transport.close)
        self.crowd.came(self)

    def let_go(self) -> None:
        """Close, as others need the place."""
        self.transport.close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Expect nothing more."""
        self._arrived()
        self.crowd.left(self)
        super().connection_lost(exc)
        for each in self.unanswered:  # of several at once uvicorn tells the last one alone: the others would write on
            each.disconnected = True
            each.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Take the next bytes of a request, unless they are too many or too late."""
        if self.received > (self.manners.head if self.in_head else self.manners.request):
            if self.in_head:
                self.send_400_response("The head of the request is too large.")
            self.transport.close()
            return
        if self.deadline is None:
            self.deadline = self.loop.call_later(self.manners.reading, self.transport.close)
        self.began = False
        super().data_received(data)
        # A request that began in the midst of these bytes is counted from the next ones on.
        self.received = 0 if self.began else self.received + len(data)

    def eof_received(self) -> bool:  # type: ignore[override]
        """Nothing more is said; what was said whole is answered all the same. TLS can't be half closed."""
        whole = [each for each in self.unanswered if not each.more_body]
        if self.scheme != "http" or not whole:
            return False
        whole[-1].keep_alive = False  # nothing whole comes behind it
        return True

    def on_message_begin(self) -> None:
        """Count anew."""
        self.in_head = self.began = True
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The head has arrived: now it is known how to say that there are too many."""
        self.in_head = False
        self.app = busy if self.crowd.full else self.config.loaded_app
        super().on_headers_complete()
        self.unanswered.append(self.cycle)

    def on_message_complete(self) -> None:
        """The whole request has arrived."""
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

    def _arrived(self) -> None:
        if self.deadline is not None:
            self.deadline.cancel()
            self.deadline = None
