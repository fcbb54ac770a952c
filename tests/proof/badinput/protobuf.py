"""A message of protobuf spoilt field by field, without its schema: what the wire format tells is enough."""

from __future__ import annotations

import random
from typing import Final

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
SIZES: Final = {FIXED64: 8, FIXED32: 4}
Field = tuple[int, int, bytes]  # number, wire type, payload; of a varint its own bytes


class NotFields(Exception):  # noqa: N818 - a fact about the bytes
    """The bytes are no fields."""


def fields(data: bytes) -> list[Field]:
    """Take a message apart.

    Raises:
        NotFields: it is none.
    """
    found: list[Field] = []
    at = 0
    while at < len(data):
        tag, at = _read(data, at)
        number, wire = tag >> 3, tag & 7
        begin = at
        if wire == VARINT:
            _, at = _read(data, at)
        elif wire == BYTES:
            size, begin = _read(data, at)
            at = begin + size
        elif wire in SIZES:
            at += SIZES[wire]
        else:
            raise NotFields
        if at > len(data) or not number:
            raise NotFields
        found.append((number, wire, data[begin:at]))
    return found


def joined(message: list[Field]) -> bytes:
    """Put it together again."""
    return b"".join(
        varint(number << 3 | wire) + (varint(len(payload)) if wire == BYTES else b"") + payload
        for number, wire, payload in message
    )


def varint(number: int) -> bytes:
    """Write a number."""
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*out, number])


def spoilt(data: bytes, rng: random.Random, mark: bytes) -> bytes:
    """Change one field, at any depth; bytes that are no fields stay as they are."""
    try:
        message = fields(data)
    except NotFields:
        return data
    if not message:
        return data
    at = rng.randrange(len(message))
    number, wire, payload = message[at]
    if wire == BYTES and payload and rng.random() < 0.8:
        inner = spoilt(payload, rng, mark)
        if inner != payload:
            return joined([*message[:at], (number, wire, inner), *message[at + 1 :]])
    return joined(message[:at]) + _spoilt(message[at], rng, mark) + joined(message[at + 1 :])


def _spoilt(field: Field, rng: random.Random, mark: bytes) -> bytes:
    """Spoil a field; one in seven is none any more, one lies about its length."""
    number, wire, payload = field
    made: list[Field] = []
    match rng.randrange(7):
        case 0:
            return varint(number << 3 | BYTES) + varint(rng.choice((1, 2**31, 2**62))) + payload
        case 1:
            made = [field] * rng.choice((2, 200))
        case 2:
            made = [(rng.choice((1, 2, 15, 16, 2**29 - 1)), wire, payload)]
        case 3:
            made = [(number, BYTES, mark * rng.choice((1, 100, 5000)))]
        case 4:
            made = [(number, VARINT, varint(rng.choice((0, 2**31, 2**63, 2**64 - 1))))]
        case 5:
            made = [(number, BYTES, _deep(payload, number, rng.choice((20, 200))))]
    return joined(made)


def _deep(payload: bytes, number: int, depth: int) -> bytes:
    for _ in range(depth):
        payload = joined([(number, BYTES, payload)])
    return payload


def _read(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while at < len(data) and shift < 70:
        byte = data[at]
        number |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte <= 0x7F:
            return number, at
    raise NotFields
