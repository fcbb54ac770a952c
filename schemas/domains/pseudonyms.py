"""The pseudonym domain: an id that leaves nothing but equality, keyed twice by two services that share no key."""

from __future__ import annotations

import base64
import hmac
import re
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from schemas.domains.base import Avro, Context, Domain
from schemas.reasons import OutsideDomain, Reason

# The forms random ids come in: UUID (RFC 9562), snowflake, hex, ULID, nanoid.
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{16,64}|[0-9A-F]{16,64}", re.ASCII)
_IBAN = re.compile(r"[A-F]{2}\d+", re.ASCII)  # an account number can look like upper-case hex
_ULID = re.compile(r"[0-9A-HJKMNP-TV-Z]{26}", re.ASCII)
_NANOID = re.compile(r"[A-Za-z0-9_-]{21}", re.ASCII)
_SNOWFLAKES = range(10**16, 2**63)
_SNOWFLAKE = 19  # digits of the longest

_READABLE = 0.9  # share of letters, digits and usual signs above which decoded bytes count as text
_SIGNS = frozenset(" ,.!?'-")
# A random nanoid has 11.0 pieces (words and numbers) and 0.8 of the usual pairs on average. Pieces less pairs are below
# this bound in 0.3 % of random ones, in 96 % of texts with blanks made signs or capitals.
_MIN_MIXED = 4
_MIN_MIXED_ULID = 2  # its form alone, without I, L, O and U, keeps most words out; 0.1 % of random ones are below
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
# The pairs of letters that English has most.
_PAIRS = frozenset({
    "th", "he", "in", "er", "an", "re", "on", "at", "en", "nd", "ti", "es", "or", "te", "of", "ed", "is",
    "it", "al", "ar", "st", "to", "nt", "ng", "se", "ha", "as", "ou", "io", "le", "ve", "co", "me", "de",
    "hi", "ri", "ro", "ic", "ne", "ea", "ra", "ce", "li", "ch", "ll", "be", "ma", "si", "om", "ur",
})  # fmt: skip


class Pseudonym(Domain):
    """A random id in one of the usual forms; what reads as text, plain or as hex or base64, is refused.

    Both images are HMAC-SHA-256 (RFC 2104) of what came in, cut to `bits`: under the telemetry key in the collector
    (lower-case hex), and of that again under the ML key in the validator (raw bytes). So nobody holding one key can
    join the two topics, and no image can be turned back.
    """

    domain: Literal["pseudonym"] = "pseudonym"
    length: Literal[64, 128] = Field(default=128, alias="bits")
    """How long its images are."""
    takes: ClassVar[tuple[str, ...]] = ("string",)
    images: ClassVar[int] = 1

    def telemetry(self, value: object, context: Context) -> object:
        """Return the keyed image, in hex."""
        if type(value) is int and value in _SNOWFLAKES:
            value = str(value)
        if type(value) is not str:
            raise OutsideDomain(Reason.WRONG_TYPE)
        if not is_random_id(value):
            raise OutsideDomain(Reason.NOT_AN_ID)
        return keyed(context.key, value.encode(), self.length).hex()

    def reduce(self, image: object, context: Context) -> object:
        """Return the image of the image, under the other key."""
        if not isinstance(image, str):
            raise OutsideDomain(Reason.WRONG_TYPE)
        if len(image) != self.length // 4 or set(image) - set("0123456789abcdef"):
            raise OutsideDomain(Reason.NOT_AN_ID)
        return keyed(context.key, bytes.fromhex(image), self.length)

    def ml_type(self, name: str) -> Avro:
        """Fixed bytes."""
        return {"type": "fixed", "name": f"{name}Pseudonym", "size": self.length // 8}


def keyed(key: bytes, value: bytes, bits: int) -> bytes:
    """Compute HMAC-SHA-256 under `key`, cut to `bits`."""
    return hmac.digest(key, b"tidegate/pseudonym/1\x00" + value, "sha256")[: bits // 8]


def is_random_id(text: str) -> bool:
    """Tell whether text has the form of a random id, and neither it nor its bytes spell anything."""
    if _UUID.fullmatch(text):
        return not _spells(bytes.fromhex(text.replace("-", "")))
    if _DIGITS.fullmatch(text):  # before hex: a card number is hex too
        return len(text) <= _SNOWFLAKE and int(text) in _SNOWFLAKES and not _spells(int(text).to_bytes(8))
    if _HEX.fullmatch(text):
        return _IBAN.fullmatch(text) is None and not _spells(bytes.fromhex(text.zfill(len(text) + len(text) % 2)))
    if _ULID.fullmatch(text):
        return _mixed(text) >= _MIN_MIXED_ULID
    return _NANOID.fullmatch(text) is not None and _mixed(text) >= _MIN_MIXED and not _spells(_unbase64(text))


def _spells(raw: bytes) -> bool:
    """Tell whether bytes are text in UTF-8; or in UTF-16 or -32, as far as that is ASCII and noughts."""
    try:
        text = raw.replace(b"\x00", b"").decode()
    except UnicodeDecodeError:
        return False
    return len(text) > 0 and sum(map(_is_readable, text)) >= _READABLE * len(text)


def _is_readable(char: str) -> bool:
    return (char.isalnum() or char in _SIGNS) if char.isascii() else char.isprintable()


def _unbase64(text: str) -> bytes:
    """Decode the whole groups of four."""
    return base64.urlsafe_b64decode(text[: len(text) // 4 * 4])


def _mixed(text: str) -> int:
    """Count the words and numbers that text seems to be made of, less the usual pairs of letters: few in language."""
    pairs = sum(a + b in _PAIRS for a, b in pairwise(text.lower()))
    return len(_PIECE.findall(text)) - pairs
