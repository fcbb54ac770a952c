"""GitLab's code quality report: a JSON array, one object a finding."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from schemas.check.formats.plain import printable
from schemas.check.formats.rows import Level, Row, rows_of

if TYPE_CHECKING:
    from schemas.check.engine import Report

# GitLab knows blocker, critical, major, minor and info.
_SEVERITIES = {Level.ERROR: "major", Level.WARNING: "minor", Level.NOTE: "info"}
_PRIVACY = "critical"  # an error that could let content through


def render(report: Report, *, prefix: str = "") -> str:
    """Write the array; GitLab shows one finding a fingerprint, and needs a path and a line of each."""
    return json.dumps([_issue(row) for row in rows_of(report, prefix)], indent=2) + "\n"


def _issue(row: Row) -> dict[str, Any]:
    privacy = row.level is Level.ERROR and row.rule.family == "privacy"
    return {
        "type": "issue",
        "check_name": row.finding.rule,
        "description": f"{printable(row.finding.defect)} {printable(row.finding.remedy)}",
        "categories": ["Security" if row.rule.family == "privacy" else "Compatibility"],
        "severity": _PRIVACY if privacy else _SEVERITIES[row.level],
        "fingerprint": row.fingerprint,
        "location": {"path": printable(row.file), "lines": {"begin": row.finding.line or 1}},
    }
