"""How a rule of the family compatibility is made: its text here, its findings from the differences of a change."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from schemas.check.catalogue_changes import gone
from schemas.check.difference import Difference
from schemas.check.event_changes import State, event_changes
from schemas.check.rule import Example, Rule, Severity, Spot

if TYPE_CHECKING:
    from schemas.check.subject import Change, Subject, Workspace

USAGE: Final = "usage/FeatureUsed.avsc"  # of the template, which examples are edits of
DIAGNOSTIC: Final = "diagnostic/RequestFinished.avsc"
CONTENT: Final = "content/NoteWritten.avsc"
_TEMPLATE: Final = Path(__file__).parent.parent / "template"


def templated(file: str, **meta: object) -> dict[str, Any]:
    """Give a template schema, with other values in its `tidegate` property: what a moved file holds."""
    schema: dict[str, Any] = json.loads((_TEMPLATE / file).read_text(encoding="utf-8"))
    return schema | {"tidegate": schema["tidegate"] | meta}


def breaking(name: str, finds: str, why: str, fix: str, example: Example) -> Rule:
    """Make a rule whose findings are errors."""
    return _rule(name, Severity.ERROR, finds, why, fix, example)


def noted(name: str, finds: str, why: str, fix: str, example: Example) -> Rule:
    """Make a rule whose findings are warnings."""
    return _rule(name, Severity.WARNING, finds, why, fix, example)


def catalogue_wide(
    name: str,
    severity: Severity,
    compare: Callable[[Workspace, Workspace], Iterator[Difference]],
    finds: str,
    why: str,
    fix: str,
    example: Example,
) -> Rule:
    """Make a rule that compares the catalogue as a whole with its older state; without one it finds nothing."""

    def check(workspace: Workspace) -> Iterator[Spot]:
        if workspace.older is not None:
            yield from (spot(found) for found in compare(workspace.older, workspace) if found.rule == name)

    return Rule(f"compatibility/{name}", severity, finds, why, fix, example, check, "workspace")


def _rule(name: str, severity: Severity, finds: str, why: str, fix: str, example: Example) -> Rule:
    return Rule(f"compatibility/{name}", severity, finds, why, fix, example, _found(name), "change")


def _found(name: str) -> Callable[[Change], Iterator[Spot]]:
    def check(change: Change) -> Iterator[Spot]:
        for difference in differences(change):
            if difference.rule == name:
                yield spot(difference)

    return check


def spot(difference: Difference) -> Spot:
    """Say a difference as checks say what they find."""
    return Spot(difference.path, difference.defect, difference.remedy, difference.file)


# Each rule asks for the same change in turn.
@lru_cache(maxsize=1024)
def differences(change: Change) -> tuple[Difference, ...]:
    """Everything that differs, once. What was registered has no file of its own to compare."""
    before, after = change.before, change.after
    is_registered = before is not None and before.workspace is change.workspace
    if after is None:
        # A registered event that was deleted long ago is registered still.
        return () if before is None or is_registered else tuple(gone(change.event, before, change.workspace))
    before = before or next(iter(change.history), None)
    if before is None:
        return ()
    first = State(after.file, before.avro, before.plan) if is_registered or change.before is None else _state(before)
    return tuple(event_changes(first, _state(after), [_state(subject) for subject in change.history]))


def _state(subject: Subject) -> State:
    return State(subject.file, subject.avro, subject.plan)
