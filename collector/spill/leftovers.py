"""What workers that are no more left in their spills: the first worker's spill takes it over."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from collector.spill import segment
from collector.spill.folder import DONE, Numbers, files, hold

PREFIX: Final = "worker-"


def folder_of(root: Path, number: int) -> Path:
    """Say where a worker's spill is: the first one's is where that of a collector alone is."""
    return root / f"{PREFIX}{number}" if number else root


def take_over(root: Path, workers: int) -> int:
    """Move the segments of workers from number `workers` on behind the first worker's; gives how many there were.

    A segment that was begun is handed out from its start again: event ids make that harmless.

    Raises:
        SpillTaken: a process holds one of the spills.
        OSError: a folder can't be read or written.
    """
    left = [folder for folder in sorted(root.glob(f"{PREFIX}*")) if _number(folder) >= workers]
    if not left:
        return 0
    held, moved = hold(root), 0
    try:
        fresh = Numbers(root).fresh
        for folder in left:
            theirs = hold(folder)
            try:
                for path in files(folder):
                    moved += 1
                    path.rename(fresh(path.suffix))
                segment.sync_folder(root)
                (folder / DONE).unlink(missing_ok=True)
            finally:
                theirs.release()
    finally:
        held.release()
    return moved


def _number(folder: Path) -> int:
    text = folder.name.removeprefix(PREFIX)
    return int(text) if text.isdecimal() else -1
