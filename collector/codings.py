"""Content codings: gzip, deflate and zstd, one whole stream each, decompressed within the limits.

What exceeds a limit is never held: output is counted as it comes, so a bomb costs no more than a body of the permitted
size. zstd is fed in small pieces, as its decoder has no limit of output of its own.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Final

import zstandard

from collector.errors import TooLarge, Undecodable, UnsupportedMedia
from collector.limits import Limits

_GZIP_ONLY: Final = zlib.MAX_WBITS | 16  # a gzip header and trailer, and no other format
_ZLIB_ONLY: Final = zlib.MAX_WBITS  # what HTTP calls deflate (RFC 9110): zlib's header and checksum, never bare deflate
_ZSTD_PIECE: Final = 64  # bytes fed at once: at 4 a block, and 128 KiB from a block, 2 MiB come of it at most
_ZSTD_WINDOW: Final = 8 * 1024 * 1024  # what RFC 9659 lets an HTTP sender ask for


def coding_of(content_encodings: Sequence[str]) -> str | None:
    """Tell the coding by the values of Content-Encoding, None for none; raises `UnsupportedMedia`."""
    match [given.strip().lower() for given in content_encodings]:
        case [] | ["" | "identity"]:
            return None
        case [coding] if coding in _DECODERS:
            return coding
    raise UnsupportedMedia("the content encoding must be gzip, deflate, zstd or identity")


def decompress(body: bytes, coding: str, limits: Limits) -> bytes:
    """Decompress exactly one stream, as every stock SDK sends; raises `Undecodable`, `TooLarge` beyond `limits`.

    A body may grow `limits.ratio` times, and to `limits.grown` bytes whatever it was, but never beyond `limits.body`.
    """
    grown = max(limits.grown, limits.ratio * len(body))
    try:
        return _DECODERS[coding](body, min(limits.body, grown))
    except TooLarge:
        if grown < limits.body:
            raise TooLarge("the body grows by decompression more often than a body may") from None
        raise


def _inflate(body: bytes, most: int, form: int) -> bytes:
    inflate = zlib.decompressobj(form)
    try:
        plain = inflate.decompress(body, most + 1)
    except zlib.error:
        raise Undecodable("the body is not of its content encoding") from None
    _check_size(len(plain), most)
    _check_end(ended=inflate.eof, rest=inflate.unused_data)
    return plain


def _unzstd(body: bytes, most: int) -> bytes:
    decoder = zstandard.ZstdDecompressor(max_window_size=_ZSTD_WINDOW).decompressobj()
    plain = bytearray()
    at = 0
    try:
        while at < len(body) and not decoder.eof:
            plain += decoder.decompress(body[at : at + _ZSTD_PIECE])
            at += _ZSTD_PIECE
            _check_size(len(plain), most)
    except zstandard.ZstdError:
        raise Undecodable("the body is not of its content encoding") from None
    _check_end(ended=decoder.eof, rest=decoder.unused_data + body[at:])
    return bytes(plain)


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge("the decompressed body is larger than one request may be")


def _check_end(*, ended: bool, rest: bytes) -> None:
    if not ended:
        raise Undecodable("the compressed body is cut short")
    if rest:
        raise Undecodable("the body goes on after its compressed stream")


_DECODERS: Final[Mapping[str, Callable[[bytes, int], bytes]]] = {
    "gzip": lambda body, most: _inflate(body, most, _GZIP_ONLY),
    "deflate": lambda body, most: _inflate(body, most, _ZLIB_ONLY),
    "zstd": _unzstd,
}
