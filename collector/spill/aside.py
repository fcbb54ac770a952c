"""What the spill sets aside: entries that Kafka refuses for good, and bytes that are damaged.

A file of them has the form of a segment. Who has mended what was wrong stops the collector, gives the file a segment's
name (`0000000007.refused` becomes `0000000007.spill`) and starts it again. No other file ever had its number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from collector.spill import segment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Aside:
    """One file of a kind for the life of a process, begun when first needed; another one once it was taken away."""

    def __init__(self, fresh: Callable[[], Path]) -> None:
        """Keep what gives a path that no file has or had."""
        self._fresh = fresh
        self._file: BinaryIO | None = None
        self.name = ""

    def keep(self, entries: bytes) -> None:
        """Bring them to the disk.

        Raises:
            OSError: they are not there.
        """
        if self._file is None:
            path = self._fresh()
            self._file, self.name = segment.create(path), path.name
        try:
            segment.write(self._file, entries)
        except FileNotFoundError:  # somebody deals with what was in it
            self.close()
            self.keep(entries)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            self._file.close()
            self._file = None
