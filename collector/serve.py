"""The one door to uvicorn: listens, says so, serves until told to stop, and finishes what it accepted in bounded time.

uvicorn's own log lines name no path, query or header, and peer addresses only at its trace level, which is kept off.
What remains is its traceback of an exception that escapes the application, and asyncio's of one that escapes a
callback: both are cut down to type and place here.
"""

from __future__ import annotations

import asyncio
import logging
import signal
import socket
import ssl
import threading
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeAlias

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from collector.busy import busy
from collector.crowd import Crowd
from collector.listening import begin, cease, listen
from collector.quiet import place_of

_log = logging.getLogger("tidegate.collector")

Application: TypeAlias = Callable[..., Awaitable[None]]


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


class Beside(Protocol):
    """Another door, in the same event loop."""

    async def start(self) -> None:
        """Take requests; raises `CannotListen`."""

    async def stop(self, grace: float) -> None:
        """Finish what was accepted, in so many seconds."""


def serve(
    app: Application,
    *,
    host: str = "127.0.0.1",
    port: int = 4318,
    manners: Manners = DEFAULT,
    on_listening: Callable[[int], None] | None = None,
    stop: threading.Event | None = None,
    beside: Beside | None = None,
    tls: ssl.SSLContext | None = None,
    shared: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM (main thread only) or until `stop` is set, then finish the requests in work.

    `shared` is a bound socket that another process holds, too; else one is bound. `on_listening` is called once
    requests are taken, with the port: the one that was free when `port` is 0. Raises `CannotListen`. Returns within
    `manners.grace` and two seconds, or when the intake's last thread ends, if later.
    """
    listening = shared or listen(host, port)
    logging.getLogger("uvicorn.error").addFilter(_cut_traceback)
    config = uvicorn.Config(
        app,
        http=type("_LimitedAsTold", (_Limited,), {"manners": manners, "crowd": Crowd(manners.connections)}),
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        log_level="error",  # not a line for every request that a sender gets wrong
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=manners.backlog,
        timeout_keep_alive=manners.keep_alive,
        timeout_graceful_shutdown=manners.grace,
    )
    config.load()
    config.ssl = tls
    try:
        _Server(config, on_listening, stop, beside).run(sockets=[listening])
    finally:
        listening.close()


class _Server(uvicorn.Server):
    """uvicorn's server, that stops without raising the signal again: what called `serve` has things to close."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_listening: Callable[[int], None] | None,
        stop: threading.Event | None,
        beside: Beside | None,
    ) -> None:
        super().__init__(config)
        self._beside = beside
        self._on_listening = on_listening
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        asyncio.get_running_loop().set_exception_handler(_tell_briefly)
        if self._beside:
            await self._beside.start()
        for each in sockets or ():
            begin(each, self.config.backlog)
        await super().startup(sockets)
        if self._on_listening and sockets:
            self._on_listening(sockets[0].getsockname()[1])

    async def on_tick(self, counter: int) -> bool:
        """Look ten times a second whether to stop."""
        if self._stop and self._stop.is_set():
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Stop; requests whose grace is over are cancelled, and get a second to answer that they were."""
        self._stop_listening(sockets or ())
        beside = [self._beside.stop(self.config.timeout_graceful_shutdown or 0)] if self._beside else []
        await asyncio.gather(super().shutdown(sockets), *beside)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=1)

    def _stop_listening(self, sockets: Iterable[socket.socket]) -> None:
        """Take no connection more, not even on a socket that somebody else holds, too: it would wait there in vain."""
        held = [each.dup() for each in sockets]
        for server in self.servers:
            server.close()
        for each in held:
            cease(each)
            each.close()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop at SIGINT and SIGTERM; a second SIGINT does not wait for requests in work."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, self.handle_exit) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


class _Limited(HttpToolsProtocol):
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


def _cut_traceback(record: logging.LogRecord) -> bool:
    """Replace a log record's traceback, with the exception's text in it, by type and place: a line of ours then."""
    if record.exc_info and record.exc_info[1]:
        record.name = _log.name
        record.msg, record.args = "%s", (f"internal: {place_of(record.exc_info[1])}",)
        record.exc_info = record.exc_text = None
    return True


def _tell_briefly(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """Log what escaped a callback, without the representations of tasks and transports that asyncio would add."""
    defect = context.get("exception")
    _log.error("internal: %s", place_of(defect) if isinstance(defect, BaseException) else "an event loop callback")
