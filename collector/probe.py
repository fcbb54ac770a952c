"""Finds out when Kafka is back, where no spill does: nobody else waits for it meanwhile.

It tries with one message of the request that failed, as only a message shows that Kafka acknowledges; one that comes
twice has the same event id. There is a thread for as long as Kafka is away.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeAlias

from broker.patience import Patience
from broker.port import BrokerError, Message

Try: TypeAlias = Callable[[Message], BrokerError | None]


class Probe:
    """Tries until Kafka says something, yes or no."""

    def __init__(self, try_with: Try, back: Callable[[], None], patience: Patience) -> None:
        """Try nothing yet. `back` is told once Kafka has said something."""
        self._try, self._back, self._patience = try_with, back, patience
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def begin(self, message: Message) -> None:
        """Try from now on, unless it is being tried."""
        with self._lock:
            if self._thread is None and not self._stop.is_set():
                thread = threading.Thread(target=self._run, args=(message,), name="probe", daemon=True)
                thread.start()  # where there is no thread left, the next request may find one
                self._thread = thread

    def stop(self) -> None:
        """Try no more."""
        self._stop.set()

    def close(self) -> None:
        """Try no more, and wait until the last try is over."""
        self.stop()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _said(self, message: Message) -> BrokerError | None:
        """A defect is found by the next request, whose sender is told."""
        try:
            return self._try(message)
        except Exception:  # noqa: BLE001 - its text may be content, and this thread must not end
            return None

    def _run(self, message: Message) -> None:
        failures = 0
        while not self._stop.is_set():
            error = self._said(message)
            if error is None or not error.transient:
                break
            failures += 1
            self._stop.wait(self._patience.wait(failures))
        with self._lock:
            self._thread = None
        if not self._stop.is_set():
            self._back()
