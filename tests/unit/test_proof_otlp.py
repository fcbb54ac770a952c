"""docs/otlp.md is true to the code: every test that it names is there, and each row that can have one has one."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.proof.otlp.page import PARTS, ROWS, page

ROOT = Path(__file__).parents[2]


def test_the_page_is_what_the_table_says() -> None:
    """`make proof` writes it."""
    assert (ROOT / "docs" / "otlp.md").read_text("utf-8") == page()


def test_every_test_that_is_named_is_collected() -> None:
    """Pytest finds each."""
    named = {test for row in ROWS for test in row.tests}
    command = (sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", *sorted(named))
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ourselves
    assert ran.returncode == 0, ran.stdout[-500:]
    found = {line.partition("[")[0] for line in ran.stdout.splitlines()}
    assert named <= found


def test_each_row_has_a_test() -> None:
    """Nothing is said that nothing shows."""
    assert [row.asks for row in ROWS if not row.tests] == []


def test_no_test_of_what_otlp_asks_stands_beside_the_table() -> None:
    """Each test of tests/unit/test_collector_conformance.py and of the Node SDK is named by a row."""
    named = {test for row in ROWS for test in row.tests}
    for name in ("test_collector_conformance.py", "test_collector_node_sdk.py"):
        lines = (ROOT / "tests" / "unit" / name).read_text("utf-8").splitlines()
        tests = [line.removeprefix("def ").partition("(")[0] for line in lines if line.startswith("def test_")]
        assert {f"tests/unit/{name}::{test}" for test in tests} <= named


def test_nothing_is_said_twice() -> None:
    """A part has each of its rows once."""
    for part in PARTS:
        assert max(Counter(row.asks for row in part.rows).values()) == 1


def test_the_page_counts_its_rows() -> None:
    """How many there are, and how many do otherwise."""
    otherwise = page().count("**Otherwise:**")
    assert f"{len(ROWS)} rows" in page()
    assert f"{otherwise} say what we do otherwise" in page()
    assert otherwise == sum(bool(row.but) for row in ROWS)
