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
from tests.proof.pages import COMMIT, PROOF, behind_by, committed_at
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
    assert COMMIT.fullmatch(rows[2]["commit"])
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


def test_every_page_names_the_commit_it_was_measured_at() -> None:
    """In the page and in its JSON: how old the figures are can be told from that alone."""
    for name in index.RUNS:
        commit = json.loads((PROOF / f"{name}.json").read_text("utf-8"))["run"]["commit"]
        assert COMMIT.fullmatch(commit)
        assert commit in (PROOF / f"{name}.md").read_text("utf-8")


def test_what_touches_the_product_makes_a_page_old(tmp_path: Path) -> None:
    """Commits to the product's rooms since the page's are counted; others are not, and an unknown one has no age."""

    def commit(path: str) -> str:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(path)
        git("add", "-A")
        git("-c", "user.name=x", "-c", "user.email=x@example.com", "commit", "-qm", path)
        return git("rev-parse", "--short=12", "HEAD")

    def git(*arguments: str) -> str:
        ran = subprocess.run(("git", *arguments), cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603, S607 - git
        return ran.stdout.strip()

    git("init", "-q")
    first, second, _ = commit("collector/a.py"), commit("schemas/b.py"), commit("docs/c.md")
    assert [behind_by(it, tmp_path) for it in (first, second)] == [1, 0]
    assert behind_by("0" * 12, tmp_path) is None
    assert behind_by("unknown", tmp_path) is None
    assert committed_at(tmp_path / "collector" / "a.py", tmp_path).startswith(first)
    assert committed_at(tmp_path / "nothing", tmp_path) == ""


def test_the_ages_are_told_and_not_written(capsys: pytest.CaptureFixture[str]) -> None:
    """A line a page; the index itself has no number that a commit would make stale."""
    assert index.main(["--age"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in told[1:]] == list(index.RUNS)


def test_a_page_of_several_runs_says_so() -> None:
    """Mutants that are run alone do not make the others' rows young."""
    rows = [{"commit": "a" * 12}, {"commit": "b" * 12}, {}]
    assert index._mixed(rows, "a" * 12) == "; 2 of 3 rows are of earlier runs"
    assert index._mixed(rows[:1], "a" * 12) == ""


def test_goals_that_are_not_met_are_listed(tmp_path: Path) -> None:
    """Whichever run they are of, and those of the strict reading by that name; where all are met it says so."""
    assert index.deviations(tmp_path) == "None."
    goal = {"goal": "media told", "bound": "0", "found": "2 of 9", "met": False}
    (tmp_path / "leak.json").write_text(json.dumps({"goals": [goal | {"met": True}], "strict": [goal]}), "utf-8")
    missed = {"goal": "no crash", "figure": "1 restart", "met": False}
    (tmp_path / "badinput.json").write_text(json.dumps({"results": {"goals": [missed]}}), "utf-8")
    assert index.deviations(tmp_path).splitlines() == [
        "- [leak](proof/leak.md), read strictly: media told, goal 0: 2 of 9",
        "- [badinput](proof/badinput.md): no crash: 1 restart",
    ]


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
