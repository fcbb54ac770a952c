"""The rule table: every rule fires on its bad example, alone and in place, and is silent on its good one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from schemas.check import compatibility, contract, privacy, structure
from schemas.check.engine import Report, check
from schemas.check.examples import lay_out
from schemas.check.making import TEMPLATE
from schemas.check.rule import Family, Rule
from schemas.check.rules import RULES
from schemas.findings import Finding

TODAY = date(2026, 11, 24)
ALL = [pytest.param(rule, id=rule.id) for rule in RULES.values()]


def ran(rule: Rule, folder: Path, *, is_bad: bool) -> Report:
    """Check a rule's example."""
    new, older = lay_out(rule, folder, is_bad=is_bad)
    return check(new, against=older, today=TODAY)


def told(findings: tuple[Finding, ...]) -> list[tuple[str, str, str]]:
    """Rule, file and path of each finding."""
    return [(finding.rule, finding.file, finding.path) for finding in findings]


def test_the_template_is_clean() -> None:
    """Examples are edits of it: what they show is theirs alone."""
    assert check(TEMPLATE, today=TODAY).findings == ()


@pytest.mark.parametrize("rule", ALL)
def test_the_bad_example_is_found(rule: Rule, tmp_path: Path) -> None:
    """By this rule and no other, in the file and at the JSON path that the example names."""
    report = ran(rule, tmp_path, is_bad=True)
    assert told(report.findings) == [(rule.id, *rule.example.at)]
    assert report.counting == report.findings
    (finding,) = report.findings
    assert (finding.line > 0) == (tmp_path / "new" / finding.file).exists()


@pytest.mark.parametrize("rule", ALL)
def test_the_good_example_is_clean(rule: Rule, tmp_path: Path) -> None:
    """What the rule asks for can be done, and is no other defect; an approved change does not count."""
    assert ran(rule, tmp_path, is_bad=False).counting == ()


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_is_well_described(rule: Rule) -> None:
    """Its id is stable and speaks; what it finds, why it matters and what to do are whole sentences."""
    assert rule.id.startswith(f"{rule.family}/")
    assert rule.id == rule.id.lower()
    assert "_" not in rule.id
    for text in (rule.finds, rule.why, rule.fix):
        assert len(text.split()) > 1
        assert text[0].isupper() or not text[0].isalpha()
        assert text.rstrip("`)").endswith((".", "?")), text
    assert rule.example.bad
    assert rule.example.at[1].startswith("$")
    assert (rule.check is None) == (rule.scope == "compiler")


def test_no_two_rules_say_the_same() -> None:
    """Neither id nor sentence stands twice; a second rule of one id would vanish from the table."""
    rules = [rule for family in (structure, privacy, contract, compatibility) for rule in family.RULES]
    assert len({rule.id for rule in rules}) == len(rules) == len(RULES)
    assert len({rule.finds for rule in rules}) == len(rules)
    assert len(RULES) >= 60
    assert {rule.family for rule in rules} == set(Family)


@pytest.mark.parametrize("rule", ALL)
def test_a_rule_taken_out_of_the_table_is_missed(rule: Rule, tmp_path: Path) -> None:
    """Without its entry the bad example goes unseen; where the compiler reports it, the run ends as a bug."""
    new, older = lay_out(rule, tmp_path, is_bad=True)
    others = {name: other for name, other in RULES.items() if name != rule.id}
    try:
        found = check(new, against=older, today=TODAY, rules=others).findings
    except LookupError as error:
        assert rule.check is None
        assert rule.id in str(error)  # noqa: PT017 - one of two ways in which it may show
    else:
        assert rule.id not in {finding.rule for finding in found}
