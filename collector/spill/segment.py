"""One segment of the spill: an append-only file of sealed entries, each with its length, checksum and time.

Layout: 8 bytes of magic, then entries of `length, CRC-32, milliseconds since the epoch` (big-endian, 16 bytes) and as
many bytes as `length` says. The checksum covers time and bytes. An entry counts once it is whole: a process that died
while it wrote leaves a torn tail, which is cut when the file is opened again; nobody was told that it had been taken.
"""

from __future__ import annotations

import os
import struct
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAGIC = b"TGSPILL\x01"
_HEAD = struct.Struct(">IIQ")
_TIME = struct.Struct(">Q")


class Damaged(Exception):  # noqa: N818 - a state of the file
    """Bytes of a segment are not those that were written. `end` is where the next entry should begin, if it is told."""

    def __init__(self, end: int | None = None) -> None:
        """Keep the place."""
        super().__init__()
        self.end = end


class Torn(Damaged):
    """The last entry is not whole: whoever wrote it did not come to the end. `start` is where it begins."""

    def __init__(self, start: int) -> None:
        """Keep the place."""
        super().__init__()
        self.start = start


@dataclass(frozen=True, slots=True)
class Entry:
    """A sealed entry, the moment it was written in milliseconds since the epoch, and where the next one begins."""

    sealed: bytes = field(repr=False)
    moment: int
    end: int


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
    except OSError:
        file.truncate(before)
        raise


def read(file: BinaryIO, start: int) -> Entry | None:
    """Read the entry at `start`; None at the end of the file.

    Raises:
        Torn: the last entry is not whole.
        Damaged: another one is not the one that was written.
    """
    size = os.fstat(file.fileno()).st_size
    if start == size:
        return None
    file.seek(start)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        raise Torn(start)
    length, checksum, moment = _HEAD.unpack(head)
    end = start + _HEAD.size + length
    sealed = file.read(length) if end <= size else b""
    if len(sealed) != length or zlib.crc32(sealed, zlib.crc32(_TIME.pack(moment))) != checksum:
        raise Torn(start) if end >= size else Damaged(end)
    return Entry(sealed, moment, end)


def entries(file: BinaryIO, start: int = len(MAGIC)) -> Iterator[Entry]:
    """Read on from `start`.

    Raises:
        Damaged: as `read`; or the file is no segment.
    """
    file.seek(0)
    magic = file.read(len(MAGIC))
    if magic != MAGIC:
        raise Torn(0) if MAGIC.startswith(magic) else Damaged
    while (entry := read(file, start)) is not None:
        yield entry
        start = entry.end


def sync_folder(folder: Path) -> None:
    """Bring names that came or went to the disk."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
