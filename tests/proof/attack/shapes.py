"""The forms in which text can be put into a field, by its type: plain, packed, by order, by count, by presence."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.descriptor import FieldDescriptor as Field

from deploy.demo.app.canaries import Canary
from tests.proof.attack.drafts import Plain, fill
from tests.proof.attack.protocol import A, Place, bits, double, pieces

_WIDE: Final = {Field.TYPE_FIXED64, Field.TYPE_SFIXED64, Field.TYPE_UINT64, Field.TYPE_INT64, Field.TYPE_SINT64}
_NARROW: Final = {
    Field.TYPE_FIXED32, Field.TYPE_UINT32, Field.TYPE_INT32, Field.TYPE_SINT32, Field.TYPE_SFIXED32, Field.TYPE_ENUM,
}  # fmt: skip

Put = Callable[[Any], object]  # spoils the message that has the field


@dataclass(frozen=True, slots=True)
class Form:
    """A way to put a canary into a field: a record for each piece of it.

    `words` are those that are in it. `same` counts the records that say their piece by being left as they were.
    """

    name: str
    group: str
    puts: tuple[Put, ...]
    words: int = 2
    same: int = 0


def forms(place: Place, canary: Canary) -> Iterator[Form]:
    """Give every form that the field's type has room for."""
    field, text, raw = place.field, canary.text, canary.words[0].encode()
    if field.message_type is not None:
        yield from _of_attributes(place, canary) if place.is_attributes else ()
        yield _count(place, raw)
    elif field.is_repeated:
        yield from _of_list(place, canary)
        yield _count(place, raw)
    elif field.type == Field.TYPE_STRING:
        yield Form("text", "text", (_setting(place, text),))
        yield Form("base64", "encoded", (_setting(place, base64.b64encode(text.encode()).decode()),))
    elif field.type == Field.TYPE_BYTES:
        yield Form("text", "text", (_setting(place, text.encode()),))
        width = 16 if "trace" in field.name else 8
        yield Form("packed", "packed", tuple(_setting(place, piece) for piece in pieces(raw, width)), 1)
    else:
        yield from _of_number(place, raw)


def _of_number(place: Place, raw: bytes) -> Iterator[Form]:
    for name, values in _numbers(place.field.type, raw):
        yield Form(name, "packed", tuple(_setting(place, value) for value in values), 1)
    if place.field.type == Field.TYPE_BOOL:
        yield Form(
            "a bit", "packed", tuple(_flipping(place) if bit else _as_it_is for bit in bits(raw)), 1, _noughts(raw)
        )
    oneof = place.field.containing_oneof
    if oneof is not None and len(oneof.fields) == 1:  # what proto3 calls optional
        puts = tuple(_absent(place) if bit else _as_it_is for bit in bits(raw))
        yield Form("presence", "presence", puts, 1, _noughts(raw))


def _numbers(kind: int, raw: bytes) -> Iterator[tuple[str, list[int] | list[float]]]:
    """Read a word as numbers of a type."""
    if kind in _WIDE | _NARROW:
        width = 8 if kind in _WIDE else 4
        yield "packed", [int.from_bytes(piece) for piece in pieces(raw, width)]
        yield "packed, little-endian", [int.from_bytes(piece, "little") for piece in pieces(raw, width)]
    elif kind == Field.TYPE_DOUBLE:
        yield "packed", [double(piece) for piece in pieces(raw, 8)]
        yield "packed in a NaN", [double(piece + b"\xf8\x7f") for piece in pieces(raw, 6)]
        yield "packed in a negative subnormal", [double(piece + b"\x00\x80") for piece in pieces(raw, 6)]


def _of_list(place: Place, canary: Canary) -> Iterator[Form]:
    raw, field = canary.words[0].encode(), place.field
    if field.type == Field.TYPE_STRING:
        yield Form("text", "text", (_listing(place, canary.text.split(" ")),))
        yield Form("letters", "text", (_listing(place, list(canary.text)),))
        return
    for name, values in _numbers(field.type, raw):
        yield Form(name, "packed", (_listing(place, values),), 1)
    yield Form("code points", "packed", (_listing(place, list(raw)),), 1)
    puts = tuple(_swapping(place) if bit else _as_it_is for bit in bits(raw))
    yield Form("order", "order", puts, 1, _noughts(raw))


