"""For programs: the whole report as one JSON object of a stable shape.

The object: `version` (of this shape: 1), `counts` (`error`, `warning`, `note`, `suppressed`, `schemas`, `rules`),
`findings` and `changes`. A finding: `rule`, `family`, `level` (error, warning, note), `file`, `path` (JSON path),
`line` and `column` (from 1; null when unknown), `defect`, `remedy`, `fingerprint`, which stays when lines move.
A change: `event`, `change`, `class`, `bits_before`, `bits_after`, `breaks`, `approval`. Keys may be added; while the
version stays none is taken away or changes its meaning. Only printable ASCII is written, the rest is escaped.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas.check.formats.rows import Row, change_of, counts_of, rows_of

if TYPE_CHECKING:
    from schemas.check.engine import Report

VERSION = 1


def render(report: Report, *, prefix: str = "") -> str:
    """Write the report as one indented object."""
    told = {
        "version": VERSION,
        "counts": counts_of(report),
        "findings": [finding_of(row) for row in rows_of(report, prefix)],
        "changes": [change_of(change) for change in report.summaries],
    }
    return json.dumps(told, indent=2) + "\n"


def finding_of(row: Row) -> dict[str, Any]:
    """Tell one finding in the documented shape."""
    return {
        "rule": row.finding.rule,
        "family": row.rule.family,
        "level": row.level,
        "file": row.file,
        "path": row.finding.path,
        "line": row.finding.line or None,
        "column": row.finding.column or None,
        "defect": row.finding.defect,
        "remedy": row.finding.remedy,
        "fingerprint": row.fingerprint,
    }
