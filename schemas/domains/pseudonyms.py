"""The pseudonym domain: an id that leaves nothing but equality, keyed twice by two services that share no key."""

from __future__ import annotations

import base64
import codecs
import hmac
import re
from functools import lru_cache
from itertools import pairwise
from typing import ClassVar, Literal

from pydantic import Field

from schemas.domains.base import Avro, Context, Domain, Terms
from schemas.reasons import OutsideDomain, Reason

# The forms random ids come in: UUID (RFC 9562), snowflake, hex, ULID, nanoid.
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}", re.ASCII)
_DIGITS = re.compile(r"\d+", re.ASCII)
_HEX = re.compile(r"[0-9a-f]{16,64}|[0-9A-F]{16,64}", re.ASCII)
_IBAN = re.compile(r"[A-F]{2}\d+", re.ASCII)  # an account number can look like upper-case hex
_CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_ULID = re.compile(f"[{_CROCKFORD}]{{26}}", re.ASCII)  # its first digit is at most 7, but some makers have none of that
_NANOID = re.compile(r"[A-Za-z0-9_-]{21}", re.ASCII)
_SNOWFLAKES = range(10**16, 2**63)
_SNOWFLAKE = 19  # digits of the longest
_LONGEST = 64  # digits of hex: of all forms


_READABLE = 0.9  # share of readable characters from which decoded bytes count as text
_FEW_BYTES = 10  # so few random bytes are printable too often: of them only usual letters and signs are readable
_SIGNS = frozenset(" ,.!?'-")
_ALPHABETS = (range(0xC0, 0x180), range(0x370, 0x500), range(0x590, 0x700), range(0x900, 0x110000))  # the usual ones
# A stretch of text among other bytes: eight letters, blanks and usual signs; three letters of two bytes each, in the
# usual alphabets; two of three bytes. Of 32 random bytes one in 2,000 has it. Bytes are told by class: `a` a sign of
# ASCII, `b` and `d` the first of two and of three bytes, `c` one that goes on.
_ASCII = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz ,.!?'-"
_FIRST_OF_TWO = bytes((*range(0xC3, 0xC6), *range(0xCE, 0xD4), *range(0xD7, 0xDB)))
_FIRST_OF_THREE, _NEXT = bytes(range(0xE0, 0xEE)), bytes(range(0x80, 0xC0))
_CLASSES = bytes.maketrans(
    _ASCII + _FIRST_OF_TWO + _NEXT + _FIRST_OF_THREE,
    b"a" * len(_ASCII) + b"b" * len(_FIRST_OF_TWO) + b"c" * len(_NEXT) + b"d" * len(_FIRST_OF_THREE),
)
_LETTERS, _TWOS, _THREES = "a" * 8, "bc" * 3, "dcc" * 2
# No UTF-8: a byte that goes on with none before it, a first one with none that goes on.
_BROKEN = re.compile(rb"(?:\A|[\x00-\x7f])[\x80-\xbf]|[\xc0-\xff][\x00-\x7f\xc0-\xff]")
# Characters' numbers one after the other, in three digits, or capitals' in two; a digit or two more at either end.
_CODES = re.compile(
    r"\d{0,2}(?:032|09[7-9]|10\d|11\d|12[0-2]|06[5-9]|0[78]\d|090)+\d{0,2}|\d?(?:32|6[5-9]|[78]\d|90)+\d?"
)
# Breaks less usual pairs of letters. Of random ids, 0.07 % of nanoids and 0.03 % of ULIDs are below this bound; of
# texts with blanks made signs, made capitals or left out, 95 % and more (`make bench` measures both).
_MIN_STREWN = -2
_PIECE = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_CAPITALISED = re.compile(r"[A-Z][a-z]+")
# The pairs of letters that English has most.
_PAIRS = frozenset({
    "ac", "ad", "ai", "al", "am", "an", "ap", "ar", "as", "at", "be", "ca", "ce", "ch", "ck", "co", "ct", "de", "di",
    "ea", "ec", "ed", "ee", "el", "em", "en", "er", "es", "et", "ge", "gh", "ha", "he", "hi", "ho", "ic", "id", "ie",
    "ig", "il", "in", "io", "is", "it", "ke", "la", "le", "li", "ll", "lo", "ly", "ma", "me", "mi", "mo", "na", "nc",
    "nd", "ne", "ng", "ni", "ns", "nt", "of", "ol", "om", "on", "oo", "or", "ot", "ou", "pa", "pe", "pl", "po", "pr",
    "ra", "re", "ri", "ro", "rs", "rt", "ry", "se", "sh", "si", "so", "ss", "st", "ta", "te", "th", "ti", "to", "tr",
    "tu", "un", "ur", "us", "ve", "vi", "wa",
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
    terms: ClassVar[Terms] = Terms(
        accepts="a UUID, ULID, nanoid, snowflake, or 16 to 64 digits of hex in one case",
        refuses="every other form; an id whose bytes are text or hold it (hex, base64, base32, a packed number)",
        image="HMAC-SHA-256 of the HMAC-SHA-256, each side under its own key of the epoch",
        capacity="0: it tells equality within an epoch, and nothing else",
        folds=("a snowflake as a number and as its decimal text",),
    )
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
        raw = bytes.fromhex(image)
        if _holds_text(raw):  # text in hex was put in its place: `keyed` never spells
            raise OutsideDomain(Reason.NOT_AN_ID)
        return keyed(context.key, raw, self.length)

    def ml_type(self, name: str) -> Avro:
        """Fixed bytes."""
        return {"type": "fixed", "name": f"{name}Pseudonym", "size": self.length // 8}


def keyed(key: bytes, value: bytes, bits: int) -> bytes:
    """Compute HMAC-SHA-256 under `key`, cut to `bits`; once more, over itself, as long as text stands in it.

    Of 10,000 images of 128 bits two would hold text by chance. As none does, one that does was put in its place.
    """
    while True:
        code = _begun(key).copy()
        code.update(value)
        image = code.digest()[: bits // 8]
        if not _holds_text(image):
            return image
        value = image


@lru_cache(maxsize=4)  # the keys of this epoch and the last one
def _begun(key: bytes) -> hmac.HMAC:
    """Begin an HMAC; each value goes on with a copy. `hmac.digest` would let other threads in at each call."""
    return hmac.new(key, b"tidegate/pseudonym/1\x00", "sha256")


def is_random_id(text: str) -> bool:
    """Tell whether text has the form of a random id, and neither it nor its bytes spell anything."""
    if len(text) > _LONGEST:  # before any form looks through megabytes, once for each record of a resource
        return False
    if _UUID.fullmatch(text):
        raw = bytes.fromhex(text.replace("-", ""))
        rest = raw[:6] + raw[7:8] + raw[9:]  # without version and variant; of bytes above ASCII chance spells too much
        return not (_holds_text(raw) or _has_stretch(rest) or (rest.isascii() and _spells(rest)))
    if _DIGITS.fullmatch(text):  # before hex: a card number is hex too
        is_text = _CODES.fullmatch(text) is not None
        return (
            not is_text
            and len(text) <= _SNOWFLAKE
            and int(text) in _SNOWFLAKES
            and not _holds_text(int(text).to_bytes(8))
        )
    if _HEX.fullmatch(text):
        return _IBAN.fullmatch(text) is None and not _holds_text(bytes.fromhex(text.zfill(len(text) + len(text) % 2)))
    if _ULID.fullmatch(text):
        return _is_strewn(text) and not _spells(_unbase32(text))
    return _NANOID.fullmatch(text) is not None and _is_strewn(text) and not _spells(_unbase64(text))


def _holds_text(raw: bytes) -> bool:
    """Tell whether bytes are text, or text stands among them."""
    return _has_stretch(raw) or _spells(raw)


def _has_stretch(raw: bytes) -> bool:
    # Without noughts UTF-16 and -32 are ASCII. In a text one looks for stretches in a third of the time.
    classes = str(raw.translate(_CLASSES, b"\x00"), "latin-1")
    return _LETTERS in classes or _TWOS in classes or _THREES in classes


def _spells(raw: bytes) -> bool:
    """Tell whether bytes are text in UTF-8; or in UTF-16 or -32, as far as that is ASCII and noughts."""
    is_whole = len(raw) <= _FEW_BYTES  # text that is cut to the length of an id may end within a character
    raw = raw.replace(b"\x00", b"")
    if _BROKEN.search(raw):  # most random bytes; the exception that tells it would cost twice as much
        return False
    try:
        text, _ = codecs.utf_8_decode(raw, "strict", is_whole)
    except UnicodeDecodeError:
        return False
    is_readable = _is_usual if is_whole else str.isprintable
    return len(text) > 0 and sum(map(is_readable, text)) >= _READABLE * len(text)


def _is_usual(char: str) -> bool:
    if char.isascii():
        return char.isalnum() or char in _SIGNS
    return char.isprintable() and any(ord(char) in alphabet for alphabet in _ALPHABETS)


def _unbase64(text: str) -> bytes:
    """Decode the whole groups of four."""
    return base64.urlsafe_b64decode(text[: len(text) // 4 * 4])


def _unbase32(text: str) -> bytes:
    """Decode a ULID's digits."""
    return sum(_CROCKFORD.index(digit) << 5 * place for place, digit in enumerate(reversed(text))).to_bytes(17)


def _is_strewn(text: str) -> bool:
    """Tell whether text breaks where language does not, from case to case or between letters and digits.

    Pieces with a sign between them and words joined by a capital are no break: `my-idea`, `myIdea`. Usual pairs of
    letters count against breaks.
    """
    pieces = list(_PIECE.finditer(text))
    breaks = sum(
        before.end() == piece.start() and not _joined(before[0], piece[0]) for before, piece in pairwise(pieces)
    )
    pairs = sum(a + b in _PAIRS for piece in pieces for a, b in pairwise(piece[0].lower()))
    return breaks > 0 and breaks - pairs >= _MIN_STREWN


def _joined(before: str, word: str) -> bool:
    return len(before) > 1 and before[-1].islower() and _CAPITALISED.fullmatch(word) is not None