def _of_attributes(place: Place, canary: Canary) -> Iterator[Form]:
    """Everything that a key and a value can be."""
    (one, other), text, raw = canary.words, canary.text, canary.words[0].encode()
    values: dict[str, tuple[str, Plain]] = {
        "value": ("text", text),
        "bytes": ("bytes and arrays", text.encode()),
        "array": ("bytes and arrays", [one, other]),
        "array of code points": ("bytes and arrays", list(text.encode())),
        "array of flags": ("packed", [bool(bit) for bit in bits(raw + other.encode())]),
        "integers": ("packed", [int.from_bytes(piece) for piece in pieces(raw + other.encode(), 8)]),
        "doubles": ("packed", [double(piece) for piece in pieces(raw + other.encode(), 8)]),
        "map value": ("nested", {"draft": text}),
        "map key": ("nested", {text: True}),
        "nested": ("nested", {"panel": [{"chat": {one: [[other]]}}]}),
    }
    for name, (group, value) in values.items():
        yield Form(name, group, (_attribute(place, "chat.note", value),))
    yield Form("key", "text", (_attribute(place, text, 3),))
    yield Form("key alone", "text", (_attribute(place, text, None),))
    yield Form("one key twice", "duplicate", (_attribute(place, "note", one, other),))
    yield Form("a letter a key", "split", (_keys(place, list(text)),))
    number = int.from_bytes(raw[:4])
    yield Form("key of a table", "packed", (_stray(place, lambda pair: setattr(pair, "key_strindex", number)),), 1)
    put = _stray(place, lambda pair: setattr(pair.value, "string_value_strindex", number))
    yield Form("value of a table", "packed", (put,), 1)


def _setting(place: Place, value: object) -> Put:
    return lambda message: setattr(message, place.field.name, value)


def _listing(place: Place, values: Sequence[object]) -> Put:
    def put(message: Any) -> None:  # noqa: ANN401 - any message
        message.ClearField(place.field.name)
        getattr(message, place.field.name).extend(values)

    return put


def _swapping(place: Place) -> Put:
    """Swap the list's first and last."""

    def put(message: Any) -> None:  # noqa: ANN401 - any message
        first, *middle, last = getattr(message, place.field.name)
        _listing(place, [last, *middle, first])(message)

    return put


def _flipping(place: Place) -> Put:
    return lambda message: setattr(message, place.field.name, not getattr(message, place.field.name))


def _absent(place: Place) -> Put:
    return lambda message: message.ClearField(place.field.name)


def _as_it_is(_: object) -> None:
    pass


def _attribute(place: Place, key: str, *values: Plain | None) -> Put:
    def put(message: Any) -> None:  # noqa: ANN401 - any message
        for value in values:
            pair = getattr(message, place.field.name).add(key=key)
            if value is not None:
                fill(pair.value, value)

    return put


def _keys(place: Place, keys: Sequence[str]) -> Put:
    def put(message: Any) -> None:  # noqa: ANN401 - any message
        for number, key in enumerate(keys):
            fill(getattr(message, place.field.name).add(key=f"{key}{number}").value, key)

    return put


def _stray(place: Place, put: Callable[[Any], object]) -> Put:
    return lambda message: put(getattr(message, place.field.name).add())


def _count(place: Place, raw: bytes) -> Form:
    """A letter by how many there are: so many copies of the first, one at least; of attributes, so many more."""
    name, is_pairs = place.field.name, place.is_attributes

    def put(many: int) -> Put:
        def repeat(message: Any) -> None:  # noqa: ANN401 - any message
            into = getattr(message, name)
            if is_pairs:
                for _ in range(many):
                    fill(into.add(key="more").value, True)  # noqa: FBT003 - an attribute's value
            else:
                del into[1:]
                into.extend([into[0]] * (many - 1))

        return repeat

    return Form("count", "count", tuple(put(letter - A + 1) for letter in raw), 1)


def _noughts(raw: bytes) -> int:
    return bits(raw).count(0)
