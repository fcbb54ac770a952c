"""Which events were carried a moment ago: at-least-once delivery brings some twice, and so can whoever may write.

Bounded, and in memory alone: it spares ml.eligible most copies; the tables collapse the rest by event id.
"""

from __future__ import annotations

from collections.abc import Sequence

from consumers.validator.journey import Eligible, Outcome, Withheld
from schemas.reasons import Reason

MOST = 100_000  # event ids


class Seen:
    """The event ids that were acknowledged last."""

    def __init__(self, most: int = MOST) -> None:
        """Know none."""
        self._most = most
        self._ids: dict[bytes, None] = {}  # in the order they came

    def without_copies(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Withhold what was carried before, or stands in the batch before."""
        batch: set[bytes] = set()
        judged: list[Outcome] = []
        for outcome in outcomes:
            if isinstance(outcome, Eligible):
                if outcome.event in self._ids or outcome.event in batch:
                    judged.append(Withheld(Reason.DUPLICATE))
                    continue
                batch.add(outcome.event)
            judged.append(outcome)
        return judged

    def carried(self, outcomes: Sequence[Outcome]) -> None:
        """Keep the ids of a batch that is acknowledged, and forget the oldest."""
        for outcome in outcomes:
            if isinstance(outcome, Eligible):
                self._ids[outcome.event] = None
        while len(self._ids) > self._most:
            del self._ids[next(iter(self._ids))]
