"""Quarantine in groups: mistakes by release, and whether a release leaks more than the one before it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from deploy.commands._groups import show
from deploy.quarantine.groups import DAY, Group, groups
from deploy.quarantine.reading import Refusals, Sealed
from tests.unit.gate_samples import NOW, catalogue

MILLIS = NOW // 1000
CALL = catalogue().plans["call.ended"].schema_id
HOUR = 3600 * 1000


def refused(version: str | None, count: int, **changes: object) -> Refusals:
    """Tell of refusals of one release of the web app."""
    told = {"reason": "undeclared_attribute", "schema_id": CALL, "field": None, "value_kind": "string", "size": "1-15"}
    told |= {"app": "meetings-web" if version else None, "app_version": version, "count": count, "fingerprint": "ab"}
    return Refusals(**(told | changes))  # type: ignore[arg-type]


def sealed(*refusals: Refusals, ago: int = 0) -> Sealed:
    """Make a message that came so many milliseconds ago."""
    return Sealed(0, 0, MILLIS - ago, "COLLECTOR", "0" * 12, 0, refusals, b"")


def grouped(*messages: Sealed) -> list[Group]:
    """Group messages as of now."""
    return groups(messages, catalogue(), NOW / 1_000_000)


def test_a_release_that_leaks_more_than_its_predecessor_says_so() -> None:
    """The newest release first, each beside the one before it by number, not by spelling."""
    found = grouped(sealed(refused("6.9.0", 3), refused("6.10.0", 12)), sealed(refused("6.9.0", 1)))
    assert [(of.version, of.count, of.predecessor, of.of_predecessor, of.is_worse) for of in found] == [
        ("6.10.0", 12, "6.9.0", 4, True),
        ("6.9.0", 4, None, 0, False),
    ]


def test_a_release_that_begins_to_make_a_mistake_says_so() -> None:
    """Its predecessor is known by another mistake, and never made this one."""
    found = grouped(sealed(refused("6.9.0", 3, reason="body"), refused("6.10.0", 1)))
    [newest] = [of for of in found if of.version == "6.10.0"]
    assert (newest.predecessor, newest.of_predecessor, newest.is_worse) == ("6.9.0", 0, True)


def test_releases_of_another_app_are_no_predecessors() -> None:
    """Each app counts its own versions."""
    found = grouped(sealed(refused("6.9.0", 3, app="meetings-ios"), refused("6.10.0", 1)))
    assert {of.predecessor for of in found} == {None}


def test_the_most_frequent_mistake_of_an_app_comes_first() -> None:
    """Over all its releases, which stay together."""
    found = grouped(sealed(refused("1.0.0", 4, reason="body"), refused("1.0.0", 3), refused("2.0.0", 2)))
    assert [(of.reason, of.version) for of in found] == [
        ("undeclared_attribute", "2.0.0"),
        ("undeclared_attribute", "1.0.0"),
        ("body", "1.0.0"),
    ]


@pytest.mark.parametrize(
    ("ages", "trend"),
    [
        ([0], "new"),
        ([0, 0, 30], "rising"),
        ([0, 30], "steady"),
        ([0, 30, 31], "falling"),
        ([30], "over"),
        ([0, 100], "rising"),
    ],
    ids=str,
)
def test_the_trend_is_a_word(ages: list[int], trend: str) -> None:
    """The last 24 hours against the 24 before; new when it was never seen before them. Ages in hours."""
    [found] = grouped(*(sealed(refused("1.0.0", 1), ago=age * HOUR) for age in ages))
    assert found.trend == trend
    assert found.first == datetime.fromtimestamp((MILLIS - max(ages) * HOUR) // 1000, UTC)
    assert found.last == datetime.fromtimestamp((MILLIS - min(ages) * HOUR) // 1000, UTC)


def test_sizes_and_schema_versions_do_not_part_a_group_and_fingerprints_are_kept() -> None:
    """One a key's epoch; a record of the first form has none."""
    [found] = grouped(
        sealed(refused(None, 1, size="0", fingerprint=""), refused(None, 2, fingerprint="cd"), ago=DAY),
        sealed(refused(None, 4)),
    )
    assert (found.count, found.today, found.before) == (7, 4, 3)
    assert found.fingerprints == ("ab", "cd")
    assert (found.app, found.version, found.predecessor) == (None, None, None)


def test_the_table_shows_which_release_is_worse(capsys: pytest.CaptureFixture[str]) -> None:
    """In words, so that it is seen without colours too."""
    show(grouped(sealed(refused("6.9.0", 3), refused("6.10.0", 1200))))
    newest, oldest = capsys.readouterr().out.splitlines()[1:]
    assert "meetings-web  6.10.0   1,200  1,200  new    more than 6.9.0: 3" in newest
    assert "more than" not in oldest
    show([])
    assert capsys.readouterr().out == "Quarantine is empty.\n"
