"""A batch of messages as an entry of a segment: encoded, sealed, and back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from broker.port import Message
from collector.spill import segment
from schemas.codec import Codec, CodecError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collector.spill.folder import Seal

_BATCH = Codec({
    "type": "record", "name": "Spilled", "fields": [{"name": "messages", "type": {
        "type": "array", "items": {"type": "record", "name": "SpilledMessage", "fields": [
            {"name": "topic", "type": "string"},
            {"name": "value", "type": "bytes"},
            {"name": "key", "type": ["null", "bytes"]},
        ]}}}],
})  # fmt: skip


class NotOurs(Exception):  # noqa: N818 - a fact about the bytes
    """An entry that is whole was sealed by another key, or is no batch."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest batch, and where the one after it begins."""

    messages: tuple[Message, ...] = field(repr=False)
    moment: int
    number: int
    end: int


def packed(messages: Sequence[Message], moment: int, seal: Seal) -> bytes:
    """Make the entry of a batch that came at a moment."""
    value = {"messages": [{"topic": m.topic, "value": m.value or b"", "key": m.key} for m in messages]}
    return segment.packed(seal.sealed(_BATCH.encode(value)), moment)


def batch_of(entry: segment.Entry, number: int, seal: Seal) -> Batch:
    """Read an entry of the segment of this number.

    Raises:
        NotOurs: it can't be read.
    """
    try:
        told = _BATCH.decode(seal.opened(entry.sealed))
    except (CodecError, ValueError):
        raise NotOurs from None
    messages = tuple(Message(each["topic"], each["value"], each["key"]) for each in told["messages"])
    return Batch(messages, entry.moment, number, entry.end)
