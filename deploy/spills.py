"""The spills of collectors: a folder for each worker, and whose it is once that worker is no more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from collector import logbook
from collector.errors import CannotStart
from collector.settings import CollectorSettings
from collector.spill.folder import SUFFIX, SpillLocked, SpillStrange, SpillTaken, check_key, check_names, files
from collector.spill.leftovers import PREFIX, folder_of, take_over
from collector.spill.store import Spill
from schemas.keyfile import read_storage_key

PATIENCE: Final = 15.0  # seconds
T = TypeVar("T")


def take_over_leftovers(settings: CollectorSettings) -> None:
    """Have the first worker's spill hold what workers left that are no more; see that the key opens all of it.

    Raises:
        BadKey, CannotStart: it can't be opened.
    """
    if settings.spill_bytes:
        for folder in (settings.spill_path, *settings.spill_path.glob(f"{PREFIX}*")):
            with _telling(folder):
                check_names(folder)
                if files(folder, (SUFFIX,)):
                    check_key(folder, read_storage_key(settings.storage_key_path))
        with _telling(settings.spill_path):
            moved = _once_free(lambda: take_over(settings.spill_path, settings.workers))
        if moved:
            logbook.tell(f"the spill takes over {moved} segments of workers that are no more")


def opened(settings: CollectorSettings, number: int, of: int) -> Spill | None:
    """Open the spill of one of so many workers, unless it is switched off; they share its bytes.

    Raises:
        BadKey, CannotStart: it can't be opened.
    """
    if not settings.spill_bytes:
        return None
    key, folder = read_storage_key(settings.storage_key_path), folder_of(settings.spill_path, number)
    with _telling(folder):
        most = settings.spill_bytes // of
        return _once_free(lambda: Spill(folder, key, most=most, clock=time.time, tell=logbook.tell))


def _once_free(take: Callable[[], T]) -> T:
    """Take a spill; workers whose supervisor was killed hold theirs until they have finished what they accepted."""
    until, told = time.monotonic() + PATIENCE, False
    while True:
        try:
            return take()
        except SpillTaken as taken:
            if told and time.monotonic() >= until:
                raise
            if not told:
                logbook.tell(f"the spill is held: {taken}; waiting for it, {PATIENCE:.0f} seconds at most")
            told = True
            time.sleep(0.1)


@contextmanager
def _telling(folder: Path) -> Iterator[None]:
    """Say in one line why a spill can't be opened."""
    try:
        yield
    except (SpillLocked, SpillStrange, SpillTaken) as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(
            f"the spill in {folder} can't be opened ({type(error).__name__}): see the disk, or set spill_dir elsewhere"
        ) from None
