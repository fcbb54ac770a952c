"""The spill's end that is written to: one segment after the other, each begun when it is needed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final

from collector.spill import segment

SEGMENT: Final = 16 * 2**20  # bytes after which a new segment is begun


class Tail:
    """Writes behind whole entries alone: what another process wrote, or what failed, is never written on to."""

    def __init__(self, size: int, fresh: Callable[[], Path], begun: Callable[[int], None]) -> None:
        """Begin nothing yet. `fresh` gives a segment's path, `begun` hears its number once it is there."""
        self._size, self._fresh, self._begun = size, fresh, begun
        self._file: BinaryIO | None = None
        self._number = 0

    def append(self, entry: bytes) -> None:
        """Bring an entry to the disk.

        Raises:
            OSError: it is not there.
        """
        try:
            segment.write(self._file_for(len(entry)), entry)
        except OSError:
            self.close()  # something may be left behind the last whole entry
            raise

    def leave(self, number: int) -> None:
        """Write to a segment no more, if it is the one."""
        if number == self._number:
            self.close()

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _file_for(self, size: int) -> BinaryIO:
        if self._file is not None and self._file.tell() + size > self._size:
            self.close()
        if self._file is None:
            path = self._fresh()
            self._file, self._number = segment.create(path), int(path.stem)
            self._begun(self._number)
        return self._file
