"""Epochs: each moment has one key or none, and neither key tells the other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.keyring import DAY, Epoch, Keyring, NoKey, read_ring, write_ring

JUNE = 20_605 * DAY
FIRST, SECOND = bytes(range(32)), bytes(range(32, 64))
RING = Keyring((Epoch(JUNE, JUNE + 30 * DAY, FIRST), Epoch(JUNE + 31 * DAY, JUNE + 60 * DAY, SECOND)))


def test_the_moment_says_the_key() -> None:
    """From midnight to midnight; before, after, and in a gap there is none."""
    assert RING.at(JUNE) == RING.at(JUNE + 30 * DAY - 1) == FIRST
    assert RING.at(JUNE + 31 * DAY) == RING.at(JUNE + 60 * DAY - 1) == SECOND
    for moment in (0, JUNE - 1, JUNE + 30 * DAY, JUNE + 31 * DAY - 1, JUNE + 60 * DAY, 2**63):
        with pytest.raises(NoKey, match="tidegate keys rotate"):
            RING.at(moment)
        with pytest.raises(NoKey):
            RING.ring(moment)
    assert RING.ring(JUNE) is RING


@given(moment=st.integers(-(2**63), 2**64))
def test_a_bare_key_is_for_ever(moment: int) -> None:
    """A file of 64 hex digits alone, as the first release made it, covers every moment."""
    assert read_ring(FIRST.hex() + "\n").at(moment) == Keyring.forever(FIRST).at(moment) == FIRST


def test_a_ring_is_written_as_it_is_read() -> None:
    """A line an epoch: two days and the key."""
    text = f"2026-06-01 2026-07-01 {FIRST.hex()}\n2026-07-02 2026-07-31 {SECOND.hex()}\n"
    assert write_ring(RING) == text
    assert read_ring(text) == RING
    assert read_ring(write_ring(Keyring.forever(FIRST))) == Keyring.forever(FIRST)


def test_no_key_is_shown() -> None:
    """Not in a repr, nor where an epoch's days are written."""
    for shown in (repr(RING), *map(str, RING.epochs), str(RING)):
        assert FIRST.hex()[:8] not in shown
        assert repr(FIRST)[2:10] not in shown
    assert [str(epoch) for epoch in (*RING.epochs, *Keyring.forever(FIRST).epochs)] == [
        "2026-06-01 to 2026-07-01",
        "2026-07-02 to 2026-07-31",
        "ever to ever",
    ]
