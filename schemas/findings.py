"""What is wrong with a catalogue: all of it at once, each with file, JSON path, and what to do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One defect. `path` is a JSON path within the file; `rule` a stable id; `line` and `column` from 1, 0: unknown."""

    file: str
    path: str
    rule: str
    defect: str
    remedy: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        """One line for people."""
        place = ":".join([self.file, *(str(at) for at in (self.line, self.column) if at)])
        line = f"{place}: {self.path}: {self.defect} {self.remedy} [{self.rule}]"
        # File names and keys are their authors'; no terminal shall obey them.
        return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in line)


class CatalogueInvalid(Exception):  # noqa: N818 - a state of the catalogue
    """The catalogue can't be used; `findings` says everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Sort the findings and put one a line."""
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))
