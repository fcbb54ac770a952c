"""What differs between two states of a catalogue as a whole: events that are gone, scopes, classes of attributes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from schemas.check.avro_reading import full_name
from schemas.check.difference import Difference, Party
from schemas.model import AttributeClass

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace

HEAD: Final = "catalogue.yaml"
TABLE: Final = "attributes.yaml"
_APPROVE = "Keep it as it was; or let whoever answers for privacy approve it in approvals.yaml."
# How much a class keeps out. A lower rank lets an attribute go where it could not.
_RANKS: Final = {
    AttributeClass.SECRET: 3,
    AttributeClass.CONTENT: 2,
    AttributeClass.NETWORK: 2,
    AttributeClass.IDENTIFIER: 1,
    AttributeClass.OPERATIONAL: 0,
    AttributeClass.SERVICE_GENERATED: 0,
}


def gone(event: str, before: Subject, workspace: Workspace) -> Iterator[Difference]:
    """Tell an event that no schema has any more: deleted, or under another name. A file that is broken is neither."""
    breaks = (Party.SENDERS, Party.TABLES)
    for subject in workspace.subjects:
        if subject.event is not None and full_name(subject.raw) == full_name(before.raw):
            said = f"The event {event} is called {subject.event} now: its topic's records and its table stop."
            remedy = "Keep the event's name; or make a new event beside it, with a record name of its own."
            yield Difference("event-renamed", subject.file, "$.tidegate.event", said, remedy, breaks)
            return
    if not (workspace.folder / before.file).exists():
        said = f"The event {event} has no schema any more: what is still sent is refused."
        remedy = "Let its `expires` pass first; then delete it, with an approval in approvals.yaml."
        yield Difference("event-deleted", before.file, "$", said, remedy, breaks)


def scopes(before: Workspace, after: Workspace) -> Iterator[Difference]:
    """Compare the instrumentation scopes that are accepted."""
    for index, scope in enumerate(after.scopes):
        if scope not in before.scopes:
            said = f"The scope `{scope}` was refused, and is accepted now."
            yield Difference("scope-added", HEAD, f"$.scopes[{index}]", said, _APPROVE)
    for scope in before.scopes:
        if after.head is not None and scope not in after.scopes:
            said = f"The scope `{scope}` is refused now."
            remedy = "Keep it until no app uses it."
            yield Difference("scope-removed", HEAD, "$.scopes", said, remedy, (Party.SENDERS,))


def classes(before: Workspace, after: Workspace) -> Iterator[Difference]:
    """Find attributes whose class keeps less out than before."""
    for name, of in after.classes.items():
        was = before.classes.get(name)
        if was is not None and _RANKS[of] < _RANKS[was]:
            said = f"The class of `{name}` was {was}, and is {of} now."
            yield Difference("attribute-loosened", TABLE, place_of(after, name), said, _APPROVE)


def place_of(workspace: Workspace, name: str) -> str:
    """JSON path of an attribute in the table: of its group, or of the single names."""
    groups = workspace.table.groups if workspace.table else ()
    for index, group in enumerate(groups):
        if name in group.names:
            return f"$.groups[{index}].names[{group.names.index(name)}]"
    return "$.classes"
