"""Two states of the template catalogue: the older as it stands, the newer with changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import schemas
from schemas.check.engine import Report, check
from tests.unit.catalogue_copies import change

TEMPLATE = Path(schemas.__file__).parent / "template"
USAGE, DIAGNOSTIC, CONTENT = "usage/FeatureUsed.avsc", "diagnostic/RequestFinished.avsc", "content/NoteWritten.avsc"
TODAY = date(2026, 11, 24)

Changes = dict[str, Callable[[Any], object]]


def copied(folder: Path, changes: Changes | None = None) -> Path:
    """Copy the template and change it: by file, what is done to its data."""
    shutil.copytree(TEMPLATE, folder)
    for name, how in (changes or {}).items():
        change(folder, name, how)
    return folder


def compared(folder: Path, changes: Changes, *, before: Changes | None = None, approvals: str = "") -> Report:
    """Check the changed template against the template, both below `folder`."""
    older = copied(folder / "older", before)
    newer = copied(folder / "newer", (before or {}) | changes)
    if approvals:
        (newer / "approvals.yaml").write_text(approvals, encoding="utf-8")
    return check(newer, against=older, today=TODAY)


def setting(*path: str | int, to: object) -> Callable[[Any], None]:
    """Set the value at a path of a file's data."""

    def how(data: Any) -> None:  # noqa: ANN401 - JSON
        for part in path[:-1]:
            data = data[part]
        data[path[-1]] = to

    return how
