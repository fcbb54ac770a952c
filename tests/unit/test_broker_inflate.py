"""Decompression ends at its bound, in each of Kafka's codecs, whatever the bytes claim."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Callable

import cramjam
import lz4.frame
import pytest
import zstandard

from broker import inflate
from broker.inflate import Broken, TooMuch, UnknownCodec, inflated

MOST = 100_000


def java_snappy(plain: bytes) -> bytes:
    """Compress as Java's producer does: in blocks of 32 KiB, each behind its length."""
    out = io.BytesIO()
    out.write(b"\x82SNAPPY\x00" + (1).to_bytes(4) * 2)
    for at in range(0, len(plain), 32 * 1024):
        block = bytes(cramjam.snappy.compress_raw(plain[at : at + 32 * 1024]))
        out.write(len(block).to_bytes(4) + block)
    return out.getvalue()


def raw_snappy(plain: bytes) -> bytes:
    """Compress as librdkafka does."""
    return bytes(cramjam.snappy.compress_raw(plain))


PACK: dict[str, tuple[int, Callable[[bytes], bytes]]] = {
    "none": (0, bytes),
    "gzip": (1, gzip.compress),
    "snappy": (2, raw_snappy),
    "snappy, Java's": (2, java_snappy),
    "lz4": (3, lz4.frame.compress),
    "zstd": (4, zstandard.ZstdCompressor().compress),
    "zstd, two frames": (4, lambda plain: zstandard.compress(plain[:500]) + zstandard.compress(plain[500:])),
}


@pytest.mark.parametrize("form", PACK)
def test_up_to_its_bound_all_of_it_comes_out(form: str) -> None:
    """As many bytes as are allowed, and not one more."""
    codec, pack = PACK[form]
    plain = bytes(number % 251 for number in range(MOST))
    assert inflated(codec, pack(plain), MOST) == plain
    assert inflated(codec, pack(b""), MOST) == b""
    with pytest.raises(TooMuch):
        inflated(codec, pack(plain), MOST - 1)


@pytest.mark.parametrize("form", [form for form in PACK if form != "none"])
def test_a_bomb_costs_no_more_than_its_bound(form: str) -> None:
    """Of 50 MB no more is made than is allowed, give or take a library's own buffers."""
    codec, pack = PACK[form]
    bomb = pack(bytes(50_000_000))
    tracemalloc.start()
    with pytest.raises(TooMuch):
        inflated(codec, bomb, MOST)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


@pytest.mark.parametrize("form", [form for form in PACK if form != "none"])
def test_other_bytes_are_broken(form: str) -> None:
    """Whatever a library raises over them."""
    codec, pack = PACK[form]
    for spoilt in (b"\xff" * 40, b"\x82SNAPPY\x00" + b"\xff" * 40, pack(b"words")[:5] + b"\xff" * 10):
        with pytest.raises((Broken, TooMuch)):
            inflated(codec, spoilt, MOST)


def test_a_window_of_a_hundred_megabytes_is_not_given() -> None:
    """A zstd frame asks for the memory that its window takes: no more than ours is given."""
    parameters = zstandard.ZstdCompressionParameters(window_log=27, enable_ldm=True)
    frame = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    asks = frame.compress(b"words") + frame.flush()
    assert zstandard.get_frame_parameters(asks).window_size > inflate.WINDOW
    with pytest.raises(Broken):
        inflated(4, asks, MOST)


@pytest.mark.parametrize("codec", [5, 6, 7])
def test_a_codec_that_kafka_has_not_is_unknown(codec: int) -> None:
    """Three numbers are left in a batch's header."""
    with pytest.raises(UnknownCodec):
        inflated(codec, b"", MOST)
