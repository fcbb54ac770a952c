"""The server of the HTTP door: listens, says so, serves until told to stop, finishes what it accepted in bounded time.

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
from collections.abc import Awaitable, Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Any, Final, Protocol, TypeAlias, cast

import uvicorn

from collector.connection import DEFAULT, HttpConnection, Manners
from collector.crowd import Crowd
from collector.listening import begin, cease, listen
from collector.quiet import place_of

_log = logging.getLogger("tidegate.collector")

_HANDSHAKE: Final = 5.0  # seconds
_PARTING: Final = 2.0  # seconds in which the other side may say that it closes TLS, too
Application: TypeAlias = Callable[..., Awaitable[None]]


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
    turning: Callable[[], None] | None = None,
    stop: threading.Event | None = None,
    beside: Beside | None = None,
    tls: ssl.SSLContext | None = None,
    shared: socket.socket | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM (main thread only) or until `stop` is set, then finish the requests in work.

    `shared` is a bound socket that another process holds, too; else one is bound. `on_listening` is called once
    requests are taken, with the port: the one that was free when `port` is 0; `turning` every second, by the event
    loop, from then on until all requests are finished. Raises `CannotListen`. Returns within
    `manners.grace` and two seconds, or when the intake's last thread ends, if later.
    """
    listening = shared or listen(host, port)
    logging.getLogger("uvicorn.error").addFilter(_cut_traceback)
    config = uvicorn.Config(
        app,
        http=type("_AsTold", (HttpConnection,), {"manners": manners, "crowd": Crowd(manners.connections)}),
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
        _Server(config, on_listening, turning, stop, beside).run(sockets=[listening])
    finally:
        listening.close()


class _Server(uvicorn.Server):
    """uvicorn's server, that stops without raising the signal again: what called `serve` has things to close."""

    def __init__(
        self,
        config: uvicorn.Config,
        on_listening: Callable[[int], None] | None,
        turning: Callable[[], None] | None,
        stop: threading.Event | None,
        beside: Beside | None,
    ) -> None:
        super().__init__(config)
        self._beside = beside
        self._on_listening = on_listening
        self._turning = turning
        self._turns: asyncio.Task[None] | None = None  # it ends with the loop
        self._stop = stop

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        asyncio.get_running_loop().set_exception_handler(_tell_briefly)
        if self._beside:
            await self._beside.start()
        self.servers = [await self._listening(each) for each in sockets or ()]
        self.started = True
        if self._on_listening and sockets:
            self._on_listening(sockets[0].getsockname()[1])
        if self._turning:
            self._turns = asyncio.create_task(_each_second(self._turning))

    async def _listening(self, bound: socket.socket) -> asyncio.Server:
        """Take connections, as uvicorn does; but over TLS it would wait for the other side as long as asyncio does."""
        begin(bound, self.config.backlog)
        tls, make = self.config.ssl, cast("Callable[..., HttpConnection]", self.config.http_protocol_class)
        return await asyncio.get_running_loop().create_server(
            lambda: make(config=self.config, server_state=self.server_state, app_state=self.lifespan.state),
            sock=bound,
            ssl=tls,
            backlog=self.config.backlog,
            ssl_handshake_timeout=_HANDSHAKE if tls else None,
            ssl_shutdown_timeout=_PARTING if tls else None,
        )

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


async def _each_second(work: Callable[[], None]) -> None:
    while True:
        await asyncio.sleep(1)
        work()


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
