"""A failing test tells nothing either: pytest explains a comparison by the values, and here by fields and lengths."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.gate_samples import CANARY, SNEAKY

ROOT = Path(__file__).parents[2]
FAILING = {
    "a record": "assert record('call.ended', body=CANARY) == record('call.ended')",
    "records": "assert [record('call.ended', body=CANARY)] == [record('call.ended')]",
    "a message": "assert received(CANARY.encode()) == received(b'')",
    "a dictionary of messages": "assert {1: received(CANARY.encode())} == {1: received(b'')}",
    "an outcome": "assert gate([record('call.ended', body=CANARY)], catalogue(), CONTEXT) == []",
    "messages in a tuple": "assert (received(CANARY.encode()), 1) == (received(b''), 1)",
}
HEAD = """
from collector.pipeline import gate
from tests.unit.gate_samples import CANARY, CONTEXT, catalogue, received, record
"""


def failed(body: str, folder: Path, *options: str) -> str:
    """Run pytest with this project's settings on one test that fails, and give all that it prints."""
    file = folder / "test_failing.py"
    file.write_text(f"{HEAD}\ndef test_it():\n    {body}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "pyproject.toml", "--rootdir", ".", "-p", "tests.conftest"]
    command += ["-p", "no:cacheprovider", *options, str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own interpreter
    assert done.returncode == 1, "the test inside was to fail"
    return done.stdout + done.stderr


def test_a_failing_comparison_shows_no_content(tmp_path: Path) -> None:
    """At the most talkative level, no failure of a comparison of records, messages or outcomes shows their content."""
    body = "\n\ndef test_{}():\n    ".join(FAILING.values())
    for number in range(len(FAILING) - 1):
        body = body.replace("test_{}", f"test_number_{number}", 1)
    told = failed(body, tmp_path, "-vv")
    assert f"{len(FAILING)} failed" in told
    assert (SNEAKY in told) is False, "content was shown"
    assert "record" in told
    assert "differs" in told


def test_without_the_hook_it_would(tmp_path: Path) -> None:
    """The same failure under a plain pytest does show it: the test above can fail."""
    body = FAILING["a message"]
    file = tmp_path / "test_failing.py"
    file.write_text(f"{HEAD}\ndef test_it():\n    {body}\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-c", "/dev/null", "-p", "no:cacheprovider", "-vv", str(file)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)  # noqa: S603 - our own interpreter
    assert (CANARY in done.stdout) is True


@pytest.mark.parametrize(("left", "right"), [(1, 2), ([1], [2]), ("a", "b")])
def test_other_comparisons_are_explained_as_ever(left: object, right: object) -> None:
    """Plain values are left to pytest."""
    from tests.conftest import pytest_assertrepr_compare  # noqa: PLC0415 - a hook, looked at for once

    assert pytest_assertrepr_compare("==", left, right) is None
