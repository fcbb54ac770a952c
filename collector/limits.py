"""How much one request may hold, and all of them at once: one frozen value."""

from __future__ import annotations

from dataclasses import dataclass

_MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """Upper bounds, all inclusive. The stock SDKs send 512 records a request: a few hundred kilobytes."""

    body: int = 8 * _MIB  # bytes of a body after decompression
    compressed: int = 4 * _MIB  # bytes of a compressed body as sent
    ratio: int = 100  # times a body may grow by decompression, once it is beyond `grown`
    grown: int = _MIB  # bytes that any compressed body may grow to: small repetitive batches shrink a lot
    records: int = 10_000  # log records a request; as many resources and as many scopes
    values: int = 250_000  # attribute values a request, nested ones counted too: bounds memory and time
    depth: int = 16  # nesting of a value; a plain string has depth 1. protobuf itself stops at about 30
    requests: int = 16  # requests decoded and in the intake at once; more wait for their turn
    wait: float = 2.0  # seconds a request waits for its turn before its sender is told to come again
    held: int = 128 * _MIB  # bytes of bodies, as sent, of all requests at once; what exceeds it is told to come again


DEFAULT = Limits()
