"""The sink's journey: consume, make rows, gather, write, commit; nothing is committed before it is durable.

At-least-once: a kill at any time loses nothing. What was not committed is delivered again, and rows that come twice are
told by their event id when the tables are read.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from broker.patience import Patience, patiently
from broker.port import BrokerError
from consumers.sink import parquet
from consumers.sink.columns import SCHEMA_OF, Table
from consumers.sink.rows import Row, Rows
from consumers.sink.tally import State, Tally
from consumers.tries import AGAIN, Tries, stepped_over

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from broker.port import Consumer, Received
    from consumers.sink.rows import Skip
    from schemas.catalogue import Catalogue

TOPICS = tuple(SCHEMA_OF)
GROUP = "sink"
TRIES = "sink-tries.json"  # a file in the folder for what runs
STALE = 3600.0  # seconds: a draft older than this is nobody's


@dataclass(frozen=True, slots=True)
class Policy:
    """How much is gathered before it is written, and how to wait for a broker that does not answer; in seconds."""

    rows: int = 50_000
    seconds: float = 5.0
    poll: float = 0.5
    batch: int = 1000
    patience: Patience = field(default_factory=Patience)
    wall: Callable[[], float] = time.time  # what receive times are judged by
    folder: Path | None = None  # where it keeps what must outlive it: None, nothing does


class Progress:
    """Holds the newest tally; whoever shows it reads it from another thread."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self.tally = Tally()

    def waiting(self) -> None:
        """Say that the broker does not answer."""
        self.tally = self.tally.retrying()


@dataclass(slots=True)
class _Gathered:
    """What was read and is not committed: rows by table and partition, and the last message of each partition."""

    rows: dict[tuple[Table, int], list[Mapping[str, object]]] = field(default_factory=dict, repr=False)
    last: dict[tuple[str, int], Received] = field(default_factory=dict, repr=False)
    skips: Counter[Skip] = field(default_factory=Counter)
    messages: int = 0
    since: float = 0.0

    def add(self, received: Received, row: Row | Skip) -> None:
        """Take one message in."""
        if isinstance(row, Row):
            self.rows.setdefault((row.table, received.partition), []).append(row.values)
        else:
            self.skips[row] += 1
        self.last[received.topic, received.partition] = received
        self.messages += 1


class _Sink:
    """One run: the state between two batches."""

    def __init__(
        self,
        consumer: Consumer,
        rows: Rows,
        tables: Path,
        policy: Policy,
        tell: Callable[[str], None],
        progress: Progress,
        clock: Callable[[], float],
    ) -> None:
        self.consumer, self.rows, self.tables = consumer, rows, tables
        self.policy, self.tell, self.progress, self.clock = policy, tell, progress, clock
        self.gathered = _Gathered()
        self.tries = Tries(policy.folder and policy.folder / TRIES)
        self.again = 0.0  # by the clock

    def turn(self) -> None:
        """Read a batch; write and commit when enough was gathered, or long enough ago."""
        if self.clock() >= self.again:
            self.consumer.resume()
        batch, waiting = self.tries.sorted_out(self.consumer.consume(timeout=self.policy.poll, most=self.policy.batch))
        for message in waiting:
            self.consumer.postpone(message)
            self.again = self.clock() + AGAIN
        self.take(batch)
        full = self.gathered.messages >= self.policy.rows
        if full or (self.gathered.messages and self.clock() - self.gathered.since >= self.policy.seconds):
            self.flush()
        self.progress.tally = self.progress.tally.in_state(State.RUNNING)

    def take(self, batch: Sequence[Received]) -> None:
        """Gather the rows of a batch."""
        if batch and not self.gathered.messages:
            self.gathered.since = self.clock()
        for received in batch:
            self.gathered.add(received, self.rows.of(received))
        for line in stepped_over(batch):
            self.tell(line)

    def flush(self) -> None:
        """Make every row durable, then commit.

        Where the commit fails the rows stay written and are forgotten here: what the broker then delivers again is
        written again, and told by its event id. The messages stay to be committed with the next flush.
        """
        for (table, _), rows in self.gathered.rows.items():
            parquet.write(self.tables, table, rows)
            self.progress.tally = self.progress.tally.wrote(table.name, len(rows))
        self.gathered.rows.clear()
        self.report()
        self.consumer.commit(list(self.gathered.last.values()))
        self.tries.carried(list(self.gathered.last.values()))
        tally = self.progress.tally
        self.progress.tally = replace(tally, committed=tally.committed + self.gathered.messages)
        self.gathered = _Gathered()

    def report(self) -> None:
        """Count what was skipped, and tell it in one line a kind: a reason and an id of ours, nothing of a message."""
        reasons: Counter[str] = Counter()
        for skip, count in self.gathered.skips.items():
            reasons[skip.reason.code] += count
            schema = "" if skip.schema_id is None else f" schema={skip.schema_id}"
            self.tell(f"skipped {count}: {skip.reason.code}{schema}")
        self.progress.tally = self.progress.tally.skipping(reasons)
        self.gathered.skips.clear()


def run(
    consumer: Consumer,
    catalogue: Catalogue,
    tables: Path,
    *,
    stop: Event,
    policy: Policy,
    tell: Callable[[str], None],
    progress: Progress | None = None,
    clock: Callable[[], float] = time.monotonic,
) -> Tally:
    """Carry messages into tables until `stop` is set, then write and commit what was gathered.

    Raises:
        NoTable: the catalogue has a schema that tables can't carry.
        SinkStopped: the tables can't be written; nothing of the batch is committed.
        BrokerError: one that trying again can't mend; a transient one is waited out.
    """
    progress = progress or Progress()
    if swept := parquet.sweep(tables, before=time.time() - STALE):
        tell(f"removed {swept} unfinished files of an earlier run")
    sink = _Sink(consumer, Rows(catalogue, policy.wall), tables, policy, tell, progress, clock)
    while not stop.is_set():
        patiently(sink.turn, stop=stop, tell=tell, failed=progress.waiting, patience=policy.patience)
    _finish(sink, tell)
    progress.tally = progress.tally.in_state(State.STOPPED)
    return progress.tally


def _finish(sink: _Sink, tell: Callable[[str], None]) -> None:
    if not sink.gathered.messages:
        return
    try:
        sink.flush()
    except BrokerError as error:
        if not error.transient:
            raise
        tell("the broker does not answer: the last rows are written, and will be delivered once more")
