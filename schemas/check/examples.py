"""Puts a rule's example into files: the template catalogue with a few values set."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.check.making import TEMPLATE
from schemas.check.rule import ABSENT, Edit, Family
from schemas.textfile import read_json, read_yaml

if TYPE_CHECKING:
    from schemas.check.rule import Rule

_STEP = re.compile(r'\.([A-Za-z_][A-Za-z0-9_-]*)|\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]')


def lay_out(rule: Rule, folder: Path, *, is_bad: bool) -> tuple[Path, Path | None]:
    """Write a rule's bad or good example; returns its folder and, for rules over changes, that of the older state."""
    new = folder / "new"
    shutil.copytree(TEMPLATE, new)
    apply(new, rule.example.before)
    older = None
    if rule.family is Family.COMPATIBILITY:
        older = folder / "old"
        shutil.copytree(new, older)
    apply(new, rule.example.bad if is_bad else rule.example.good)
    return new, older


def apply(folder: Path, edits: Iterable[Edit]) -> None:
    """Make edits, one after another."""
    for edit in edits:
        path = folder / edit.file
        if edit.path != "$":
            data = (read_json if path.suffix == ".avsc" else read_yaml)(path, edit.file)
            put(data, edit.path, edit.value)
            path.write_text(json.dumps(data, indent=1, default=str), encoding="utf-8")  # JSON is YAML too
        elif edit.value is ABSENT:
            path.unlink()
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            text = edit.value if isinstance(edit.value, str) else json.dumps(edit.value, indent=1)
            path.write_text(text, encoding="utf-8")


def put(data: Any, path: str, value: object) -> None:  # noqa: ANN401 - JSON
    """Set what is at a JSON path of nested data, put it in, or take it out."""
    *way, last = [name or (json.loads(f'"{quoted}"') if quoted else int(index)) for name, index, quoted in steps(path)]
    for part in way:
        data = data[part]
    if value is ABSENT:
        del data[last]
    elif isinstance(data, list) and last == len(data):
        data.append(value)
    else:
        data[last] = value


def steps(path: str) -> list[tuple[str, str, str]]:
    """Take a JSON path apart: name, index, quoted name; one of the three is set."""
    return _STEP.findall(path)
