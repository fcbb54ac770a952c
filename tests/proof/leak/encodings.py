"""Texts encoded: what a careless serialiser or a quick script makes of them."""

from __future__ import annotations

import base64
import binascii
import gzip
import html
import json
import quopri
import zlib
from collections.abc import Iterator
from urllib.parse import quote, quote_plus

from tests.proof.leak.disguise import Disguise, of_bytes, one, plain

GROUP = "encoding"
_BASE58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_MORSE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz0123456789",
        [
            ".-",
            "-...",
            "-.-.",
            "-..",
            ".",
            "..-.",
            "--.",
            "....",
            "..",
            ".---",
            "-.-",
            ".-..",
            "--",
            "-.",
            "---",
            ".--.",
            "--.-",
            ".-.",
            "...",
            "-",
            "..-",
            "...-",
            ".--",
            "-..-",
            "-.--",
            "--..",
            "-----",
            ".----",
            "..---",
            "...--",
            "....-",
            ".....",
            "-....",
            "--...",
            "---..",
            "----.",
        ],
        strict=True,
    )
)


def encodings() -> Iterator[Disguise]:
    """Give every encoding."""
    yield from _armours()
    yield from _escapes()
    yield from _charsets()
    yield from _alphabets()


def _armours() -> Iterator[Disguise]:
    yield of_bytes(GROUP, "base64", lambda raw: base64.b64encode(raw).decode())
    yield of_bytes(GROUP, "base64, URL-safe, unpadded", lambda raw: base64.urlsafe_b64encode(raw).decode().rstrip("="))
    yield of_bytes(GROUP, "base64 twice", lambda raw: base64.b64encode(base64.b64encode(raw)).decode())
    yield of_bytes(GROUP, "base32", lambda raw: base64.b32encode(raw).decode())
    yield of_bytes(
        GROUP, "base32, lower case, unpadded", lambda raw: base64.b32encode(raw).decode().lower().rstrip("=")
    )
    yield of_bytes(GROUP, "base58", _base58)
    yield of_bytes(GROUP, "base85", lambda raw: base64.b85encode(raw).decode())
    yield of_bytes(GROUP, "ascii85", lambda raw: base64.a85encode(raw).decode())
    yield of_bytes(GROUP, "hex", bytes.hex)
    yield of_bytes(GROUP, "hex, upper case", lambda raw: raw.hex().upper())
    yield of_bytes(GROUP, "hex with colons", lambda raw: raw.hex(":"))
    yield of_bytes(GROUP, "0x and hex", lambda raw: "0x" + raw.hex())
    yield of_bytes(GROUP, "uuencode", lambda raw: binascii.b2a_uu(raw[:45]).decode().strip())
    yield of_bytes(GROUP, "zlib, base64", lambda raw: base64.b64encode(zlib.compress(raw)).decode())
    yield of_bytes(
        GROUP, "gzip, base64, URL-safe", lambda raw: base64.urlsafe_b64encode(gzip.compress(raw, mtime=0)).decode()
    )
    yield of_bytes(GROUP, "data URL", lambda raw: "data:text/plain;base64," + base64.b64encode(raw).decode())
    yield of_bytes(GROUP, "token of three parts", _token)


def _escapes() -> Iterator[Disguise]:
    yield one(GROUP, "percent", quote)
    yield one(GROUP, "percent, plus for blank", quote_plus)
    yield one(GROUP, "percent twice", lambda text: quote(quote(text)))
    yield of_bytes(GROUP, "percent, every byte", lambda raw: "".join(f"%{byte:02X}" for byte in raw))
    yield of_bytes(GROUP, "quoted-printable", lambda raw: quopri.encodestring(raw, quotetabs=True).decode())
    yield of_bytes(GROUP, "mail header word", lambda raw: f"=?utf-8?B?{base64.b64encode(raw).decode()}?=")
    yield one(GROUP, "HTML, names", lambda text: html.escape(text).replace(" ", "&nbsp;"))
    yield one(GROUP, "HTML, numbers", lambda text: "".join(f"&#{ord(char)};" for char in text))
    yield one(GROUP, "JSON escapes", lambda text: "".join(f"\\u{ord(char):04x}" for char in text))
    yield one(GROUP, "JSON in JSON", lambda text: json.dumps(json.dumps({"m": text})))
    yield of_bytes(GROUP, "C escapes", lambda raw: "".join(f"\\x{byte:02x}" for byte in raw))


def _charsets() -> Iterator[Disguise]:
    yield one(GROUP, "UTF-7", lambda text: text.encode("utf-7").decode("ascii"))
    yield one(GROUP, "UTF-16, hex", lambda text: text.encode("utf-16-be").hex())
    yield one(GROUP, "UTF-16, base64", lambda text: base64.b64encode(text.encode("utf-16-le")).decode())
    yield one(GROUP, "UTF-32, hex", lambda text: text.encode("utf-32-be").hex())
    yield one(GROUP, "UTF-8 read as Latin-1", lambda text: text.replace(" ", "\u2007").encode().decode("latin-1"))
    yield one(GROUP, "UTF-16 read as UTF-8", lambda text: text.encode("utf-16-le").decode("latin-1"))
    yield one(GROUP, "EBCDIC, hex", lambda text: "".join(plain(text)).encode("cp500").hex())
    yield one(GROUP, "punycode", lambda text: "xn--" + text.encode("punycode").decode())


def _alphabets() -> Iterator[Disguise]:
    yield one(GROUP, "Morse", lambda text: " ".join(_MORSE[char] for char in "".join(plain(text))))
    yield one(GROUP, "Morse, no blanks", lambda text: "_".join(_MORSE[char] for char in "".join(plain(text))))
    yield of_bytes(GROUP, "binary digits", lambda raw: "".join(f"{byte:08b}" for byte in raw))
    yield of_bytes(GROUP, "octal digits", lambda raw: "".join(f"{byte:03o}" for byte in raw))
    yield of_bytes(GROUP, "decimal digits", lambda raw: str(int.from_bytes(raw)))
    yield of_bytes(GROUP, "code points with commas", lambda raw: ",".join(map(str, raw)))
    yield of_bytes(GROUP, "code points with hyphens", lambda raw: "-".join(map(str, raw)))
    yield of_bytes(GROUP, "Braille", lambda raw: "".join(chr(0x2800 + byte) for byte in raw))


def _base58(raw: bytes) -> str:
    number, digits = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        digits = _BASE58[digit] + digits
    return digits


def _token(raw: bytes) -> str:
    """Write it as the middle of a JSON web token."""
    head, tail = b'{"alg":"none"}', b"\x00" * 32
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in (head, raw, tail))
