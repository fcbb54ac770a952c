"""State and counts of a validator, for whoever shows them from another thread; names are ours."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Mapping, Sequence

from consumers.validator.journey import Eligible, Outcome, Withheld


class Progress:
    """What a beat tells."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.state = "starting"

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch whose outputs are acknowledged."""
        with self._lock:
            self._counts["judged"] += len(outcomes)
            for outcome in outcomes:
                if isinstance(outcome, Eligible):
                    self._counts["eligible"] += 1
                    self._counts.update(f"other.{field}" for field in outcome.others)
                    continue
                what = "withheld" if isinstance(outcome, Withheld) else "refused"
                reason = outcome.reason if isinstance(outcome, Withheld) else outcome.refusal.reason
                self._counts[what] += 1
                self._counts[f"{what}.{reason.code}"] += 1

    def waiting(self) -> None:
        """Say that the broker does not answer."""
        self.state = "waiting"
        self.add("retries")

    def add(self, what: str) -> None:
        """Count something that happened."""
        with self._lock:
            self._counts[what] += 1

    def read(self) -> tuple[str, Mapping[str, int]]:
        """State and counts, as a beat tells them."""
        with self._lock:
            return self.state, dict(self._counts)
