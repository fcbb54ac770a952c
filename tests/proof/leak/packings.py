"""Texts packed into what is no text: ids, numbers, times, bytes; and texts cut into words."""

from __future__ import annotations

import base64
import struct
import uuid
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from tests.proof.leak.disguise import Disguise, Pieces, chunked, of_bytes, one, plain
from tests.proof.leak.targets import MOMENT

# ruff: noqa: PLW0108 - int.from_bytes as it stands has more parameters than a type checker lets pass
ID, NUMBER, BYTES, FRAGMENT, UNREADABLE = "id", "number", "bytes", "fragment", "unreadable id"
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_BASE = datetime.fromtimestamp(MOMENT / 1e6 - 29 * 86_400, UTC)


def ids() -> Iterator[Disguise]:
    """Give readable texts in the form of random ids."""
    yield chunked(ID, "UUID of the bytes", 16, lambda raw: str(uuid.UUID(bytes=raw)))
    yield chunked(ID, "UUID of the bytes, upper case", 16, lambda raw: str(uuid.UUID(bytes=raw)).upper())
    yield chunked(ID, "UUID stamped version 4", 16, lambda raw: str(uuid.UUID(bytes=raw, version=4)))
    yield chunked(ID, "UUID version 8 around its marks", 14, lambda raw: _marked(raw, 8))
    yield chunked(
        ID, "UUID of UTF-16", 16, lambda raw: str(uuid.UUID(bytes=raw[:8].decode("latin-1").encode("utf-16-be")))
    )
    yield chunked(ID, "UUID, bytes swapped", 16, lambda raw: str(uuid.UUID(bytes_le=raw)))
    yield chunked(ID, "hex of 16", 8, bytes.hex)
    yield chunked(ID, "hex of 24", 12, bytes.hex)
    yield chunked(ID, "hex of 32", 16, bytes.hex)
    yield chunked(ID, "hex of 64", 32, lambda raw: raw.hex().upper())
    yield chunked(ID, "hex of 32, filled with noughts", 8, lambda raw: raw.hex().rjust(32, "0"))
    yield chunked(ID, "ULID of the bytes", 16, lambda raw: _crockford(int.from_bytes(raw)))
    yield Disguise(ID, "ULID of the letters", lambda text: _cut(_without_ilou(text), 26, "0"))
    yield chunked(ID, "nanoid of base64", 15, lambda raw: base64.urlsafe_b64encode(raw).decode()[:20] + "A")
    yield Disguise(ID, "nanoid of joined words", lambda text: _cut("-".join(plain(text)), 21, "-"))
    yield Disguise(ID, "nanoid of camel case", lambda text: _cut("".join(w.capitalize() for w in plain(text)), 21, "_"))
    yield chunked(ID, "snowflake", 7, lambda raw: int.from_bytes(raw))
    yield chunked(ID, "snowflake of 8 bytes, as text", 8, lambda raw: str(int.from_bytes(raw)))


def numbers() -> Iterator[Disguise]:
    """Give texts packed into numbers and times, at least four characters in each."""
    yield chunked(NUMBER, "integers of 4 bytes", 4, lambda raw: int.from_bytes(raw))
    yield chunked(NUMBER, "integers of 5 bytes", 5, lambda raw: int.from_bytes(raw))
    yield chunked(NUMBER, "integers of 6 bytes, little-endian", 6, lambda raw: int.from_bytes(raw, "little"))
    yield chunked(NUMBER, "integers of 8 bytes", 8, lambda raw: int.from_bytes(raw))
    yield Disguise(NUMBER, "integers of ten letters", lambda text: [_radix(part) for part in _letters(text, 10)])
    yield Disguise(NUMBER, "integers of four letters", lambda text: [_radix(part) for part in _letters(text, 4)])
    yield of_bytes(NUMBER, "one huge integer", lambda raw: int.from_bytes(raw))
    yield chunked(NUMBER, "doubles of 8 bytes", 8, lambda raw: struct.unpack(">d", raw)[0])
    yield chunked(NUMBER, "floats of 4 bytes", 4, lambda raw: struct.unpack(">f", raw)[0])
    yield chunked(NUMBER, "fractions of 6 bytes", 6, lambda raw: float(Fraction(int.from_bytes(raw), 256**6)))
    yield chunked(NUMBER, "milliseconds of 6 bytes", 6, lambda raw: 500 * int.from_bytes(raw) / 256**6)
    yield chunked(NUMBER, "decimals of 4 bytes", 4, lambda raw: f"{int.from_bytes(raw[:2])}.{int.from_bytes(raw[2:])}")
    yield chunked(NUMBER, "versions of 4 bytes", 4, lambda raw: ".".join(map(str, raw)))
    yield chunked(
        NUMBER, "versions of 6 bytes", 6, lambda raw: ".".join(str(int.from_bytes(raw[n : n + 2])) for n in (0, 2, 4))
    )
    yield chunked(NUMBER, "addresses of 4 bytes", 4, lambda raw: ".".join(map(str, raw)) + ":443")
    yield chunked(NUMBER, "times in microseconds", 5, lambda raw: _since(raw))
    yield chunked(
        NUMBER, "times as text", 5, lambda raw: (_BASE + timedelta(microseconds=int.from_bytes(raw))).isoformat()
    )
    yield chunked(
        NUMBER,
        "nanoseconds of times as text",
        4,
        lambda raw: f"{_BASE:%Y-%m-%dT%H:%M:%S}.{int.from_bytes(raw) % 10**9:09}Z",
    )
    yield chunked(NUMBER, "durations", 4, lambda raw: "P{}DT{}H{}M{}S".format(*raw))
    yield of_bytes(NUMBER, "a list of code points", list)
    yield of_bytes(NUMBER, "a mapping", lambda raw: {"m": raw.decode()})


