"""Keeps what was freed usable: glibc gives each thread a heap of its own, and none of them uses another's free memory.

Large requests leave each of some twenty threads with the largest it has ever seen. Only one Python thread runs at a
time, so two heaps serve all of them as well.

A large body stands in no heap, where the next small thing behind it would keep its room from the system: glibc takes
such bodies from the system one by one, until it has seen one go, and then no more, unless it is told to (mallopt(3)).

And spares Python's search for cycles what never is in one: after every 700 objects it would look at those of the
requests in work, which go by themselves, and from time to time at the whole catalogue.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
from typing import Final

HEAPS: Final = 2
SEARCH_EVERY: Final = 10_000  # objects: more than a usual request makes
MAPPED: Final = 256 * 1024  # bytes of what is taken from the system for itself, and given back to it
_M_ARENA_MAX: Final = -8  # malloc.h
_M_MMAP_THRESHOLD: Final = -3


def few_heaps() -> None:
    """Ask for few heaps without holes, before the first thread is started; elsewhere than with glibc do nothing."""
    with contextlib.suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_M_ARENA_MAX, HEAPS)
        mallopt(_M_MMAP_THRESHOLD, MAPPED)


def few_searches() -> None:
    """Leave what is there now out of the search for cycles, for good, and search less often; once all is open."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(SEARCH_EVERY)
