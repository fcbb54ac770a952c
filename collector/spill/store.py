"""The spill's folder: batches of messages in, oldest first out. One process holds it.

Content is among the messages, so each batch is sealed before it is written: to the collector's own storage key, which
nobody else has. A batch is whole or not there; one that was handed out stays until it is said to be done with, so a
kill at any time loses nothing that was taken, and may hand a batch out twice: event ids make that harmless. Bytes that
are damaged are set aside, and what stands behind them is handed out.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path

from broker.port import Message
from collector.spill import segment
from collector.spill.aside import Aside
from collector.spill.batch import Batch, NotOurs, batch_of, packed
from collector.spill.folder import (
    ASIDE,
    DAMAGED,
    REFUSED,
    SUFFIX,
    Numbers,
    Seal,
    check_key,
    check_names,
    files,
    hold,
    is_gone,
    make,
    mended,
    path_of,
    read_done,
    size_of,
    write_done,
)
from collector.spill.room import Room, SpillFull
from collector.spill.tail import SEGMENT, Tail


class Spill:
    """A bounded queue of batches on disk; safe to call from several threads."""

    def __init__(
        self,
        folder: Path,
        seal: Seal,
        *,
        most: int,
        clock: Callable[[], float],
        tell: Callable[[str], None],
        size: int = SEGMENT,
    ) -> None:
        """Open the folder, making it when it is not there; cut torn tails. `most` bounds its bytes.

        Raises:
            SpillTaken: another process holds it.
            SpillLocked: another key sealed what is in it; nothing was changed.
            SpillStrange: a file in it has a name of somebody else's; nothing was changed.
            OSError: the folder can't be made, read or written.
        """
        self._folder, self._seal = folder, seal
        self._clock, self._tell = clock, tell
        self._lock = threading.RLock()
        self._room = Room(folder, most, tell)
        self._stranded: Counter[str] = Counter()
        make(folder)
        self._held = hold(folder)
        try:
            check_names(folder)
            check_key(folder, seal)
            self._segments = [int(path.stem) for path in files(folder, (SUFFIX,))]
            self._start = read_done(folder)
            fresh = Numbers(folder).fresh
            self._tail = Tail(size, partial(fresh, SUFFIX), self._segments.append)
            self._aside = {suffix: Aside(partial(fresh, suffix)) for suffix in ASIDE}
            self._mend()
        except BaseException:
            self._held.release()
            raise

    def append(self, messages: Sequence[Message]) -> None:
        """Keep a batch; it is on the disk when this returns.

        Raises:
            SpillFull: there is no room.
        """
        entry = packed(messages, int(self._clock() * 1000), self._seal)
        with self._lock:
            try:
                self._room.ask(len(entry))
                self._tail.append(entry)
            except OSError as error:
                self._room.failed(len(entry), error)
                raise SpillFull from None
            self._room.wrote()

    def oldest(self) -> Batch | None:
        """Give the oldest batch that is not done with; None when there is none. Sets aside what is damaged."""
        with self._lock:
            while self._segments:
                number = self._segments[0]
                path = self._path(number)
                if is_gone(path):
                    self._finish(number)
                    self._tell(f"a segment of the spill was taken away: {path.name}; what comes behind it goes on")
                    continue
                part = self._first(number)
                if part is None:
                    self._finish(number)
                elif isinstance(part, segment.Gap):
                    self._skip(number, part)
                else:
                    try:
                        return batch_of(part, number, self._seal)
                    except NotOurs:
                        self._skip(number, part)
            return None

    def done(self, batch: Batch) -> None:
        """Say that the batch that `oldest` gave is where it belongs."""
        with self._lock:
            self._go_to(batch.number, batch.end)

    def set_aside(self, batch: Batch, refused: Sequence[Message]) -> str:
        """Keep those of a batch that Kafka refuses for good where they stop nobody; names the file.

        Raises:
            OSError: they could not be written.
        """
        with self._lock:
            self._aside[REFUSED].keep(packed(refused, batch.moment, self._seal))
            self._stranded["spill_refused"] += len(refused)
            return self._aside[REFUSED].name

    @property
    def bytes(self) -> int:
        """What it takes on the disk, with what is set aside: that is somebody's records, too."""
        with self._lock:
            return size_of(self._folder)

    @property
    def aside(self) -> int:
        """How many bytes of that are set aside."""
        with self._lock:
            return size_of(self._folder, ASIDE)

    @property
    def full(self) -> bool:
        """Whether there is no room for what was to be kept last; does not wait for what is being written."""
        return self._room.full

    @property
    def stranded(self) -> Mapping[str, int]:
        """What did not come out since it was opened: messages refused, entries damaged, tails torn."""
        with self._lock:
            return dict(self._stranded)

    @property
    def age(self) -> float:
        """How many seconds ago the oldest batch was written; 0 when nothing waits, or when it can't be read."""
        with self._lock, contextlib.suppress(OSError):
            part = self._first(self._segments[0]) if self._segments else None
            if isinstance(part, segment.Entry):
                return max(0.0, self._clock() - part.moment / 1000)
        return 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing waits: what is done with goes at once."""
        return not self._segments

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._tail.close()
            for aside in self._aside.values():
                aside.close()
            self._held.release()

    def _first(self, number: int) -> segment.Entry | segment.Gap | None:
        """Read what comes first of a segment that is not done with."""
        with self._path(number).open("rb") as file:
            begun = self._start[0] == number and 0 < self._start[1] <= os.fstat(file.fileno()).st_size
            return next(segment.parts(file, self._start[1] if begun else None), None)

    def _skip(self, number: int, part: segment.Entry | segment.Gap) -> None:
        """Keep what is damaged for whoever may repair it, and go on behind it."""
        path, damaged = self._path(number), self._aside[DAMAGED]
        with path.open("rb") as file:
            file.seek(part.start)
            damaged.keep(file.read(part.end - part.start))
        self._stranded["spill_damaged"] += 1
        self._tell(
            f"a segment of the spill is damaged: {part.end - part.start} bytes of {path.name} "
            f"are set aside in {damaged.name}, what comes behind them goes on"
        )
        self._go_to(number, part.end)

    def _go_to(self, number: int, end: int) -> None:
        self._start = (number, end)
        if end >= self._path(number).stat().st_size:
            self._finish(number)
        else:
            write_done(self._folder, self._start)

    def _finish(self, number: int) -> None:
        """Take away a segment that is done with. Should one of its number be brought back, all of that is to come."""
        self._drop(number)
        self._start = (number, 0)
        write_done(self._folder, self._start)

    def _drop(self, number: int) -> None:
        self._path(number).unlink(missing_ok=True)
        self._tail.leave(number)
        self._segments.remove(number)
        segment.sync_folder(self._folder)
        if self._segments:
            self._room.look()
        else:
            self._room.emptied()

    def _mend(self) -> None:
        """Cut what a process that died left behind the last whole entry, and say so."""
        cut = 0
        for number in list(self._segments):
            if torn := mended(self._path(number)):
                self._stranded["spill_torn"] += 1
                cut += torn
            if not self._path(number).stat().st_size:
                self._drop(number)
        if cut:
            self._tell(
                f"the spill was cut by {cut} bytes, the beginning of an entry that is not whole: a collector was "
                "killed while it wrote, and nobody was told that it had been taken; or a disk lost what it had"
            )

    def _path(self, number: int) -> Path:
        return path_of(self._folder, number, SUFFIX)
