"""Counts what a large message is made of, before protobuf parses it: an empty span of two bytes takes 166 when parsed.

Parsing also stops everything else meanwhile, half a second for eight megabytes of such. Small requests, as SDKs send
them, are not counted: it takes as long as reading them. The encoding is
https://protobuf.dev/programming-guides/encoding/.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Final

from google.protobuf.descriptor import Descriptor
from google.protobuf.message import Message

from collector.errors import TooLarge, Undecodable
from collector.limits import DEEPEST, Limits

SMALL: Final = 1024 * 1024  # bytes: parsed, they are no more than the bodies that may be held
_A_RECORD: Final = 4  # itself, and a metric, a scope and a resource of its own
_FIELDS: Final = 6  # of a link with all that it says; an attribute has four
_VARINT, _BYTES, _MORE = 0, 2, 0x80
_LONGEST: Final = 63  # bits before the last byte of a number
_SIZES: Final = {1: 8, 5: 4}  # of other wire types; groups, which OTLP has not, are read as what is in them


def check_parts(body: bytes, of: type[Message], limits: Limits) -> None:
    """Count the parts of a message, at all its levels together: records, attributes, links and whatever else is many.

    Raises:
        TooLarge: they are more than any request within `limits` has.
        Undecodable: it is cut off, nested without end, or a number in it has none.
    """
    if len(body) <= SMALL:
        return
    parts = _A_RECORD * limits.records + limits.values
    fields = _FIELDS * (parts + _A_RECORD * limits.records)
    levels = [(0, len(body), of.DESCRIPTOR)]
    try:
        while levels:
            at, end, message = levels.pop()
            messages = _messages(message)
            while at < end:
                fields -= 1
                if parts < 0 or fields < 0:
                    raise TooLarge("the request holds more records or values than one request may")
                if len(levels) > DEEPEST:
                    raise Undecodable("a value is nested too deeply")
                tag, at = _varint(body, at)
                wire = tag & 7
                if wire == _BYTES:
                    size, at = _varint(body, at)
                    if tag not in messages:
                        at += size
                        continue
                    levels.append((at + size, end, message))  # what comes behind it
                    end, (message, is_part) = at + size, messages[tag]
                    messages = _messages(message)
                    parts -= is_part
                elif wire == _VARINT:
                    _, at = _varint(body, at)
                else:
                    at += _SIZES.get(wire, 0)
    except IndexError:
        raise Undecodable("the body ends within a field") from None


@cache
def _messages(of: Descriptor) -> Mapping[int, tuple[Descriptor, bool]]:
    """Give the messages that stand in a message by their fields' tags, and whether there may be many."""
    return {
        each.number << 3 | _BYTES: (each.message_type, each.is_repeated)
        for each in of.fields
        if each.message_type is not None
    }


def _varint(body: bytes, at: int) -> tuple[int, int]:
    """Read a number, and where it ends; a longer one would take time by its square."""
    number = body[at]
    if number < _MORE:
        return number, at + 1
    number, shift = number & 0x7F, 7
    while (byte := body[at := at + 1]) >= _MORE:
        number |= (byte & 0x7F) << shift
        shift += 7
        if shift > _LONGEST:
            raise Undecodable("a number in the body has no end")
    return number | byte << shift, at + 1
