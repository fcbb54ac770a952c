"""Decompression with an end: a batch's bytes in any of Kafka's codecs, out of which never more comes than is allowed.

Topics bound what is stored, which is compressed: 32 KB of zstd hold a gigabyte of zeros. So the bound is set here, and
holds while bytes come out, not after. Libraries' errors are cut off: nothing of theirs passes.
"""

from __future__ import annotations

import io
import zlib
from typing import TYPE_CHECKING, Final

import cramjam
import lz4.frame
import zstandard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

WINDOW: Final = 8 * 2**20  # bytes of what came before that a zstd frame may ask to be kept: what level 19 writes
_XERIAL: Final = b"\x82SNAPPY\x00"  # how Java's snappy begins: blocks, each behind its length
_XERIAL_HEADER: Final = 16
_VARINT: Final = 5  # bytes a 32-bit one takes at most


class TooMuch(Exception):  # noqa: N818 - a fact about bytes
    """More comes out than is allowed."""


class Broken(Exception):  # noqa: N818 - a fact about bytes
    """These are not the codec's bytes."""


class UnknownCodec(Exception):  # noqa: N818 - a fact about bytes
    """Kafka has no such codec, or had none when this was written."""


def inflated(codec: int, data: bytes, most: int) -> bytes:
    """Decompress a batch's records; `codec` is the number that Kafka's batch header has.

    Raises:
        TooMuch: more than `most` bytes; no more than that were made.
        Broken: they do not decompress.
        UnknownCodec: a number that is not listed here.
        MemoryError: there is none left.
    """
    inflate = _CODECS.get(codec)
    if inflate is None:
        raise UnknownCodec
    try:
        plain = inflate(data, most)
    except (TooMuch, MemoryError):
        raise
    except Exception:  # noqa: BLE001 - the door: four libraries, each with errors of its own
        raise Broken from None
    if len(plain) > most:
        raise TooMuch
    return plain


def _plain(data: bytes, _: int) -> bytes:
    return data


def _gzip(data: bytes, most: int) -> bytes:
    return zlib.decompressobj(wbits=31).decompress(data, most + 1)


def _snappy(data: bytes, most: int) -> bytes:
    parts: list[bytes] = []
    left = most
    for block in _blocks(data):
        size = _claimed(block)
        if size > left:
            raise TooMuch
        parts.append(bytes(cramjam.snappy.decompress_raw(block, output_len=size)))
        left -= size
    return b"".join(parts)


def _blocks(data: bytes) -> Iterator[bytes]:
    """Give the blocks of Java's form, or all of it as one."""
    if not data.startswith(_XERIAL):
        yield data
        return
    at = _XERIAL_HEADER
    while at < len(data):
        length = int.from_bytes(data[at : at + 4])
        yield data[at + 4 : at + 4 + length]
        at += 4 + length


def _claimed(block: bytes) -> int:
    """Read how long a block says it is, decompressed: nothing longer comes out of it."""
    size = 0
    for place, byte in enumerate(block[:_VARINT]):
        size |= (byte & 0x7F) << (7 * place)
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a varint
            return size
    raise Broken


def _lz4(data: bytes, most: int) -> bytes:
    return bytes(lz4.frame.LZ4FrameDecompressor().decompress(data, max_length=most + 1))


def _zstd(data: bytes, most: int) -> bytes:
    decompressor = zstandard.ZstdDecompressor(max_window_size=WINDOW)
    with decompressor.stream_reader(io.BytesIO(data), read_across_frames=True) as reader:
        return reader.read(most + 1)


_CODECS: Final[Mapping[int, Callable[[bytes, int], bytes]]] = {0: _plain, 1: _gzip, 2: _snappy, 3: _lz4, 4: _zstd}
