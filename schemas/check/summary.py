"""A change in one line: what a reviewer of a pull request reads first."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from schemas.check.approvals import Approval, Subject, subject_of
from schemas.check.compatibility_rule import differences
from schemas.check.difference import Difference, Party
from schemas.findings import Finding
from schemas.model import Kind

if TYPE_CHECKING:
    from schemas.check.subject import Change, Workspace
    from schemas.check.subject import Subject as Schema

_LONGEST = 4  # rules that a line names
WIDE = frozenset({"compatibility/scope-added", "compatibility/scope-removed", "compatibility/attribute-loosened"})


@dataclass(frozen=True, slots=True)
class Summary:
    """One line of the table. `event` names another thing where that changed: `vocabulary codec`.

    `bits` are those that one event can carry into ML, or one word of a vocabulary; None where nothing goes there.
    """

    event: str
    change: str
    data_class: str
    bits_before: float | None
    bits_after: float | None
    breaks: str
    approval: str


def summaries(
    changes: Sequence[Change],
    findings: Sequence[Finding],
    approved: Mapping[Finding, Approval],
    needing: frozenset[str],
) -> tuple[Summary, ...]:
    """Sum up: one line an event, and one for each vocabulary and for Origin, whatever number of events they touch."""
    shared: dict[Subject, list[Change]] = {}
    lines: list[Summary] = []
    for change in changes:
        own = [found for found in differences(change) if found.file == change.file or change.after is None]
        others = {about for found in differences(change) if found not in own for about in [_about(found)]}
        for about in others:
            shared.setdefault(about, []).append(change)
        if own or not others:
            notes = _approval([f for f in findings if f.file == change.file], approved, needing)
            lines.append(_line(change, own, notes))
    for about, touched in sorted(shared.items()):
        found = list(dict.fromkeys(d for change in touched for d in differences(change) if _about(d) == about))
        notes = _approval([f for f in findings if f.file == found[0].file], approved, needing)
        lines.append(_shared(about, touched, found, notes))
    lines += _wide(findings, approved, needing)
    return tuple(lines)


def _wide(
    findings: Sequence[Finding], approved: Mapping[Finding, Approval], needing: frozenset[str]
) -> Iterator[Summary]:
    """Sum up what changed in the tables of the catalogue: scopes and classes of attributes, one line each."""
    for finding in findings:
        if finding.rule in WIDE:
            parties = Party.SENDERS if finding.rule.endswith("removed") else "nobody"
            notes = _approval([finding], approved, needing)
            said = finding.defect.removesuffix(".")
            yield Summary(" ".join(subject_of(finding, {})), said, "", None, None, parties, notes)


def _about(found: Difference) -> Subject:
    return subject_of(Finding(found.file, found.path, found.rule, found.defect, found.remedy), {})


def _line(change: Change, own: Sequence[Difference], approval: str) -> Summary:
    before, after = change.before or next(iter(change.history), None), change.after
    what = "new" if before is None else "deleted" if after is None else _named(own) or "nothing that anybody notices"
    kinds = [schema.kind for schema in (before, after) if schema is not None and schema.kind is not None]
    data_class = " → ".join(dict.fromkeys(map(str, kinds)))
    return Summary(change.event, what, data_class, _bits(before), _bits(after), _breaks(own), approval)


def _shared(about: Subject, touched: Sequence[Change], found: Sequence[Difference], approval: str) -> Summary:
    kinds = sorted({str(change.after.kind) for change in touched if change.after and change.after.kind})
    what = f"{_named(found)}, in {len(touched)} event{'s' if len(touched) > 1 else ''}"
    name = " ".join(about) if about[0] != "event" else about[1]
    before, after = (_words(about, change) for change in (touched[0].workspace.older, touched[0].workspace))
    return Summary(name, what, ", ".join(kinds), before, after, _breaks(found), approval)


def _words(about: Subject, workspace: Workspace | None) -> float | None:
    """Bits of a word of a vocabulary."""
    vocabulary = workspace.vocabularies.get(about[1]) if workspace and about[0] == "vocabulary" else None
    return None if vocabulary is None else round(math.log2(len(vocabulary.words)), 2)


def _bits(schema: Schema | None) -> float | None:
    if schema is None or schema.plan is None or schema.plan.kind is Kind.CONTENT:
        return None
    return round(schema.plan.bits, 2) if schema.plan.for_ml else 0.0


def _named(found: Sequence[Difference]) -> str:
    rules = list(dict.fromkeys(difference.rule for difference in found))
    more = f" and {len(rules) - _LONGEST} more" if len(rules) > _LONGEST else ""
    return ", ".join(rules[:_LONGEST]) + more


def _breaks(found: Sequence[Difference]) -> str:
    parties = {party for difference in found for party in difference.breaks}
    return ", ".join(party for party in Party if party in parties) or "nobody"


def _approval(about: Sequence[Finding], approved: Mapping[Finding, Approval], needing: frozenset[str]) -> str:
    return ", ".join(dict.fromkeys(_told(about, approved, needing))) or "no"


def _told(about: Sequence[Finding], approved: Mapping[Finding, Approval], needing: frozenset[str]) -> Iterator[str]:
    for finding in about:
        entry = approved.get(finding)
        name = finding.rule.removeprefix("compatibility/")
        if entry is not None:
            yield f"{name}: given by {entry.who} until {entry.until}"
        elif finding.rule in needing:
            yield f"{name}: needed"
