"""How much one request may hold, and all of them at once: one frozen value."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, ClassVar, Final, NamedTuple, TypeAlias

from pydantic import ConfigDict, Field

Count: TypeAlias = Annotated[int, Field(ge=1)]
Depth: TypeAlias = Annotated[int, Field(ge=1, le=30)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=60)]

DEEPEST: Final = 100  # messages in one another, as protobuf takes them: no setting, and the same in JSON
_MIB = 1024 * 1024
_WHOLE: Final = "413, `INVALID_ARGUMENT`: the whole request; not sent again"
_LATER: Final = "503 with Retry-After, `UNAVAILABLE`; sent again"


class Says(NamedTuple):
    """What a limit bounds, and what becomes of what is above it; docs/settings.md is made of it."""

    bounds: str
    above: str


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, all inclusive. The stock SDKs send 512 records a request: a few hundred kilobytes.

    An operator sets some of them as JSON: `TIDEGATE_LIMITS='{"records": 2000}'`.
    """

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid")  # a misspelt name is told

    body: Annotated[Count, Says("Bytes of a body after decompression.", _WHOLE)] = 8 * _MIB
    compressed: Annotated[Count, Says("Bytes of a compressed body as it is sent.", _WHOLE)] = 4 * _MIB
    # gRPC's usual limit; each message that arrives takes such room
    message: Annotated[Count, Says("Bytes of a gRPC message as it is sent.", "`RESOURCE_EXHAUSTED`")] = 4 * _MIB
    public_body: Annotated[Count, Says("Bytes of a body from a browser, compressed or not.", _WHOLE)] = 256 * 1024
    ratio: Annotated[Count, Says("Times a body may grow by decompression, once it is larger than `grown`.", _WHOLE)] = (
        1000
    )
    # Batches of one call or one point a second shrink some hundredfold; gzip can't shrink more than a thousandfold.
    grown: Annotated[Count, Says("Bytes that any compressed body may grow to.", "`ratio` holds")] = _MIB
    records: Annotated[Count, Says("Records of a request; as many resources, and as many scopes.", _WHOLE)] = 10_000
    # Bounds memory and time.
    values: Annotated[
        Count,
        Says(
            "Attribute values of a request, nested ones; links, exemplars, quantiles, entities; four buckets are one.",
            _WHOLE,
        ),
    ] = 250_000
    # The stock SDKs stop at 128.
    attributes: Annotated[Count, Says("Attributes of a record, a resource, a scope or a map.", _WHOLE)] = 1000
    key: Annotated[Count, Says("Characters of an attribute's key.", _WHOLE)] = 1000
    # A chat message or an attachment is one.
    value: Annotated[Count, Says("Characters of a text, bytes of a byte value.", _WHOLE)] = 4 * _MIB
    # A plain string has depth 1. protobuf itself stops at about 30.
    depth: Annotated[Depth, Says("Levels that a value may be nested.", "400, `INVALID_ARGUMENT`; not sent again")] = 16
    requests: Annotated[
        Count, Says("Requests in work at once, until all of each is safe.", "more wait for their turn")
    ] = 16
    # More only take the processor from each other.
    hands: Annotated[
        Count,
        Says(
            "Of these, how many are decoded and judged at once, one large one among them.", "more wait for their turn"
        ),
    ] = 2
    wait: Annotated[Seconds, Says("Seconds that a request waits for its turn.", _LATER)] = 0.4
    line: Annotated[
        Count, Says("Requests that wait for their turn at once; each sender has its part of them.", _LATER)
    ] = 256
    held: Annotated[Count, Says("Bytes of bodies as they are sent, of all requests at once.", _LATER)] = 128 * _MIB


DEFAULT = Limits()


def part_of(limits: Limits, workers: int) -> Limits:
    """Give one of so many workers its part of the room; what one request may hold is the same for all."""
    one = min(limits.held, max(limits.body, limits.message, limits.compressed))
    return replace(limits, held=max(limits.held // workers, one))
