"""For programs that read line by line: one JSON object a line, findings first, then changes, the counts last.

Each line has `type`: `finding`, `change` or `counts`; the other keys are those of the `json` format.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from schemas.check.formats.json import VERSION, finding_of
from schemas.check.formats.rows import change_of, counts_of, rows_of

if TYPE_CHECKING:
    from schemas.check.engine import Report


def render(report: Report, *, prefix: str = "") -> str:
    """Write each finding, each change and the counts on a line of their own."""
    told = [
        *({"type": "finding"} | finding_of(row) for row in rows_of(report, prefix)),
        *({"type": "change"} | change_of(change) for change in report.summaries),
        {"type": "counts", "version": VERSION} | counts_of(report),
    ]
    return "".join(f"{json.dumps(line)}\n" for line in told)
