"""The spill: what is taken is on disk, sealed, whole, in order, and stays until it is where it belongs."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import BinaryIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.port import Message
from collector.spill import segment
from collector.spill.folder import SpillLocked, SpillTaken
from collector.spill.room import SpillFull
from collector.spill.store import Spill
from schemas.quarantine import StorageKey, new_identity
from tests.unit.gate_samples import CANARY

KEY = StorageKey(new_identity()[0])
NOW = 1_800_000_000.0
ROOT = Path(__file__).parents[2]
TOLD: list[str] = []
Open = Callable[..., Spill]


@pytest.fixture(name="opened")
def opener(tmp_path: Path) -> Iterator[Open]:
    """Open a spill in one folder, again and again; each time the one before is let go of first."""
    before: list[Spill] = []
    TOLD.clear()

    def opened(*, most: int = 2**20, size: int = 4096, key: StorageKey = KEY) -> Spill:
        for spill in before:
            spill.close()
        before[:] = [Spill(tmp_path / "spill", key, most=most, size=size, clock=lambda: NOW, tell=TOLD.append)]
        return before[0]

    yield opened
    for spill in before:
        spill.close()


def batch(number: int) -> list[Message]:
    """Make messages that no other batch has."""
    return [
        Message("telemetry.usage", f"{CANARY} {number}".encode(), b"key"),
        Message("quarantine", bytes([number % 256]) * 200),
    ]


def drained(spill: Spill) -> list[list[Message]]:
    """Take everything out."""
    found = []
    while (each := spill.oldest()) is not None:
        found.append(list(each.messages))
        spill.done(each)
    return found


def files(tmp_path: Path) -> list[Path]:
    """Give the segments."""
    return sorted((tmp_path / "spill").glob("*.spill"))


def test_first_in_is_first_out_over_segments_and_restarts(opened: Open, tmp_path: Path) -> None:
    """Batches come out as they went in, whichever segment they are in, whoever opens the folder."""
    spill = opened()
    for number in range(20):
        spill.append(batch(number))
    assert len(files(tmp_path)) > 2
    first = spill.oldest()
    assert first is not None
    assert (list(first.messages), first.moment) == (batch(0), int(NOW * 1000))
    assert spill.oldest() == first  # until it is done with
    spill.done(first)
    spill = opened()
    spill.append(batch(20))
    assert drained(spill) == [batch(number) for number in range(1, 21)]
    assert spill.empty
    assert spill.bytes == 0
    assert not files(tmp_path)
    assert drained(opened()) == []
    assert not TOLD


def test_nothing_on_disk_can_be_read(opened: Open, tmp_path: Path) -> None:
    """Neither value, key nor topic stands in any file, and other users may read none."""
    spill = opened()
    spill.append(batch(0))
    for path in (tmp_path / "spill").iterdir():
        assert not any(word in path.read_bytes() for word in (CANARY.encode(), b"telemetry", b"quarantine"))
    assert [path.stat().st_mode & 0o077 for path in files(tmp_path)] == [0]
    assert (tmp_path / "spill").stat().st_mode & 0o077 == 0


@given(cut=st.integers(min_value=1, max_value=400))
def test_a_torn_tail_is_cut_and_costs_nothing_before_it(tmp_path_factory: pytest.TempPathFactory, cut: int) -> None:
    """Whatever a process that died has left of its last entry, all before it comes out and new ones go in."""
    folder, told = tmp_path_factory.mktemp("torn"), list[str]()

    def opened() -> Spill:
        return Spill(folder, KEY, most=2**20, clock=lambda: NOW, tell=told.append)

    spill = opened()
    for number in range(3):
        spill.append(batch(number))
    spill.close()
    [path] = folder.glob("*.spill")
    os.truncate(path, path.stat().st_size - cut)
    spill = opened()
    spill.append(batch(3))
    assert drained(spill) == [batch(0), batch(1), batch(3)]
    [line] = told
    assert re.match(r"the spill was cut by [0-9]+ bytes, ", line)
    assert (spill.stranded, spill.bytes) == ({"spill_torn": 1}, 0)  # it is no damage
    spill.close()


def test_a_segment_that_hardly_began_is_taken_away(opened: Open, tmp_path: Path) -> None:
    """A process may die before the head is whole."""
    opened().append(batch(0))
    [path] = files(tmp_path)
    path.with_name("0000000002.spill").write_bytes(segment.MAGIC[:3])
    spill = opened()
    spill.append(batch(1))
    assert drained(spill) == [batch(0), batch(1)]


@pytest.mark.parametrize("place", [0, 4, 12, 40])
@pytest.mark.parametrize("size", [1, 4096])
def test_a_damaged_entry_is_set_aside_and_what_follows_comes_out(
    opened: Open, tmp_path: Path, place: int, size: int
) -> None:
    """A flipped bit of length, checksum, time or content costs one batch, whose bytes are kept and told, once."""
    spill = opened(size=size)  # a segment a batch, or one for all
    for number in range(3):
        spill.append(batch(number))
    path = files(tmp_path)[1 if size == 1 else 0]
    with path.open("rb") as file:
        start = list(segment.parts(file))[0 if size == 1 else 1].start
    damaged = bytearray(path.read_bytes() + b"x" * (size == 1))  # the entry is not the last thing in the file
    damaged[start + place] ^= 4
    path.write_bytes(damaged)
    for _ in range(2):
        assert drained(spill) == [batch(0), batch(2)]
        [kept] = (tmp_path / "spill").glob("*.damaged")
        assert kept.read_bytes()[8:] in damaged
        assert kept.stat().st_size == spill.bytes == spill.aside > 200
        assert kept.stat().st_mode & 0o077 == 0
        assert spill.stranded == {"spill_damaged": 1}
        assert [line.split(":")[0] for line in TOLD] == ["a segment of the spill is damaged"]
        spill.append(batch(0))
        spill.append(batch(2))
    spill = opened()
    spill.append(batch(3))
    assert drained(spill) == [batch(0), batch(2), batch(3)]


def test_a_damaged_head_costs_no_batch(opened: Open, tmp_path: Path) -> None:
    """It is told, and what stands behind it comes out."""
    spill = opened()
    spill.append(batch(0))
    [path] = files(tmp_path)
    path.write_bytes(b"X" + path.read_bytes()[1:])
    assert drained(spill) == [batch(0)]
    assert spill.stranded == {"spill_damaged": 1}


def test_damage_is_not_taken_for_a_torn_tail(opened: Open, tmp_path: Path) -> None:
    """A length that points beyond the file would have all that follows cut at the next start."""
    spill = opened()
    for number in range(3):
        spill.append(batch(number))
    [path] = files(tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[8] = 0x7F
    path.write_bytes(damaged)
    spill = opened()
    assert drained(spill) == [batch(1), batch(2)]
    assert spill.stranded == {"spill_damaged": 1}


def test_the_last_entry_is_not_cut_because_a_bit_of_it_is_wrong(opened: Open, tmp_path: Path) -> None:
    """It has its length, so it may have been taken: it is kept, and told as damage."""
    spill = opened()
    spill.append(batch(0))
    spill.append(batch(1))
    [path] = files(tmp_path)
    damaged = bytearray(path.read_bytes())
    damaged[-1] ^= 4
    path.write_bytes(damaged)
    spill = opened()
    assert drained(spill) == [batch(0)]
    assert (spill.stranded, spill.aside > 100) == ({"spill_damaged": 1}, True)


def test_another_key_opens_nothing_and_changes_nothing(opened: Open, tmp_path: Path) -> None:
    """A wrong key is no damage: nothing is renamed or cut, nobody holds the folder; with the right key it opens."""
    spill = opened()
    spill.append(batch(0))
    spill.append(batch(1))
    [path] = files(tmp_path)
    before = path.read_bytes()
    with pytest.raises(SpillLocked, match="the storage key does not open the spill") as locked:
        opened(key=StorageKey(new_identity()[0]))
    assert str(path) in str(locked.value)
    assert (files(tmp_path), path.read_bytes(), TOLD) == ([path], before, [])
    assert drained(opened()) == [batch(0), batch(1)]


def test_what_another_key_sealed_in_between_is_set_aside(opened: Open, tmp_path: Path) -> None:
    """With the old key, and a segment's name, the file that was set aside is a spill again."""
    other = StorageKey(new_identity()[0])
    opened().append(batch(0))
    spill = opened()
    spill._seal = other
    spill.append(batch(1))
    spill._seal = KEY
    assert drained(spill) == [batch(0)]
    spill.close()
    [kept] = (tmp_path / "spill").glob("*.damaged")
    kept.rename(kept.with_suffix(".spill"))
    assert drained(opened(key=other)) == [batch(1)]


