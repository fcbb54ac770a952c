"""Signals: SIGTERM and SIGINT as an event that a service's loop looks at, others held until there is a handler."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Callable, Iterator, Sequence


@contextlib.contextmanager
def handled(numbers: Sequence[int], handle: Callable[[int, object], object]) -> Iterator[None]:
    """Have `handle` called at these signals, and at one that was held until now; afterwards all is as before."""
    before = {number: signal.signal(number, handle) for number in numbers}
    mask = signal.pthread_sigmask(signal.SIG_UNBLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def held(number: int) -> Iterator[None]:
    """Have a signal wait until it is `handled`: it would end the process. Who waits in vain is dropped at the end.

    Held by this thread and those that it starts: call it before others are there.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, (number,))
    try:
        yield
    finally:
        before = signal.signal(number, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(number, before)


@contextlib.contextmanager
def stop_on_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` on the first SIGTERM or SIGINT; a second one ends the process as if nothing handled it."""
    numbers = (signal.SIGTERM, signal.SIGINT)

    def handle(_number: int, _frame: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
        # Not from here: the loop may be inside this event's lock, in the very thread that handles the signal.
        threading.Thread(target=stop.set).start()

    with handled(numbers, handle):
        yield
