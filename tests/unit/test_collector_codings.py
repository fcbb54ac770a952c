"""Content codings: what is taken, what is not, and that nothing beyond a limit is ever held."""

from __future__ import annotations

import gzip
import tracemalloc
import zlib
from collections.abc import Callable

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from collector.codings import coding_of, decompress
from collector.errors import TooLarge, Undecodable, UnsupportedMedia
from collector.limits import Limits

_MIB = 1024 * 1024
_CANARY = b"the-quick-canary"


def _zstd(plain: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(plain)


_COMPRESS: dict[str, Callable[[bytes], bytes]] = {"gzip": gzip.compress, "deflate": zlib.compress, "zstd": _zstd}
_codings = pytest.mark.parametrize("coding", _COMPRESS)


@pytest.mark.parametrize(
    ("encodings", "expected"),
    [([], None), ([""], None), (["Identity"], None), (["GZIP"], "gzip"), ([" deflate"], "deflate"), (["zstd"], "zstd")],
)
def test_the_codings_are_told_apart(encodings: list[str], expected: str | None) -> None:
    """Each coding, and none, is known in any case."""
    assert coding_of(encodings) == expected


@pytest.mark.parametrize("encodings", [["br"], ["gzip, gzip"], ["gzip", "zstd"], ["x-gzip"], ["snappy"]], ids=str)
def test_other_codings_are_unsupported(encodings: list[str]) -> None:
    """Another coding, or one upon another, raises UnsupportedMedia, which names those that are taken."""
    with pytest.raises(UnsupportedMedia, match="gzip, deflate, zstd or identity"):
        coding_of(encodings)


@_codings
@given(plain=st.binary(max_size=1000))
def test_what_was_compressed_is_decompressed(coding: str, plain: bytes) -> None:
    """A body gives what was compressed, up to exactly the limit."""
    assert decompress(_COMPRESS[coding](plain), coding, Limits(body=len(plain))) == plain


@_codings
def test_a_body_of_many_blocks_is_decompressed(coding: str) -> None:
    """Text longer than any window or piece arrives whole."""
    plain = b"".join(b"%d," % number for number in range(300_000))
    assert decompress(_COMPRESS[coding](plain), coding, Limits()) == plain


@_codings
@pytest.mark.parametrize(
    "damage",
    [
        lambda _: b"",
        lambda _: _CANARY,
        lambda body: body[:-1],
        lambda body: body[:12],
        lambda body: body + b"\0",
        lambda body: body + _CANARY * 10,
        lambda body: body + body,
        lambda body: body[:-4] + b"\0" * 4,
    ],
    ids=["empty", "plain", "cut-trailer", "cut-data", "zero", "garbage", "two-streams", "checksum"],
)
def test_a_body_that_is_not_one_stream_is_undecodable(coding: str, damage: Callable[[bytes], bytes]) -> None:
    """Anything but one whole stream, checksum and all, raises Undecodable, which repeats nothing."""
    with pytest.raises(Undecodable) as caught:
        decompress(damage(_COMPRESS[coding](_CANARY)), coding, Limits())
    assert _CANARY.decode() not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@_codings
@pytest.mark.parametrize("other", [*_COMPRESS, "bare deflate"])
def test_one_coding_is_not_taken_for_another(coding: str, other: str) -> None:
    """A body of another coding than it says raises Undecodable; so does deflate without zlib's header."""
    if coding == other:
        return
    bare = zlib.compressobj(wbits=-15)
    body = bare.compress(_CANARY) + bare.flush() if other == "bare deflate" else _COMPRESS[other](_CANARY)
    with pytest.raises(Undecodable):
        decompress(body, coding, Limits())


@_codings
@given(plain=st.binary(max_size=100), at=st.integers(0, 100), change=st.binary(max_size=4))
def test_a_mutated_body_raises_nothing_but_our_own(coding: str, plain: bytes, at: int, change: bytes) -> None:
    """A body with bytes changed decompresses within the limit, or raises Undecodable or TooLarge."""
    body = bytearray(_COMPRESS[coding](plain))
    body[at : at + len(change)] = change
    try:
        assert len(decompress(bytes(body), coding, Limits(body=200))) <= 200
    except (Undecodable, TooLarge):
        return


@_codings
def test_a_bomb_costs_no_memory(coding: str) -> None:
    """A body that would be 128 MiB is too large, and little more than the limit is ever held of it."""
    bomb = _COMPRESS[coding](b"\0" * 128 * _MIB)
    tracemalloc.start()
    try:
        with pytest.raises(TooLarge):
            decompress(bomb, coding, Limits(body=_MIB))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * _MIB


@_codings
def test_one_byte_beyond_the_limit_is_too_large(coding: str) -> None:
    """The limit is exact after decompression."""
    compress = _COMPRESS[coding]
    assert decompress(compress(b"0123456789"), coding, Limits(body=10)) == b"0123456789"
    with pytest.raises(TooLarge):
        decompress(compress(b"0123456789A"), coding, Limits(body=10))


@_codings
def test_a_body_grows_no_more_than_its_ratio(coding: str) -> None:
    """Beyond `grown` bytes, a body may grow `ratio` times and not one byte more."""
    body = _COMPRESS[coding](b"0" * 10_001)
    times = -(-10_001 // len(body))  # the least ratio that takes it
    assert len(decompress(body, coding, Limits(grown=0, ratio=times))) == 10_001
    with pytest.raises(TooLarge):
        decompress(body, coding, Limits(grown=0, ratio=times - 1))
    with pytest.raises(TooLarge, match="grows by decompression"):
        decompress(body, coding, Limits(grown=0, ratio=times - 1))
    assert len(decompress(body, coding, Limits(grown=10_001, ratio=1))) == 10_001
    with pytest.raises(TooLarge):
        decompress(body, coding, Limits(grown=10_000, ratio=1))


def test_a_window_larger_than_http_allows_is_refused() -> None:
    """A zstd frame that asks for 128 MiB of window is refused before that memory is taken."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, write_content_size=False)
    writer = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    with pytest.raises(Undecodable):
        decompress(writer.compress(_CANARY) + writer.flush(), "zstd", Limits())
