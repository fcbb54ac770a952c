"""A request's body: what it is said to be, and its bytes, within the limits.

What exceeds a limit is never held: bytes are counted as they arrive.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from collector.errors import TooLarge, UnsupportedMedia
from collector.intake import RetryLater

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_TOO_LARGE: Final = "the body is larger than one request may be"
_MOST_DIGITS: Final = 20  # of a length in 64 bits


def is_json(content_types: Sequence[str]) -> bool:
    """Tell JSON from protobuf by the values of Content-Type, parameters ignored; raises `UnsupportedMedia`."""
    match [given.partition(";")[0].strip().lower() for given in content_types]:
        case [only] if only in (JSON, PROTOBUF):
            return only == JSON
    raise UnsupportedMedia(f"the content type must be {PROTOBUF} or {JSON}")


def is_told_in_json(content_types: Sequence[str]) -> bool:
    """Tell in which encoding a problem is told: the request's own; JSON when it named none that we know."""
    try:
        return is_json(content_types)
    except UnsupportedMedia:
        return True


class Room:
    """Counts the bytes of bodies held at once, over all requests."""

    def __init__(self, most: int) -> None:
        self._most = self._left = most

    @property
    def held(self) -> int:
        """How many bytes are held."""
        return self._most - self._left

    @contextmanager
    def hold(self) -> Iterator[Callable[[int], None]]:
        """Give a function that takes room for so many bytes, or raises `RetryLater`; all of it is given back."""
        held = 0

        def take(size: int) -> None:
            nonlocal held
            if size > self._left:
                raise RetryLater
            self._left -= size
            held += size

        try:
            yield take
        finally:
            self._left += held


def check_announced(content_lengths: Sequence[str], most: int) -> None:
    """Look at the size that a body is said to have, before any of it is asked for; raises `TooLarge`.

    Who waits for `100 Continue` sends none of it then. What comes is counted all the same.
    """
    for given in content_lengths:
        if given.isdecimal() and (len(given) > _MOST_DIGITS or int(given) > most):
            raise TooLarge(_TOO_LARGE)


async def read(chunks: AsyncIterable[bytes], *, most: int, take_room: Callable[[int], None]) -> bytes:
    """Read a body of at most `most` bytes to its end, as it was sent; raises `TooLarge`."""
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > most:
            raise TooLarge(_TOO_LARGE)
        take_room(len(chunk))
        body += chunk
    return bytes(body)
