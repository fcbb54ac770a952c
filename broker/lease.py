"""Lends one client to many threads, and drops it whole once anything failed in it.

Client libraries keep sending a batch that we gave up on, and after some failures refuse all that follow. So a client in
which anything failed is retired: nobody new gets it, and once its last user has left it is killed, which drops what is
still in it. The next user gets a fresh one.
"""

from __future__ import annotations

import contextlib
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from broker.port import Misused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

C = TypeVar("C")


@dataclass(slots=True)
class _Lent(Generic[C]):
    client: C
    users: int = 0
    retired: bool = False


class Leases(Generic[C]):
    """`open_` takes the seconds it may last; `kill` ends a client and its threads, and sends nothing more."""

    def __init__(self, open_: Callable[[float], C], kill: Callable[[C], None], *, within: float) -> None:
        """Open the first client, within `within` seconds."""
        self._open = open_
        self._kill = kill
        self._within = within
        self._lock = threading.Lock()
        self._closed = False
        self._current: _Lent[C] | None = _Lent(open_(within))

    @contextlib.contextmanager
    def lend(self, deadline: float) -> Iterator[C]:
        """Lend the client until `deadline` (monotonic seconds); an exception retires it."""
        lent = self._take(deadline)
        try:
            yield lent.client
        except BaseException:
            lent.retired = True
            raise
        finally:
            self._give_back(lent)

    def close(self, timeout: float) -> None:
        """Kill the client, whoever uses it."""
        with self._lock:
            lent, self._current, self._closed = self._current, None, True
        if lent is not None:
            within(timeout, lambda: self._kill(lent.client))

    def _take(self, deadline: float) -> _Lent[C]:
        with self._lock:
            if self._closed:
                raise Misused("this producer is closed")
            if self._current is None or self._current.retired:
                left = deadline - time.monotonic()
                self._current = _Lent(self._open(max(0.1, min(left, self._within))))
            self._current.users += 1
            return self._current

    def _give_back(self, lent: _Lent[C]) -> None:
        with self._lock:
            lent.users -= 1
            last = lent.retired and lent.users == 0
            if last and self._current is lent:
                self._current = None
        if last:
            # In the background: its user's deadline has passed already.
            within(0.0, lambda: self._kill(lent.client))


def within(seconds: float, work: Callable[[], object]) -> bool:
    """Do `work`, which may fail or hang, and wait for it at most `seconds`; returns whether it came to its end."""

    def quietly() -> None:
        with contextlib.suppress(Exception):
            work()

    thread = threading.Thread(target=quietly, daemon=True, name="tidegate-closing")
    thread.start()
    thread.join(seconds)
    return not thread.is_alive()
