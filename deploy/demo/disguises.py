"""A word written in every shape, as a careless or cunning sender would: what the proof of the scan plants.

Written apart from `deploy.demo.encodings`, by the standard library's encoders and Tidegate's own Avro codec, and
always among other text: agreement of the two is what the proof shows. Tests decode each shape again.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator

from schemas.codec import Codec

INTEGER = 8  # bytes
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_NUMBER = Codec({"type": "record", "name": "Plant", "fields": [{"name": "number", "type": "long"}]})
_CODES = Codec({
    "type": "record", "name": "Plants", "fields": [{"name": "codes", "type": {"type": "array", "items": "int"}}],
})  # fmt: skip

Disguise = tuple[str, bytes]


def disguises(word: str) -> Iterator[Disguise]:
    """Write a word of lower-case ASCII letters, each disguise with the name of its shape."""
    yield from _charsets(word)
    yield from _escapes(word.encode())
    yield from _armours(word.encode())
    yield from _numbers(word.encode())


def _charsets(word: str) -> Iterator[Disguise]:
    for text in (f"so: {word}, ok", f"SO: {word.upper()}, OK"):
        for charset in ("utf-8", "utf-16-le", "utf-16-be"):
            yield charset, text.encode(charset)
        yield "reversed", "".join(reversed(text)).encode()
    rotated = str.maketrans(_LETTERS, _LETTERS[13:] + _LETTERS[:13])
    yield "rot13", f"so: {word}, ok".translate(rotated).encode()


def _escapes(raw: bytes) -> Iterator[Disguise]:
    digits = binascii.hexlify(raw, "-").decode().split("-")
    yield "percent", ("?q=%" + "%".join(digits) + "&p=1").encode()
    yield "percent", ("?q=%" + "%".join(digits).upper() + "&p=1").encode()
    yield "quoted-printable", ("Subject: =" + "=".join(digits).upper()).encode()
    yield "json", ('{"a": "\\u00' + "\\u00".join(digits) + '"}').encode()
    yield "html", ("<b>&#" + ";&#".join(str(int(pair, 16)) for pair in digits) + ";</b>").encode()


def _armours(raw: bytes) -> Iterator[Disguise]:
    yield "hex", b"0x00" + binascii.hexlify(raw) + b"00"
    yield "hex", base64.b16encode(b"<" + raw + b">")
    for before in range(3):
        yield "base64", base64.standard_b64encode(b"\xff" * before + raw + b"\xff\xff")
        yield "base64", base64.urlsafe_b64encode(b"\xff" * before + raw + b"\xff\xff")
    for before in range(5):
        yield "base32", base64.b32encode(b"\xff" * before + raw + b"\xff\xff")


def _numbers(raw: bytes) -> Iterator[Disguise]:
    codes = list(b"<" + raw + b">")
    yield "code points", json.dumps(codes).encode()
    yield "code points", json.dumps(codes, separators=(",", ":")).encode()
    yield "code points", " ".join(map(str, codes)).encode()
    yield "code points", "\n".join(map(str, codes)).encode()
    yield "code points", _CODES.encode({"codes": codes})
    for chunk in (raw[:INTEGER], raw[INTEGER : 2 * INTEGER]):
        for number in (int.from_bytes(chunk, "big"), int.from_bytes(chunk, "little")):
            yield "integer", json.dumps({"n": number}).encode()
            yield "integer", _NUMBER.encode({"number": number})
