"""Whether the spill takes more: what it may take, what its disk takes; told when that changes, once for each change."""

from __future__ import annotations

import os
import threading
from typing import TYPE_CHECKING

from collector.spill.folder import size_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class SpillFull(Exception):  # noqa: N818 - a state of the disk
    """The spill, or the disk it is on, takes no more: nothing of the batch was kept."""


class Room:
    """Full from the first entry that found no room until there is room for the largest that found none.

    Safe to call from several threads, and soon done: whoever asks whether it is full waits for nothing to be written.
    """

    def __init__(self, folder: Path, most: int, tell: Callable[[str], None]) -> None:
        """Have room."""
        self._folder, self._most, self._tell = folder, most, tell
        self._lock = threading.RLock()
        self._wanted = 0  # bytes
        self._broken = False

    @property
    def full(self) -> bool:
        """Whether it is full, looked at anew: the disk may have been cleared."""
        self.look()
        return self._wanted > 0

    def look(self) -> None:
        """See whether there is room again."""
        with self._lock:
            if self._wanted and self._left() >= self._wanted:
                self.emptied()

    def ask(self, size: int) -> None:
        """Ask for so many bytes.

        Raises:
            SpillFull: there are not so many left.
        """
        self.look()
        if size_of(self._folder) + size > self._most:
            self._miss(size, f"it takes {self._most} bytes")
            raise SpillFull

    def failed(self, size: int, error: OSError) -> None:
        """Hear that so many bytes could not be written."""
        if self._folder.is_dir() and self._free() < size:
            self._miss(size, "its disk takes no more")
        elif not self._broken:
            self._broken = True
            self._tell(f"the spill can't be written ({type(error).__name__}): see its disk")

    def wrote(self) -> None:
        """Hear that something was written."""
        self._broken = False

    def emptied(self) -> None:
        """Hear that there is as much room as there will ever be."""
        with self._lock:
            if self._wanted:
                self._wanted = 0
                self._tell("the spill has room again")

    def _miss(self, size: int, why: str) -> None:
        with self._lock:
            if not self._wanted:
                self._tell(f"the spill is full, {why}: while Kafka is away senders are told to come again")
            self._wanted = max(self._wanted, min(size, self._most))  # of more there will never be room

    def _left(self) -> int:
        return min(self._most - size_of(self._folder), self._free())

    def _free(self) -> int:
        try:
            disk = os.statvfs(self._folder)
        except OSError:  # the folder was taken away
            return 0
        return disk.f_bavail * disk.f_frsize
