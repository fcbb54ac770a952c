"""Waiting for a broker that does not answer: the same manners for every service."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from threading import Event
from typing import TypeVar

from broker.port import BrokerError, Exhausted

T = TypeVar("T")
_TROUBLE = "there is no memory left here for what the broker answers: trying again"


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait between tries, in seconds: twice as long each time, up to a limit."""

    first: float = 0.2
    longest: float = 5.0

    def wait(self, failures: int) -> float:
        """Tell how long to wait after so many failures in a row."""
        return min(self.longest, self.first * 2.0 ** min(failures - 1, 16))


def patiently(
    call: Callable[[], T],
    *,
    stop: Event,
    tell: Callable[[str], None],
    failed: Callable[[], None] = lambda: None,
    patience: Patience | None = None,
) -> T | None:
    """Call until it works; None once told to stop. `failed` hears of each failure, `tell` of the first and the end.

    Raises:
        BrokerError: one that trying again can't mend.
    """
    patience = patience or Patience()
    failures = 0
    while not stop.is_set():
        try:
            result = call()
        except BrokerError as error:
            if not error.transient:
                raise
            failures += 1
            failed()
            if failures == 1:
                tell(_TROUBLE if isinstance(error, Exhausted) else "the broker does not answer: waiting for it")
            stop.wait(patience.wait(failures))
        else:
            if failures:
                tell("the broker answers again")
            return result
    return None
