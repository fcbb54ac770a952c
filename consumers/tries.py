"""Remembers, outside the process, how often a batch could not be read for want of memory, or of a whole answer.

Either may pass, so such a batch is fetched again; three times, then it is stepped over as one that no try can read: one
batch stops no partition. The count outlives the process, since who has no memory for a batch may well end over it.

    [["telemetry.usage", 2, 4711, 1]]
"""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from broker.port import Received
from consumers import notes

MOST = 3  # tries
EVERY = 5.0  # seconds between two tries that count
AGAIN = 0.5  # seconds until a partition that waits is looked at again
Place = tuple[str, int, int]  # topic, partition, first offset


class Tries:
    """The tries of one service; a folder that can't be written costs the count at a restart, not the work."""

    def __init__(self, path: Path | None, clock: Callable[[], float] = time.monotonic) -> None:
        """Read what the process before has counted; without a path nothing outlives this one."""
        self._path, self._clock = path, clock
        self._tried = Counter[Place]() if path is None else _read(path)
        self._when: dict[Place, float] = {}

    def sorted_out(self, batch: Sequence[Received]) -> tuple[list[Received], list[Received]]:
        """Split a batch: what can be gone on with, and the first message of each partition that has to wait."""
        ready: list[Received] = []
        waiting: dict[tuple[str, int], Received] = {}
        for message in batch:
            partition = message.topic, message.partition
            if partition in waiting:
                continue
            if self._is_tried_again(message):
                waiting[partition] = message
            else:
                ready.append(message)
        return ready, list(waiting.values())

    def carried(self, batch: Sequence[Received]) -> None:
        """Forget what was gone on with: the partition is beyond it."""
        ends = {(message.topic, message.partition): message.offset for message in batch}
        done = [place for place in self._tried if place[2] <= ends.get(place[:2], -1)]
        for place in done:
            del self._tried[place]
            self._when.pop(place, None)
        if done:
            self._write()

    def _is_tried_again(self, message: Received) -> bool:
        if message.unreadable is None or not message.unreadable.may_pass:
            return False
        place, now = (message.topic, message.partition, message.first), self._clock()
        if now - self._when.get(place, now - EVERY) < EVERY:
            return True
        if self._tried[place] >= MOST:
            return False
        self._tried[place] += 1
        self._when[place] = now
        self._write()
        return True

    def _write(self) -> None:
        notes.leave(self._path, [[*place, count] for place, count in self._tried.items()])


def stepped_over(batch: Sequence[Received]) -> Iterator[str]:
    """Say which offsets could not be read, a line for each partition and cause: Kafka's names and numbers alone."""
    ranges: dict[tuple[str, int, str], tuple[int, int]] = {}
    for message in batch:
        if message.unreadable is not None:
            key = message.topic, message.partition, message.unreadable.why
            first, last = ranges.get(key, (message.first, message.offset))
            ranges[key] = min(first, message.first), max(last, message.offset)
    for (topic, partition, why), (first, last) in ranges.items():
        yield f"stepped over batches of {topic}/{partition} within offsets {first}-{last}: they can't be read ({why})"


def _read(path: Path) -> Counter[Place]:
    """Read a count; one that can't be read tells nothing."""
    try:
        told = json.loads(path.read_text("utf-8"))
        return Counter({(str(topic), int(part), int(first)): int(count) for topic, part, first, count in told})
    except (OSError, ValueError, TypeError):
        return Counter()
