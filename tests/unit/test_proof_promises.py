"""The promises are true to the code: every guard, test and mutant that is named is there, and the pages say so."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from schemas.compile import EVENT_BITS
from tests.proof import index
from tests.proof.capacity import batch_order, carried
from tests.proof.mutants.model import ROOT, Mutant, Stale, patched
from tests.proof.mutants.run import Verdict, applied, newest
from tests.proof.mutants.table import MUTANTS
from tests.proof.promises import PROMISES

MUTANT = MUTANTS[0]


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.id)
def test_every_patch_still_applies(mutant: Mutant) -> None:
    """A guard's text stands exactly once where the table says, and taking it away leaves Python."""
    assert patched(mutant) != (ROOT / mutant.file).read_text("utf-8")


@pytest.mark.parametrize(
    "change",
    [
        {"guard": "collector/nowhere.py:f"},
        {"guard": "collector/body.py:nobody"},
        {"old": "no such text"},
        {"old": "s"},
        {"new": "((("},
    ],
    ids=["file", "name", "absent", "many", "syntax"],
)
def test_a_patch_that_does_not_fit_is_told(change: dict[str, Any]) -> None:
    """A guard that was moved, a text that is not there exactly once, what is no Python: the table is stale."""
    with pytest.raises(Stale, match=MUTANT.id):
        patched(replace(MUTANT, **change))


def test_a_guard_is_put_back(tmp_path: Path) -> None:
    """A mutant changes its file, in the tree that is given alone, for as long as its tests run."""
    before = (ROOT / MUTANT.file).read_text("utf-8")
    copy = tmp_path / MUTANT.file
    copy.parent.mkdir(parents=True)
    copy.write_text(before, "utf-8")
    with applied(MUTANT, tmp_path):
        assert copy.read_text("utf-8") == patched(MUTANT)
    assert copy.read_text("utf-8") == before == (ROOT / MUTANT.file).read_text("utf-8")


def test_the_page_keeps_results_of_the_same_patch_alone(tmp_path: Path) -> None:
    """A mutant that is run alone joins the others' results; a patch that changed since is not run yet."""
    first, second, third = MUTANTS[:3]
    results = tmp_path / "mutants.json"
    results.write_text(json.dumps({"results": newest([Verdict(it, "a test", 1) for it in (first, second)], results)}))
    rows = newest([Verdict(third, None, 2)], results)
    assert [(row["id"], row["killed_by"]) for row in rows] == [
        (first.id, "a test"), (second.id, "a test"), (third.id, None),
    ]  # fmt: skip
    text = results.read_text("utf-8")
    results.write_text(text.replace(json.dumps(second.old), '"what it was"'), "utf-8")
    assert [row["id"] for row in newest([], results)] == [first.id]


def test_ids_are_in_order_and_unique() -> None:
    """Promises are numbered without a gap; each mutant has a name of its own."""
    assert [promise.id for promise in PROMISES] == [f"P{number}" for number in range(1, len(PROMISES) + 1)]
    assert len({mutant.id for mutant in MUTANTS}) == len(MUTANTS)


def test_every_promise_has_mutants_and_every_mutant_a_promise() -> None:
    """No promise goes without a guard that is taken away, and no guard keeps a promise nobody made."""
    assert {mutant.promise for mutant in MUTANTS} == {promise.id for promise in PROMISES}
    assert all(promise.mutants and promise.tests for promise in PROMISES)


def test_every_test_that_is_named_is_collected() -> None:
    """Pytest finds each test of the promises, and each file or test that is to kill a mutant."""
    named = {test for promise in PROMISES for test in promise.tests} | {test for it in MUTANTS for test in it.tests}
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *sorted(named))
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    assert ran.returncode == 0, ran.stdout[-500:]
    assert all(test in ran.stdout for test in named)


def test_the_pages_are_what_code_and_results_say() -> None:
    """docs/promises.md and docs/proof.md: `make proof` writes them; guards, tests and figures of the compiler."""
    assert index.stale() == []


def test_the_figures_are_the_compilers() -> None:
    """The worst event stays in the budget, its bits are written out, and a stock of ids adds to them."""
    worst = carried()[0]
    assert 0 < worst.bits <= EVENT_BITS
    assert f"`{worst.event}`, carries at most {worst.bits:.1f} bits" in index.promises()
    assert worst.with_ids > worst.bits + 19 * worst.ids
    assert round(batch_order(4), 3) == 4.585  # log2(24)


def test_the_shown_runs_are_clean() -> None:
    """What is committed of the last runs: no survivor, no finding, no canary."""
    text = (ROOT / "docs" / "proof.md").read_text("utf-8")
    assert f"{len(MUTANTS)} of {len(MUTANTS)} killed" in text
    assert "0 findings" in text
    assert "0 canaries found" in text
