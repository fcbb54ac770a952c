"""The trial of `make badinput`, small; what it sends is spoilt indeed; and that its judge can say no."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.cluster import named_elsewhere
from tests.proof.badinput import protobuf
from tests.proof.badinput.__main__ import goals
from tests.proof.badinput.mutate import Mutator
from tests.proof.badinput.rude import Ended
from tests.proof.badinput.trial import Outcome, Seen, Setting, run, started
from tests.proof.fuzz.targets import MARK
from tests.proof.stand import Watched
from tests.proof.wire import NONE, Answers

RUDE = {"slow heads": 20, "slow bodies": 20, "half closed": 40, "wrong lengths": 40, "bombs": 8, "idle": 1_500}
SMALL = Setting(mutated=2_000, rude=RUDE, swollen=4, idle=0, first=0)  # all of it at once: it takes a minute


@pytest.mark.kafka
@pytest.mark.e2e
@pytest.mark.skipif(named_elsewhere(), reason="it wants a collector of its own")
def test_bad_input_harms_nobody(tmp_path: Path) -> None:
    """No crash, no hang, no canary in any output, nothing left open; good requests are answered 200.

    The times and the memory of a machine that runs other tests besides say little: `make badinput` judges them. Nor is
    each good request served there, as one may be let go with the idle ones before it could say a word: 49 of 50 are.
    """
    with started(tmp_path / "stack") as (stand, senders):
        outcome = run(stand, senders, SMALL, 5)
    missed = [goal.goal for goal in goals(outcome) if not goal.met]
    assert set(missed) <= {"no growth", "and soon: p99 under 1 s", "good requests are served all along"}
    assert outcome.unserved <= outcome.seen.good.statuses.total() // 50
    assert outcome.watched.files[-1] <= outcome.watched.files[0] + 2
    assert outcome.growth < 96  # since the start: there was no first round
    assert outcome.seen.mutated[200] > 100
    assert outcome.seen.mutated[400] > 100
    assert len(outcome.seen.ended["idle"]) == RUDE["idle"]


CALM = Outcome(
    SMALL, Seen(Answers({200: [0.1]}), Counter({200: 5, 400: 5})), Watched([2**27] * 3, [20] * 3), 2**27, 0, b"ready"
)
HUNG = {"idle": [Ended(NONE, b"", 40.0, hangs=True)]}


@pytest.mark.parametrize(
    "spoilt",
    [
        {"restarts": 1},
        {"said": b"collector: internal: KeyError at x.py:1"},
        {"seen": replace(CALM.seen, ended=HUNG)},
        {"seen": replace(CALM.seen, mutated=Counter({500: 1}))},
        {"seen": replace(CALM.seen, mutated=Counter({NONE: 1}))},
        {"watched": Watched([2**27, 2**28], [20] * 2)},
        {"watched": Watched([2**27, 2**30, 2**27], [20] * 3)},
        {"watched": Watched([2**27] * 2, [20, 30])},
        {"said": b"collector: " + MARK},
        {"seen": replace(CALM.seen, canaries=1)},
        {"seen": replace(CALM.seen, good=Answers({200: [0.1], 503: [0.1]}))},
        {"seen": replace(CALM.seen, good=Answers())},
        {"seen": replace(CALM.seen, good=Answers({200: [0.1] * 90 + [2.0] * 10}))},
    ],
)  # fmt: skip
def test_each_goal_can_be_missed(spoilt: dict[str, object]) -> None:
    """The judge is content with a calm run, and with nothing less."""
    assert all(goal.met for goal in goals(CALM))
    assert not all(goal.met for goal in goals(replace(CALM, **spoilt)))  # type: ignore[arg-type]


def test_the_canary_is_heard_in_answers() -> None:
    """An answer that repeats what was sent is counted, in hex too."""
    seen = Seen()
    for answer in (b"HTTP/1.1 400", b"bad " + MARK, MARK.hex().encode()):
        seen.heard(answer)
    assert seen.canaries == 2


def test_spoilt_requests_are_many_and_come_again() -> None:
    """A seed gives the same requests each time, hardly two of them alike, most with the canary as it is or packed."""
    made = list(Mutator(3).requests(500))
    assert made == list(Mutator(3).requests(500))
    assert len(set(made)) > 450
    assert all(MARK in request for request in made)  # it is in the head at least


def test_protobuf_is_taken_apart_and_spoilt() -> None:
    """Fields are joined to the same bytes; spoiling changes them, and what is no message stays as it is."""
    inner = protobuf.joined([(1, protobuf.BYTES, b"abc"), (2, protobuf.VARINT, protobuf.varint(300))])
    whole = protobuf.joined(
        [(3, protobuf.BYTES, inner), (4, protobuf.FIXED64, bytes(8)), (5, protobuf.FIXED32, bytes(4))]
    )
    assert protobuf.joined(protobuf.fields(whole)) == whole
    rng = random.Random(1)  # noqa: S311 - a simulation
    assert len({protobuf.spoilt(whole, rng, MARK) for _ in range(200)} - {whole}) > 20
    assert protobuf.spoilt(b"\xff\xff", rng, MARK) == b"\xff\xff"
    with pytest.raises(protobuf.NotFields):
        protobuf.fields(b"\x0a\x05ab")
