"""The collector's heaps: few, however many threads it has; and few searches for cycles in them."""

from __future__ import annotations

import subprocess
import sys

import pytest

_THREADS = """
import ctypes, sys, threading
from collector.heap import few_heaps
if "few" in sys.argv:
    few_heaps()
together = threading.Barrier(8)
def work():
    held = [bytes(1000 + n) for n in range(2000)]
    together.wait(20)
    del held
threads = [threading.Thread(target=work) for _ in range(8)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
ctypes.CDLL(None).malloc_stats()
"""


def _ran(program: str, asked: str) -> subprocess.CompletedProcess[str]:
    """Run a program that asks for few heaps, or for none."""
    command = (sys.executable, "-c", program, asked)
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)  # noqa: S603 - ourselves


@pytest.mark.skipif(sys.platform != "linux", reason="it asks glibc")
def test_threads_share_few_heaps() -> None:
    """Eight threads that allocate at once have heaps of their own, unless few were asked for."""
    told = {asked: _ran(_THREADS, asked).stderr.count("Arena ") for asked in ("few", "any")}
    if told["any"] == 0:
        pytest.skip("another C library: it has no arenas to tell of")
    assert told["few"] <= 2 < told["any"]


_BODIES = """
import sys
from pathlib import Path
from collector.heap import few_heaps
def taken():
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096
if "few" in sys.argv:
    few_heaps()
mib = 2**20
big = b"x" * (16 * mib)
del big
before = taken()
for _ in range(4):
    held = [(b"x" * (4 * mib + n), b"y" * (1000 + n)) for n in range(8)]
    small = [pair[1] for pair in held]
    del held
print(taken() - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="it asks glibc")
def test_large_bodies_leave_nothing_behind() -> None:
    """Bodies that are gone take no memory, though what is small and came between them stays."""
    left = {asked: int(_ran(_BODIES, asked).stdout) for asked in ("few", "any")}
    if left["any"] < 2**20:
        pytest.skip("another C library: it keeps nothing")
    assert left["few"] < 2**20


_CYCLES = """
import gc, weakref
from collector.heap import SEARCH_EVERY, few_searches
class Node: pass
def cycle():
    node = Node()
    node.self = node
    return weakref.ref(node)
before = [[] for _ in range(1000)]
few_searches()
assert gc.get_freeze_count() > 1000 and gc.get_threshold()[0] == SEARCH_EVERY
lost = cycle()
held = [[] for _ in range(SEARCH_EVERY + 1)]
assert lost() is None
"""


def test_what_is_open_is_not_searched_and_later_cycles_are_found() -> None:
    """All that was there is left out; a cycle that is made later is found, once enough was made after it."""
    subprocess.run((sys.executable, "-c", _CYCLES), check=True, timeout=60)  # noqa: S603 - ourselves
