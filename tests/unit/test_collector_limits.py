"""Limits: what several workers may hold together."""

from __future__ import annotations

import pytest

from collector.limits import DEFAULT, Limits, part_of


@pytest.mark.parametrize(
    "limits", [DEFAULT, Limits(held=1000), Limits(body=100, message=200, compressed=300, held=1000)]
)
def test_one_worker_has_all_the_room(limits: Limits) -> None:
    """A collector alone holds what it was told it may, be it less than one body."""
    assert part_of(limits, 1) == limits


def test_workers_share_the_room() -> None:
    """Each has its part; a request of the largest size finds room with any of them."""
    limits = Limits(body=100, message=200, compressed=150, held=1000)
    assert [part_of(limits, workers).held for workers in (2, 4, 5, 64)] == [500, 250, 200, 200]
    assert part_of(limits, 4).body == limits.body
