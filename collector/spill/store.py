"""The spill's folder: batches of messages in, oldest first out. One process holds it.

Content is among the messages, so each batch is sealed before it is written: to the collector's own storage key, which
nobody else has. A batch is whole or not there; one that was handed out stays until it is said to be done with, so a
kill at any time loses nothing that was taken, and may hand a batch out twice: event ids make that harmless.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from broker.local import lock as held
from broker.port import Message
from collector.spill import segment
from schemas.codec import Codec, CodecError

SEGMENT = 16 * 2**20  # bytes after which a new segment is begun
SUFFIX, DAMAGED, REFUSED, DONE = ".spill", ".damaged", ".refused", "done"
KEPT = (SUFFIX, DAMAGED, REFUSED)  # what holds somebody's records
_BATCH = Codec({
    "type": "record", "name": "Spilled", "fields": [{"name": "messages", "type": {
        "type": "array", "items": {"type": "record", "name": "SpilledMessage", "fields": [
            {"name": "topic", "type": "string"},
            {"name": "value", "type": "bytes"},
            {"name": "key", "type": ["null", "bytes"]},
        ]}}}],
})  # fmt: skip


class SpillFull(Exception):  # noqa: N818 - a state of the disk
    """The spill, or the disk it is on, takes no more: nothing of the batch was kept."""


class SpillTaken(Exception):  # noqa: N818 - a state of the folder
    """Another process holds this spill."""


class SpillForeign(Exception):  # noqa: N818 - a state of the folder
    """What is in the spill was sealed to another key."""


class Seal(Protocol):
    """Seals to the storage key and opens again; `opened` raises ValueError for what it did not seal."""

    def sealed(self, plain: bytes) -> bytes:
        """Seal."""

    def opened(self, sealed: bytes) -> bytes:
        """Open."""


@dataclass(frozen=True, slots=True)
class Batch:
    """The oldest batch, and where the one after it begins."""

    messages: tuple[Message, ...] = field(repr=False)
    moment: int
    number: int
    end: int


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

        `events` counts what happened to it, by our names.

        Raises:
            SpillTaken: another process holds it.
            SpillForeign: what it holds was sealed to another key.
            OSError: the folder can't be made, read or written.
        """
        self._folder, self._seal, self._most, self._size = folder, seal, most, size
        self._clock, self._tell = clock, tell
        self.events: Counter[str] = Counter()
        self._lock = threading.RLock()
        self._writing: BinaryIO | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._held = hold(folder)
        self._segments = [int(path.stem) for path in sorted(folder.glob(f"*{SUFFIX}"))]
        self._start = read_done(folder)
        self._newest = newest(folder)
        for number in self._segments.copy():
            self._mend(number)
        self._check_key()

    def append(self, messages: Sequence[Message]) -> None:
        """Keep a batch; it is on the disk when this returns.

        Raises:
            SpillFull: there is no room.
        """
        entry = _packed(messages, self._seal, self._clock())
        with self._lock:
            if self.bytes + len(entry) > self._most:
                raise SpillFull
            try:
                segment.write(self._room(len(entry)), entry)
            except OSError:
                self._stop_writing()  # whatever is left behind the last whole entry is never written over
                raise SpillFull from None

    def oldest(self) -> Batch | None:
        """Give the oldest batch that is not done with; None when there is none."""
        with self._lock:
            while self._segments:
                number = self._segments[0]
                try:
                    batch = self._batch_of(number)
                except segment.Damaged as damaged:
                    self._step_over(number, damaged.end)
                    continue
                except (CodecError, ValueError):
                    self._set_aside(number)
                    continue
                if batch is not None:
                    return batch
                self._drop(number)
            return None

    def done(self, batch: Batch) -> None:
        """Say that the batch that `oldest` gave is where it belongs."""
        with self._lock:
            self._start = (batch.number, batch.end)
            with contextlib.suppress(OSError):  # after a restart it is handed out again, no more
                self._write_done()
            if batch.end >= self._path(batch.number).stat().st_size:
                self._drop(batch.number)

    def refuse(self, messages: Sequence[Message]) -> Path:
        """Keep messages that Kafka refuses for good in a file of their own, sealed; gives that file.

        Raises:
            OSError: the disk does not take it.
        """
        with self._lock:
            self._stop_writing()  # only the newest number is written to
            self._newest += 1
            path = self._path(self._newest).with_suffix(REFUSED)
            with segment.create(path) as file:
                segment.write(file, _packed(messages, self._seal, self._clock()))
            return path

    @property
    def bytes(self) -> int:
        """What its segments take on the disk, those set aside included: they are somebody's records."""
        with self._lock:
            held = (path for suffix in KEPT for path in self._folder.glob(f"*{suffix}"))
            return sum(path.stat().st_size for path in held)

    @property
    def age(self) -> float:
        """How many seconds ago the oldest batch was written; 0 when nothing waits, or when it can't be read."""
        with self._lock, contextlib.suppress(OSError, segment.Damaged):
            if self._segments:
                entry = self._entry_of(self._segments[0])
                return max(0.0, self._clock() - entry.moment / 1000) if entry else 0.0
        return 0.0

    @property
    def empty(self) -> bool:
        """Whether nothing waits: what is done with goes at once."""
        return not self._segments

    def close(self) -> None:
        """Let go of the files."""
        with self._lock:
            self._stop_writing()
            self._held.release()

    def _room(self, size: int) -> BinaryIO:
        """Give the segment to write to, a new one when there is none or it is full."""
        if self._writing is not None and self._writing.tell() + size > self._size:
            self._stop_writing()
        if self._writing is None:
            self._newest += 1
            self._writing = segment.create(self._path(self._newest))
            self._segments.append(self._newest)
        return self._writing

    def _stop_writing(self) -> None:
        if self._writing is not None:
            self._writing.close()
            self._writing = None

    def _entry_of(self, number: int, start: int | None = None) -> segment.Entry | None:
        if start is None:
            start = self._start[1] if self._start[0] == number else len(segment.MAGIC)
        with self._path(number).open("rb") as file:
            return next(segment.entries(file, start), None)

    def _batch_of(self, number: int) -> Batch | None:
        entry = self._entry_of(number)
        if entry is None:
            return None
        told = _BATCH.decode(self._seal.opened(entry.sealed))
        messages = tuple(Message(each["topic"], each["value"], each["key"]) for each in told["messages"])
        return Batch(messages, entry.moment, number, entry.end)

    def _mend(self, number: int) -> None:
        """Cut what a process that died left behind the last whole entry; take the segment away when that is all."""
        path = self._path(number)
        try:
            with path.open("rb") as file:
                for _ in segment.entries(file):
                    pass
        except segment.Torn as torn:
            cut = path.stat().st_size - torn.start
            if torn.start:
                os.truncate(path, torn.start)
                with path.open("rb") as file:
                    os.fsync(file.fileno())
            else:
                self._drop(number)
            self.events["spill_cut"] += 1
            self._tell(
                f"{cut} bytes behind the spill's last whole batch are cut off: a collector that died had not said that "
                "they were taken; a disk that lost some has lost a request"
            )
        except segment.Damaged:
            pass  # told when its turn comes

    def _check_key(self) -> None:
        """Look whether the oldest batch opens: with another key each segment would be set aside as damaged."""
        for number in self._segments:
            with contextlib.suppress(segment.Damaged, OSError):
                entry = self._entry_of(number)
                if entry is None:
                    continue
                try:
                    self._seal.opened(entry.sealed)
                except ValueError:
                    self._held.release()
                    raise SpillForeign(
                        f"what waits in the spill in {self._folder} was sealed to another storage key: "
                        "bring that key back, or give another spill_dir and keep this one for it"
                    ) from None
                return

    def _step_over(self, number: int, end: int | None) -> None:
        """Go on behind a damaged entry where a whole one follows, and keep a copy for repair; else give the rest up."""
        with contextlib.suppress(segment.Damaged):
            if end is not None and self._entry_of(number, end) is not None:
                path = self._path(number)
                with contextlib.suppress(FileExistsError):
                    os.link(path, path.with_suffix(DAMAGED))
                self._start = (number, end)
                self.events["spill_damaged"] += 1
                self._tell(f"a batch in the spill is damaged: it is passed over, and kept in {path.stem}{DAMAGED}")
                return
        self._set_aside(number)

    def _set_aside(self, number: int) -> None:
        """Keep a damaged segment for whoever may repair it, and go on with the next."""
        self.events["spill_damaged"] += 1
        path = self._path(number)
        path.rename(path.with_suffix(DAMAGED))
        self._forget(number)
        self._tell(f"a segment of the spill is damaged: what is left of it is in {path.stem}{DAMAGED}")

    def _drop(self, number: int) -> None:
        self._path(number).unlink()
        self._forget(number)

    def _forget(self, number: int) -> None:
        if number == self._newest:
            self._stop_writing()
        self._segments.remove(number)
        segment.sync_folder(self._folder)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:010}{SUFFIX}"

    def _write_done(self) -> None:
        aside = self._folder / f"{DONE}.new"
        with aside.open("wb", buffering=0) as file:
            file.write("{} {}\n".format(*self._start).encode())
            os.fsync(file.fileno())
        aside.replace(self._folder / DONE)
        segment.sync_folder(self._folder)


def read_done(folder: Path) -> tuple[int, int]:
    """Tell where the oldest batch begins: its segment's number, and the place in it."""
    try:
        number, end = map(int, (folder / DONE).read_text("ascii").split())
    except (OSError, ValueError):  # none, or none that counts: what it said is handed out again
        return 0, 0
    return number, end


def newest(folder: Path) -> int:
    """Give the highest number that a segment had: none is used twice."""
    numbers = (int(path.stem) for suffix in KEPT for path in folder.glob(f"*{suffix}"))
    return max((read_done(folder)[0], *numbers))


def hold(folder: Path) -> held.Lock:
    """Take a spill's folder for this process; raises `SpillTaken`."""
    try:
        return held.Lock(folder / "lock")
    except held.Taken:
        raise SpillTaken(f"another collector holds the spill in {folder}: give each its own") from None


def _packed(messages: Sequence[Message], seal: Seal, moment: float) -> bytes:
    """Seal a batch, and give the entry's bytes."""
    value = {"messages": [{"topic": m.topic, "value": m.value or b"", "key": m.key} for m in messages]}
    return segment.packed(seal.sealed(_BATCH.encode(value)), int(moment * 1000))
