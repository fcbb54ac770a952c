"""A request's body: what it is said to be, and its bytes, within the limits.

What exceeds a limit is never held: bytes are counted as they arrive, and decompression stops at the first byte too
many, so a gzip bomb costs no more than a body of the permitted size.
"""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterable, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from collector.errors import TooLarge, Undecodable, UnsupportedMedia
from collector.intake import RetryLater

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"
_GZIP_ONLY: Final = zlib.MAX_WBITS | 16  # a gzip header and trailer, and no other format


def is_json(content_types: Sequence[str]) -> bool:
    """Tell JSON from protobuf by the values of Content-Type, parameters ignored; raises `UnsupportedMedia`."""
    match [given.partition(";")[0].strip().lower() for given in content_types]:
        case [only] if only in (JSON, PROTOBUF):
            return only == JSON
    raise UnsupportedMedia(f"the content type must be {PROTOBUF} or {JSON}")


def is_gzip(content_encodings: Sequence[str]) -> bool:
    """Tell gzip from no coding by the values of Content-Encoding; raises `UnsupportedMedia`."""
    match [given.strip().lower() for given in content_encodings]:
        case [] | ["" | "identity"]:
            return False
        case ["gzip"]:
            return True
    raise UnsupportedMedia("the content encoding must be gzip or identity")


class Room:
    """Counts the bytes of bodies held at once, over all requests."""

    def __init__(self, most: int) -> None:
        self._left = most

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


async def read(chunks: AsyncIterable[bytes], *, most: int, take_room: Callable[[int], None]) -> bytes:
    """Read a body of at most `most` bytes to its end, as it was sent; raises `TooLarge`."""
    body = bytearray()
    async for chunk in chunks:
        if len(body) + len(chunk) > most:
            raise TooLarge("the body is larger than one request may be")
        take_room(len(chunk))
        body += chunk
    return bytes(body)


def gunzip(body: bytes, *, most: int) -> bytes:
    """Decompress exactly one gzip member, as every stock SDK sends; raises `Undecodable`, `TooLarge` beyond `most`."""
    inflate = zlib.decompressobj(_GZIP_ONLY)
    try:
        plain = inflate.decompress(body, most + 1)
    except zlib.error:
        raise Undecodable("the body is not gzip") from None
    if len(plain) > most:
        raise TooLarge("the decompressed body is larger than one request may be")
    if not inflate.eof:
        raise Undecodable("the gzip body is cut short")
    if inflate.unused_data:
        raise Undecodable("the body goes on after its gzip member")
    return plain
