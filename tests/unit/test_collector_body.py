"""The body's reader: what is taken, what is not, and that nothing beyond a limit is ever held."""

from __future__ import annotations

import asyncio
import gzip
import tracemalloc
import zlib
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.body import Room, gunzip, is_gzip, is_json, read
from collector.errors import TooLarge, Undecodable, UnsupportedMedia
from collector.intake import RetryLater

_MIB = 1024 * 1024
_CANARY = b"the-quick-canary"


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


@pytest.mark.parametrize(
    ("encodings", "expected"), [([], False), ([""], False), (["Identity"], False), (["GZIP"], True)]
)
def test_the_codings_are_told_apart(encodings: list[str], expected: bool) -> None:  # noqa: FBT001 - a table's column
    """Gzip and no coding are known in any case."""
    assert is_gzip(encodings) is expected


@pytest.mark.parametrize("encodings", [["deflate"], ["br"], ["gzip, gzip"], ["gzip", "gzip"], ["x-gzip"]], ids=str)
def test_other_codings_are_unsupported(encodings: list[str]) -> None:
    """Another coding, or one upon another, raises UnsupportedMedia."""
    with pytest.raises(UnsupportedMedia, match="gzip or identity"):
        is_gzip(encodings)


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


@given(st.binary(max_size=1000))
def test_what_was_compressed_is_decompressed(plain: bytes) -> None:
    """A gzip body gives what was compressed, up to exactly the limit."""
    assert gunzip(gzip.compress(plain), most=len(plain)) == plain


@pytest.mark.parametrize(
    "body",
    [
        b"",
        _CANARY,
        gzip.compress(_CANARY)[:-1],
        gzip.compress(_CANARY)[:12],
        gzip.compress(_CANARY) + b"\0",
        gzip.compress(_CANARY) + _CANARY,
        gzip.compress(_CANARY) + gzip.compress(_CANARY),
        gzip.compress(_CANARY)[:-8] + b"\0" * 8,
        zlib.compress(_CANARY),
    ],
    ids=["empty", "plain", "cut-trailer", "cut-data", "zero", "garbage", "two-members", "checksum", "zlib"],
)
def test_a_body_that_is_not_one_gzip_member_is_undecodable(body: bytes) -> None:
    """Anything but one whole gzip member, checksum and all, raises Undecodable, which repeats nothing."""
    with pytest.raises(Undecodable) as caught:
        gunzip(body, most=_MIB)
    assert _CANARY.decode() not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@given(st.binary(max_size=100), st.integers(0, 100), st.binary(max_size=4))
def test_mutated_gzip_raises_nothing_but_undecodable(plain: bytes, at: int, change: bytes) -> None:
    """A gzip body with bytes changed decompresses, or raises Undecodable or TooLarge."""
    body = bytearray(gzip.compress(plain))
    body[at : at + len(change)] = change
    try:
        assert len(gunzip(bytes(body), most=200)) <= 200
    except (Undecodable, TooLarge):
        return


def test_a_gzip_bomb_costs_no_memory() -> None:
    """A body of 256 MiB in a quarter of a MiB of gzip is too large, and no more than the limit is ever held of it."""
    compress = zlib.compressobj(9, wbits=31)
    bomb = b"".join(compress.compress(b"\0" * _MIB) for _ in range(256)) + compress.flush()
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            gunzip(bomb, most=_MIB)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * _MIB


def test_one_byte_beyond_the_limit_is_too_large() -> None:
    """The limit is exact after decompression, too."""
    assert gunzip(gzip.compress(b"0123456789"), most=10) == b"0123456789"
    with pytest.raises(TooLarge):
        gunzip(gzip.compress(b"0123456789A"), most=10)
