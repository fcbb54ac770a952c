"""A file that one process holds and others read: the system lets go of it however its holder ends."""

from __future__ import annotations

import fcntl
import time
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from pathlib import Path

_TRIES, _PAUSE = 10, 0.03  # somebody who only looks holds it for a moment too


class Taken(Exception):  # noqa: N818 - a fact about a file
    """Another process holds it."""


class Lock:
    """Held from construction to `release`."""

    def __init__(self, path: Path) -> None:
        """Take it, or raise `Taken`."""
        path.parent.mkdir(0o700, parents=True, exist_ok=True)
        path.touch(0o600)
        self._file = path.open("a+", encoding="utf-8")
        for _ in range(_TRIES):
            if _try(self._file, fcntl.LOCK_EX):
                self.write("")
                return
            time.sleep(_PAUSE)
        self._file.close()
        raise Taken

    def write(self, text: str) -> None:
        """Replace what others read."""
        self._file.seek(0)
        self._file.truncate()
        self._file.write(text)
        self._file.flush()

    def release(self) -> None:
        """Let go, leave nothing to read."""
        if not self._file.closed:
            self.write("")
            self._file.close()


def read_held(path: Path) -> str | None:
    """Give the text of a file that somebody holds; None when nobody does."""
    try:
        with path.open(encoding="utf-8") as file:
            return None if _try(file, fcntl.LOCK_SH) else file.read()
    except FileNotFoundError:
        return None


def _try(file: TextIO, how: int) -> bool:
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
