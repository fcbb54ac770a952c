"""What the sink has done so far: an immutable value, replaced as a whole, so that another thread may read it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum


class State(StrEnum):
    """What the sink is doing."""

    STARTING = "starting"
    RUNNING = "running"
    WAITING = "waiting"  # for a broker that does not answer
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts since the start. Messages delivered twice count twice: tables are de-duplicated when they are read."""

    state: State = State.STARTING
    rows: Mapping[str, int] = field(default_factory=dict)  # written and durable, by table
    skipped: Mapping[str, int] = field(default_factory=dict)  # by the reason's code
    files: int = 0
    committed: int = 0  # messages, skipped ones included
    retries: int = 0

    def in_state(self, state: State) -> Tally:
        """Say what the sink does now."""
        return self if self.state is state else replace(self, state=state)

    def retrying(self) -> Tally:
        """Count a failure that is waited out."""
        return replace(self, state=State.WAITING, retries=self.retries + 1)

    def wrote(self, table: str, rows: int) -> Tally:
        """Count a file that is durable."""
        return replace(self, rows=_plus(self.rows, [(table, rows)]), files=self.files + 1)

    def skipping(self, reasons: Mapping[str, int]) -> Tally:
        """Count messages that have no table."""
        return replace(self, skipped=_plus(self.skipped, reasons.items()))

    def counts(self) -> dict[str, int]:
        """Flat, for a status line: totals first, then each table and each reason by its name."""
        return {
            "rows": sum(self.rows.values()),
            "files": self.files,
            "skipped": sum(self.skipped.values()),
            "committed": self.committed,
            "retries": self.retries,
            **{f"rows.{table}": count for table, count in sorted(self.rows.items())},
            **{f"skipped.{reason}": count for reason, count in sorted(self.skipped.items())},
        }


def _plus(counts: Mapping[str, int], more: Iterable[tuple[str, int]]) -> dict[str, int]:
    total = dict(counts)
    for name, count in more:
        total[name] = total.get(name, 0) + count
    return total
