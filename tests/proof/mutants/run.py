"""Take each guard away in turn and see a test fail: `python -m tests.proof.mutants.run [ID …]`.

Two copies of the tree are made in a temporary folder; the working tree is not touched. First the named tests must pass
there as they are; then each mutant is applied, its tests run until the first fails, and the file is put back. Exit
code: 0 when every mutant was killed, 1 when one survived, 2 when the table does not fit the code.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Final

from tests.proof.mutants.model import ROOT, Mutant, Stale, patched
from tests.proof.mutants.table import MUTANTS
from tests.proof.pages import PROOF, run_of, table, write

WORKERS: Final = 2
RESULTS: Final = PROOF / "mutants.json"
DEADLINE: Final = 120.0  # seconds for the tests of one mutant; one that makes them hang longer counts as killed
_FAILED: Final = re.compile(r"^FAILED (\S+?)(?:\[.*)?(?: - .*)?$", re.MULTILINE)
_ALWAYS: Final = ("-q", "-x", "-p", "no:cacheprovider", "--hypothesis-seed=0", "--no-header", "--tb=no")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a mutant: the test that failed, or why it counts as survived."""

    mutant: Mutant
    killed_by: str | None
    seconds: float


def copy_to(folder: Path) -> Path:
    """Copy the tree as it is, uncommitted changes too, and its history, which a test reads."""
    kept = subprocess.run(("git", "ls-files", "-co", "--exclude-standard"), cwd=ROOT, capture_output=True, check=True)  # noqa: S607 - git
    for name in kept.stdout.decode().splitlines():
        source, target = ROOT / name, folder / name
        if source.is_file():
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target)
    return folder


def run_tests(tests: Iterable[str], tree: Path, *, within: float) -> subprocess.CompletedProcess[str]:
    """Run tests in a tree; its modules come before the installed ones."""
    environment = os.environ | {"PYTHONPATH": str(tree), "PYTHONDONTWRITEBYTECODE": "1"}
    command = (sys.executable, "-m", "pytest", *_ALWAYS, *tests)
    return subprocess.run(  # noqa: S603 - ourselves
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=within
    )


@contextmanager
def applied(mutant: Mutant, tree: Path) -> Iterator[None]:
    """Take the guard away, and put it back."""
    path = tree / mutant.file
    before = path.read_text("utf-8")
    path.write_text(patched(mutant, tree), "utf-8")
    try:
        yield
    finally:
        path.write_text(before, "utf-8")


def judge(mutant: Mutant, tree: Path) -> Verdict:
    """Run a mutant's tests without its guard."""
    began = time.monotonic()
    with applied(mutant, tree):
        try:
            ran = run_tests(mutant.tests, tree, within=DEADLINE)
        except subprocess.TimeoutExpired:
            return Verdict(mutant, "its tests hang", time.monotonic() - began)
    failed = _FAILED.search(ran.stdout)
    took = time.monotonic() - began
    if ran.returncode == 1 and failed:
        return Verdict(mutant, failed[1], took)
    if ran.returncode == 0:
        return Verdict(mutant, None, took)
    print(f"{mutant.id}: its tests did not run, pytest ended with {ran.returncode}", file=sys.stderr)
    return Verdict(mutant, None, took)


def judge_all(mutants: Sequence[Mutant]) -> list[Verdict]:
    """Judge them, two at a time, each worker in a tree of its own."""
    with tempfile.TemporaryDirectory() as folder:
        trees: SimpleQueue[Path] = SimpleQueue()
        for number in range(WORKERS):
            trees.put(copy_to(Path(folder) / str(number)))

        def one(mutant: Mutant) -> Verdict:
            tree = trees.get()
            try:
                verdict = judge(mutant, tree)
            finally:
                trees.put(tree)
            print(f"{mutant.id}: {verdict.killed_by or 'SURVIVED'} ({verdict.seconds:.0f} s)", flush=True)
            return verdict

        with ThreadPoolExecutor(WORKERS) as threads:
            _check_untouched(mutants, Path(folder), threads)
            return list(threads.map(one, mutants))


def _check_untouched(mutants: Sequence[Mutant], folder: Path, threads: ThreadPoolExecutor) -> None:
    """Run all tests of these mutants with every guard in its place: a test that fails anyhow kills nothing."""
    tests = sorted({test for mutant in mutants for test in mutant.tests})

    def failed(number: int) -> str:
        part = tests[number::WORKERS]
        ran = run_tests(part, folder / str(number), within=len(tests) * DEADLINE) if part else None
        return ran.stdout[-300:] if ran and ran.returncode else ""

    if failures := "".join(threads.map(failed, range(WORKERS))):
        raise Stale(f"tests fail with every guard in its place, mend them first:\n{failures}")


def main(names: Sequence[str]) -> int:
    """Run and write the page; gives the exit code."""
    chosen = [mutant for mutant in MUTANTS if not names or mutant.id in names]
    try:
        for mutant in chosen:
            patched(mutant)
        verdicts = judge_all(chosen)
    except Stale as stale:
        print(f"Error: {stale}", file=sys.stderr)
        return 2
    survivors = [verdict.mutant.id for verdict in verdicts if verdict.killed_by is None]
    page(newest(verdicts))
    print(f"{len(verdicts) - len(survivors)} of {len(verdicts)} killed", *survivors, sep="\n")
    return int(bool(survivors))


Row = dict[str, Any]  # a mutant's fields, what killed it, the seconds that took


def newest(verdicts: Sequence[Verdict], results: Path = RESULTS) -> list[Row]:
    """Give the newest result of each mutant of the table: of this run, else of one before that had the same patch."""
    before = json.loads(results.read_text("utf-8"))["results"] if results.is_file() else []
    rows: dict[str, Row] = {row["id"]: row for row in before}
    at = run_of()["commit"]
    for it in verdicts:
        ran = {"killed_by": it.killed_by, "seconds": round(it.seconds, 1), "commit": at}
        rows[it.mutant.id] = _row(it.mutant) | ran
    return [rows[it.id] for it in MUTANTS if it.id in rows and _row(it).items() <= rows[it.id].items()]


def _row(mutant: Mutant) -> Row:
    return asdict(mutant) | {"tests": list(mutant.tests)}


def page(rows: Sequence[Row]) -> None:
    """Write docs/proof/mutants.md and its JSON."""
    killed = sum(row["killed_by"] is not None for row in rows)
    text = (
        f"{killed} of {len(MUTANTS)} killed. Each row is a guard taken out of the code by a small patch "
        "([tests/proof/mutants](../../tests/proof/mutants)), what would happen without it, and the first test that "
        "noticed, in the newest run of that patch. The promises are in [promises.md](../promises.md)."
    )
    lines = [
        (
            row["promise"],
            f"`{row['guard']}`",
            row["says"],
            f"`{row['killed_by']}`" if row["killed_by"] else "**nothing**",
        )
        for row in rows
    ]
    head = ("promise", "guard", "without it", "killed by")
    write("mutants", "Mutants", (text, table(head, lines)), rows, again="make mutants")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
