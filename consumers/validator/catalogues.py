"""The catalogue as it is now: a schema that was registered a moment ago is waited for, not refused.

Collector and validator are not brought up to date at the same moment. A message whose schema id is newer than any that
is known waits in its partition, and those behind it, while the registered texts are read again; for a bounded time, so
that whoever makes ids up can't stop a partition for long, or twice.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broker.port import Received
from schemas.catalogue import Catalogue
from schemas.codec import CodecError, unframe
from schemas.findings import CatalogueInvalid

NEXT = 256  # ids above the newest known that a catalogue may be expected to bring
Place = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait for a schema, how often to look, and how long not to wait again after it was in vain.

    `refresh` is how often to look when nothing waits: a schema may have been taken out. In seconds.
    """

    longest: float = 60.0
    every: float = 2.0
    rest: float = 600.0
    refresh: float = 60.0


WAIT = Wait()


class Catalogues:
    """Holds the newest catalogue that could be loaded."""

    def __init__(
        self,
        now: Catalogue,
        load: Callable[[], Catalogue] | None,
        tell: Callable[[str], None],
        wait: Wait = WAIT,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin with a catalogue; without `load` it stays."""
        self.now = now
        self._load, self._tell, self._wait, self._clock = load, tell, wait, clock
        self._looked = clock() if load is not None else 0.0
        self._since: dict[Place, tuple[int, float]] = {}  # for which offset a partition waits, and since when
        self._resting: dict[Place, float] = {}  # until when it waits for nothing

    def sorted_out(self, batch: Sequence[Received]) -> tuple[list[Received], list[Received]]:
        """Split a batch: what can be judged now, and the first message of each partition that has to wait."""
        self._look(self._clock(), self._wait.refresh)
        ready: list[Received] = []
        waiting: dict[Place, Received] = {}
        for message in batch:
            place = message.topic, message.partition
            if place in waiting:
                continue
            if self._is_awaited(message, place):
                waiting[place] = message
            else:
                ready.append(message)
        return ready, list(waiting.values())

    def _is_awaited(self, message: Received, place: Place) -> bool:
        if not self._could_come(message):
            return False
        now = self._clock()
        self._look(now, self._wait.every)
        if not self._could_come(message) or now < self._resting.get(place, now):
            return False
        offset, since = self._since.get(place, (message.offset, now))
        if offset != message.offset:  # the one before it was judged, here or elsewhere
            since = now
        self._since[place] = message.offset, since
        if now - since < self._wait.longest:
            return True
        del self._since[place]
        self._resting[place] = now + self._wait.rest
        return False

    def _could_come(self, message: Received) -> bool:
        """Tell whether the schema is one that a newer catalogue would have."""
        if message.unreadable is not None:
            return False
        try:
            schema_id, _ = unframe(message.value)
        except CodecError:
            return False
        newest = max(self.now.schemas, default=0)
        return self._load is not None and newest < schema_id <= newest + NEXT

    def _look(self, now: float, every: float) -> None:
        """Read the registered texts again, unless that was done in the last `every` seconds."""
        if self._load is None or now - self._looked < every:
            return
        self._looked = now
        try:
            newer = self._load()
        except (CatalogueInvalid, OSError) as error:  # half written, perhaps: the one that runs stays
            self._tell(f"the catalogue can't be read again ({type(error).__name__}): the one that runs stays")
            return
        if newer.version != self.now.version:
            self.now = newer
            self._resting.clear()
            self._tell("the catalogue was brought up to date")