def in_bytes() -> Iterator[Disguise]:
    """Give texts as bytes, which OTLP can carry too."""
    yield of_bytes(BYTES, "UTF-8", bytes)
    yield one(BYTES, "UTF-16", lambda text: text.encode("utf-16"))
    yield of_bytes(BYTES, "zlib", zlib.compress)
    yield of_bytes(BYTES, "a list of byte strings", lambda raw: [raw])


def fragments() -> Iterator[Disguise]:
    """Give texts cut up: a piece may be a word of ours, and then it passes as that word."""
    yield Disguise(FRAGMENT, "words", plain)
    yield Disguise(FRAGMENT, "words, upper case", lambda text: [word.upper() for word in plain(text)])
    yield Disguise(FRAGMENT, "pairs of words", lambda text: _pairs(plain(text)))
    yield one(FRAGMENT, "first word", lambda text: plain(text)[0])
    yield one(FRAGMENT, "first half", lambda text: text[: len(text) // 2])
    for size in (4, 8, 16, 32):
        yield one(FRAGMENT, f"first {size} characters", lambda text, size=size: text[:size])  # type: ignore[misc]


def unreadable() -> Iterator[Disguise]:
    """Give texts whose bytes in an id nobody can tell from chance; the id's image tells nothing of them."""
    yield chunked(UNREADABLE, "UUID of ciphered bytes", 16, lambda raw: str(uuid.UUID(bytes=_ciphered(raw))))
    yield Disguise(
        UNREADABLE,
        "UUID of 25 letters, five bits each",
        lambda text: [str(uuid.UUID(int=_radix(part) << 3)) for part in _letters(text, 25)],
    )
    yield Disguise(UNREADABLE, "UUIDs of compressed bytes", _compressed)


def _marked(raw: bytes, version: int) -> str:
    """Lay fourteen bytes around a UUID's marks of version and variant."""
    return str(uuid.UUID(bytes=raw[:6] + bytes([version << 4]) + raw[6:7] + b"\x80" + raw[7:]))


def _crockford(number: int) -> str:
    return "".join(_CROCKFORD[number >> 5 * place & 31] for place in reversed(range(26)))


def _without_ilou(text: str) -> str:
    return "".join(plain(text)).upper().translate(str.maketrans("ILOU", "110V"))


def _cut(text: str, size: int, filling: str) -> Pieces:
    return [text[at : at + size].ljust(size, filling) for at in range(0, len(text), size)]


def _letters(text: str, size: int) -> Iterator[str]:
    letters = "".join(char for char in "".join(plain(text)) if "a" <= char <= "z")
    if len(letters) < size:
        raise ValueError("too few letters")
    return (letters[at : at + size] for at in range(0, len(letters) - size + 1, size))


def _radix(letters: str) -> int:
    return sum((ord(char) - 96) * 27**place for place, char in enumerate(reversed(letters)))


def _pairs(words: list[str]) -> Pieces:
    return ["_".join(words[at : at + 2]) for at in range(0, len(words), 2)]


def _since(raw: bytes) -> int:
    return MOMENT - 29 * 86_400 * 1_000_000 + int.from_bytes(raw)


def _ciphered(raw: bytes) -> bytes:
    return bytes(byte ^ key for byte, key in zip(raw, uuid.UUID(int=2**127 // 7).bytes, strict=True))


def _compressed(text: str) -> Pieces:
    raw = zlib.compress(text.encode())[2:]
    return [str(uuid.UUID(bytes=raw[at : at + 16].ljust(16, b"\x91"))) for at in range(0, len(raw), 16)]
