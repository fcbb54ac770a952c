"""What an attack is: a unique canary, what is sent, and what may become of it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from broker.port import Message
from deploy.demo.app.canaries import Canary, Mint
from schemas.domains.pseudonyms import is_random_id
from schemas.reasons import Reason


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


@dataclass(frozen=True, slots=True)
class Call:
    """One call of a method over gRPC."""

    method: str = field(repr=False)
    body: bytes = field(default=b"", repr=False)
    metadata: tuple[tuple[str, str | bytes], ...] = field(default=(), repr=False)


Shot = Request | Call | Message


@dataclass(frozen=True, slots=True)
class Aim:
    """What shows that a case came where it was meant to go: a case that is refused for something else shows nothing.

    `reason` is the only one that its answers tell, each of them; None: they tell none, and all is taken. `lands` says
    how many messages it leaves on the telemetry topics, by event.
    """

    reason: Reason | None = None
    lands: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Case:
    """One attack. `accepted_as` is what it counts as when it is taken; None: it has to be refused.

    `pieces` are bytes that stand in a legal value as they are: what the telemetry topics, which keep numbers exactly,
    show to whoever knows where to look. They must not be in `ml.eligible`. `aim` is None where a refusal needs no
    reason: whatever stops such a case is welcome.
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
    aim: Aim | None = None


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
        while not is_random_id(made := str(UUID(int=self.rng.getrandbits(128), version=4))):
            pass  # one in ten thousand is taken for text
        return made

    def raw(self, length: int) -> bytes:
        """Make the bytes of a random id, as spans have them."""
        while not is_random_id((made := self.rng.randbytes(length)).hex()):
            pass  # as above; of eight bytes one in 1,600
        return made
