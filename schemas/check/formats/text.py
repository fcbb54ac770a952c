"""For people: what is wrong, where, and what to do about it; grouped by file, the counts last."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from typing import TYPE_CHECKING

from schemas.check.formats.plain import printable
from schemas.check.formats.rows import Level, Row, rows_of, tallied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from schemas.check.engine import Report

_BOLD, _DIM, _GREEN = "1", "2", "32"
_COLOURS = {Level.ERROR: "31", Level.WARNING: "33", Level.NOTE: "36"}


def render(report: Report, *, prefix: str = "", colour: bool = False, statistics: bool = False) -> str:
    """Write each finding as `file:line:column: rule: defect`, its path and remedy below; optionally a table by rule."""
    paint = _Paint(on=colour)
    rows = rows_of(report, prefix)
    by_file = sorted(rows, key=lambda row: (row.file, row.finding.line, row.finding.column))
    lines = [line for _, group in groupby(by_file, key=lambda row: row.file) for line in [*_group(group, paint), ""]]
    if statistics and rows:
        lines += [*_statistics(rows, paint), ""]
    lines.append(paint(tallied(report), _COLOURS[rows[0].level] if rows else _GREEN))
    return "".join(f"{line}\n" for line in lines)


class _Paint:
    """ANSI colours, or none."""

    def __init__(self, *, on: bool) -> None:
        """Colour when `on`."""
        self._on = on

    def __call__(self, text: str, code: str) -> str:
        """Wrap a text that holds no escape of its own."""
        return f"\x1b[{code}m{text}\x1b[0m" if self._on else text


def _group(rows: Iterable[Row], paint: _Paint) -> Iterable[str]:
    for row in rows:
        finding = row.finding
        place = ":".join([printable(row.file) or ".", *(str(at) for at in (finding.line, finding.column) if at)])
        rule = finding.rule if row.level is Level.ERROR else f"{finding.rule} ({row.level})"
        yield f"{paint(place, _BOLD)}: {paint(rule, _COLOURS[row.level])}: {printable(finding.defect)}"
        yield f"    {paint(f'at {printable(finding.path)}', _DIM)}"
        yield f"    {printable(finding.remedy)}"


def _statistics(rows: list[Row], paint: _Paint) -> Iterable[str]:
    counts = Counter((row.finding.rule, row.level) for row in rows)
    wide = max(len(rule) for rule, _ in counts)
    yield paint(f"{'findings':>8}  {'level':7}  {'rule':{wide}}  what it finds", _BOLD)
    for (rule, level), count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        finds = next(row.rule.finds for row in rows if row.finding.rule == rule)
        yield f"{count:>8,}  {paint(f'{level:7}', _COLOURS[level])}  {rule:{wide}}  {finds}"
