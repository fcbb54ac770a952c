"""Connections that keep no manners: too slow, cut off half-way, lying about lengths, bombs, and saying nothing."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import random
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TypeAlias
from urllib.parse import urlsplit

import zstandard

from collector.body import JSON, PROTOBUF
from collector.limits import DEFAULT
from collector.signals import SIGNALS
from tests.proof.badinput import protobuf
from tests.proof.fuzz.targets import CANARY, MARK
from tests.proof.wire import NONE, post

WITHIN = 40.0  # seconds after which a connection that is still open hangs; the collector gives a request 30
BOMB = 2**30  # bytes that a bomb is large once it went off
RECORD = protobuf.joined([(2, protobuf.BYTES, b"")])  # an empty one, of any signal, as it stands in its scope
IN_SCOPE = (2, 1)  # the fields that hold a scope and a resource with their records
UNKNOWN, ROOM = 99, 8192  # a field that no message has, and the bytes that are left for it and around the records


@dataclass(frozen=True, slots=True)
class Talk:
    """What one connection says: parts, the pause after each, and whether it ends its own half then."""

    parts: Sequence[bytes] = field(repr=False)
    pause: float = 0.0
    ends: bool = False


@dataclass(frozen=True, slots=True)
class Ended:
    """How a talk ended: the first answer's status or NONE, everything that was heard, after how many seconds."""

    status: int
    heard: bytes = field(repr=False)
    seconds: float
    hangs: bool


class _Listener(asyncio.Protocol):
    def __init__(self) -> None:
        self.heard = bytearray()
        self.ended = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.heard += data

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self.ended.set()


async def talk(url: str, said: Talk) -> Ended:
    """Say it, and listen until the collector hangs up."""
    at, began = urlsplit(url), time.perf_counter()
    loop, hangs = asyncio.get_running_loop(), False
    try:
        transport, listener = await loop.create_connection(_Listener, at.hostname or "", at.port or 80)
    except OSError:
        return Ended(NONE, b"", time.perf_counter() - began, hangs=False)
    for part in said.parts:
        if listener.ended.is_set():
            break
        transport.write(part)
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(listener.ended.wait(), said.pause or 0.001)
    if said.ends and not transport.is_closing():
        transport.write_eof()
    try:
        await asyncio.wait_for(listener.ended.wait(), max(0.1, WITHIN - (time.perf_counter() - began)))
    except TimeoutError:
        hangs = True
    transport.close()
    heard = bytes(listener.heard)
    status = int(heard[9:12]) if heard.startswith(b"HTTP/1.1 ") else NONE
    return Ended(status, heard, time.perf_counter() - began, hangs=hangs)


Head: TypeAlias = Mapping[str, str]  # what says who sends


def _head(who: Head, more: str) -> bytes:
    lines = "".join(f"{name}: {value}\r\n" for name, value in {**who, "Content-Type": JSON}.items())
    return f"POST /v1/logs HTTP/1.1\r\nHost: {CANARY}\r\n{lines}{more}\r\n".encode()


def slow_heads(who: Head) -> Iterator[Talk]:
    """A head that comes byte by byte, and one that never ends."""
    while True:
        yield Talk([bytes([byte]) for byte in _head(who, "Content-Length: 2\r\n")], pause=1.0)
        yield Talk([_head(who, "")[:-2], *(f"X-{number}: {CANARY}\r\n".encode() for number in range(60))], pause=1.0)


def slow_bodies(who: Head) -> Iterator[Talk]:
    """A body that comes byte by byte, plain and in chunks."""
    while True:
        yield Talk([_head(who, "Content-Length: 9000\r\n"), *[b"{"] * 60], pause=1.0)
        yield Talk([_head(who, "Transfer-Encoding: chunked\r\n"), *[b"1\r\n{\r\n"] * 60], pause=1.0)


def half_closed(who: Head) -> Iterator[Talk]:
    """The sender ends its half: before a word, in the head, in the body, after a whole request."""
    while True:
        yield Talk([b""], ends=True)
        yield Talk([_head(who, "")[:-20]], ends=True)
        yield Talk([_head(who, "Content-Length: 100\r\n"), MARK], ends=True)
        yield Talk([post(b"{}", headers={**who, "Content-Type": JSON})], ends=True)


def wrong_lengths(who: Head) -> Iterator[Talk]:
    """A body that is shorter or longer than it says, or says what no length can be."""
    while True:
        for length in ("5000", "1", "0", "-1", "nine", "9" * 30, "16777216000"):
            yield Talk([_head(who, f"Content-Length: {length}\r\n"), b'{"resourceLogs":[' + MARK])
        yield Talk([_head(who, "Content-Length: 2\r\nContent-Length: 900\r\n"), MARK])
        yield Talk([_head(who, "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n"), b"2\r\n{}\r\n0\r\n\r\n"])
        yield Talk([_head(who, "Transfer-Encoding: chunked\r\n"), b"FFFFFFFFFFFFFFFFF\r\n" + MARK])
        yield Talk([_head(who, "Transfer-Encoding: chunked\r\n"), b"5\r\n{}\r\n0\r\n\r\n"])


def bombs(who: Head) -> Iterator[Talk]:
    """A gigabyte of noughts, by gzip, deflate and zstd: packed in a piece, and once more where that is possible."""
    while True:
        for coding, packed in _bombs().items():
            head = {"Content-Type": JSON, "Content-Encoding": coding.split()[0], "Connection": "close"}
            yield Talk([post(packed, headers={**who, **head})])


@cache
def _bombs() -> Mapping[str, bytes]:
    made = {"gzip": _deflated(31), "deflate": _deflated(15)}
    packer = zstandard.ZstdCompressor(level=3).compressobj()
    made["zstd"] = b"".join(packer.compress(bytes(2**20)) for _ in range(BOMB // 2**20)) + packer.flush()
    many = zlib.compressobj(9, wbits=31)
    made["gzip many"] = (many.compress(bytes(2**16)) + many.flush()) * 1000
    return made


def swollen(who: Head) -> Iterator[Talk]:
    """As many messages of two bytes as a body has room for, each of which is a hundred and more once it is parsed."""
    while True:
        for path, packed in _swollen().items():
            head = {"Content-Type": PROTOBUF, "Content-Encoding": "gzip", "Connection": "close"}
            yield Talk([post(packed, path, {**who, **head})])


@cache
def _swollen() -> Mapping[str, bytes]:
    """A body of records alone for each signal's address, shrunk just less than a body may."""
    made = {}
    for signal in SIGNALS:
        body = RECORD * ((DEFAULT.body - ROOM) // len(RECORD))
        for number in IN_SCOPE:
            body = protobuf.joined([(number, protobuf.BYTES, body)])
        filler = random.Random(1).randbytes(ROOM // 4)  # noqa: S311 - a simulation
        made[signal.path] = gzip.compress(body + protobuf.joined([(UNKNOWN, protobuf.BYTES, filler)]), 9, mtime=0)
    return made


def _deflated(form: int) -> bytes:
    packer = zlib.compressobj(9, wbits=form)
    return b"".join(packer.compress(bytes(2**20)) for _ in range(BOMB // 2**20)) + packer.flush()


def idle(_who: Head) -> Iterator[Talk]:
    """Say nothing at all."""
    while True:
        yield Talk([])


KINDS: Mapping[str, Callable[[Head], Iterator[Talk]]] = {
    "slow heads": slow_heads,
    "slow bodies": slow_bodies,
    "half closed": half_closed,
    "wrong lengths": wrong_lengths,
    "bombs": bombs,
    "idle": idle,
}
