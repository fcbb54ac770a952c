"""A lean HTTP client on raw sockets: requests made beforehand, one at a time on a connection, the status read back.

A full client takes more processor time for a request than the collector does, and both share the machine.
"""

from __future__ import annotations

import asyncio
import contextlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

PROTOBUF: Final[Mapping[str, str]] = {"Content-Type": "application/x-protobuf"}
NONE: Final = 0  # the status of a request whose connection ended without an answer
_LENGTH: Final = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def post(body: bytes, path: str = "/v1/logs", headers: Mapping[str, str] = PROTOBUF) -> bytes:
    """Make the bytes of a request."""
    head = {"Host": "collector", "Content-Length": str(len(body)), **headers}
    lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + body


@dataclass(slots=True)
class Answers:
    """Statuses, and how long each answer took from the moment its request was due, in seconds."""

    times: dict[int, list[float]] = field(default_factory=dict)

    def note(self, status: int, seconds: float) -> None:
        """Note one."""
        self.times.setdefault(status, []).append(seconds)

    @property
    def statuses(self) -> Counter[int]:
        """How many of each."""
        return Counter({status: len(times) for status, times in self.times.items()})

    def percentile(self, share: float, status: int = 200) -> float:
        """Give the time that this share of a status's answers took at most; infinity when there is none."""
        times = sorted(self.times.get(status, ()))
        return times[min(len(times) - 1, int(share * len(times)))] if times else float("inf")


class Line(asyncio.Protocol):
    """One connection. `done` is called with each answer's status, or with NONE when it ends before one."""

    def __init__(self, heard: Callable[[bytes], None] = lambda _: None) -> None:
        """Expect nothing yet. `heard` is given each answer, head and body."""
        self._got, self._heard = bytearray(), heard
        self._transport: asyncio.Transport | None = None
        self._done: Callable[[int], None] | None = None
        self.open = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Be open."""
        assert isinstance(transport, asyncio.Transport)
        self._transport, self.open = transport, True

    def send(self, request: bytes, done: Callable[[int], None]) -> None:
        """Send a request."""
        assert self._transport is not None
        self._done = done
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        """Read on; an answer is whole when as many bytes came as it says."""
        self._got += data
        head, blank, body = self._got.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if not blank or (length and len(body) < int(length[1])):
            return
        # A sender that is told before it said all does not say more on this connection: the collector may cut it off.
        early = self._transport is not None and self._transport.get_write_buffer_size() > 0
        status, last = int(head[9:12]), early or b"connection: close" in head.lower()
        self._heard(bytes(self._got))
        self._got.clear()
        if last:
            self.close()
        self._tell(status)

    def connection_lost(self, exc: Exception | None) -> None:
        """Be closed."""
        del exc
        self.open = False
        self._tell(NONE)

    def close(self) -> None:
        """Close."""
        self.open = False
        if self._transport is not None:
            self._transport.abort()  # what is left to say is said to nobody

    def _tell(self, status: int) -> None:
        done, self._done = self._done, None
        if done is not None:
            done(status)


async def connected(url: str, heard: Callable[[bytes], None] = lambda _: None) -> Line:
    """Open a line."""
    at = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, line = await loop.create_connection(lambda: Line(heard), at.hostname or "", at.port or 80)
    return line


async def asked(url: str, request: bytes, within: float = 30.0) -> int:
    """Send one request on a connection of its own; give its status."""
    try:
        async with asyncio.timeout(within):
            line = await connected(url)
            answers: asyncio.Queue[int] = asyncio.Queue()
            line.send(request, answers.put_nowait)
            status = await answers.get()
    except (OSError, TimeoutError):
        return NONE
    line.close()
    return status


async def closed_loop(
    url: str, requests: Iterator[bytes], lines: int, seconds: float, heard: Callable[[bytes], None] = lambda _: None
) -> Answers:
    """Send on so many connections, on each the next request when the last is answered, while there are any."""
    answers, until = Answers(), time.perf_counter() + seconds

    async def one() -> None:
        line = await connected(url, heard)
        for request in requests:
            if (began := time.perf_counter()) > until:
                break
            told = asyncio.get_running_loop().create_future()
            line.send(request, told.set_result)
            answers.note(await told, time.perf_counter() - began)
            if not line.open:
                line = await connected(url, heard)
        line.close()

    await asyncio.gather(*(one() for _ in range(lines)))
    return answers


class OpenLoop:
    """Sends at a rate, whatever the answers are: on a free connection, or one more, but on no more than `most`."""

    def __init__(self, url: str, requests: Iterator[bytes], most: int) -> None:
        """Send nothing yet."""
        self._url, self._requests, self._most = url, requests, most
        self._free: list[Line] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._busy, self._at_rest = 0, asyncio.Event()
        self.answers, self.due, self.sent = Answers(), 0, 0

    async def run(self, rate: float, seconds: float) -> None:
        """Send for so long; what can't be sent, as every connection waits for its answer, is due and not sent."""
        began = time.perf_counter()
        while (passed := time.perf_counter() - began) < seconds:
            while self.due < passed * rate:
                self._one(began + self.due / rate)
                self.due += 1
            await asyncio.sleep(0.002)

    async def finish(self, within: float = 30.0) -> None:
        """Wait for the answers that are still to come; who gets none by then has none."""
        if self._busy:
            self._at_rest.clear()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._at_rest.wait(), within)
        for _ in range(self._busy):
            self.answers.note(NONE, within)
        for line in self._free:
            line.close()

    def _one(self, moment: float) -> None:
        while self._free:
            line = self._free.pop()
            if line.open:
                self._send(line, moment)
                return
        if self._busy < self._most:
            self._busy += 1
            task = asyncio.get_running_loop().create_task(self._on_a_new_one(moment))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _on_a_new_one(self, moment: float) -> None:
        self._busy -= 1
        try:
            self._send(await connected(self._url), moment)
        except OSError:
            self.answers.note(NONE, time.perf_counter() - moment)

    def _send(self, line: Line, moment: float) -> None:
        def done(status: int) -> None:
            self._busy -= 1
            if not self._busy:
                self._at_rest.set()
            self.answers.note(status, time.perf_counter() - moment)
            if line.open:
                self._free.append(line)

        self._busy += 1
        self.sent += 1
        line.send(next(self._requests), done)
