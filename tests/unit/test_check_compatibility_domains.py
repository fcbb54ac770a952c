"""Every way in which a domain can let more or less through, and that one side of a change is the other's way back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from schemas.check.domain_changes import domain_became, loosened, narrowed, words_added, words_moved
from schemas.domains import DOMAINS
from schemas.domains.words import Vocabulary
from schemas.plan import REQUIRED, FieldPlan

WHOLE = {"domain": "count", "max": 100, "buckets": 8}
REAL = {"domain": "measure", "min": 0.0, "max": 10.0, "step": 0.5, "unit": "1"}
VERSION = {"domain": "version", "components": [9, 9]}
ENUM = {"domain": "enum", "name": "E", "symbols": ["OTHER", "A"]}
WORDS = {"domain": "vocabulary", "vocabulary": "v", "vocabulary_version": 1, "words": ["a", "b"]}


def plan(parameters: Mapping[str, Any], *, in_ml: bool = True) -> FieldPlan:
    """Compile a field with these parameters of a domain."""
    domain = DOMAINS.validate_json(json.dumps(parameters))
    return FieldPlan(
        path=("f",),
        attribute="a.b",
        source=None,
        domain=domain,
        content=None,
        content_types=(),
        nullable=False,
        default=REQUIRED,
        in_ml=in_ml,
    )


CASES: list[tuple[dict[str, Any], dict[str, Any], str]] = [
    (WHOLE, {"max": 200}, "`max` 100 became 200"),
    (WHOLE, {"buckets": 9}, "the number of buckets 8 became 9"),
    (REAL, {"min": -1.0}, "`min` 0.0 became -1.0"),
    (REAL, {"max": 11.0}, "`max` 10.0 became 11.0"),
    (REAL, {"step": 0.25}, "`step` 0.5 became 0.25"),
    ({"domain": "time", "resolution": "day"}, {"resolution": "hour"}, "`resolution` day became hour"),
    (VERSION, {"components": [9, 9, 9]}, "`components` [9, 9] became [9, 9, 9]"),
    (VERSION, {"components": [10, 9]}, "`components` [9, 9] became [10, 9]"),
    ({"domain": "pseudonym", "bits": 64}, {"bits": 128}, "`bits` 64 became 128"),
    (ENUM, {"on_miss": "other"}, "`on_miss` refuse became other"),
    (WORDS, {"on_miss": "other"}, "`on_miss` refuse became other"),
]


@pytest.mark.parametrize(("old", "wider", "said"), CASES, ids=[case[2] for case in CASES])
def test_wider_is_loosened_and_the_way_back_narrowed(old: dict[str, Any], wider: dict[str, Any], said: str) -> None:
    """What lets more through is said once, as loosened; undone, it is narrowed and nothing else."""
    before, after = plan(old), plan(old | wider)
    assert loosened(before, after)[0] == said
    assert not [phrase for phrase in narrowed(before, after) if "stand for" not in phrase]
    assert loosened(after, before) == []
    assert len(narrowed(after, before)) >= 1
    assert domain_became(before, after) == ""


@pytest.mark.parametrize(
    "parameters", [WHOLE, REAL, VERSION, ENUM, WORDS, {"domain": "flag"}, {"domain": "user_agent"}]
)
def test_the_same_is_neither(parameters: dict[str, Any]) -> None:
    """A domain that did not change lets through what it did."""
    assert (loosened(plan(parameters), plan(parameters)), narrowed(plan(parameters), plan(parameters))) == (
        [],
        [],
    )


def test_a_symbol_more_is_loosened() -> None:
    """Each symbol is an image; the one that is gone is told by the rule on enums."""
    before, after = plan(ENUM), plan(ENUM | {"symbols": ["OTHER", "B", "C"]})
    assert loosened(before, after) == ["2 symbols were added"]
    assert narrowed(before, after) == []


def test_into_ml_is_loosened_whatever_the_domain() -> None:
    """A field that was kept out of the ML record and now is in it carries more there; the way back is narrowed."""
    before, after = plan(WHOLE, in_ml=False), plan(WHOLE)
    assert loosened(before, after) == ["it reaches the ML record now"]
    assert narrowed(after, before) == ["it no longer reaches the ML record"]


def test_another_domain_or_unit_is_neither_wider_nor_narrower() -> None:
    """It means something else, and is told so."""
    seconds = {"domain": "duration", "unit": "s", "max": 100, "buckets": 8}
    assert domain_became(plan(WHOLE), plan(seconds)) == "the domain count became duration"
    assert domain_became(plan(seconds), plan(seconds | {"unit": "ms"})) == "the unit s became ms"
    assert loosened(plan(WHOLE), plan(seconds)) == narrowed(plan(WHOLE), plan(seconds)) == []


def test_as_many_buckets_at_other_edges_are_told() -> None:
    """Two scales with as many steps, at 0 1 2 3 4 and at 0 1 2 3 5: the ML record's numbers stand for other values."""
    before = plan({"domain": "count", "max": 6, "buckets": 5})
    after = plan({"domain": "count", "max": 6, "buckets": 6})
    assert before.images == after.images
    assert loosened(before, after) == []
    assert narrowed(before, after) == ["the numbers of the ML record stand for other values"]


def words(*listed: str) -> Vocabulary:
    """Make a vocabulary."""
    return Vocabulary(vocabulary="v", vocabulary_version=1, words=listed)


@pytest.mark.parametrize(
    ("old", "new", "added", "moved"),
    [
        ("ab", "ab", 0, False),
        ("ab", "abc", 1, False),
        ("ab", "cab", 1, True),
        ("ab", "ba", 0, True),
        ("ab", "a", 0, True),
        ("ab", "ac", 1, True),
    ],
)
def test_words_are_added_at_the_end_or_move_others(old: str, new: str, added: int, moved: bool) -> None:  # noqa: FBT001 - a case
    """A word's number in the ML record is its place: only an addition at the end leaves every other word alone."""
    assert (words_added(words(*old), words(*new)), words_moved(words(*old), words(*new))) == (added, moved)
