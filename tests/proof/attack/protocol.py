"""Every field of the protocol's messages, by their descriptors.

A field that a new release of the protocol adds is attacked from then on: without a line in the tables of `spans.py`
or `points.py` that says what is to become of it, no case can be made, and a test fails.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from google.protobuf.message import Message

A: Final = ord("a")
_PAIR: Final = "opentelemetry.proto.common.v1.KeyValue"


@dataclass(frozen=True, slots=True)
class Place:
    """A field of a message that stands at `path` in a request."""

    path: tuple[str, ...]
    field: Any  # a FieldDescriptor: there are two classes of those

    @property
    def owner(self) -> str:
        """The message's name."""
        return str(self.field.containing_type.name)

    @property
    def name(self) -> str:
        """What the tables call it."""
        return f"{self.owner}.{self.field.name}"

    @property
    def is_attributes(self) -> bool:
        """Whether attributes stand here."""
        return self.field.message_type is not None and self.field.message_type.full_name == _PAIR


def at(request: Any, path: Sequence[str]) -> Any:  # noqa: ANN401 - messages
    """Find a message in a request: the first one, where there may be several."""
    for step in path:
        inner = getattr(request, step)
        request = inner if isinstance(inner, Message) else inner[0]
    return request


def places(message: Message, path: tuple[str, ...] = ()) -> Iterator[Place]:
    """Name every field of a message and of those in it; attributes are one place."""
    for field in message.DESCRIPTOR.fields:
        place = Place(path, field)
        if field.message_type is None or field.is_repeated:
            yield place
        if field.message_type is None or place.is_attributes:
            continue
        value: Any = getattr(message, field.name)
        if field.is_repeated:
            assert len(value), f"nothing stands in {message.DESCRIPTOR.name}.{field.name}"
            yield from places(value[0], (*path, field.name))
        elif message.HasField(field.name):
            yield from places(value, (*path, field.name))


def messages(message: Message, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Say where each message in a message stands, itself and the first of its attributes and values included."""
    yield path
    for field, value in message.ListFields():
        if field.message_type is not None:
            yield from messages(value[0] if field.is_repeated else value, (*path, field.name))


def bits(raw: bytes) -> list[int]:
    """Read bytes bit by bit."""
    return [byte >> at & 1 for byte in raw for at in range(7, -1, -1)]


def pieces(raw: bytes, width: int) -> list[bytes]:
    """Cut into pieces of a width; what is left over at the end is left out."""
    return [raw[at : at + width] for at in range(0, len(raw) - width + 1, width)]


def double(raw: bytes) -> float:
    """Read eight bytes as a double."""
    [number] = struct.unpack("<d", raw)
    return float(number)
