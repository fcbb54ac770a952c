"""Opens the producer where no spill does; nobody waits for it: while Kafka is away senders are told to come again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from broker.patience import Patience
from broker.port import BrokerError, Unavailable
from collector.quiet import place_of


class Opening:
    """A thread that tries until it is open: what Kafka refuses may be mended there."""

    def __init__(
        self, open_it: Callable[[], object], failed: Callable[[BrokerError], None], patience: Patience
    ) -> None:
        """Start."""
        self._open, self._failed, self._patience = open_it, failed, patience
        self.unopened: BrokerError | None = None  # how it went wrong last
        self._stop = threading.Event()
        self._tried = threading.Event()
        self._thread = threading.Thread(target=self._run, name="opening", daemon=True)
        self._thread.start()

    def first(self, within: float) -> None:
        """Wait for how the first try goes, so many seconds.

        Raises:
            BrokerError: Kafka refuses, as with a wrong password.
        """
        self._tried.wait(within)
        wrong = self.unopened  # once: the thread goes on
        if wrong and not wrong.transient:
            raise wrong

    def close(self) -> None:
        """Try no more. A try that is on its way ends by itself."""
        self._stop.set()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            self.unopened = self._try()
            self._tried.set()
            if self.unopened is None:
                return
            failures += 1
            self._stop.wait(self._patience.wait(failures))

    def _try(self) -> BrokerError | None:
        try:
            self._open()
        except BrokerError as error:
            wrong = error
        except Exception as defect:  # noqa: BLE001 - its text may be content, and this thread must not end
            wrong = Unavailable(f"internal: {place_of(defect)}")
        else:
            return None
        self._failed(wrong)
        return wrong
