"""What every producer asks of a batch before it sends any of it, and how it packs batches."""

from __future__ import annotations

from typing import TYPE_CHECKING

from broker.port import Misused, TooLarge

if TYPE_CHECKING:
    from collections.abc import Sequence

    from broker.port import Message

MAX_REQUEST = 9 * 1024 * 1024  # bytes
LINGER = 0.005  # seconds a producer waits for company
_OVERHEAD = 1024  # bytes a message and its batch take beside value, key and headers


def size(message: Message) -> int:
    """Give what a message takes at most, uncompressed, in bytes."""
    taken = _OVERHEAD + len(message.value or b"") + len(message.key or b"")
    for key, value in message.headers:
        taken += len(key.encode()) + len(value)
    return taken


def check(messages: Sequence[Message]) -> None:
    """Refuse, before anything is sent, what no driver could write.

    Raises:
        Misused: a message without value and key.
        TooLarge: a message larger than any request may be.
    """
    for message in messages:
        if message.value is None and message.key is None:
            raise Misused("a message without a value needs a key")
        if size(message) > MAX_REQUEST:
            raise TooLarge(f"a message exceeds {MAX_REQUEST} bytes")
