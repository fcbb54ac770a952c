"""Runs the check: reads a catalogue, asks every rule, and says what each finding's line is."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path

from schemas.check.approvals import FILE, Approval, settle
from schemas.check.approvals import read as read_approvals
from schemas.check.compatibility import APPROVABLE, LOOSENING
from schemas.check.reading import changes, read_workspace
from schemas.check.review import review
from schemas.check.rule import Rule, Severity, Spot
from schemas.check.rules import RULES
from schemas.check.subject import Change, Workspace
from schemas.check.summary import Summary, summaries
from schemas.check.suppressions import passed_over, standing
from schemas.findings import Finding
from schemas.positions import START, Place, place_of
from schemas.textfile import places


@dataclass(frozen=True, slots=True)
class Report:
    """What one run found. `rules` holds those that were asked; `suppressed` what authors told it to pass over."""

    findings: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    rules: Mapping[str, Rule]
    schemas: int
    changes: tuple[Change, ...]
    approved: Mapping[Finding, Approval] = field(default_factory=dict)

    @property
    def counting(self) -> tuple[Finding, ...]:
        """The findings that nobody approved: those that make the check end with 1."""
        return tuple(finding for finding in self.findings if finding not in self.approved)

    @property
    def summaries(self) -> tuple[Summary, ...]:
        """Each change in one line."""
        return summaries(self.changes, self.findings, self.approved, APPROVABLE)

    @property
    def review(self) -> str:
        """The text of a data review; empty where nothing new is carried."""
        return review(self.changes, self.findings, self.approved, LOOSENING)

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        """The findings of one severity."""
        return tuple(finding for finding in self.findings if self.rules[finding.rule].severity is severity)


def check(
    folder: Path,
    *,
    against: Path | None = None,
    select: Collection[str] = (),
    ignore: Collection[str] = (),
    today: date | None = None,
    rules: Mapping[str, Rule] = RULES,
) -> Report:
    """Check a catalogue folder against the folder as it was, or, without one, against the registered texts.

    `select` and `ignore` name rules or families; `today` is UTC's when not given.
    """
    workspace, found = read_workspace(folder, today or datetime.now(UTC).date())
    older = workspace.older = read_workspace(against, workspace.today)[0] if against else None
    changed = tuple(changes(workspace, older))
    approvals, broken = read_approvals(folder, workspace.today)
    entries, malformed = standing(workspace)
    findings = _known({*found, *broken, *malformed, *_asked(workspace, changed, rules)}, rules)
    sorted_out = passed_over(findings, entries, rules, workspace)
    settled = settle(sorted_out.counting, APPROVABLE, approvals, workspace)
    spots = ((spot, name) for name, spot in (*sorted_out.spots, *settled.spots) if name in rules)
    findings = {*sorted_out.counting, *(_finding(name, spot, FILE) for spot, name in spots)}
    wanted = _wanted(rules, select, ignore)
    where = Places(folder)
    return Report(
        findings=tuple(sorted(map(where.located, _of(findings, wanted)), key=_order)),
        suppressed=tuple(sorted(map(where.located, _of(sorted_out.suppressed, wanted)), key=_order)),
        rules=wanted,
        schemas=len(workspace.subjects),
        changes=changed,
        approved={where.located(finding): entry for finding, entry in settled.approved.items()},
    )


def _known(findings: set[Finding], rules: Mapping[str, Rule]) -> set[Finding]:
    """Let pass only findings of rules in the table.

    Raises:
        LookupError: the compiler reports something that the table does not have: a bug of ours.
    """
    for finding in findings:
        if finding.rule not in rules:
            raise LookupError(f"a finding has the rule {finding.rule}, which is not in the table")
    return findings


def _wanted(rules: Mapping[str, Rule], select: Collection[str], ignore: Collection[str]) -> Mapping[str, Rule]:
    """The rules whose findings are asked for, by id or by family."""
    return {
        name: rule
        for name, rule in rules.items()
        if (not select or {name, rule.family.value} & set(select)) and not {name, rule.family.value} & set(ignore)
    }


def _of(findings: Iterable[Finding], wanted: Mapping[str, Rule]) -> Iterator[Finding]:
    return (finding for finding in findings if finding.rule in wanted)


def _order(finding: Finding) -> tuple[str, int, int, str, str]:
    return finding.file, finding.line, finding.column, finding.path, finding.rule


class Places:
    """Finds the line and column of findings; looks into a file when the first finding in it comes."""

    def __init__(self, folder: Path) -> None:
        """Look below a catalogue folder."""
        self._folder = folder
        self._read: dict[str, Mapping[str, Place]] = {}

    def located(self, finding: Finding) -> Finding:
        """The finding with its place; as it is where that is known, or where there is no such file."""
        if finding.line or not (self._folder / finding.file).is_file():
            return finding
        if finding.path == "$":
            return replace(finding, line=START[0], column=START[1])
        if finding.file not in self._read:
            self._read[finding.file] = places(self._folder / finding.file)
        line, column = place_of(finding.path, self._read[finding.file])
        return replace(finding, line=line, column=column)


def _asked(workspace: Workspace, changed: Iterable[Change], rules: Mapping[str, Rule]) -> Iterator[Finding]:
    """Ask each rule about each thing of its scope."""
    scopes: Mapping[str, tuple[tuple[str, object], ...]] = {
        "schema": tuple((subject.file, subject) for subject in workspace.subjects),
        "change": tuple((change.file, change) for change in changed),
        "workspace": (("catalogue.yaml", workspace),),
        "compiler": (),
    }
    for rule in rules.values():
        for file, target in scopes[rule.scope]:
            for spot in rule.spots(target):
                yield _finding(rule.id, spot, file)


def _finding(rule: str, spot: Spot, file: str) -> Finding:
    return Finding(spot.file or file, spot.path, rule, spot.defect, spot.remedy)
