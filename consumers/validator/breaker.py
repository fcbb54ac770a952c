"""The circuit breaker: when most of what got past the collector would be refused, something is wrong, and we stop.

Carrying on would drain a topic into quarantine while nobody looks. So the batch that trips it is not carried: it stays
where it is, and so does all after it, until somebody has looked and said to go on. The trip is kept in a file, as a
restart must not be an answer to it.
"""

from __future__ import annotations

import contextlib
import json
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from schemas.reasons import Reason


class Tripped(Exception):  # noqa: N818 - a state
    """Too much is refused; the text says how much and why, in words of ours."""


@dataclass(frozen=True, slots=True)
class Fuse:
    """What trips it: more than `share` of the last `window` messages refused, once `least` have been judged.

    A `share` of 1 never trips.
    """

    share: float = 0.5
    window: int = 5000
    least: int = 500


FUSE = Fuse()


class Breaker:
    """Watches one validator's outcomes."""

    def __init__(self, fuse: Fuse, path: Path | None) -> None:
        """Take up a trip that the file tells of; without a path a restart forgets it."""
        self._fuse, self._path = fuse, path
        self._seen: deque[tuple[int, Counter[Reason]]] = deque()
        self._armed = True
        self._is_open = self._is_kept = path is not None and path.exists()
        self._told = ""

    @property
    def is_open(self) -> bool:
        """Whether it has tripped, and nobody has said to go on: taking the file away says so."""
        if self._is_open and not self._is_kept:
            self._keep()
        elif self._is_open and self._path is not None and not self._path.exists():
            self._is_open = False
            self._seen.clear()
            self._armed = False  # what tripped it comes again first: it counts once a window is in order
        return self._is_open

    def check(self, judged: int, refused: Sequence[Reason]) -> None:
        """Count a batch that is about to be carried.

        Raises:
            Tripped: it must not be.
        """
        self._seen.append((judged, Counter(refused)))
        while sum(count for count, _ in self._seen) - self._seen[0][0] >= self._fuse.window:
            self._seen.popleft()
        total = sum(count for count, _ in self._seen)
        reasons: Counter[Reason] = sum((counted for _, counted in self._seen), Counter())
        if total < self._fuse.least:
            return
        if reasons.total() <= self._fuse.share * total:
            self._armed = True
        elif self._armed:
            self._trip(total, reasons)

    def _trip(self, total: int, reasons: Counter[Reason]) -> None:
        self._is_open = True
        told = ", ".join(f"{reason.code} {count}" for reason, count in reasons.most_common())
        counts = {reason.code: count for reason, count in reasons.most_common()}
        self._told = json.dumps({"judged": total, "refused": counts}) + "\n"
        self._keep()
        raise Tripped(f"{reasons.total()} of the last {total} messages would be refused ({told})")

    def _keep(self) -> None:
        """Write the trip down; where that fails it stays open all the same, and is written down later."""
        self._is_kept = False
        if self._path is not None:
            with contextlib.suppress(OSError):
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(self._told, "utf-8")
                self._is_kept = True