def test_a_spill_that_was_moved_away_for_another_key_comes_back_whole(opened: Open, tmp_path: Path) -> None:
    """As docs/doors.md has it: what was taken meanwhile, under the same numbers, has none of it passed over."""
    spill = opened()
    for number in range(5):
        spill.append(batch(number))
    spill.close()
    [path] = files(tmp_path)
    moved = path.rename(tmp_path / path.name)
    spill = opened(key=StorageKey(new_identity()[0]))
    for number in range(3):
        spill.append(batch(number))
    assert files(tmp_path) == [path]
    assert len(drained(spill)) == 3
    spill.close()
    moved.rename(path)
    assert drained(opened()) == [batch(number) for number in range(5)]


def test_a_segment_that_was_begun_and_moved_away_leaves_its_number_to_nobody(opened: Open, tmp_path: Path) -> None:
    """What is taken after it would be read from where it had been left."""
    spill = opened()
    for number in range(3):
        spill.append(batch(number))
    first = spill.oldest()
    assert first is not None
    spill.done(first)
    spill.close()
    [path] = files(tmp_path)
    path.rename(tmp_path / path.name)
    spill = opened()
    for number in range(3):
        spill.append(batch(number))
    assert drained(spill) == [batch(number) for number in range(3)]


def test_what_kafka_refuses_is_set_aside_sealed_and_comes_back_under_a_segments_name(
    opened: Open, tmp_path: Path
) -> None:
    """No byte of it can be read there; renamed, while the collector is stopped, it waits for Kafka again."""
    spill = opened()
    spill.append(batch(0))
    spill.append(batch(1))
    first = spill.oldest()
    assert first is not None
    name = spill.set_aside(first, batch(0)[:1])
    spill.done(first)
    assert drained(spill) == [batch(1)]
    kept = tmp_path / "spill" / name
    assert (kept.suffix, kept.stat().st_mode & 0o077) == (".refused", 0)
    assert CANARY.encode() not in kept.read_bytes()
    assert spill.bytes == spill.aside == kept.stat().st_size
    assert spill.stranded == {"spill_refused": 1}
    spill.close()
    kept.rename(kept.with_suffix(".spill"))
    assert drained(opened()) == [batch(0)[:1]]


