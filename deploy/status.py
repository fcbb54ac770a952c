"""A service's beat: a small JSON file that it rewrites every second, and that `up`, `status` and the demo read.

    {"service": "sink", "pid": 4711, "state": "running", "counts": {"rows": 20000}, "at": 1790000000.0}

`at` is seconds since the epoch. Counts are whole numbers under names of ours: nothing of a message is ever in here.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from collector.regularly import regularly

EVERY = 1.0  # seconds
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@dataclass(frozen=True, slots=True)
class Status:
    """A beat, as read."""

    service: str
    pid: int
    state: str
    counts: Mapping[str, int] = field(default_factory=dict)
    at: float = 0.0

    def age(self, now: float | None = None) -> float:
        """Tell how many seconds ago it was written; a service that is well beats every second."""
        return (time.time() if now is None else now) - self.at


@dataclass(frozen=True, slots=True)
class Beat:
    """Writes the beat of one service."""

    path: Path
    service: str

    def write(self, state: str, counts: Mapping[str, int]) -> None:
        """Rewrite the file as a whole: a reader sees the old beat or the new one, never half of one.

        Raises:
            OSError: the folder can't be written.
        """
        status = Status(self.service, os.getpid(), state, dict(counts), time.time())
        self.path.parent.mkdir(0o700, parents=True, exist_ok=True)
        draft = self.path.with_name(f".{self.path.name}.{os.getpid()}.tmp")
        try:
            draft.touch(0o600)
            draft.write_text(json.dumps(asdict(status)) + "\n", encoding="utf-8")
            draft.replace(self.path)
        finally:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)

    def begin(self, state: str, counts: Mapping[str, int]) -> None:
        """Write the first beat, if there is room: a full disk is the service's to report, and perhaps to clear.

        Raises:
            OSError: the folder can't be written.
        """
        try:
            self.write(state, counts)
        except OSError as error:
            if error.errno not in _FULL:
                raise

    @contextlib.contextmanager
    def beating(self, read: Callable[[], tuple[str, Mapping[str, int]]], *, every: float = EVERY) -> Iterator[None]:
        """Write what `read` tells: at once, every second from a thread of its own, and a last time at the end.

        Raises:
            OSError: the first beat can't be written, other than for want of room. Later ones may fail.
        """
        self.begin(*read())
        try:
            with regularly(lambda: self.write(*read()), every, f"beat-{self.service}"):
                yield
        finally:
            with contextlib.suppress(OSError):
                self.write(*read())


def read_beat(path: Path) -> Status | None:
    """Read a beat; None where there is none, or where the file is not one."""
    try:
        data = json.loads(path.read_bytes())
        counts = {str(name): int(count) for name, count in data["counts"].items()}
        return Status(str(data["service"]), int(data["pid"]), str(data["state"]), counts, float(data["at"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
