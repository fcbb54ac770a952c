"""What an attack is: a unique canary, what is sent, and what may become of it."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from broker.port import Message
from deploy.demo.app.canaries import Canary, Mint


class Fate(StrEnum):
    """What became of an attack.

    REFUSED: the sender was told no, or the validator sealed it. DESTROYED: taken, and nothing of the canary was kept.
    BOUNDED: taken as legal values of declared domains; what an accomplice could read from them is a number of bits.
    """

    REFUSED = "refused"
    DESTROYED = "destroyed"
    BOUNDED = "bounded"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request, byte by byte: no client library mends it on its way."""

    body: bytes = field(default=b"", repr=False)
    media: bytes = field(default=b"application/x-protobuf", repr=False)
    headers: tuple[tuple[bytes, bytes], ...] = field(default=(), repr=False)
    method: bytes = field(default=b"POST", repr=False)
    target: bytes = field(default=b"/v1/logs", repr=False)
    whole: bytes | None = field(default=None, repr=False)  # instead of all the above

    def wire(self) -> bytes:
        """Write it as it goes over the connection, which is closed afterwards."""
        if self.whole is not None:
            return self.whole
        fields = ((b"host", b"collector"), (b"connection", b"close"), (b"content-type", self.media), *self.headers)
        fields = (*fields, (b"content-length", str(len(self.body)).encode()))
        head = b"".join(name + b": " + value + b"\r\n" for name, value in fields if value)
        return self.method + b" " + self.target + b" HTTP/1.1\r\n" + head + b"\r\n" + self.body


Shot = Request | Message


@dataclass(frozen=True, slots=True)
class Case:
    """One attack. `accepted_as` is what it counts as when it is taken; None: it has to be refused.

    `pieces` are bytes that stand in a legal value as they are: what the telemetry topics, which keep numbers exactly,
    show to whoever knows where to look. They must not be in `ml.eligible`.
    """

    name: str
    place: str
    form: str
    words: tuple[str, ...] = field(repr=False)
    shots: tuple[Shot, ...] = field(repr=False)
    accepted_as: Fate | None = None
    event: str | None = None  # of a bounded case: whose capacity bounds it
    pieces: tuple[bytes, ...] = field(default=(), repr=False)
    principal: str = "collector"  # as whom messages are written


class Bench:
    """Where attacks are made: canaries, random ids, the time."""

    def __init__(self, seed: int, now: int) -> None:
        """Draw everything from `seed`; `now` is in nanoseconds since the epoch."""
        self.rng = random.Random(seed)  # noqa: S311 - a run that can be repeated
        self.mint = Mint(self.rng)
        self.now = now

    def canary(self, name: str) -> Canary:
        """Make a fresh canary."""
        return self.mint.canary(name)

    def uuid(self) -> str:
        """Make a random id."""
        return str(UUID(int=self.rng.getrandbits(128), version=4))
