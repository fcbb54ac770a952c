"""Reads the quarantine topic: what stands outside the seals, and the seals as they are."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from schemas.codec import CodecError, unframe
from schemas.quarantine_forms import outside

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker.port import Broker, Received
    from schemas.quarantine import Identities

TOPIC = "quarantine"
_SILENCE = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Refusals:
    """One kind of refusal in a message, with its count; all of it content-free. In old ones nobody is told."""

    reason: str
    schema_id: int | None
    field: str | None
    value_kind: str
    size: str
    count: int
    app: str | None
    app_version: str | None
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Sealed:
    """One message of the topic. `at` is when it came, in milliseconds since the epoch, by the broker's clock."""

    partition: int
    offset: int
    at: int
    stage: str
    catalogue: str
    records: int
    refusals: tuple[Refusals, ...]
    seal: bytes = field(repr=False)

    @property
    def place(self) -> str:
        """Name it, as the audit log does."""
        return f"{self.partition}/{self.offset}"

    def items(self, keys: Identities) -> tuple[str, list[bytes]]:
        """Open the seal: the format of its items, and the items.

        Raises:
            BadKey: it was sealed to none of these keys.
            CodecError: somebody else sealed something else.
        """
        return keys.open(self.seal)


def read(broker: Broker) -> Iterator[Sealed | None]:
    """Read the topic from its beginning to its end; None for a message that is no quarantine record.

    Raises:
        BrokerError: it can't be read.
    """
    with contextlib.closing(broker.consumer([TOPIC], group=None)) as consumer:
        while (batch := consumer.consume(timeout=_SILENCE)) or consumer.lag():
            yield from map(_sealed, batch)


def _sealed(message: Received) -> Sealed | None:
    if message.unreadable is not None:
        return None
    try:
        told = outside(unframe(message.value)[1])
    except CodecError:
        return None
    return Sealed(
        message.partition,
        message.offset,
        message.timestamp,
        told["stage"],
        told["catalogue"],
        told["records"],
        tuple(Refusals(**each) for each in told["refusals"]),
        told["sealed"],
    )