def test_who_takes_a_file_set_aside_away_stops_nothing(opened: Open, tmp_path: Path) -> None:
    """Deleted or moved while the collector runs: what is set aside next is in another file, named and whole."""
    spill = opened()
    for number in range(2):
        spill.append(batch(number))
    names = []
    for number in range(2):
        first = spill.oldest()
        assert first is not None
        names.append(spill.set_aside(first, batch(number)))
        spill.done(first)
        kept = (tmp_path / "spill" / names[-1]).rename(tmp_path / names[-1])
        with kept.open("rb") as file:
            assert len(list(segment.parts(file))) == 1
    assert names[0] != names[1]
    assert spill.empty


def test_fullness_is_told_once_until_there_is_room_again(opened: Open) -> None:
    """However many ask meanwhile, and whatever small entry still finds room; nothing is said of a spill with room."""
    spill = opened(most=2000)
    spill.append(batch(0))
    assert not spill.full
    for _ in range(3):
        with pytest.raises(SpillFull):
            spill.append(batch(0) * 5)
    spill.append([Message("telemetry.usage", b"")])
    assert spill.full
    assert len(TOLD) == 1
    drained(spill)
    assert not spill.full
    assert [line[:18] for line in TOLD] == ["the spill is full,", "the spill has room"]


def test_what_is_larger_than_the_whole_spill_does_not_fill_it_for_ever(opened: Open) -> None:
    """It found no room and never will: an empty spill has room all the same."""
    spill = opened(most=2000)
    with pytest.raises(SpillFull):
        spill.append(batch(0) * 20)
    spill.append(batch(0))  # nobody has asked meanwhile: Kafka was back
    assert not spill.full
    assert [line[:18] for line in TOLD] == ["the spill is full,", "the spill has room"]


