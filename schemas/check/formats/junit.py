"""JUnit XML as Jenkins and GitLab read it: a suite a file, a test case a finding; a clean report is one that passed.

Attributes are those that both read: Jenkins' schema knows no `file` on a test case, so that the place is in the text.
"""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from schemas.check.formats.plain import printable
from schemas.check.formats.rows import Level, Row, rows_of, tallied

if TYPE_CHECKING:
    from schemas.check.engine import Report


def render(report: Report, *, prefix: str = "") -> str:
    """Write a failed case for each error and warning; an approved finding is a case that passed, with its text."""
    rows = sorted(rows_of(report, prefix), key=lambda row: (row.file, row.finding.line, row.finding.column))
    suites = ET.Element("testsuites", {"name": "tidegate check"} | _counts(rows))
    for file, group in groupby(rows, key=lambda row: row.file):
        _suite(suites, printable(file) or ".", list(group))
    if not rows:
        clean = ET.SubElement(suites, "testsuite", {"name": "tidegate check"} | _counts([]) | {"tests": "1"})
        ET.SubElement(clean, "testcase", classname="tidegate", name=tallied(report), time="0")
        suites.set("tests", "1")
    ET.indent(suites)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _counts(rows: list[Row]) -> dict[str, str]:
    failures = sum(row.level is not Level.NOTE for row in rows)
    return {"tests": str(len(rows)), "failures": str(failures), "errors": "0", "time": "0"}


def _suite(suites: ET.Element, file: str, rows: list[Row]) -> None:
    suite = ET.SubElement(suites, "testsuite", {"name": file, "file": file} | _counts(rows))
    for row in rows:
        name = f"{row.finding.rule} {printable(row.finding.path)}"
        case = ET.SubElement(suite, "testcase", classname=file, name=name, time="0")
        place = ":".join([file, *(str(at) for at in (row.finding.line, row.finding.column) if at)])
        text = f"{place}: {printable(row.finding.defect)}\n{printable(row.finding.remedy)}"
        if row.level is Level.NOTE:
            ET.SubElement(case, "system-out").text = f"{row.level}: {text}"
        else:
            failure = ET.SubElement(case, "failure", type=row.level.value, message=printable(row.finding.defect))
            failure.text = text
