"""GitHub workflow commands: one annotation a finding, the most severe first, within what GitHub shows.

GitHub takes 10 errors, 10 warnings and 10 notices a step and drops the rest without a word: it is left out here, and
counted in the last line.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from schemas.check.formats.plain import counted, printable, shortened
from schemas.check.formats.rows import Level, Row, rows_of, tallied

if TYPE_CHECKING:
    from schemas.check.engine import Report

MOST_A_LEVEL = 10
MOST_MESSAGE = 4096  # characters, before escaping
_COMMANDS = {Level.ERROR: "error", Level.WARNING: "warning", Level.NOTE: "notice"}


def render(report: Report, *, prefix: str = "") -> str:
    """Write a workflow command for each finding that GitHub will show, and one line of counts."""
    rows = rows_of(report, prefix)
    shown = [row for level in Level for row in [row for row in rows if row.level is level][:MOST_A_LEVEL]]
    cut = len(rows) - len(shown)
    last = f"tidegate check: {tallied(report)}"
    if cut:
        last += (
            f"; {counted(cut, 'finding')} not annotated, since GitHub shows {MOST_A_LEVEL} of each level:"
            " the job's log, SARIF or markdown report has all"
        )
    return "".join(f"{line}\n" for line in [*map(_command, shown), last])


def _command(row: Row) -> str:
    properties = {"title": row.finding.rule, "file": printable(row.file)}
    if row.finding.line:
        properties |= {"line": str(row.finding.line)}
        if row.finding.column:
            properties |= {"col": str(row.finding.column)}
    written = ",".join(f"{name}={escaped_property(value)}" for name, value in properties.items() if value)
    message = "\n".join(map(printable, (row.finding.defect, row.finding.remedy, f"at {row.finding.path}")))
    return f"::{_COMMANDS[row.level]} {written}::{escaped_message(shortened(message, MOST_MESSAGE))}"


def escaped_message(text: str) -> str:
    """Escape a command's message, as the runner takes it apart: percent sign, CR, LF."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escaped_property(text: str) -> str:
    """Escape a command's property: as a message, and colon and comma."""
    return escaped_message(text).replace(":", "%3A").replace(",", "%2C")
