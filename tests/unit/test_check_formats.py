"""The check's formats: right by their specifications, and safe whatever a schema file holds."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from deploy.cli import run
from deploy.commands.check import FORMATS
from schemas.check.engine import Report, check
from schemas.check.formats import github, gitlab, jsonl, junit, markdown, sarif, text
from schemas.check.formats import json as json_format
from schemas.check.formats.markdown import MOST

TEMPLATE = Path(__file__).parents[2] / "schemas" / "template"
HOSTILE = "x\x1b[2J\n::error::y ##[error]z %0A | `@all` <b> \u202e"


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    """A copy of the template with three defects, one of them a hostile name."""
    folder = tmp_path / "catalog"
    shutil.copytree(TEMPLATE, folder)
    file = folder / "usage" / "FeatureUsed.avsc"
    data = json.loads(file.read_text())
    data["fields"][1]["tidegate"]["domain"] = HOSTILE
    data["fields"][2]["doc"] = "No"
    data["tidegate"]["owner"] = "Product Team"
    file.write_text(json.dumps(data, indent=2))
    return folder


@pytest.fixture
def report(broken: Path) -> Report:
    """What the check says of it."""
    found = check(broken)
    assert len(found.findings) >= 3
    return found


def test_sarif_says_what_code_scanning_needs(report: Report) -> None:
    """Version, rules with help, and for each result its rule by index, level, message, region, fingerprint."""
    log = json.loads(sarif.render(report, prefix="catalog"))
    assert (log["version"], len(log["runs"])) == ("2.1.0", 1)
    run_ = log["runs"][0]
    rules = run_["tool"]["driver"]["rules"]
    assert all(rule["help"]["text"] and rule["help"]["markdown"] for rule in rules)
    assert len(run_["results"]) == len(report.findings)
    for result in run_["results"]:
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"]
        assert result["level"] in ("error", "warning", "note")
        place = result["locations"][0]["physicalLocation"]
        assert place["artifactLocation"]["uri"].startswith("catalog/")
        assert place["region"]["startLine"] >= 1
        assert list(result["partialFingerprints"].values())


def test_a_fingerprint_stays_when_lines_move(broken: Path) -> None:
    """Blank lines before a finding move its line and nothing of its identity."""

    def fingerprints() -> tuple[set[str], set[int]]:
        results = json.loads(sarif.render(check(broken)))["runs"][0]["results"]
        lines = {one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results}
        return {one["partialFingerprints"][sarif.FINGERPRINT] for one in results}, lines

    before, lines = fingerprints()
    file = broken / "usage" / "FeatureUsed.avsc"
    file.write_text("\n\n\n" + file.read_text())
    after, moved = fingerprints()
    assert after == before
    assert moved == {line + 3 for line in lines}


def test_junit_is_xml_with_a_failure_a_finding(report: Report) -> None:
    """It parses, whatever a name holds, and its counts are true."""
    suites = ET.fromstring(junit.render(report))  # noqa: S314 - we wrote it
    assert len(suites.findall(".//failure")) == len(report.findings) == int(suites.attrib["failures"])
    clean = ET.fromstring(junit.render(check(TEMPLATE)))  # noqa: S314 - as above
    assert (clean.attrib["tests"], clean.attrib["failures"]) == ("1", "0")


def test_github_gets_one_command_a_line(report: Report) -> None:
    """Each finding is one workflow command on one line, escaped; a hostile name can add none."""
    lines = github.render(report).splitlines()
    commands = [line for line in lines if line.startswith("::")]
    assert len(commands) == len(report.findings) == len(lines) - 1
    assert not any("##[" in line or "\x1b" in line or "\r" in line for line in lines)


def test_github_is_given_no_more_than_it_shows(broken: Path) -> None:
    """Ten of a level, and a last line that says how many were left out."""
    file = broken / "usage" / "FeatureUsed.avsc"
    data = json.loads(file.read_text())
    field = {"type": "string", "doc": "Something or other.", "tidegate": {"attribute": "feature.duration"}}
    data["fields"] += [{"name": f"more_{number}"} | field for number in range(20)]
    file.write_text(json.dumps(data))
    lines = github.render(check(broken)).splitlines()
    assert sum(line.startswith("::error") for line in lines) == 10
    assert "not annotated" in lines[-1]


def test_json_and_jsonl_tell_the_same(report: Report) -> None:
    """The findings of both are equal, and the counts are those of the report."""
    whole = json.loads(json_format.render(report))
    lines = [json.loads(line) for line in jsonl.render(report).splitlines()]
    found = [
        {key: value for key, value in line.items() if key != "type"} for line in lines if line["type"] == "finding"
    ]
    assert found == whole["findings"]
    assert whole["counts"]["error"] + whole["counts"]["warning"] == len(report.findings)
    assert any(HOSTILE in finding["defect"] for finding in whole["findings"])


def test_gitlab_has_what_its_widget_reads(report: Report) -> None:
    """Description, check name, fingerprint, severity and location of each; fingerprints differ."""
    issues = json.loads(gitlab.render(report))
    assert {issue["severity"] for issue in issues} <= {"info", "minor", "major", "critical", "blocker"}
    assert len({issue["fingerprint"] for issue in issues}) == len(issues) == len(report.findings)
    assert all(issue["location"]["lines"]["begin"] >= 1 for issue in issues)


def test_markdown_fits_a_comment_and_does_nothing(report: Report) -> None:
    """It begins with its marker, fits GitHub's limit, and a name in it can't mention, break out or hide."""
    told = markdown.render(report)
    assert told.startswith(markdown.MARKER)
    assert len(told.encode()) <= MOST
    assert "@all" not in told.replace("`@`all", "")
    assert "\x1b" not in told
    assert "\u202e" not in told
    assert "<b>" not in told


def test_text_says_where_and_what_to_do(report: Report, broken: Path) -> None:
    """`file:line:column: rule: defect`, no character that a terminal obeys, a table by rule when asked."""
    told = text.render(report, prefix="here", statistics=True)
    first = report.findings[0]
    assert f"here/{first.file}:{first.line}:{first.column}: {first.rule}" in told
    assert "\x1b" not in told
    assert "what it finds" in told
    assert "\x1b[" in text.render(report, colour=True)
    assert "clean in 3 schemas" in text.render(check(TEMPLATE))
    assert broken.exists()


@pytest.mark.parametrize("form", FORMATS)
def test_every_format_comes_from_the_command_line(form: str, broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With findings the exit code is 1, without 0; the report goes to stdout or to a file."""
    assert run(["check", str(broken), "--format", form]) == 1
    told = capsys.readouterr().out
    assert told
    output = broken.parent / "report"
    assert run(["check", str(broken), "--format", form, "--output", str(output)]) == 1
    assert output.read_text(encoding="utf-8") == told
    assert run(["check", str(TEMPLATE), "--format", form]) == 0


def test_rules_are_selected_and_ignored(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """By id or by family; one that does not exist is a wrong call, exit code 2."""
    assert run(["check", str(broken), "--ignore", "structure", "--ignore", "contract"]) == 0
    assert run(["check", str(broken), "--select", "privacy"]) == 0
    assert run(["check", str(broken), "--select", "structure"]) == 1
    assert run(["check", str(broken), "--select", "privacy/nonsense"]) == 2
    assert "`tidegate rule` lists them" in capsys.readouterr().err


def test_a_report_that_cannot_be_written_is_told(broken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2."""
    assert run(["check", str(broken), "--output", str(broken)]) == 2
    assert run(["check", str(broken), "--output", str(broken / "no" / "where")]) == 2
    assert "can't be written" in capsys.readouterr().err


def test_a_rule_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    """What it finds, why, what to do, a bad and a good example; a rule that does not exist is told."""
    assert run(["rule", "privacy/free-string"]) == 0
    told = capsys.readouterr().out
    assert all(part in told for part in ("Why it matters:", "What to do:", "Bad:", "Good:"))
    assert run(["rule", "privacy/nonsense"]) == 2
    assert run(["rule"]) == 0
