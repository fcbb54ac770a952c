"""What a client's code tells telemetry: one moment, of one kind, with its attributes."""

from __future__ import annotations

import uuid as uuids
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

    from opentelemetry.util.types import AnyValue

SECOND = 1_000_000_000  # all times here are nanoseconds since the epoch
USAGE, DIAGNOSTIC, CONTENT = "usage", "diagnostic", "content"

Attributes = dict[str, "AnyValue"]


@dataclass(frozen=True, slots=True)
class Moment:
    """An event as the app knows it. `body` and `exception` go where the SDK puts them."""

    at: int
    kind: str
    event: str
    attributes: Attributes
    body: str | None = None
    exception: BaseException | None = None


def usage(at: int, event: str, attributes: Attributes) -> Moment:
    """Tell what was used."""
    return Moment(at, USAGE, event, attributes)


def diagnostic(at: int, event: str, attributes: Attributes, exception: BaseException | None = None) -> Moment:
    """Tell how it ran."""
    return Moment(at, DIAGNOSTIC, event, attributes, exception=exception)


def content(at: int, event: str, attributes: Attributes, body: str | None = None) -> Moment:
    """Hand over what a customer said, wrote, showed or shared."""
    return Moment(at, CONTENT, event, attributes, body=body)


def uuid(rng: random.Random) -> str:
    """Make a random id."""
    return str(uuids.UUID(bytes=id_bytes(rng, 16), version=4))


def id_bytes(rng: random.Random, size: int) -> bytes:
    """Draw bytes of which none is a letter or begins one, or is two decimal digits in hex.

    Of any that chance draws, some few in 10,000 hold text or a number, and are refused as `not_an_id`: the demo's sums
    are to tell whether anything else valid was refused.
    """
    return bytes(0xA0 | byte & 0x1F for byte in rng.randbytes(size))


def reference(rng: random.Random) -> bytes:
    """Make a reference to stored media: 24 bytes that mean nothing here."""
    return rng.randbytes(24)
