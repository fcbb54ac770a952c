"""A mutant: one guard of the code taken away by a small patch, the promise it keeps, and the tests that must notice."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parents[3]


class Stale(Exception):  # noqa: N818 - a state of the table
    """A patch does not fit the code any more: the guard was moved, or its text changed."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One patch.

    `says` finishes the sentence "without the guard, …". `guard` is `file:name`, the name of a function, method
    (`Class.method`), class or constant; `old` stands exactly once in it and becomes `new`. `tests` are paths or node
    ids, as pytest takes them; at least one must fail.
    """

    id: str
    promise: str
    says: str
    guard: str
    old: str
    new: str
    tests: tuple[str, ...]

    @property
    def file(self) -> str:
        """The file that is patched."""
        return self.guard.partition(":")[0]

    @property
    def name(self) -> str:
        """What is patched in it."""
        return self.guard.partition(":")[2]


def patched(mutant: Mutant, root: Path = ROOT) -> str:
    """Give the text of the mutant's file with the guard taken away.

    Raises:
        Stale: there is no such guard, or its text is not there exactly once.
    """
    path = root / mutant.file
    if not path.is_file():
        raise Stale(f"{mutant.id}: there is no {mutant.file}")
    text = path.read_text("utf-8")
    begin, end = _span(text, mutant)
    guard = text[begin:end]
    if guard.count(mutant.old) != 1:
        raise Stale(f"{mutant.id}: its text stands {guard.count(mutant.old)} times in {mutant.guard}")
    changed = text[:begin] + guard.replace(mutant.old, mutant.new) + text[end:]
    try:
        compile(changed, mutant.file, "exec")
    except SyntaxError:
        raise Stale(f"{mutant.id}: what it makes of {mutant.file} is no Python") from None
    return changed


def _span(text: str, mutant: Mutant) -> tuple[int, int]:
    """Where the guard begins and ends, in characters."""
    for name, node in _named(ast.parse(text)):
        if name == mutant.name:
            starts = [0]
            for line in text.splitlines(keepends=True):
                starts.append(starts[-1] + len(line))
            return starts[node.lineno - 1], starts[node.end_lineno or node.lineno]
    raise Stale(f"{mutant.id}: there is no {mutant.guard}")


def _named(tree: ast.AST, above: str = "") -> Iterator[tuple[str, ast.stmt]]:
    """Yield functions, classes and constants with their names, those inside classes and functions too."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield above + node.name, node
            yield from _named(node, f"{above}{node.name}.")
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((above + target.id, node) for target in targets if isinstance(target, ast.Name))
