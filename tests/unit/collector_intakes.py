"""Intakes of the tests of the HTTP door: small and real, each does one thing that a pipeline may do."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from collector.intake import Answer, RetryLater, WhyNot, nothing
from collector.records import LogRecord, Record
from schemas.reasons import Reason


class Recording:
    """Accepts every record and keeps it; refuses, of the first request, as many as told."""

    def __init__(self, refused: Mapping[Reason, int] | None = None) -> None:
        self.records: list[LogRecord] = []
        self.calls = 0
        self._refused = dict(refused or {})

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Keep the records."""
        judged()
        self.calls += 1
        self.records += [record for record in records if isinstance(record, LogRecord)]
        return Answer(len(records) - sum(self._refused.values()), self._refused)

    def why_not(self) -> WhyNot | None:
        """Be ready."""
        return None


class Raising:
    """Raises, as a pipeline without Kafka or with a defect does."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Take nothing."""
        del records, judged
        raise self.error

    def why_not(self) -> WhyNot | None:
        """Say why, or raise here too."""
        if isinstance(self.error, RetryLater):
            return WhyNot.NO_KAFKA
        raise self.error


class Slow(Recording):
    """Accepts records once it is told to go on; `waiting` counts the requests that wait, `reached` tells the first."""

    def __init__(self, *, judges: bool = True) -> None:
        super().__init__()
        self._judges = judges
        self.waiting = 0
        self.reached = asyncio.Event()
        self.go_on = asyncio.Event()

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Wait, then keep the records."""
        self.waiting += 1
        if self._judges:
            judged()
        self.reached.set()
        await self.go_on.wait()
        self.waiting -= 1
        return await super().take(records, judged)
