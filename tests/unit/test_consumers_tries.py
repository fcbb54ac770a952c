"""A batch that may yet be read is tried three times, over the service's lives; any other is gone on with at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from broker.port import Received, Unreadable, Why
from consumers.tries import EVERY, MOST, Tries, stepped_over


class Clock:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def bad(why: Why, first: int = 7, last: int = 9, partition: int = 0) -> Received:
    """Make a batch that can't be read."""
    return Received("usage", partition, last, 0, b"stored", None, (), Unreadable(first, why))


def good(offset: int, partition: int = 0) -> Received:
    """Make a message."""
    return Received("usage", partition, offset, 0, b"value")


@pytest.mark.parametrize("why", ["codec", "size", "form"])
def test_what_no_try_can_read_is_gone_on_with(why: Why) -> None:
    """It waits for nothing."""
    batch = [good(6), bad(why), good(10)]
    assert Tries(None).sorted_out(batch) == (batch, [])


@pytest.mark.parametrize("why", ["checksum", "memory"])
def test_what_may_pass_is_tried_three_times(tmp_path: Path, why: Why) -> None:
    """Its partition waits, others go on; the count outlives the process, and is forgotten once it is behind."""
    path, clock = tmp_path / "run" / "tries.json", Clock()
    batch = [good(6), bad(why), good(10), good(3, partition=1)]
    for _ in range(MOST):
        tries = Tries(path, clock)  # a new process each time
        assert tries.sorted_out(batch) == ([good(6), good(3, partition=1)], [bad(why)])
        assert tries.sorted_out(batch)[1] == [bad(why)]  # too soon to count
        clock.now += EVERY
    assert json.loads(path.read_text()) == [["usage", 0, 7, MOST]]
    tries = Tries(path, clock)
    assert tries.sorted_out(batch) == (batch, [])
    tries.carried([good(6)])
    assert json.loads(path.read_text()) != []
    tries.carried(batch)
    assert json.loads(path.read_text()) == []


@pytest.mark.parametrize("text", ["", "{", "[1]", "[[1, 2]]", '[["usage", "x", 1, 1]]'])
def test_a_count_that_can_not_be_read_tells_nothing(tmp_path: Path, text: str) -> None:
    """It begins anew."""
    path = tmp_path / "tries.json"
    path.write_text(text)
    assert Tries(path, Clock()).sorted_out([bad("memory")]) == ([], [bad("memory")])


def test_what_was_stepped_over_is_told_in_numbers() -> None:
    """A line a partition and cause, however many batches."""
    batch = [bad("size"), good(10), bad("size", 11, 20), bad("form", 21, 21), bad("size", 1, 1, partition=2)]
    assert list(stepped_over(batch)) == [
        "stepped over batches of usage/0 within offsets 7-20: they can't be read (size)",
        "stepped over batches of usage/0 within offsets 21-21: they can't be read (form)",
        "stepped over batches of usage/2 within offsets 1-1: they can't be read (size)",
    ]
