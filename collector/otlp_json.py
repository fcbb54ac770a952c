"""OTLP/JSON to OTLP's messages, by their descriptors: protobuf's own `json_format` reads another dialect.

What OTLP says: lowerCamelCase names, hexadecimal ids, enums as numbers, unknown fields ignored. What protobuf's JSON
mapping adds: 64-bit integers as numbers or strings, null for absent, bytes in base64. What we refuse on top: a name
that comes twice in one object, NaN and Infinity as bare words, text that is not Unicode (lone surrogates) in any
name or text, anything after the one value. From the message on both encodings go one way, in `collector.otlp`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from json import dumps, loads
from typing import Any, Final, NoReturn

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message

from collector import otlp
from collector.errors import TooLarge, Undecodable
from collector.limits import DEEPEST, DEFAULT, Limits
from collector.otlp_json_fields import (
    SIGNED_32,
    SIGNED_64,
    UNSIGNED_32,
    UNSIGNED_64,
    Json,
    Object,
    as_list,
    as_object,
    base64,
    boolean,
    double,
    enum,
    hexadecimal,
    integer,
    present,
    text,
)
from collector.quota import BUCKETS
from collector.records import LogRecord, Record
from collector.signals import LOGS, Signal

_MOST_DIGITS: Final = 400  # the longest double in plain digits has 309; far more takes quadratic time to read
_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")  # the escape of one half, be it of a pair or alone
_IDS: Final = frozenset({"trace_id", "span_id", "parent_span_id"})
# What a request may be made of at most: messages for a point that has metric, scope and resource for itself, and for a
# value that is a list in a map; a bucket has a count and a bound.
_A_RECORD, _A_VALUE, _A_BUCKET = 9, 3, 2


def decode(body: bytes, signal: Signal, limits: Limits = DEFAULT) -> list[Record]:
    """Decode a request of one signal in OTLP/JSON; the records are those that the same request in protobuf gives.

    Raises `Undecodable`, and `TooLarge` for more records or values than `limits` takes.
    """
    parsed = as_object(_parse(body))
    request = signal.request()
    _Filler(limits).fill(request, parsed, 0)
    return otlp.read(request, signal, limits)


def decode_logs(body: bytes, limits: Limits = DEFAULT) -> list[LogRecord]:
    """Decode an ExportLogsServiceRequest in OTLP/JSON."""
    return [record for record in decode(body, LOGS, limits) if isinstance(record, LogRecord)]


def _parse(body: bytes) -> Json:
    try:
        parsed: Json = loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_int=_bounded, parse_constant=_no_constant
        )
        if _SURROGATE.search(body):
            _check_surrogates(parsed)
    except ValueError:  # not UTF-8, not JSON
        raise Undecodable("the body is not one JSON value in UTF-8") from None
    except RecursionError:
        raise Undecodable("the body is nested too deeply") from None
    return parsed


def _check_surrogates(parsed: Json) -> None:
    """Refuse half a surrogate pair wherever it stands, in a name that nobody reads too: it is no character."""
    try:
        dumps(parsed, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        raise Undecodable("a text holds half a surrogate pair") from None


def _unique(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Undecodable("a JSON object holds one name twice")
    return found


def _bounded(digits: str) -> int | float:
    if len(digits) > _MOST_DIGITS:
        raise Undecodable("a JSON number has too many digits")
    return -0.0 if digits == "-0" else int(digits)  # a double keeps that sign


def _no_constant(_name: str) -> NoReturn:
    raise Undecodable("NaN and Infinity are no JSON numbers")


class _Filler:
    """Fills messages; counts them, as an empty object costs its sender two bytes, and us far more."""

    def __init__(self, limits: Limits) -> None:
        # No request within `limits` is made of more messages, or has more numbers in histograms.
        self._messages = _A_RECORD * limits.records + _A_VALUE * limits.values
        self._numbers = _A_BUCKET * BUCKETS * limits.values

    def fill(self, message: Message, given: Object, depth: int) -> None:
        """Fill a message from a JSON object; names that it does not have are passed over."""
        if depth > DEEPEST:
            raise Undecodable("a value is nested too deeply")
        fields = _fields(message.DESCRIPTOR)
        for name, value in given.items():
            found = fields.get(name)
            if found is None or value is None:
                continue
            if found.containing_oneof is not None and message.WhichOneof(found.containing_oneof.name) is not None:
                raise Undecodable("a value is of two kinds at once")
            self._set(message, found, value, depth)

    def _set(self, message: Any, field: FieldDescriptor, value: Json, depth: int) -> None:  # noqa: ANN401 - protobuf's
        if field.is_repeated:
            items = as_list(value)
            into = getattr(message, field.name)
            if field.message_type is None:
                self._count(numbers=len(items))
                into.extend(map(_plain(field), map(present, items)))
            else:
                self._count(messages=len(items))
                for item in items:
                    self.fill(into.add(), as_object(present(item)), depth + 1)
        elif field.message_type is not None:
            self._count(messages=1)
            into = getattr(message, field.name)
            into.SetInParent()
            self.fill(into, as_object(value), depth + 1)
        else:
            setattr(message, field.name, _plain(field)(value))

    def _count(self, messages: int = 0, numbers: int = 0) -> None:
        self._messages -= messages
        self._numbers -= numbers
        if self._messages < 0 or self._numbers < 0:
            raise TooLarge("the request holds more records or values than one request may")


@cache
def _fields(of: Descriptor) -> Mapping[str, FieldDescriptor]:
    """A message's fields by their names in OTLP/JSON."""
    return {field.camelcase_name: field for field in of.fields}


def _plain(field: FieldDescriptor) -> Callable[[Json], object]:
    if field.type == FieldDescriptor.TYPE_BYTES:
        return hexadecimal if field.name in _IDS else base64
    return _PLAIN[field.type]


def _whole(within: range) -> Callable[[Json], int]:
    return lambda given: integer(given, within)


_PLAIN: Final[Mapping[int, Callable[[Json], object]]] = {
    FieldDescriptor.TYPE_STRING: text,
    FieldDescriptor.TYPE_BOOL: boolean,
    FieldDescriptor.TYPE_DOUBLE: double,
    FieldDescriptor.TYPE_ENUM: enum,
    FieldDescriptor.TYPE_INT32: _whole(SIGNED_32),
    FieldDescriptor.TYPE_SINT32: _whole(SIGNED_32),
    FieldDescriptor.TYPE_UINT32: _whole(UNSIGNED_32),
    FieldDescriptor.TYPE_FIXED32: _whole(UNSIGNED_32),
    FieldDescriptor.TYPE_INT64: _whole(SIGNED_64),
    FieldDescriptor.TYPE_SFIXED64: _whole(SIGNED_64),
    FieldDescriptor.TYPE_UINT64: _whole(UNSIGNED_64),
    FieldDescriptor.TYPE_FIXED64: _whole(UNSIGNED_64),
}