def test_a_disk_with_room_again_is_seen_without_a_request(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """While nobody sends, as it is not ready, somebody has to look."""
    spill, free = opened(), [0]

    def statvfs(_: object) -> object:
        return SimpleNamespace(f_bavail=free[0], f_frsize=1)

    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "statvfs", statvfs)
    with monkeypatch.context() as broken:
        broken.setattr(os, "fsync", fsync)
        with pytest.raises(SpillFull):
            spill.append(batch(0))
    assert spill.full
    free[0] = 2**20
    assert not spill.full
    assert [line[:18] for line in TOLD] == ["the spill is full,", "the spill has room"]


def test_a_full_spill_says_so_and_keeps_what_it_has(opened: Open) -> None:
    """The cap counts bytes on disk; with room again it takes again."""
    spill = opened(most=2000, size=500)
    kept = 0
    while spill.bytes < 1600:
        spill.append(batch(kept))
        kept += 1
    assert kept > 1
    with pytest.raises(SpillFull):
        spill.append(batch(kept))
    assert spill.bytes <= 2000
    assert drained(spill) == [batch(number) for number in range(kept)]
    spill.append(batch(0))


@pytest.mark.parametrize("to", ["elsewhere", None])
def test_what_nobody_would_find_is_not_taken(opened: Open, tmp_path: Path, to: str | None) -> None:
    """A folder that was moved or taken away under a collector that runs: nothing more is kept, and that is told."""
    spill = opened()
    spill.append(batch(0))
    [path] = (tmp_path / "spill").glob("*.spill")
    path.rename(tmp_path / to) if to else path.unlink()
    with pytest.raises(SpillFull):
        spill.append(batch(1))
    assert TOLD[-1] == "the spill can't be written (FileNotFoundError): see its disk"


@pytest.mark.parametrize("handed_out", [True, False])
def test_a_segment_that_is_taken_away_strands_nothing_behind_it(
    opened: Open, tmp_path: Path, *, handed_out: bool
) -> None:
    """Somebody deletes one while the collector runs: that is told, and what comes behind goes on."""
    spill = opened(size=1)
    for number in range(3):
        spill.append(batch(number))
    first = spill.oldest()
    files(tmp_path)[0 if handed_out else 1].unlink()
    if handed_out:
        assert first is not None
        with pytest.raises(FileNotFoundError):
            spill.done(first)
        assert drained(spill) == [batch(1), batch(2)]
    else:
        assert drained(spill) == [batch(0), batch(2)]
    assert spill.empty
    name = f"000000000{1 if handed_out else 2}.spill"
    assert [f"a segment of the spill was taken away: {name}; what comes behind it goes on"] == TOLD


def test_a_folder_that_is_away_for_a_moment_comes_back_whole(opened: Open, tmp_path: Path) -> None:
    """A disk that is not mounted just now: nothing of it is forgotten."""
    spill = opened(size=1)
    for number in range(2):
        spill.append(batch(number))
    folder = (tmp_path / "spill").rename(tmp_path / "away")
    for empty in (False, True):
        if empty:
            (tmp_path / "spill").mkdir()
        with pytest.raises(FileNotFoundError):
            spill.oldest()
    (tmp_path / "spill").rmdir()
    folder.rename(tmp_path / "spill")
    assert drained(spill) == [batch(0), batch(1)]


def test_a_folder_that_is_taken_away_is_told(tmp_path: Path) -> None:
    """With all that is in it; whoever asks is told that nothing can be written."""
    folder = tmp_path / "spill"
    spill = Spill(folder, KEY, most=2**20, clock=lambda: NOW, tell=TOLD.append)
    spill.append(batch(0))
    shutil.rmtree(folder)
    for _ in range(2):
        with pytest.raises(SpillFull):
            spill.append(batch(1))
    assert TOLD[-1] == "the spill can't be written (FileNotFoundError): see its disk"
    assert not spill.full
    spill.close()


