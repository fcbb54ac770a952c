"""Adds classes to `attributes.yaml` as text, so that every comment and every line that was there stays."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from deploy.errors import Problem
from schemas.model import AttributeClass, AttributesFile
from schemas.shape import parse
from schemas.textfile import Unreadable, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

FILE = "attributes.yaml"
_KEY = re.compile(r"^classes:[ ]*(#.*)?$")


def classes_of(folder: Path) -> dict[str, AttributeClass]:
    """Read the class of each name.

    Raises:
        Problem: the file can't be read as what it should be.
    """
    try:
        table, findings = parse(AttributesFile, read_yaml(folder / FILE, FILE), FILE)
    except Unreadable as error:
        raise Problem(str(error.finding)) from None
    if table is None:
        raise Problem(str(findings[0]))
    return table.classes


def add(folder: Path, new: Mapping[str, AttributeClass], heading: str) -> None:
    """Write names and their classes into the file, under a comment; the rest of it stays as it is.

    Raises:
        Problem: the file is written in a way that can't be added to; it is left as it was.
    """
    if not new:
        return
    before, path = classes_of(folder), folder / FILE
    text = path.read_text("utf-8")
    path.write_text(_added(text, new, heading), "utf-8")
    try:
        if classes_of(folder) == before | dict(new):
            return
    except Problem:
        pass
    path.write_text(text, "utf-8")
    lines = "; ".join(f"{name}: {of}" for name, of in new.items())
    raise Problem(f"{FILE} is written in a way that can't be added to. Add under `classes:` yourself: {lines}.")


def _added(text: str, new: Mapping[str, AttributeClass], heading: str) -> str:
    lines = text.splitlines()
    start = next((number for number, line in enumerate(lines) if _KEY.match(line)), None)
    if start is None:
        return text.rstrip("\n") + "\n\nclasses:\n" + "\n".join(_block(new, heading, "  ")) + "\n"
    end = start + 1
    for number, line in enumerate(lines[start + 1 :], start=start + 1):
        if line and not line.startswith((" ", "#")):
            break
        end = number + 1 if line.startswith(" ") else end
    inner = next((line for line in lines[start + 1 : end] if line.strip() and not line.strip().startswith("#")), "  ")
    indent = inner[: len(inner) - len(inner.lstrip())] or "  "
    return "\n".join([*lines[:end], *_block(new, heading, indent), *lines[end:]]) + "\n"


def _block(new: Mapping[str, AttributeClass], heading: str, indent: str) -> list[str]:
    return [f"{indent}# {heading}", *(f"{indent}{name}: {of.value}" for name, of in new.items())]
