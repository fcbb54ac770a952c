"""Runs one Java process and never outlives its owner: standard input is the owner's end of a rope.

The owner starts `python keeper.py <command…>` and holds the write end of the pipe. However the owner ends, kill -9 too,
the pipe closes; then the keeper asks the process to stop, and kills it when it lingers. Should the keeper itself be
killed, Linux kills the process with it. Imports nothing of ours: it starts in a few milliseconds.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

PATIENCE = 15.0  # seconds from "stop" to "die"
_PR_SET_PDEATHSIG = 1


def _dies_with(parent: int) -> Callable[[], None] | None:
    """Give what the child runs before exec, where the system knows how to tie it to its parent."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None)

    def tie() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)

    return tie


def _stop(child: subprocess.Popen[bytes]) -> None:
    child.terminate()
    try:
        child.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        child.kill()


def keep(command: Sequence[str]) -> int:
    """Run `command` until it ends, or until standard input does; returns its exit code."""
    # Started from the main thread and before any other: the tie is to the thread that forks.
    child = subprocess.Popen(  # noqa: S603 - our own command
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=_dies_with(os.getpid()),  # noqa: PLW1509 - no other thread runs yet
    )
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())

    def watch() -> None:
        while os.read(0, 1):
            pass
        _stop(child)

    threading.Thread(target=watch, daemon=True).start()
    return child.wait()


if __name__ == "__main__":
    sys.exit(keep(sys.argv[1:]))
