"""How much may come of each sender: two token buckets, of records and of bytes, in this process.

Of several workers that share a port each gives its part of every rate: together they never give more than all of it.

A request larger than a whole bucket is taken when the bucket is full, and leaves it in debt: so every request can be
taken some day, and in the long run no more comes than the rate says.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable
from typing import Final

from collector.intake import RetryLater
from collector.senders import Rate, Sender

LONGEST: Final = 5  # seconds: the stock SDKs give a batch up rather than wait much longer


class TooFast(RetryLater):
    """More than the sender's rate."""

    status = 429
    code = 8  # RESOURCE_EXHAUSTED
    sentence = "this is more than your rate: send it again later"


class Bucket:
    """Fills by `rate` a second up to `size`. Its clock is the caller's, and never goes back."""

    __slots__ = ("_at", "_level", "_rate", "_size")

    def __init__(self, rate: float, size: float, now: float) -> None:
        """Begin full."""
        self._rate, self._size = rate, size
        self._level, self._at = size, now

    def wait(self, amount: float, now: float) -> float:
        """Tell in how many seconds so much can be taken: 0 now."""
        self._level = min(self._size, self._level + (now - self._at) * self._rate)
        self._at = now
        return max(0.0, (min(amount, self._size) - self._level) / self._rate)

    def take(self, amount: float) -> None:
        """Take so much, be it into debt."""
        self._level -= amount


class _Pair:
    """The buckets of one sender."""

    __slots__ = ("bytes", "rate", "records")

    def __init__(self, rate: Rate, parts: int, now: float) -> None:
        self.rate = rate
        self.records = _part(rate.records, rate.burst, parts, now)
        self.bytes = _part(rate.bytes, rate.burst, parts, now)


def _part(rate: int | None, burst: float, parts: int, now: float) -> Bucket | None:
    return Bucket(rate / parts, rate * burst / parts, now) if rate else None


class Rates:
    """The buckets of all senders, made when one first sends, and anew when its rate is another. For any thread."""

    def __init__(self, clock: Callable[[], float] = time.monotonic, *, parts: int = 1) -> None:
        """Begin with none, and give one of so many equal parts of each rate."""
        self._clock, self._parts = clock, parts
        self._lock = threading.Lock()
        self._pairs: dict[str, _Pair] = {}

    def admit(self, sender: Sender) -> None:
        """Let a request in before its body is read, unless its sender has used up what it may.

        Raises:
            TooFast: it has.
        """
        self._take(sender, lambda pair: ((pair.bytes, 1, 0), (pair.records, 1, 0)))

    def take_bytes(self, sender: Sender, size: int) -> None:
        """Take the bytes of a body, as it was sent.

        Raises:
            TooFast: they are too many now.
        """
        self._take(sender, lambda pair: ((pair.bytes, size, size),))

    def take_records(self, sender: Sender, number: int) -> None:
        """Take the records of a request.

        Raises:
            TooFast: they are too many now.
        """
        self._take(sender, lambda pair: ((pair.records, number, number),))

    def _take(self, sender: Sender, wanted: Callable[[_Pair], tuple[tuple[Bucket | None, int, int], ...]]) -> None:
        if sender.rate.records is None and sender.rate.bytes is None:
            return
        with self._lock:
            now = self._clock()
            pair = self._pairs.get(sender.token)
            if pair is None or pair.rate != sender.rate:
                pair = self._pairs[sender.token] = _Pair(sender.rate, self._parts, now)
            asked = [(bucket, needed, taken) for bucket, needed, taken in wanted(pair) if bucket is not None]
            wait = max((bucket.wait(needed, now) for bucket, needed, _ in asked), default=0.0)
            if wait > 0:
                raise TooFast(min(LONGEST, math.ceil(wait)))
            for bucket, _, taken in asked:
                bucket.take(taken)
