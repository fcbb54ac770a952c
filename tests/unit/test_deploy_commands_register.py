"""`tidegate register`: what passes the check gets its ids; what does not is told, and nothing is written."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from deploy.cli import run
from schemas.check.engine import check
from schemas.check.rule import Severity
from schemas.check.rules import RULES
from schemas.registry import read_registry
from tests.unit.catalogue_copies import change

TEMPLATE = Path(__file__).parents[2] / "schemas" / "template"
USAGE, NOTE = "usage/FeatureUsed.avsc", "content/NoteWritten.avsc"
Edit = Callable[[Any], object]


@pytest.fixture
def folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """The template catalogue, registered."""
    copied = tmp_path / "catalog"
    shutil.copytree(TEMPLATE, copied, ignore=shutil.ignore_patterns("registered"))
    assert run(["register", "--catalog", str(copied)]) == 0
    capsys.readouterr()
    return copied


def files(folder: Path) -> dict[str, bytes]:
    """Every file of the registry."""
    return {path.name: path.read_bytes() for path in (folder / "registered").iterdir()}


def _feature(data: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    return next(field for field in data["fields"] if field["name"] == "feature")


def _documented(data: Any) -> None:  # noqa: ANN401 - JSON
    data["doc"] += " It was on purpose."


def _trains(data: Any) -> None:  # noqa: ANN401 - JSON
    data["tidegate"]["purposes"].append("train_ai_system")


def _open(data: Any) -> None:  # noqa: ANN401 - JSON
    data["fields"][-1]["tidegate"] = {"attribute": "feature.duration"}


def _alphabet(data: Any) -> None:  # noqa: ANN401 - JSON
    _feature(data)["type"]["symbols"] = ["OTHER", *(chr(ord("A") + number) for number in range(26))]


def _shrunk(data: Any) -> None:  # noqa: ANN401 - JSON
    _feature(data)["type"]["symbols"].remove("UNDO")


def _finer(data: Any) -> None:  # noqa: ANN401 - JSON
    data["fields"][-1]["tidegate"]["buckets"] = 32


def _sentence(data: Any) -> None:  # noqa: ANN401 - JSON
    _feature(data)["doc"] = "What the user said."


def test_what_passes_is_registered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change that no rule objects to gets the next ids, and is told; the second time there is nothing to do."""
    known = len(read_registry(folder))
    change(folder, USAGE, _documented)
    assert run(["register", "--catalog", str(folder)]) == 0
    told = capsys.readouterr()
    assert [line.split("\t")[0] for line in told.out.splitlines()] == [str(known + 1), str(known + 2)]
    assert sorted(read_registry(folder)) == list(range(1, known + 3))
    assert run(["register", "--catalog", str(folder)]) == 0
    assert capsys.readouterr().out == "nothing to register: every schema is as it was frozen\n"


@pytest.mark.parametrize(
    ("file", "edit", "rule"),
    [
        (USAGE, _alphabet, "privacy/enum-alphabet"),  # compiles: the check alone objects
        (USAGE, _shrunk, "compatibility/enum-removed"),  # compiles: breaks those who have the registered text
        (USAGE, _open, "privacy/no-domain"),
        (NOTE, _trains, "privacy/content-purpose"),
    ],
)
def test_what_does_not_pass_is_not(
    folder: Path, file: str, edit: Edit, rule: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of any family is told on stderr with exit code 1, and no byte of the registry changes."""
    before = files(folder)
    change(folder, file, edit)
    assert run(["register", "--catalog", str(folder)]) == 1
    told = capsys.readouterr()
    assert f"[{rule}]" in told.err
    assert told.out == ""
    assert RULES[rule].severity is Severity.ERROR
    assert files(folder) == before


def test_a_warning_does_not_hold_it_up(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What only deserves a look is registered: a warning is for `tidegate check` and its reader."""
    change(folder, USAGE, _sentence)
    assert [finding.rule for finding in check(folder).findings] == ["privacy/doc-says-content"]
    assert run(["register", "--catalog", str(folder)]) == 0
    assert capsys.readouterr().err == ""


APPROVAL = """approvals:
  - rule: compatibility/domain-loosened
    event: feature.used
    who: privacy-team
    why: The export study needs finer buckets, ticket 4711.
    until: 2100-01-31
"""


def test_what_was_approved_is_registered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A change that loosens privacy waits for its approval, and then is registered like any other."""
    change(folder, USAGE, _finer)
    assert run(["register", "--catalog", str(folder)]) == 1
    assert "[compatibility/domain-loosened]" in capsys.readouterr().err
    (folder / "approvals.yaml").write_text(APPROVAL, encoding="utf-8")
    assert run(["register", "--catalog", str(folder)]) == 0, capsys.readouterr().err
    assert "FeatureUsed" in capsys.readouterr().out
    assert run(["register", "--catalog", str(folder)]) == 0, capsys.readouterr().err
