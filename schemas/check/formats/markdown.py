"""Markdown for people who review a pull request: one comment, found again by its first line and replaced."""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.check.formats.markup import code, escaped
from schemas.check.formats.plain import counted, printable
from schemas.check.formats.rows import Level, Row, change_of, rows_of, tallied

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from schemas.check.engine import Report
    from schemas.check.summary import Summary

MARKER = "<!-- tidegate-check -->"
MOST = 65_000  # bytes; GitHub refuses a comment above 65,536 characters
_MARKS = {Level.ERROR: "❌", Level.WARNING: "⚠️", Level.NOTE: "☑️"}


class _Sheet:
    """Lines up to a size; what finds no room is counted, and the reader told."""

    def __init__(self, most: int) -> None:
        """Hold at most `most` bytes."""
        self._left = most - _size(_CUT)
        self._lines: list[str] = []
        self._cut = False

    def add(self, *lines: str) -> bool:
        """Add lines if all of them fit."""
        size = sum(map(_size, lines))
        if self._cut or size > self._left:
            self._cut = True
            return False
        self._left -= size
        self._lines += lines
        return True

    def fold(self, title: str, lines: Sequence[str], *, shown: bool = False) -> None:
        """Add a section under a heading, or folded away; its lines one by one while they fit."""
        start, end = (f"### {title}", "") if shown else (f"<details><summary>{title}</summary>", "</details>")
        self._left -= _size(end) + 1
        if self.add("", start, ""):
            for line in lines:
                if not self.add(line):
                    break
            self._lines += ["", end] if end else []

    def text(self) -> str:
        """All of it, with a note when something was cut."""
        return "".join(f"{line}\n" for line in [*self._lines, *([_CUT] if self._cut else [])])


_CUT = "\n*Cut here: a comment holds no more. `tidegate check` shows all of it.*"


def _size(line: str) -> int:
    return len(line.encode("utf-8", "backslashreplace")) + 1


def render(report: Report, *, prefix: str = "") -> str:
    """Write the counts, what changed and whom it breaks, each finding with what to do, and the data review."""
    rows = rows_of(report, prefix)
    sheet = _Sheet(MOST)
    mark = _MARKS[rows[0].level] if rows else "✅"
    sheet.add(MARKER, f"## {mark} Schema check", "", f"{tallied(report)}.")
    summaries = report.summaries
    if summaries:
        sheet.fold("What changes", _table(_CHANGES, map(_change, summaries)), shown=True)
    for level in Level:
        told = [row for row in rows if row.level is level]
        if told:
            noun = "approved change" if level is Level.NOTE else str(level)
            sheet.fold(counted(len(told), noun), _table(_FINDINGS, map(_finding, told)), shown=level is Level.ERROR)
    review = report.review
    if review:
        sheet.fold("Data review", review.splitlines())
    return sheet.text()


_CHANGES = ("event", "change", "class", "bits", "breaks", "approval")
_FINDINGS = ("where", "rule", "what is wrong", "what to do")


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [header, ["---"] * len(header), *rows]
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _finding(row: Row) -> Sequence[str]:
    place = ":".join([printable(row.file), *(str(row.finding.line) for _ in range(bool(row.finding.line)))])
    where = f"{code(place)}<br>{code(row.finding.path)}"
    return where, code(row.finding.rule), escaped(row.finding.defect), escaped(row.finding.remedy)


def _change(summary: Summary) -> Sequence[str]:
    told = change_of(summary)
    bits = " → ".join("none" if bits is None else f"{bits:g}" for bits in (told["bits_before"], told["bits_after"]))
    return (
        code(told["event"]),
        *(escaped(told[key]) for key in ("change", "class")),
        bits,
        *(escaped(told[key]) for key in ("breaks", "approval")),
    )
