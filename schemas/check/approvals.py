"""`approvals.yaml`: who lets a change through that loosens privacy or breaks somebody, why, and until when.

    approvals:
      - rule: compatibility/vocabulary-widened
        vocabulary: codec
        who: privacy-team
        why: Ticket 4711; codecs are named by the standard, nobody can write one.
        until: 2027-03-31

Each entry names one thing: an event (`tidegate.Origin` for what all have in common), a vocabulary, an attribute or a
scope.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Final

from pydantic import Field, StringConstraints, model_validator

from schemas.atoms import AttributeName, Owner, ScopeName, Sentence, Strict
from schemas.check.rule import Spot
from schemas.compile import ORIGIN_FILE
from schemas.model import ORIGIN
from schemas.shape import parse
from schemas.textfile import Unreadable, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from schemas.check.subject import Workspace
    from schemas.findings import Finding

FILE: Final = "approvals.yaml"
_Text = Annotated[str, StringConstraints(min_length=1, max_length=128)]


class Approval(Strict):
    """One entry."""

    rule: _Text
    """The compatibility rule it answers."""
    event: _Text | None = None
    """The event it is about, `tidegate.Origin` for what all have in common; or one of the next three."""
    vocabulary: _Text | None = None
    """The vocabulary it is about."""
    attribute: AttributeName | None = None
    """The attribute it is about."""
    scope: ScopeName | None = None
    """The instrumentation scope it is about."""
    who: Owner
    """The team that approved."""
    why: Annotated[Sentence, StringConstraints(min_length=12)]
    """Why it is right."""
    until: date
    """The last day it holds."""

    @model_validator(mode="after")
    def _one_thing(self) -> Approval:
        if sum(value is not None for value in (self.event, self.vocabulary, self.attribute, self.scope)) != 1:
            raise ValueError("give one of `event`, `vocabulary`, `attribute` and `scope`")
        return self

    @property
    def subject(self) -> Subject:
        """The thing it is about."""
        kinds = ("event", "vocabulary", "attribute", "scope")
        return next((kind, str(value)) for kind in kinds if (value := getattr(self, kind)) is not None)


Subject = tuple[str, str]  # what kind of thing, and its name


class ApprovalsFile(Strict):
    """The file."""

    approvals: Annotated[tuple[Approval, ...], Field(max_length=1000)] = ()
    """The entries."""


@dataclass(frozen=True, slots=True)
class Approvals:
    """The entries as read on one day, in the file's order."""

    entries: tuple[Approval, ...]
    today: date

    def covering(self, rule: str, subject: Subject) -> Approval | None:
        """Find the live entry for a finding of `rule` about `subject`."""
        for entry in self.entries:
            if (entry.rule, entry.subject) == (rule, subject) and entry.until >= self.today:
                return entry
        return None


def read(folder: Path, today: date) -> tuple[Approvals, list[Finding]]:
    """Read a catalogue's approvals; none where there is no file. A broken file is a finding, and approves nothing."""
    if not (folder / FILE).exists():
        return Approvals((), today), []
    try:
        data = read_yaml(folder / FILE, FILE)
    except Unreadable as error:
        return Approvals((), today), [error.finding]
    value, findings = parse(ApprovalsFile, data, FILE)
    return Approvals(value.approvals if value else (), today), findings


def subject_of(finding: Finding, events: Mapping[str, str]) -> Subject:
    """What a finding is about, as approvals name it; `events` is the event of each schema file, older ones too."""
    folder, _, name = finding.file.partition("/")
    if folder == "vocabularies":
        return "vocabulary", name.removesuffix(".yaml")
    if finding.file == ORIGIN_FILE:
        return "event", ORIGIN
    if finding.file in ("catalogue.yaml", "attributes.yaml"):
        named = finding.defect.split("`")  # these findings name the one thing they are about, first
        return "scope" if finding.file == "catalogue.yaml" else "attribute", named[1] if len(named) > 1 else ""
    return "event", events.get(finding.file, "")


def expired(approvals: Approvals) -> Iterator[Spot]:
    """Find entries whose day has passed."""
    for index, entry in enumerate(approvals.entries):
        if entry.until < approvals.today:
            said = f"The approval of {entry.rule} for {' '.join(entry.subject)} ended on {entry.until}."
            yield Spot(f"$.approvals[{index}].until", said, "Take it out; or ask for it again.", FILE)


def unknown(approvals: Approvals, rules: Collection[str], workspace: Workspace) -> Iterator[Spot]:
    """Find entries for rules that need no approval, and about things that do not exist."""
    for index, entry in enumerate(approvals.entries):
        kind, name = entry.subject
        if entry.rule not in rules:
            said = f"No compatibility rule is called `{entry.rule}`: this approves nothing."
            yield Spot(f"$.approvals[{index}].rule", said, "See `tidegate rule` for the ids.", FILE)
        elif name not in _known(kind, workspace):
            said = f"There is no {kind} `{name}`: this approves nothing."
            yield Spot(f"$.approvals[{index}].{kind}", said, "Name one that exists, or take the entry out.", FILE)


def _known(kind: str, workspace: Workspace) -> frozenset[str]:
    """Names of a kind of thing, in the state at hand and, since approvals are about changes, in the older one."""
    names: set[str] = set()
    for state in (workspace, workspace.older):
        if state is None:
            continue
        if kind == "event":
            names |= {ORIGIN, *(subject.event for subject in state.subjects if subject.event)}
            names |= {schema.event for schema in state.registered.values() if schema.event}
        elif kind == "vocabulary":
            names |= set(state.vocabularies)
        else:
            names |= set(state.classes if kind == "attribute" else state.scopes)
    return frozenset(names)


@dataclass(frozen=True, slots=True)
class Settled:
    """Findings parted into those that count and those that somebody let through, with who did.

    `spots` is what is wrong with the approvals themselves: rule id and place.
    """

    counting: tuple[Finding, ...]
    approved: Mapping[Finding, Approval]
    spots: tuple[tuple[str, Spot], ...]


def settle(findings: Sequence[Finding], rules: Collection[str], approvals: Approvals, workspace: Workspace) -> Settled:
    """Let the approvals speak. `rules` are the ids that an approval can be for.

    An approval that nothing needs is told only where there is an older state to compare with.
    """
    events = {s.file: s.event or "" for state in (workspace.older, workspace) if state for s in state.subjects}
    approved: dict[Finding, Approval] = {}
    for finding in findings:
        if finding.rule in rules:
            entry = approvals.covering(finding.rule, subject_of(finding, events))
            if entry is not None:
                approved[finding] = entry
    spots = [("compatibility/approval-expired", spot) for spot in expired(approvals)]
    spots += [("compatibility/approval-unknown", spot) for spot in unknown(approvals, rules, workspace)]
    if workspace.older is not None:
        told = {spot.path.split(".")[1] for _, spot in spots}
        idle = [(i, e) for i, e in enumerate(approvals.entries) if e not in approved.values()]
        for index, entry in idle:
            if f"approvals[{index}]" not in told:
                said = f"Nothing in this change needs the approval of {entry.rule} for {' '.join(entry.subject)}."
                remedy = "Take it out: left in, it would let a later change through unseen."
                spots.append(("compatibility/approval-unused", Spot(f"$.approvals[{index}]", said, remedy, FILE)))
    counting = tuple(finding for finding in findings if finding not in approved)
    return Settled(counting, approved, tuple(spots))
