"""How much one request may hold, and all of them at once: one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, TypeAlias

from pydantic import ConfigDict, Field

Count: TypeAlias = Annotated[int, Field(ge=1)]
Depth: TypeAlias = Annotated[int, Field(ge=1, le=30)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=60)]

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, all inclusive. The stock SDKs send 512 records a request: a few hundred kilobytes.

    An operator sets some of them as JSON: `TIDEGATE_LIMITS='{"records": 2000}'`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")  # a misspelt name is told

    body: Count = 8 * _MIB  # bytes of a body after decompression
    compressed: Count = 4 * _MIB  # bytes of a compressed body as sent
    message: Count = 4 * _MIB  # bytes of a gRPC message as sent, gRPC's usual limit; each that arrives takes such room
    public_body: Count = 256 * 1024  # bytes of a body from a browser, with a public token; compressed or not
    ratio: Count = 100  # times a body may grow by decompression, once it is beyond `grown`
    grown: Count = _MIB  # bytes that any compressed body may grow to: small repetitive batches shrink a lot
    records: Count = 10_000  # log records a request; as many resources and as many scopes
    values: Count = 250_000  # attribute values a request, nested ones counted too: bounds memory and time
    attributes: Count = 1000  # of a record, resource, scope or map: the stock SDKs stop at 128; a histogram's buckets
    key: Count = 1000  # characters of an attribute's key
    value: Count = 4 * _MIB  # characters of a text, bytes of a byte value: a chat message or an attachment is one
    depth: Depth = 16  # levels of a value, the innermost too: a text in 15 arrays. protobuf itself stops at about 30
    requests: Count = 16  # requests in work at once, until all of each is safe; more wait for their turn
    hands: Count = 2  # of these, decoded and judged at once: more only take the processor from each other
    wait: Seconds = 0.4  # seconds a request waits for its turn before its sender is told to come again
    line: Count = 256  # requests that wait at once; who comes then is told to come again without waiting
    held: Count = 128 * _MIB  # bytes of bodies, as sent, of all requests at once; what exceeds it is told to come again


DEFAULT = Limits()


def part_of(limits: Limits, workers: int) -> Limits:
    """Give one of so many workers its part of the room; what one request may hold is the same for all."""
    one = min(limits.held, max(limits.body, limits.message, limits.compressed))
    return replace(limits, held=max(limits.held // workers, one))
