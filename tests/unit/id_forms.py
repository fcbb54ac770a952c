"""Random ids in the usual forms, made as their specifications say, and texts that try to pass for ids."""

from __future__ import annotations

import hashlib
import math
import random
import re
import string
import uuid
from collections.abc import Callable, Iterator
from typing import Final

from schemas.domains.pseudonyms import is_random_id

Draw = Callable[[random.Random], str]

CROCKFORD: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
NANOID: Final = string.ascii_letters + string.digits + "_-"
_SINCE_1582: Final = 0x01B21DD213814000  # 100 ns units from the Gregorian calendar's first day to 1970


def _ms(source: random.Random) -> int:
    """A moment of the years 2023 to 2026, in milliseconds."""
    return 1_700_000_000_000 + source.randrange(10**11)


def _stamped(number: int, version: int) -> str:
    """Write a UUID with its version and the variant of RFC 9562 put in."""
    number = number & ~(0xF << 76) & ~(0x3 << 62) | version << 76 | 0x2 << 62
    return str(uuid.UUID(int=number))


def _ticks(source: random.Random) -> int:
    return _ms(source) * 10_000 + source.randrange(10_000) + _SINCE_1582


def _uuid1(source: random.Random, low: int | None = None, version: int = 1) -> str:
    ticks, node = _ticks(source), source.getrandbits(48) | 1 << 40
    low = ticks & 0xFFFFFFFF if low is None else low
    high = low << 96 | (ticks >> 32 & 0xFFFF) << 80 | (ticks >> 48 & 0xFFF) << 64
    return _stamped(high | source.getrandbits(14) << 48 | node, version)


def _uuid6(source: random.Random) -> str:
    ticks = _ticks(source)
    return _stamped((ticks >> 12) << 80 | (ticks & 0xFFF) << 64 | source.getrandbits(64), 6)


def _hashed(name: str, version: int, algorithm: str) -> str:
    raw = hashlib.new(algorithm, uuid.NAMESPACE_DNS.bytes + name.encode(), usedforsecurity=False).digest()
    return _stamped(int.from_bytes(raw[:16]), version)


def _name(source: random.Random) -> str:
    return f"user{source.getrandbits(40)}.example.com"


def _uuid8_of_time(source: random.Random) -> str:
    """RFC 9562, B.1: a timestamp in units of 10 ns, and random bits."""
    ticks = _ms(source) * 100_000 + source.randrange(100_000)
    return _stamped((ticks >> 16) << 80 | (ticks >> 4 & 0xFFF) << 64 | (ticks & 0xF) << 58 | source.getrandbits(58), 8)


def _ulid(source: random.Random) -> str:
    number = _ms(source) << 80 | source.getrandbits(80)
    return "".join(CROCKFORD[number >> shift & 31] for shift in range(125, -1, -5))


def _snowflake(source: random.Random) -> str:
    """41 bits of milliseconds since the service's own epoch, 10 of the machine, 12 that count: often nought."""
    since = source.randrange(2 * 10**10, 4 * 10**11)
    return str(since << 22 | source.randrange(1024) << 12 | min(4095, int(source.expovariate(0.5))))


def _hex(digits: int) -> Draw:
    return lambda source: f"{source.getrandbits(4 * digits):0{digits}x}"


FORMS: Final[dict[str, Draw]] = {
    "UUID v1": _uuid1,
    "UUID v2": lambda source: _uuid1(source, source.randrange(500, 70_000), 2),
    "UUID v3": lambda source: _hashed(_name(source), 3, "md5"),
    "UUID v4": lambda source: _stamped(source.getrandbits(128), 4),
    "UUID v5": lambda source: _hashed(_name(source), 5, "sha1"),
    "UUID v6": _uuid6,
    "UUID v7": lambda source: _stamped(_ms(source) << 80 | source.getrandbits(80), 7),
    "UUID v8, of a time": _uuid8_of_time,
    "UUID v8, of a name": lambda source: _hashed(_name(source), 8, "sha256"),
    "UUID v4, no hyphens": lambda source: _stamped(source.getrandbits(128), 4).replace("-", ""),
    "hex of 16": _hex(16),
    "hex of 17": _hex(17),
    "hex of 20": _hex(20),
    "hex of 24": _hex(24),
    "hex of 32": _hex(32),
    "HEX of 32": lambda source: _hex(32)(source).upper(),
    "hex of 40": _hex(40),
    "hex of 48": _hex(48),
    "hex of 64": _hex(64),
    "ULID": _ulid,
    "ULID without a time": lambda source: "".join(source.choices(CROCKFORD, k=26)),
    "snowflake": _snowflake,
    "nanoid": lambda source: "".join(source.choices(NANOID, k=21)),
}


def false_alarms(form: str, draws: int) -> int:
    """How many of so many random ids of a form are taken for text. The seed is fixed: the same each time."""
    source = random.Random(f"tidegate {form}")  # noqa: S311 - no secret
    return sum(not is_random_id(FORMS[form](source)) for _ in range(draws))


def wilson(hits: int, draws: int, z: float) -> tuple[float, float]:
    """Give the score interval of a share (E. B. Wilson, 1927): sound for shares near nought, unlike the usual one."""
    share, extra = hits / draws, z * z / draws
    middle = share + extra / 2
    width = z * math.sqrt(share * (1 - share) / draws + extra / (4 * draws))
    return max(0.0, (middle - width) / (1 + extra)), (middle + width) / (1 + extra)


def disguised(text: str) -> Iterator[tuple[str, str]]:
    """Write a text as an id, with the name of the disguise; none for one that is too short."""
    words = re.findall(r"[A-Za-z0-9]+", text)
    joined = {
        "hyphens": "-".join(words),
        "underscores": "_".join(words).lower(),
        "capitals": "".join(word[:1].upper() + word[1:] for word in words),
        "run together": "".join(words).lower(),
    }
    for name, slug in joined.items():
        if len(slug) >= 21:
            yield f"nanoid: {name}", slug[:21]
    base32 = "01" + "".join(char for char in text.upper() if char in CROCKFORD)
    if len(base32) >= 26:
        yield "ULID: its letters", base32[:26]
    raw = text.encode()
    if len(raw) >= 16:
        yield "hex", raw[:32].hex()
        yield "UUID: its bytes", str(uuid.UUID(bytes=raw[:16]))
        yield "UUID: its bytes, stamped", _stamped(int.from_bytes(raw[:16]), 4)
        yield "snowflake: its bytes", str(int.from_bytes(raw[:7]))
