"""Limits: what several workers may hold together, and how many there may be."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from collector.limits import DEFAULT, Limits, part_of
from collector.settings import CollectorSettings
from deploy.stack import MOST_WORKERS


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


def test_up_takes_as_many_workers_as_the_collector() -> None:
    """The number is written twice: `tidegate up` does not wait until the collector's settings are imported."""
    CollectorSettings(workers=MOST_WORKERS, kafka_bootstrap="127.0.0.1:9")
    with pytest.raises(ValidationError):
        CollectorSettings(workers=MOST_WORKERS + 1, kafka_bootstrap="127.0.0.1:9")
