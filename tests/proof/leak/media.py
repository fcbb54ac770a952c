"""Sound and pictures, in the forms in which they could be sent."""

from __future__ import annotations

import base64
import binascii
import struct
import uuid
import zlib
from collections.abc import Callable, Iterator

from tests.proof.leak.disguise import Disguise, Pieces

GROUP = "media"
MOST = 512  # bytes of each that are sent in pieces
SAMPLES = 4  # samples a number; one a number is the covert channel again


def media_disguises() -> Iterator[Disguise]:
    """Give every form: as bytes, and as bytes in each kind of value; as they come, they are content as it stands."""
    yield _form("bytes", lambda raw: [raw])
    yield _form("base64", lambda raw: [base64.b64encode(raw).decode()])
    yield _form("base64, a line a value", lambda raw: _cut(raw, 45, lambda part: base64.b64encode(part).decode()))
    yield _form(
        "base64, 15 characters a value", lambda raw: _cut(raw, 11, lambda part: base64.b64encode(part).decode()[:15])
    )
    yield _form("hex", lambda raw: [raw.hex()])
    yield _form("zlib, base85", lambda raw: [base64.b85encode(zlib.compress(raw)).decode()])
    yield _form("data URL", lambda raw: [f"data:image/png;base64,{base64.b64encode(raw).decode()}"])
    yield _form("a list of bytes", lambda raw: [list(raw)])
    yield _form("bytes, 16 a value", lambda raw: _cut(raw, 16, bytes))
    yield _form("integers of 8 bytes", lambda raw: _cut(raw, 8, int.from_bytes))
    yield _form("integers of 4 bytes", lambda raw: _cut(raw, 4, int.from_bytes))
    yield _form("doubles of 8 bytes", lambda raw: _cut(raw, 8, lambda part: struct.unpack(">d", part)[0]))
    yield _form("fractions of 6 bytes", lambda raw: _cut(raw, 6, lambda part: int.from_bytes(part) / 256**6))
    yield _form("UUIDs of 16 bytes", lambda raw: _cut(raw, 16, lambda part: str(uuid.UUID(bytes=part))))
    yield _form("versions of 4 bytes", lambda raw: _cut(raw, 4, lambda part: ".".join(map(str, part))))


def _form(name: str, send: Callable[[bytes], Pieces]) -> Disguise:
    return Disguise(GROUP, name, lambda media: send(as_bytes(media)))


def _cut(raw: bytes, size: int, write: Callable[[bytes], object]) -> Pieces:
    raw = raw[:MOST]
    return [write(raw[at : at + size].ljust(size, b"\x91")) for at in range(0, len(raw), size)]


def as_bytes(media: object) -> bytes:
    """Read the bytes of a file in base64, or of samples."""
    if isinstance(media, str):
        try:
            return base64.b64decode(media.partition(",")[2] or media)
        except binascii.Error:
            return media.encode()
    if not isinstance(media, list):
        raise TypeError("media are base64 or lists of samples")
    kind = "d" if isinstance(media[0], float) else "h"
    return struct.pack(f"<{len(media)}{kind}", *media)
