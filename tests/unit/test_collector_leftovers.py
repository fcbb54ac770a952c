"""The spills of workers that are no more: taken over whole, by whoever is there."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from broker.port import Message
from collector.spill.folder import SpillTaken
from collector.spill.leftovers import folder_of, take_over
from collector.spill.store import Spill
from deploy import keys
from schemas.keyfile import read_storage_key


class Spills:
    """Spills of a root, sealed to one key."""

    def __init__(self, folder: Path) -> None:
        self.seal = read_storage_key(keys.new(folder / "keys").storage)
        self.root = folder / "spill"

    def of(self, number: int) -> Spill:
        """Open a worker's."""
        return Spill(folder_of(self.root, number), self.seal, most=2**20, clock=time.time, tell=print, size=200)

    def fill(self, number: int, *texts: str) -> None:
        """Have a worker leave batches: each a segment of its own."""
        spill = self.of(number)
        for text in texts:
            spill.append([Message("telemetry.usage", text.encode())])
        spill.close()

    def drained(self, number: int) -> list[str]:
        """Take all out of a worker's, in its order."""
        spill, texts = self.of(number), list[str]()
        while batch := spill.oldest():
            texts += [(message.value or b"").decode() for message in batch.messages]
            spill.done(batch)
        spill.close()
        return texts


@pytest.fixture(name="spills")
def of_workers(tmp_path: Path) -> Spills:
    """Give spills of a folder."""
    return Spills(tmp_path)


def test_what_is_left_comes_behind_what_is_there(spills: Spills) -> None:
    """In its own order, worker by worker; of those that still are nothing is moved; and all of it once."""
    spills.fill(0, "a", "b")
    spills.fill(1, "c")
    spills.fill(2, "d", "e")
    spills.fill(3, "f")
    assert take_over(spills.root, 2) == 3
    assert take_over(spills.root, 2) == 0
    assert spills.drained(0) == ["a", "b", "d", "e", "f"]
    assert [spills.drained(number) for number in (1, 2, 3)] == [["c"], [], []]


def test_numbers_that_are_done_with_are_not_used_again(spills: Spills) -> None:
    """What says where the oldest batch begins must not be taken to speak of a segment that came later."""
    spills.fill(0, "a")
    assert spills.drained(0) == ["a"]
    long = "c" * 2000  # its segment has the place at which the other one ended
    spills.fill(1, long, "d", "e")
    assert take_over(spills.root, 1) == 3
    assert spills.drained(0) == [long, "d", "e"]


def test_a_begun_spill_is_taken_over_from_its_start(spills: Spills) -> None:
    """A batch may come twice, which event ids make harmless; none is left out."""
    spills.fill(1, "a", "b")
    spill = spills.of(1)
    first = spill.oldest()
    assert first
    spill.done(first)
    spill.close()
    assert take_over(spills.root, 1) == 1
    assert spills.drained(0) == ["b"]


def test_a_damaged_segment_is_taken_over_too(spills: Spills) -> None:
    """It is somebody's records, for whoever may repair it; under a number that no other segment gets."""
    spills.fill(1, "a", "b")
    left = min(folder_of(spills.root, 1).glob("*.spill"))
    left.rename(left.with_suffix(".damaged"))
    assert take_over(spills.root, 1) == 2
    assert [path.name for path in spills.root.glob("*.damaged")] == [left.with_suffix(".damaged").name]
    assert not [*folder_of(spills.root, 1).glob("*.damaged")]
    assert spills.drained(0) == ["b"]


@pytest.mark.parametrize("number", [0, 1])
def test_a_spill_in_use_is_not_touched(spills: Spills, number: int) -> None:
    """Another process is told of, and everything stays where it is."""
    spills.fill(1, "a")
    held = spills.of(number)
    with pytest.raises(SpillTaken):
        take_over(spills.root, 1)
    held.close()
    assert spills.drained(1) == ["a"]


def test_without_leftovers_nothing_is_made(spills: Spills) -> None:
    """No folder, no lock."""
    assert take_over(spills.root, 1) == 0
    assert not spills.root.exists()
