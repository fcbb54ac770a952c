"""The fields of OTLP/JSON by type: each function takes what the JSON parser gave, null or absent included.

All raise `Undecodable` for anything but the type they are named after, and never say what it was.
"""

from __future__ import annotations

import binascii
import math
import re
from collections.abc import Iterator
from typing import Final, TypeAlias

from collector.errors import Undecodable

Json: TypeAlias = "str | int | float | bool | list[Json] | dict[str, Json] | None"
Object: TypeAlias = "dict[str, Json]"

UNSIGNED_64: Final = range(2**64)
SIGNED_64: Final = range(-(2**63), 2**63)
UNSIGNED_32: Final = range(2**32)
SIGNED_32: Final = range(-(2**31), 2**31)

_EXACT: Final = 2**53  # from here on a float may be another number than its digits said
_INTEGER: Final = re.compile(r"-?[0-9]{1,20}")
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,399})(\.[0-9]{1,400})?([eE][+-]?[0-9]{1,4})?")  # as JSON writes it
_SPECIAL: Final = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def _wrong() -> Undecodable:
    return Undecodable("a field is not of the type that OTLP gives it")


def as_object(given: Json) -> Object:
    """Read a message; absent is an empty one."""
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise _wrong()
    return given


def as_list(given: Json) -> list[Json]:
    """Read a repeated field; absent is an empty one."""
    if given is None:
        return []
    if not isinstance(given, list):
        raise _wrong()
    return given


def present(given: Json) -> Json:
    """Refuse null as an element of a list, where protobuf has no absence."""
    if given is None:
        raise _wrong()
    return given


def objects(given: Json) -> Iterator[Object]:
    """Read a repeated field of messages."""
    return (as_object(present(item)) for item in as_list(given))


def text(given: Json) -> str:
    """Read a string; absent is an empty one."""
    if given is None:
        return ""
    if not isinstance(given, str):
        raise _wrong()
    return given


def integer(given: Json, within: range) -> int:
    """Read an integer given as a number (1e3 and 1.0 are integers to JSON) or as a string of digits; never rounded."""
    if given is None:
        return 0
    if isinstance(given, str):
        given = int(given) if _INTEGER.fullmatch(given) else None
    elif isinstance(given, float):
        given = int(given) if given.is_integer() and abs(given) < _EXACT else None
    if type(given) is not int or given not in within:  # a bool is an int to Python
        raise _wrong()
    return given


def enum(given: Json) -> int:
    """Read an enum, which OTLP gives as a number: any 32-bit one, named or not."""
    if isinstance(given, str):
        raise _wrong()
    return integer(given, SIGNED_32)


def double(given: Json) -> float:
    """Read a number, as such or as a string, or one of the three words for what JSON cannot write."""
    if isinstance(given, str) and given in _SPECIAL:
        return _SPECIAL[given]
    if isinstance(given, str) and _NUMBER.fullmatch(given):
        given = float(given)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        raise _wrong()
    try:
        number = float(given)
    except OverflowError:
        raise _wrong() from None
    if math.isinf(number):  # digits beyond the greatest double: the word Infinity was refused before
        raise _wrong()
    return number


def boolean(given: Json) -> bool:
    """Read a boolean that is there."""
    if not isinstance(given, bool):
        raise _wrong()
    return given


def hexadecimal(given: Json) -> bytes:
    """Read an id, in either case and of any length; absent is an empty one."""
    try:
        return binascii.unhexlify(text(given))
    except ValueError:
        raise _wrong() from None


def base64(given: Json) -> bytes:
    """Read base64, in the standard or the URL-safe alphabet, padded or not, as protobuf's JSON mapping has it."""
    plain = text(given).replace("-", "+").replace("_", "/")
    padding = "" if "=" in plain else "=" * (-len(plain) % 4)
    try:
        return binascii.a2b_base64(plain + padding, strict_mode=True)
    except ValueError:
        raise _wrong() from None
