"""Remembers, outside the process, which messages it was judging when it died: one that kills us stops no partition.

A note is left before messages are judged, and taken back after it. Who finds a note at the start knows that the one
before him died over one of them: each is judged alone from then on, until it passes. One that was there at three such
deaths is not judged again: its bytes go to quarantine, sealed, unread.

    {"judging": [["telemetry.usage", 2, 4711, 4720]], "deaths": [["telemetry.usage", 2, 4711, 1]]}

The file outlives a process that is killed, which is what it is for; it is not brought to the disk at each note, since a
machine that stops has not been stopped by a message.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

from broker.port import Received
from consumers import notes

MOST = 3  # deaths at one offset, after which it is judged no more
Place = tuple[str, int, int]  # topic, partition, offset
T = TypeVar("T")


class Crashes:
    """The notes of one validator; a folder that can't be written costs the protection, not the work."""

    def __init__(self, path: Path | None) -> None:
        """Read what the process before has left; without a path nothing is remembered."""
        self._path = path
        judging, self._deaths = _read(path) if path is not None else ([], Counter[Place]())
        self._deaths.update(judging)
        self._write([])

    def judged(
        self, batch: Sequence[Received], judge: Callable[[Sequence[Received]], list[T]], poison: Callable[[Received], T]
    ) -> list[T]:
        """Judge a batch, in its order: messages in doubt alone, those that killed too often not at all."""
        outcomes: list[T] = []
        for group in self._groups(batch):
            first = _place(group[0])
            if self._deaths[first] >= MOST:
                outcomes.append(poison(group[0]))
                continue
            self._write([_place(message) for message in group])
            outcomes += judge(group)
            self._deaths.pop(first, None)
            self._write([])
        return outcomes

    def carried(self, batch: Sequence[Received]) -> None:
        """Forget what was carried: it is not judged again."""
        if self._deaths:
            for message in batch:
                self._deaths.pop(_place(message), None)
            self._write([])

    def _groups(self, batch: Sequence[Received]) -> Iterator[Sequence[Received]]:
        """Split a batch so that each message in doubt stands alone."""
        begin = 0
        for end, message in enumerate(batch):
            if self._deaths[_place(message)]:
                if begin < end:
                    yield batch[begin:end]
                yield [message]
                begin = end + 1
        if begin < len(batch):
            yield batch[begin:]

    def _write(self, judging: Sequence[Place]) -> None:
        told = {"judging": list(_ranges(judging)), "deaths": [[*place, n] for place, n in self._deaths.items() if n]}
        notes.leave(self._path, told)


def _place(message: Received) -> Place:
    return message.topic, message.partition, message.offset


def _ranges(places: Sequence[Place]) -> Iterator[list[str | int]]:
    """Name the first and last offset of each partition: a batch has no gaps that matter."""
    ends: dict[tuple[str, int], tuple[int, int]] = {}
    for topic, partition, offset in places:
        first, last = ends.get((topic, partition), (offset, offset))
        ends[topic, partition] = min(first, offset), max(last, offset)
    for (topic, partition), (first, last) in ends.items():
        yield [topic, partition, first, last]


def _read(path: Path) -> tuple[list[Place], Counter[Place]]:
    """Read a note; one that can't be read tells nothing."""
    try:
        told = json.loads(path.read_text("utf-8"))
        deaths = Counter({(str(topic), int(part), int(offset)): int(n) for topic, part, offset, n in told["deaths"]})
        judging = [
            (str(topic), int(part), offset)
            for topic, part, first, last in told["judging"]
            for offset in range(int(first), int(last) + 1)
        ]
    except (OSError, ValueError, KeyError, TypeError):
        return [], Counter()
    return judging, deaths
