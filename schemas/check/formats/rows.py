"""What every format is written from: each finding with its level, its rule and its file as seen from the repository."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from schemas.check.formats.plain import counted

if TYPE_CHECKING:
    from collections.abc import Collection

    from schemas.check.engine import Report
    from schemas.check.rule import Rule
    from schemas.check.summary import Summary
    from schemas.findings import Finding

_INDEX = re.compile(r"\[\d+\]")


class Level(StrEnum):
    """How a finding is told, the most severe first; `note` is what somebody approved."""

    ERROR = "error"
    WARNING = "warning"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class Row:
    """One finding. `file` is relative to where the reader starts; `fingerprint` stays when lines move."""

    finding: Finding
    rule: Rule
    level: Level
    file: str
    fingerprint: str


def rows_of(report: Report, prefix: str = "") -> list[Row]:
    """List a report's findings, the most severe first, then by file and place."""
    told: Counter[str] = Counter()
    rows = []
    for finding in sorted(report.findings, key=_place):
        rule = report.rules[finding.rule]
        key = _identity(finding)
        rows.append(
            Row(
                finding,
                rule,
                level_of(finding, rule, report.approved),
                joined(prefix, finding.file),
                _hashed(key, told[key]),
            )
        )
        told[key] += 1
    return sorted(rows, key=lambda row: list(Level).index(row.level))


def level_of(finding: Finding, rule: Rule, approved: Collection[Finding]) -> Level:
    """Tell how a finding is told: approved ones are notes."""
    return Level.NOTE if finding in approved else level_by_default(rule)


def level_by_default(rule: Rule) -> Level:
    """Tell how a rule's findings are told unless somebody approved them."""
    return Level(rule.severity.value)


def joined(prefix: str, file: str) -> str:
    """Put the catalogue's own place before a file's."""
    return f"{prefix}/{file}" if prefix and file else prefix or file


def counts_of(report: Report) -> dict[str, int]:
    """Count a report's parts: findings by level, what was passed over, schemas and rules."""
    levels = Counter(row.level for row in rows_of(report))
    return {
        **{level.value: levels[level] for level in Level},
        "suppressed": len(report.suppressed),
        "schemas": report.schemas,
        "rules": len(report.rules),
    }


def tallied(report: Report) -> str:
    """Write the counts in one sentence, without its full stop."""
    counts = counts_of(report)
    parts = [counted(counts[level], level.value) for level in (Level.ERROR, Level.WARNING) if counts[level]]
    parts += [f"{counts[Level.NOTE]:,} approved"] if counts[Level.NOTE] else []
    parts += [f"{counts['suppressed']:,} suppressed"] if counts["suppressed"] else []
    asked = f"{counted(counts['schemas'], 'schema')}, {counted(counts['rules'], 'rule')}"
    return f"{', '.join(parts) or 'clean'} in {asked}"


def change_of(summary: Summary) -> dict[str, Any]:
    """Tell a change in the documented shape."""
    return {
        "event": summary.event,
        "change": summary.change,
        "class": summary.data_class,
        "bits_before": summary.bits_before,
        "bits_after": summary.bits_after,
        "breaks": summary.breaks,
        "approval": summary.approval,
    }


def _place(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.path, finding.rule


def _identity(finding: Finding) -> str:
    """What stays of a finding when lines move and list members shift: indexes are left out, twins are numbered."""
    return "\x00".join((finding.rule, finding.file, _INDEX.sub("[]", finding.path), finding.defect))


def _hashed(key: str, twin: int) -> str:
    return hashlib.sha256(f"{key}\x00{twin}".encode("utf-8", "backslashreplace")).hexdigest()[:32]
