"""How it stands with Kafka, and so whether requests may come: what `/readyz` says is read off this, not off a clock.

Kafka answers, or is away, or nobody has asked yet. Only where nobody but a request can find out how it stands (a key, a
grant, a disk) a while after a failure counts as ready again: else a load balancer would never send one.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from enum import Enum, auto
from typing import Final

from broker.port import BrokerError, Refused
from collector.intake import WhyNot


class _Kafka(Enum):
    UNKNOWN = auto()
    ANSWERS = auto()
    AWAY = auto()
    ASKED = auto()  # away, and the next request finds out


_GONE: Final = (_Kafka.AWAY, _Kafka.ASKED)


class Standing:
    """Safe to call from several threads; held for a moment only."""

    def __init__(self, tell: Callable[[str], None], full: Callable[[], bool] | None, doubt: float) -> None:
        """Know nothing yet. `full` says whether the spill is; None: there is no spill."""
        self._tell, self._full, self._doubt = tell, full, doubt
        self._lock = threading.Lock()
        self._kafka = _Kafka.UNKNOWN
        self._doubtful: tuple[float, WhyNot] = (0.0, WhyNot.STARTING)  # until monotonic seconds
        self._told = ""  # of what stays wrong, once
        self._counts: Counter[str] = Counter()

    @property
    def away(self) -> bool:
        """Whether Kafka is known not to answer; with a spill, until it has answered."""
        return self._kafka is _Kafka.AWAY or (self._kafka is _Kafka.UNKNOWN and self._full is not None)

    def answered(self) -> None:
        """Hear that Kafka has acknowledged, or let us in."""
        with self._lock:
            self._doubtful, self._told = (0.0, WhyNot.STARTING), ""
        self.said()

    def said(self) -> None:
        """Hear that Kafka has said something, be it no: it is there."""
        with self._lock:
            before, self._kafka = self._kafka, _Kafka.ANSWERS
        if before in _GONE:
            self._tell("the broker answers again")

    def ask(self) -> None:
        """Have a request find out whether Kafka is still away: nobody else can."""
        with self._lock:
            if self._kafka is _Kafka.AWAY:
                self._kafka = _Kafka.ASKED

    def failed(self, error: BrokerError) -> None:
        """Hear that it did not; told once for each change."""
        with self._lock:
            before = self._kafka
            if error.transient:
                self._kafka = _Kafka.AWAY
            elif isinstance(error, Refused):  # the others may be our client's own, without asking Kafka
                self._kafka = _Kafka.ANSWERS
        kept = self._full is not None and error.transient
        line = f"{type(error).__name__}: {error}"
        if before not in _GONE or not error.transient:
            self._say(f"requests go to the spill: {line}" if kept else f"senders are told to come again: {line}")

    def refuse(self, why: WhyNot | None = None) -> None:
        """Count a request that is told to come again; be in doubt for a reason that only a request can find mended."""
        self.count("unacknowledged_requests")
        if why is not None:
            self.doubt(why)

    def doubt(self, why: WhyNot) -> None:
        """Be not ready for a while."""
        with self._lock:
            self._doubtful = (time.monotonic() + self._doubt, why)

    def no_key(self, why: str) -> None:
        """Say that nothing is taken for now, as there is no key."""
        self._say(f"senders are told to come again: {why}")
        self.refuse(WhyNot.NO_KEY)

    def why_not(self) -> WhyNot | None:
        """Tell why nothing should be sent; None when something may be."""
        with self._lock:
            kafka, (until, why) = self._kafka, self._doubtful
        if self._full is None and kafka is not _Kafka.ANSWERS:
            return WhyNot.NO_KAFKA if kafka is _Kafka.AWAY else WhyNot.STARTING
        if self._full is not None and kafka is not _Kafka.ANSWERS and self._full():
            return WhyNot.SPILL_FULL
        return why if time.monotonic() < until else None

    def count(self, what: str, by: int = 1) -> None:
        """Count; names are ours."""
        with self._lock:
            self._counts[what] += by

    def count_error(self, error: BrokerError) -> None:
        """Count what went wrong at Kafka's door."""
        self.count(f"broker_error.{type(error).__name__}")

    def counts(self) -> Mapping[str, int]:
        """How it went so far."""
        with self._lock:
            return dict(self._counts)

    def _say(self, line: str) -> None:
        with self._lock:
            new, self._told = line != self._told, line
        if new:
            self._tell(line)
