"""Waits for what other threads and processes do."""

from __future__ import annotations

import time
from collections.abc import Callable


def eventually(
    holds: Callable[[], object], within: float = 60, what: str = "it did not happen in time", *, every: float = 0.05
) -> None:
    """Wait until something holds, so many seconds at most; asks `every` so many."""
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until, what
        time.sleep(every)
