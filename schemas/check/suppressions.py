"""Suppressions: what authors tell the check to pass over, beside the schema, with a reason and a last day.

    "tidegate": {"ignore": [{"rule": "contract/doc-repeats", "reason": "It says all.", "expires": "2027-01-31"}]}

At a record it counts for the whole file, at a field for that field. What the compiler reports can't be passed over,
since the schema does not run; nor can what a change does: that needs an approval.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from schemas.check.rule import Family, Rule, Spot
from schemas.compile import ORIGIN_FILE
from schemas.model import Suppression
from schemas.shape import parse

if TYPE_CHECKING:
    from schemas.check.subject import Workspace
    from schemas.findings import Finding

UNKNOWN: Final = "contract/suppression-unknown"
UNUSED: Final = "contract/suppression-unused"
EXPIRED: Final = "contract/suppression-expired"


@dataclass(frozen=True, slots=True)
class Standing:
    """One suppression, where it stands (`at`), and the JSON path below which it counts (`below`)."""

    file: str
    at: str
    below: str
    entry: Suppression

    def covers(self, finding: Finding) -> bool:
        """Tell whether a finding is one that this passes over."""
        is_below = finding.path == self.below or finding.path.startswith((f"{self.below}.", f"{self.below}["))
        return (finding.file, finding.rule) == (self.file, self.entry.rule) and is_below


@dataclass(frozen=True, slots=True)
class Sorted:
    """Findings that count and findings passed over; and what is wrong with the suppressions, with its rule's id."""

    counting: tuple[Finding, ...]
    suppressed: tuple[Finding, ...]
    spots: tuple[tuple[str, Spot], ...]


def standing(workspace: Workspace) -> tuple[list[Standing], list[Finding]]:
    """Read every suppression of a catalogue; a malformed one is a finding, and passes over nothing."""
    found: list[Standing] = []
    findings: list[Finding] = []
    for file, raw in (
        (ORIGIN_FILE, workspace.origin),
        *((subject.file, subject.raw) for subject in workspace.subjects),
    ):
        for below, part in _parts(raw):
            entries = _ignored(part)
            listed = enumerate(entries) if isinstance(entries, list) else ((None, entries),)
            for index, entry in listed:
                at = f"{below}.tidegate.ignore" + ("" if index is None else f"[{index}]")
                read, wrong = parse(Suppression, entry, file, at)
                findings += wrong
                found += [Standing(file, at, below, read)] if read else []
    return found, findings


def _parts(raw: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    yield "$", raw
    fields = raw.get("fields")
    yield from ((f"$.fields[{index}]", field) for index, field in enumerate(fields if isinstance(fields, list) else ()))


def _ignored(part: object) -> object:
    meta = part.get("tidegate") if isinstance(part, dict) else None
    return meta.get("ignore", []) if isinstance(meta, dict) else []


def is_suppressible(rule: Rule) -> bool:
    """Tell whether authors can pass over a rule's findings."""
    return rule.check is not None and rule.family is not Family.COMPATIBILITY


def passed_over(
    findings: Iterable[Finding], entries: Sequence[Standing], rules: Mapping[str, Rule], workspace: Workspace
) -> Sorted:
    """Take out what is suppressed today, and say which suppressions are unknown, expired or unused."""
    live = [one for one in entries if _is_known(one, rules) and one.entry.expires >= workspace.today]
    counting: list[Finding] = []
    suppressed: list[Finding] = []
    used: set[Standing] = set()
    for finding in findings:
        covering = [one for one in live if one.covers(finding)]
        used.update(covering)
        (suppressed if covering else counting).append(finding)
    spots = tuple(_told(one, rules, workspace) for one in entries if one not in used)
    return Sorted(tuple(counting), tuple(suppressed), spots)


def _is_known(one: Standing, rules: Mapping[str, Rule]) -> bool:
    return one.entry.rule in rules and is_suppressible(rules[one.entry.rule])


def _told(one: Standing, rules: Mapping[str, Rule], workspace: Workspace) -> tuple[str, Spot]:
    rule = one.entry.rule
    if rule not in rules:
        return UNKNOWN, Spot(f"{one.at}.rule", "No rule has this id.", "See `tidegate rule` for the ids.", one.file)
    if not is_suppressible(rules[rule]):
        remedy = "Mend what it finds; what a change does can be approved in approvals.yaml."
        return UNKNOWN, Spot(f"{one.at}.rule", "This rule can't be passed over.", remedy, one.file)
    if one.entry.expires < workspace.today:
        remedy = "Mend what it hides; or give it a later day, and say why."
        return EXPIRED, Spot(f"{one.at}.expires", f"The suppression of {rule} has expired.", remedy, one.file)
    defect = f"The suppression of {rule} hides nothing."
    return UNUSED, Spot(one.at, defect, "Take it out: it would hide the next one.", one.file)
