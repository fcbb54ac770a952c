"""The trial of `make noloss`, small: Kafka away once, the collector killed twice, nothing of what was taken lost."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.cluster import named_elsewhere
from tests.proof.noloss.client import LOGS, Result
from tests.proof.noloss.trial import Setting, look, run
from tests.proof.stand import Stand

SMALL = Setting(clients=2, logs=4_000, spans=160, points=40, seconds=30.0, away=14.0, outages=(0.15,), kills=2)


@pytest.mark.kafka
@pytest.mark.e2e
@pytest.mark.skipif(named_elsewhere(), reason="it stops Kafka: one of its own")
def test_what_was_answered_200_is_in_the_topic(tmp_path: Path) -> None:
    """Every record of a request that was answered 200 is there; a record that nobody sent would be missed."""
    with Stand(tmp_path / "stack") as stand:
        outcome = run(stand, SMALL, 7, tmp_path)
        assert (outcome.lost, outcome.partial) == (0, 0)
        assert outcome.chaos.kills == 2
        assert outcome.chaos.kills_over_spill > 0
        assert outcome.taken > SMALL.records // 2
        assert all(found.taken for found in outcome.found.values())
        taken = Result(**json.loads((tmp_path / "0.result").read_text("utf-8")))
        absent = replace(taken, taken={**taken.taken, LOGS: ["00000000-0000-4000-8000-000000000000"]})
        assert look(stand, stand.settled(), [absent])[LOGS].lost == 1
