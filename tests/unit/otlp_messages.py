"""Any message of OTLP, by its descriptor, and the same as OTLP/JSON: what the tests of both decoders draw."""

from __future__ import annotations

import base64
import json
from typing import Any

from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message import Message
from hypothesis import strategies as st

_NUMBERS = {
    FieldDescriptor.TYPE_INT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_SINT32: st.integers(-(2**31), 2**31 - 1),
    FieldDescriptor.TYPE_ENUM: st.integers(0, 9),
    FieldDescriptor.TYPE_INT64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_SFIXED64: st.integers(-(2**63), 2**63 - 1),
    FieldDescriptor.TYPE_UINT64: st.integers(0, 2**64 - 1),
    FieldDescriptor.TYPE_FIXED64: st.integers(0, 2**64 - 1),
    FieldDescriptor.TYPE_UINT32: st.integers(0, 2**32 - 1),
    FieldDescriptor.TYPE_FIXED32: st.integers(0, 2**32 - 1),
}
_OTHERS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.TYPE_DOUBLE: st.floats(allow_nan=False),
    FieldDescriptor.TYPE_BOOL: st.booleans(),
    FieldDescriptor.TYPE_STRING: st.text(max_size=6),
    FieldDescriptor.TYPE_BYTES: st.binary(max_size=20),
}
_PLAIN = {**_NUMBERS, **_OTHERS}
_SKIPPED = {"string_value_strindex", "key_strindex"}  # of profiles
_DEEP = 7
_WORDS = {float("inf"): "Infinity", float("-inf"): "-Infinity"}


@st.composite
def messages(draw: st.DrawFn, of: type[Message]) -> Message:
    """Draw a message of a type, every field of which may be there."""
    message = of()
    _fill(draw, message, 0)
    return message


def _fill(draw: st.DrawFn, message: Any, depth: int) -> None:  # noqa: ANN401 - any message
    for field in _chosen(draw, message.DESCRIPTOR, depth):
        if field.is_repeated:
            into = getattr(message, field.name)
            for _ in range(draw(st.integers(1, 2))):
                if field.message_type is None:
                    into.append(draw(_PLAIN[field.type]))
                else:
                    _fill(draw, into.add(), depth + 1)
        elif field.message_type is not None:
            getattr(message, field.name).SetInParent()
            _fill(draw, getattr(message, field.name), depth + 1)
        else:
            setattr(message, field.name, draw(_PLAIN[field.type]))


def _chosen(draw: st.DrawFn, of: Descriptor, depth: int) -> list[FieldDescriptor]:
    """Some fields, one of each oneof at most; ever fewer messages within messages. The way down to records is taken."""
    found: dict[str, FieldDescriptor] = {}
    for field in of.fields:
        is_way = depth < 3 and field.is_repeated and field.message_type is not None
        may = depth < _DEEP or field.message_type is None
        if field.name not in _SKIPPED and may and (is_way or draw(st.booleans())):
            oneof = field.containing_oneof
            found[oneof.name if oneof is not None else field.name] = field
    return list(found.values())


def to_json(message: Message) -> bytes:
    """Write a message as OTLP/JSON."""
    return json.dumps(_object(message)).encode()


def _object(message: Message) -> dict[str, Any]:
    written = {}
    for field, value in message.ListFields():
        given = [_value(field, item) for item in value] if field.is_repeated else _value(field, value)
        written[field.camelcase_name] = given
    return written


def _value(field: FieldDescriptor, value: Any) -> Any:  # noqa: ANN401 - a field's value
    if field.message_type is not None:
        return _object(value)
    if field.type == FieldDescriptor.TYPE_BYTES:
        return value.hex() if field.name.endswith("_id") else base64.b64encode(value).decode()
    if field.type == FieldDescriptor.TYPE_DOUBLE:
        return _WORDS.get(value, value)
    is_long = field.type in _NUMBERS and field.type not in (FieldDescriptor.TYPE_ENUM, FieldDescriptor.TYPE_SINT32)
    return str(value) if is_long else value
