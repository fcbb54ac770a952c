"""The spill's folder: its files' names, who holds it, whose key opens it, and how far it is done with."""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import Final, Protocol

from broker.local import lock as held
from collector.spill import segment

SUFFIX, DAMAGED, REFUSED = ".spill", ".damaged", ".refused"
ASIDE: Final = (DAMAGED, REFUSED)
DONE: Final = "done"
LOCK: Final = "lock"
KEPT: Final = (SUFFIX, *ASIDE)  # whatever holds somebody's records


class SpillTaken(Exception):  # noqa: N818 - a state of the folder
    """Another process holds this spill."""


class SpillLocked(Exception):  # noqa: N818 - a state of the folder
    """Another key sealed what is in this spill: the text names the folder and says what to do."""


class SpillStrange(Exception):  # noqa: N818 - a state of the folder
    """A file in the spill has a name that no spill gives: the text names it and says what to do."""


class Seal(Protocol):
    """Seals to the storage key and opens again; `opened` raises ValueError for what it did not seal."""

    def sealed(self, plain: bytes) -> bytes:
        """Seal."""

    def opened(self, sealed: bytes) -> bytes:
        """Open."""


def make(folder: Path) -> None:
    """Make a spill's folder, and those above it: they are there even if the machine stops now."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    for each in missing:
        segment.sync_folder(each.parent)


def files(folder: Path, suffixes: tuple[str, ...] = KEPT) -> list[Path]:
    """Give the files of a spill, in the order of their numbers."""
    return sorted(path for suffix in suffixes for path in folder.glob(f"*{suffix}"))


def size_of(folder: Path, suffixes: tuple[str, ...] = KEPT) -> int:
    """Add up what they take on the disk; one that goes meanwhile takes nothing."""
    size = 0
    for path in files(folder, suffixes):
        with contextlib.suppress(FileNotFoundError):
            size += path.stat().st_size
    return size


def read_done(folder: Path) -> tuple[int, int]:
    """Tell where the oldest batch begins: its segment's number, and the place in it."""
    try:
        number, end = map(int, (folder / DONE).read_text("ascii").split())
    except (OSError, ValueError):  # none, or none that counts: what it said is handed out again
        return 0, 0
    return number, end


def write_done(folder: Path, place: tuple[int, int]) -> None:
    """Keep it. Where that fails it is handed out again after a restart, no more."""
    draft = folder / f"{DONE}.new"
    with contextlib.suppress(OSError):
        with draft.open("wb", buffering=0) as file:
            file.write("{} {}\n".format(*place).encode())
            os.fsync(file.fileno())
        draft.replace(folder / DONE)
        segment.sync_folder(folder)


def newest(folder: Path) -> int:
    """Give the highest number that a file had: none is used twice."""
    return max(read_done(folder)[0], *(int(path.stem) for path in files(folder)), 0)


def path_of(folder: Path, number: int, suffix: str) -> Path:
    """Name a file of a spill."""
    return folder / f"{number:010}{suffix}"


class Numbers:
    """Gives paths of new files: no file ever had their numbers."""

    def __init__(self, folder: Path) -> None:
        """Look at what is there."""
        self._folder, self._last = folder, newest(folder)

    def fresh(self, suffix: str) -> Path:
        """Give the next one."""
        self._last += 1
        return path_of(self._folder, self._last, suffix)


def check_names(folder: Path) -> None:
    """See that whatever holds somebody's records is a file that a spill finds: somebody may have brought it here.

    Raises:
        SpillStrange: it is not.
    """
    for path in files(folder):
        if not re.fullmatch("[0-9]{10}", path.stem):
            raise SpillStrange(
                f"{path} has no name that the spill knows: call it by a number that no other file there has, of ten "
                f"digits, as 0000000007{path.suffix}, or move it elsewhere"
            )


def check_key(folder: Path, seal: Seal) -> None:
    """See that the key opens what waits in a spill's folder: each segment's first whole entry.

    Raises:
        SpillLocked: it does not. The checksum holds, so no damage makes it so.
        OSError: a segment can't be read.
    """
    for path in files(folder, (SUFFIX,)):
        with path.open("rb") as file:
            entry = next((part for part in segment.parts(file) if isinstance(part, segment.Entry)), None)
        try:
            if entry is not None:
                seal.opened(entry.sealed)
        except ValueError:
            raise SpillLocked(
                f"the storage key does not open the spill ({path}): bring back the key that sealed it, "
                "or move such *.spill files elsewhere, to be read with that key later"
            ) from None


def hold(folder: Path) -> held.Lock:
    """Take a spill's folder for this process; raises `SpillTaken`."""
    try:
        return held.Lock(folder / LOCK)
    except held.Taken:
        raise SpillTaken(f"another collector holds the spill in {folder}: give each its own") from None


def is_gone(path: Path) -> bool:
    """Tell whether somebody took a segment away: it alone, as a folder may be mounted again with all that it holds."""
    return not path.exists() and (path.parent / LOCK).exists()


def mended(path: Path) -> int:
    """Cut what a process that died left behind the last whole entry; gives how many bytes that were."""
    with path.open("r+b") as file:
        last = None
        for part in segment.parts(file):
            last = part
        if not isinstance(last, segment.Gap) or not last.torn:
            return 0
        file.truncate(last.start)
        os.fsync(file.fileno())
        return last.end - last.start
