"""The shapes in which a word can travel: which bytes give it away, whatever stands around it.

Compressed and encrypted bytes are not looked into here: topics and tables are read through what unpacks them.
"""

from __future__ import annotations

import base64
import codecs
from collections.abc import Callable, Iterator
from typing import Literal

INTEGER = 8  # bytes
LEAST = 8  # letters of a word that can be told from chance in every shape
SEPARATORS = (",", ", ", " ", "\n")

FOLDED = frozenset({
    "utf-8", "utf-16-le", "utf-16-be", "hex", "base32", "percent", "quoted-printable", "json", "html", "reversed",
    "rot13",
})  # fmt: skip
"""Shapes that are found whatever the case of their letters; their needles are lower case."""

Needle = tuple[str, bytes]


def needles(word: str) -> Iterator[Needle]:
    """Name the shapes of a word of ASCII letters, each with its bytes; one shape may have several."""
    if len(word) < LEAST or not (word.isascii() and word.isalpha()):
        raise ValueError(f"a word to look for has {LEAST} ASCII letters or more")
    for shape, needle in _shapes(word):
        yield shape, needle.lower() if shape in FOLDED else needle


def _shapes(word: str) -> Iterator[Needle]:
    raw = word.encode()
    for charset in ("utf-8", "utf-16-le", "utf-16-be"):
        yield charset, word.encode(charset)
    yield "reversed", raw[::-1]
    yield "rot13", codecs.encode(word, "rot13").encode()
    yield "hex", raw.hex().encode()
    yield "percent", "".join(f"%{byte:02x}" for byte in raw).encode()
    yield "quoted-printable", "".join(f"={byte:02x}" for byte in raw).encode()
    yield "json", "".join(f"\\u{byte:04x}" for byte in raw).encode()
    yield "html", "".join(f"&#{byte};" for byte in raw).encode()
    for separator in SEPARATORS:
        yield "code points", separator.join(map(str, raw)).encode()
    yield "code points", b"".join(_zigzag(byte) for byte in raw)
    yield from _positions(raw, "base64", group=3, bits=6, encode=base64.b64encode)
    yield from _positions(raw, "base32", group=5, bits=5, encode=base64.b32encode)
    yield from _integers(raw)


def _positions(raw: bytes, shape: str, *, group: int, bits: int, encode: Callable[[bytes], bytes]) -> Iterator[Needle]:
    """Encode at each position within a group, and cut the characters that a neighbouring byte has a part in.

    Letters give only letters and digits in base64: its two alphabets are one here.
    """
    for before in range(group):
        first = -(-before * 8 // bits)
        last = (before + len(raw)) * 8 // bits
        yield shape, encode(bytes(before) + raw)[first:last]


def _integers(raw: bytes) -> Iterator[Needle]:
    """Read eight letters at a time as one integer: in decimal digits, and as Avro writes it."""
    orders: tuple[Literal["big", "little"], ...] = ("big", "little")
    for start in range(0, len(raw) - INTEGER + 1, INTEGER):
        for order in orders:
            number = int.from_bytes(raw[start : start + INTEGER], order)
            yield "integer", str(number).encode()
            yield "integer", _zigzag(number)


def _zigzag(number: int) -> bytes:
    """Write a number that is not negative as an Avro long."""
    number <<= 1
    out = bytearray()
    while number >> 7:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes((*out, number))
