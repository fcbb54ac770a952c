"""One segment of the spill: an append-only file of sealed entries, each with its length, checksum and time.

Layout: 8 bytes of magic, then entries of `length, CRC-32, milliseconds since the epoch` (big-endian, 16 bytes) and as
many bytes as `length` says. The checksum covers time and bytes. An entry counts once it is whole: a process that died
while it wrote leaves a torn tail, which is cut when the file is opened again; nobody was told that it had been taken.
Bytes that are no whole entry are a gap. What follows it is found by its checksum, whatever the gap says of its length.
"""

from __future__ import annotations

import os
import re
import struct
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

MAGIC = b"TGSPILL\x01"
_HEAD = struct.Struct(">IIQ")
_TIME = struct.Struct(">Q")
_MOMENT = re.compile(rb"\x00\x00[\x01-\x03]")  # how the milliseconds of the years from 2004 to 2109 begin
_BEFORE_MOMENT: Final = 8  # bytes of a head


@dataclass(frozen=True, slots=True)
class Entry:
    """A sealed entry, the moment it was written in milliseconds since the epoch, where it begins and the next one."""

    sealed: bytes = field(repr=False)
    moment: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Gap:
    """Bytes that are no entry. `torn`: the file ends before the entry does, as after a kill."""

    start: int
    end: int
    torn: bool = False


def create(path: Path) -> BinaryIO:
    """Begin a segment that is there, by name and head, even if the machine stops now."""
    file = path.open("xb", buffering=0)
    try:
        path.chmod(0o600)
        write(file, MAGIC)
        sync_folder(path.parent)
    except OSError:
        file.close()
        path.unlink(missing_ok=True)
        raise
    return file


def packed(sealed: bytes, moment: int) -> bytes:
    """Give an entry's bytes."""
    timed = _TIME.pack(moment)
    return _HEAD.pack(len(sealed), zlib.crc32(sealed, zlib.crc32(timed)), moment) + sealed


def write(file: BinaryIO, data: bytes) -> None:
    """Append all of it and bring it to the disk; what was there before is all that is left when that fails."""
    before = file.seek(0, os.SEEK_END)
    try:
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
        if not os.path.samestat(os.fstat(file.fileno()), Path(file.name).stat()):
            raise FileNotFoundError  # what is in it now, nobody will find
    except OSError:
        file.truncate(before)
        raise


def parts(file: BinaryIO, start: int | None = None) -> Iterator[Entry | Gap]:
    """Read on from `start`, where a part begins; from the file's head by default."""
    size = os.fstat(file.fileno()).st_size
    place = len(MAGIC) if start is None else start
    if start is None:
        file.seek(0)
        magic = file.read(len(MAGIC))
        if magic != MAGIC:
            place = _next(file, 0, size)
            yield Gap(0, place, torn=MAGIC.startswith(magic))
    while place < size:
        part = _part(file, place, size)
        yield part
        place = part.end


def sync_folder(folder: Path) -> None:
    """Bring names that came or went to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _part(file: BinaryIO, start: int, size: int) -> Entry | Gap:
    """Read the entry at `start`, or tell how far it is to the next one."""
    file.seek(start)
    head = file.read(_HEAD.size)
    said = size + 1
    if len(head) == _HEAD.size:
        length, checksum, moment = _HEAD.unpack(head)
        said = start + _HEAD.size + length
        sealed = file.read(length) if said <= size else b""
        if len(sealed) == length and zlib.crc32(sealed, zlib.crc32(_TIME.pack(moment))) == checksum:
            return Entry(sealed, moment, start, said)
    end = _next(file, start + 1, size)
    return Gap(start, end, torn=end == size and said > size)


def _next(file: BinaryIO, start: int, size: int) -> int:
    """Find where a whole entry begins, not before `start`; the file's end when there is none."""
    file.seek(start)
    data = memoryview(file.read(size - start))
    for found in _MOMENT.finditer(data, _BEFORE_MOMENT):
        at = found.start() - _BEFORE_MOMENT
        if at + _HEAD.size > len(data):
            break
        length, checksum, _ = _HEAD.unpack_from(data, at)
        end = at + _HEAD.size + length
        if end <= len(data) and zlib.crc32(data[at + _HEAD.size : end], zlib.crc32(data[at + 8 : at + 16])) == checksum:
            return start + at
    return size
