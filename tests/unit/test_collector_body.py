"""The body's reader: what is taken, what is not, and that nothing beyond a limit is ever held."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from collector.body import Room, check_announced, is_json, read
from collector.errors import TooLarge, UnsupportedMedia
from collector.intake import RetryLater

_MIB = 1024 * 1024


async def _chunks(*chunks: bytes) -> AsyncIterator[bytes]:
    for chunk in chunks:
        yield chunk


def _read(*chunks: bytes, most: int = 10, room: Room | None = None) -> bytes:
    with (room or Room(_MIB)).hold() as take_room:
        return asyncio.run(read(_chunks(*chunks), most=most, take_room=take_room))


@pytest.mark.parametrize(
    ("content_type", "json"),
    [
        ("application/json", True),
        ("application/x-protobuf", False),
        ("Application/JSON; charset=utf-8", True),
        (" application/x-protobuf ;v=1", False),
    ],
)
def test_the_two_content_types_are_told_apart(content_type: str, json: bool) -> None:  # noqa: FBT001 - a table's column
    """JSON and protobuf are known in any case and with parameters."""
    assert is_json([content_type]) is json


@pytest.mark.parametrize(
    "content_types",
    [[], [""], ["text/plain"], ["application/jsonx"], ["application/protobuf"], ["application/json"] * 2],
    ids=str,
)
def test_other_content_types_are_unsupported(content_types: list[str]) -> None:
    """No content type, another one, or two of them raise UnsupportedMedia, which names those that are taken."""
    with pytest.raises(UnsupportedMedia, match=r"application/x-protobuf or application/json"):
        is_json(content_types)


@pytest.mark.parametrize("announced", ["11", "9" * 19, "9" * 5000])
def test_a_body_that_is_announced_too_large_is_not_asked_for(announced: str) -> None:
    """The size that it is said to have is enough; a limit is still inside."""
    check_announced(["10"], 10)
    check_announced([], 10)
    check_announced(["ten"], 10)  # the server in front takes no such header
    with pytest.raises(TooLarge):
        check_announced([announced], 10)


def test_a_body_is_read_to_its_end() -> None:
    """Chunks, empty ones among them, are put together up to exactly the limit."""
    assert _read(b"01234", b"", b"56789", b"") == b"0123456789"


def test_a_body_beyond_the_limit_is_too_large_as_soon_as_it_is() -> None:
    """Reading stops at the chunk that exceeds the limit: what follows is not asked for."""

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b"012345"
            asked.append(1)

    asked: list[int] = []
    with Room(_MIB).hold() as take_room, pytest.raises(TooLarge):
        asyncio.run(read(endless(), most=10, take_room=take_room))
    assert len(asked) == 1


def test_bodies_together_have_a_limit_too() -> None:
    """When the bodies held at once have no room left, the next sender is told to come again; room is given back."""
    room = Room(15)
    with room.hold() as take_room:
        take_room(10)
        with pytest.raises(RetryLater):
            _read(b"123456", room=room)
        assert _read(b"12345", room=room) == b"12345"
    assert _read(b"0123456789", room=room) == b"0123456789"
