"""A real server in a thread or process on a free port, and raw bytes to say to it: what the tests of it share."""

from __future__ import annotations

import asyncio
import queue
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import httpx

from collector.app import make_app
from collector.connection import DEFAULT, Manners
from collector.intake import Answer, Intake, nothing
from collector.limits import DEFAULT as DEFAULT_LIMITS
from collector.limits import Limits
from collector.otlp import encode_logs
from collector.records import LogRecord, Record, Resource, Scope
from collector.serve import Application, serve
from tests.unit.collector_intakes import Recording

CANARY = "the-quick-canary"
BODY = encode_logs([LogRecord(Resource(), Scope("s"), body=CANARY)])
HEADERS = {"content-type": "application/x-protobuf"}


@contextmanager
def serving(app: Application, manners: Manners = DEFAULT) -> Iterator[int]:
    """Serve in a thread on a free port; stop afterwards, and see it stopped."""
    ports: queue.Queue[int] = queue.Queue()
    stop = threading.Event()
    options = {"port": 0, "manners": manners, "on_listening": ports.put, "stop": stop}
    thread = threading.Thread(target=serve, args=(app,), kwargs=options)
    thread.start()
    try:
        yield ports.get(timeout=10)
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


def logs(intake: Intake) -> Application:
    """Make the application of an intake."""
    return make_app(intake)


def client(intake: Intake, limits: Limits = DEFAULT_LIMITS) -> httpx.AsyncClient:
    """Make a client of the application alone, without a server."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(make_app(intake, limits)), base_url="http://test")


def url(port: int, path: str = "/v1/logs") -> str:
    """Say where a server listens."""
    return f"http://127.0.0.1:{port}{path}"


def say(port: int, *parts: bytes, pause: float = 0.0) -> bytes:
    """Send raw bytes, part by part, and read until the server hangs up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as sender:
        try:
            for part in parts:
                sender.sendall(part)
                time.sleep(pause)
            return b"".join(iter(lambda: sender.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


class Blocking(Recording):
    """Takes records in a thread that needs its time, as a blocking producer does."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.reached_work = threading.Event()
        self._seconds = seconds

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Take the time, then keep the records."""
        judged()
        self.reached_work.set()
        await asyncio.to_thread(time.sleep, self._seconds)
        return await super().take(records)
