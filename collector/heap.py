"""Keeps what was freed usable: glibc gives each thread a heap of its own, and none of them uses another's free memory.

Large requests leave each of some twenty threads with the largest it has ever seen. Only one Python thread runs at a
time, so two heaps serve all of them as well.
"""

from __future__ import annotations

import contextlib
import ctypes
from typing import Final

HEAPS: Final = 2
_M_ARENA_MAX: Final = -8  # malloc.h


def few_heaps() -> None:
    """Ask for few heaps, before the first thread is started; elsewhere than with glibc do nothing."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, HEAPS)