def test_where_no_file_can_be_opened_any_more_nothing_is_kept(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """With too many open files even the folder can't be looked at: it is told once, and is no defect."""
    spill = opened()
    spill.append(batch(0))

    def glob(_: Path, __: str) -> Iterator[Path]:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as exhausted:
        exhausted.setattr(Path, "glob", glob)
        for _ in range(2):
            with pytest.raises(SpillFull):
                spill.append(batch(1))
    assert TOLD == ["the spill can't be written (OSError): see its disk"]
    spill.append(batch(2))
    assert drained(spill) == [batch(0), batch(2)]


@pytest.mark.parametrize("fails", ["write", "fsync"])
def test_a_full_disk_is_a_full_spill(opened: Open, monkeypatch: pytest.MonkeyPatch, fails: str) -> None:
    """Half an entry is taken back; what was there stays, and what comes later is whole."""
    spill = opened()
    spill.append(batch(0))

    def write(file: BinaryIO, data: bytes) -> None:
        file.write(data[: len(data) // 2])
        raise OSError(28, "No space left on device")

    def fsync(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        if fails == "write":
            broken.setattr(segment, "write", write)
        else:
            broken.setattr(os, "fsync", fsync)
        for _ in range(2):
            with pytest.raises(SpillFull):
                spill.append(batch(1))
    spill.append(batch(2))
    found = drained(spill)
    assert found[0] == batch(0)
    assert batch(2) in found
    assert batch(1) not in found


@pytest.mark.parametrize("told", [b"", b"1", b"one two\n", b"\xff\xff"])
def test_a_place_that_cannot_be_read_costs_nothing(opened: Open, tmp_path: Path, told: bytes) -> None:
    """What was done with is handed out again, which event ids make harmless; the collector starts all the same."""
    spill = opened()
    spill.append(batch(0))
    spill.append(batch(1))
    first = spill.oldest()
    assert first is not None
    spill.done(first)
    (tmp_path / "spill" / "done").write_bytes(told)
    assert drained(opened()) == [batch(0), batch(1)]


def test_a_place_that_cannot_be_written_stops_nobody(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a full disk what waits still goes out, each once as long as the process lives."""
    spill = opened()
    for number in range(3):
        spill.append(batch(number))

    def replace(_: Path, __: Path) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "replace", replace)
        assert drained(spill) == [batch(0), batch(1), batch(2)]


def test_a_folder_that_is_made_is_there_after_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each one above it brings its name to the disk before anything is taken: a file is as durable as its folder."""
    synced, real = list[Path](), segment.sync_folder

    def sync(folder: Path) -> None:
        synced.append(folder)
        real(folder)

    monkeypatch.setattr(segment, "sync_folder", sync)
    Spill(tmp_path / "a" / "b", KEY, most=2**20, clock=lambda: NOW, tell=TOLD.append).close()
    assert {tmp_path, tmp_path / "a"} <= set(synced)


def test_two_collectors_do_not_share_a_spill(opened: Open, tmp_path: Path) -> None:
    """The second is told; when the first is gone it may have it."""
    opened()
    with pytest.raises(SpillTaken):
        Spill(tmp_path / "spill", KEY, most=1, clock=lambda: NOW, tell=TOLD.append)
    opened()


def test_kill_9_loses_nothing_that_was_taken(tmp_path: Path) -> None:
    """A process is killed while it writes: every batch it said was taken comes out, in order."""
    program = (
        "import sys, pathlib, time\n"
        "from broker.port import Message\n"
        "from collector.spill.store import Spill\n"
        "from schemas.quarantine import StorageKey\n"
        "spill = Spill(pathlib.Path(sys.argv[1]), StorageKey(sys.stdin.readline()), most=2**30, size=9000,\n"
        "              clock=time.time, tell=print)\n"
        "for number in range(10**9):\n"
        "    spill.append([Message('telemetry.usage', b'%d' % number)])\n"
        "    print(number, flush=True)\n"
    )
    identity, _ = new_identity()
    process = subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", program, str(tmp_path)], cwd=ROOT, stdin=-1, stdout=-1, text=True
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(identity + "\n")
    process.stdin.flush()
    said = [int(process.stdout.readline()) for _ in range(50)]
    process.kill()
    said += map(int, process.stdout.read().split())
    process.wait()
    process.stdin.close()
    process.stdout.close()
    spill = Spill(tmp_path, StorageKey(identity), most=2**30, clock=lambda: NOW, tell=TOLD.append)
    found = [int(each[0].value or b"") for each in drained(spill)]
    spill.close()
    assert said == list(range(len(said)))
    assert found[: len(said)] == said
    assert len(found) <= len(said) + 1
