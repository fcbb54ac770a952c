"""SARIF 2.1.0, as code scanning services read it.

Suppressed findings are counted, not listed: GitHub opens an alert for every result, suppressed or not.
"""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from schemas.check.formats.plain import printable, shortened
from schemas.check.formats.rows import Level, Row, level_by_default, rows_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.check.engine import Report
    from schemas.check.rule import Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
BASE = "%SRCROOT%"
FINGERPRINT = "tidegate/v1"
MOST_RESULTS = 25_000  # GitHub refuses a run with more
_MOST_DESCRIPTION = 1024  # GitHub cuts there


def render(report: Report, *, prefix: str = "") -> str:
    """Write one run: every rule that was asked, each finding with its region and a fingerprint that stays."""
    rows = rows_of(report, prefix)
    rules = dict(sorted(report.rules.items()))
    places = {rule: index for index, rule in enumerate(rules)}
    driver = {"name": "Tidegate", "version": version("tidegate"), "rules": [_rule(rule) for rule in rules.values()]}
    invocation: dict[str, Any] = {"executionSuccessful": True}
    if len(rows) > MOST_RESULTS:
        told = f"{len(rows) - MOST_RESULTS:,} findings are left out: a run holds {MOST_RESULTS:,} at most."
        invocation["toolExecutionNotifications"] = [{"level": Level.WARNING, "message": {"text": told}}]
    run = {
        "tool": {"driver": driver},
        "invocations": [invocation],
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {BASE: {"description": {"text": "The root of the repository."}}},
        "results": [_result(row, places) for row in rows[:MOST_RESULTS]],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(rule: Rule) -> dict[str, Any]:
    name = "".join(word.capitalize() for word in rule.id.replace("/", "-").split("-"))
    return {
        "id": rule.id,
        "name": name,
        "shortDescription": {"text": shortened(rule.finds, _MOST_DESCRIPTION)},
        "fullDescription": {"text": shortened(f"{rule.finds} {rule.why}", _MOST_DESCRIPTION)},
        "help": {
            "text": f"{rule.finds}\n\nWhy it matters: {rule.why}\n\nWhat to do: {rule.fix}\n",
            "markdown": f"{rule.finds}\n\n**Why it matters.** {rule.why}\n\n**What to do.** {rule.fix}\n\n"
            f"`tidegate rule {rule.id}` shows a bad and a good example.\n",
        },
        "defaultConfiguration": {"level": level_by_default(rule)},
        "properties": {"tags": ["telemetry", str(rule.family)], "precision": "high"},
    }


def _result(row: Row, places: Mapping[str, int]) -> dict[str, Any]:
    finding = row.finding
    region = {"startLine": finding.line or 1}  # GitHub shows no result without a line
    if finding.line and finding.column:
        region["startColumn"] = finding.column
    return {
        "ruleId": finding.rule,
        "ruleIndex": places[finding.rule],
        "level": row.level,
        "message": {"text": f"{printable(finding.defect)}\n{printable(finding.remedy)}"},
        "locations": [
            {
                "physicalLocation": {"artifactLocation": _artifact(row.file), "region": region},
                "logicalLocations": [{"fullyQualifiedName": printable(finding.path), "kind": "member"}],
            }
        ],
        "partialFingerprints": {FINGERPRINT: row.fingerprint},
    }


def _artifact(file: str) -> dict[str, str]:
    uri = quote(file, errors="backslashreplace")
    return {"uri": f"file://{uri}"} if file.startswith("/") else {"uri": uri, "uriBaseId": BASE}
