"""Work that is done again and again beside everything else, in a thread of its own."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator


@contextlib.contextmanager
def regularly(work: Callable[[], None], every: float, name: str) -> Iterator[None]:
    """Call `work` every so many seconds, the first time after as many; an OSError of its leaves out one turn."""
    done = threading.Event()

    def turns() -> None:
        while not done.wait(every):
            with contextlib.suppress(OSError):
                work()

    thread = threading.Thread(target=turns, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
