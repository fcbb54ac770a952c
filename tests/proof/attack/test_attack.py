"""A few attacks of each place and form, on the run's own Kafka; `make attack` has them all."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from functools import cache

import pytest

from deploy.stack import Stack
from tests.conftest import Kafka
from tests.proof.attack.case import Bench, Case, Fate, Request
from tests.proof.attack.look import SHAPES, Outcome
from tests.proof.attack.report import facts, page
from tests.proof.attack.suite import carry_out, pick, requests

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
EACH = 24  # requests of logs, of spans and points, and messages


@pytest.fixture(scope="module")
def outcome(kafka: Kafka, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcome]:
    """Attack a stack on the run's Kafka, once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", kafka.bootstrap)
        patch.setenv("TIDEGATE_SINK_SECONDS", "1")
        patch.setenv("TIDEGATE_KAFKA_USERNAME", kafka.admin.username or "")
        patch.setenv("TIDEGATE_KAFKA_PASSWORD", kafka.admin.password or "")
        with Stack(tmp_path_factory.mktemp("attack"), collector_port=0) as stack:
            yield carry_out(stack, secrets.randbits(32), most=EACH, honest=(4, 100))


def test_no_canary_is_found_anywhere(outcome: Outcome) -> None:
    """Attacks of many places and forms leave their canaries nowhere; the names of those that do are told."""
    assert len(outcome.verdicts) == 3 * EACH
    assert [(found.case, found.place) for found in outcome.found] == []


def test_what_has_to_be_refused_is_refused(outcome: Outcome) -> None:
    """No attack is taken that is not listed as one that may be."""
    assert [verdict.case.name for verdict in outcome.verdicts if verdict.surprise] == []


def test_each_place_is_reached(outcome: Outcome) -> None:
    """What is refused is refused for its own reason; what is taken of spans and points arrives, and nothing else."""
    assert [verdict.case.name for verdict in outcome.verdicts if verdict.astray] == []
    assert [each for each in outcome.landed if not each.holds] == []
    assert len(outcome.landed) == 7


def test_the_search_can_see(outcome: Outcome) -> None:
    """Planted words, attackers' own messages on the topic, refused canaries in opened seals, the chat: all are seen."""
    assert outcome.proof.missed == ()
    assert outcome.control
    assert outcome.at_home == outcome.homes > 0
    assert any(verdict.sealed for verdict in outcome.verdicts)
    assert outcome.clean


def test_the_page_tells_no_canary(outcome: Outcome) -> None:
    """Neither page nor JSON holds a word of a canary."""
    told = page(outcome, 0, 1.0) + str(facts(outcome, 0, 1.0))
    assert not [verdict.case.name for verdict in outcome.verdicts for word in verdict.case.words if word in told]


@cache
def cases() -> list[Case]:
    """Make every case for the HTTP door."""
    return list(requests(Bench(1, 1_795_000_000_000_000_000)))


def test_each_attack_has_a_name_and_a_canary_of_its_own() -> None:
    """More than three hundred by HTTP alone; no name twice, no word twice."""
    made = cases()
    assert len(made) > 300
    assert max(Counter(case.name for case in made).values()) == 1
    assert max(Counter(word for case in made for word in case.words).values()) == 1
    assert len(SHAPES) >= 12


def test_picking_takes_every_place_and_form_first() -> None:
    """As many groups are in the pick as can be."""
    made, bench = cases(), Bench(2, 0)
    groups = {(case.place, case.form) for case in made}
    assert {(case.place, case.form) for case in pick(made, len(groups), bench.rng)} == groups
    assert pick(made, None, bench.rng) == made


def test_a_case_shows_nothing_of_its_canary() -> None:
    """The `repr` of a case, which a failing test would print, holds no word and nothing that is sent."""
    for case in cases():
        assert not [len(word) for word in case.words if word in repr(case)]
        assert not any(
            shot.body in repr(case).encode() for shot in case.shots if isinstance(shot, Request) and shot.body
        )
    assert {case.accepted_as for case in cases()} == {None, Fate.DESTROYED, Fate.BOUNDED}
