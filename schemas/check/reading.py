"""Reads a catalogue folder for the check: as far as it goes, with what the compiler says of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

from schemas.authored import read_contents
from schemas.check.subject import Change, Subject, Workspace
from schemas.compile import compile_event, read_event
from schemas.findings import CatalogueInvalid, Finding
from schemas.registry import Registered, Role, read_registry, text_of


def read_workspace(folder: Path, today: date) -> tuple[Workspace, list[Finding]]:
    """Read a folder and its registered texts; what can't be read is left out and told."""
    contents = read_contents(folder)
    workspace = Workspace(folder, today, contents.head, contents.table, contents.origin, contents.vocabularies)
    if contents.table is not None:
        workspace.classes = contents.table.classes
    findings = contents.findings
    try:
        workspace.registered = read_registry(folder)
    except CatalogueInvalid as invalid:
        findings = [*findings, *invalid.findings]
    workspace.subjects = tuple(
        Subject(schema.file, schema.raw, schema.avro, schema.schema, schema.plan, workspace)
        for schema in contents.schemas
    )
    return workspace, findings


def changes(workspace: Workspace, older: Workspace | None) -> Iterator[Change]:
    """Compare each event with what it was: in `older`, or, where there is none, as registered last.

    Events are told by name. One that can't be read, or whose text is what it was, is no change.
    """
    versions = _versions(workspace if older is None else older)
    now = _by_event(workspace)
    before = _by_event(older) if older else {event: _frozen(found[0], workspace) for event, found in versions.items()}
    unread = any(subject.event is None for subject in workspace.subjects)
    for event in sorted({*now, *before}):
        old, new = before.get(event), now.get(event)
        if (new is None and unread) or (old and new and _same(old, new, older)):
            continue
        known = versions.get(event, ())
        text = text_of(new.avro) if new and known else None
        history = tuple(_frozen(frozen, workspace) for frozen in known if frozen.text != text)
        yield Change(event, old, new, history, workspace)


def _by_event(workspace: Workspace) -> dict[str, Subject]:
    return {subject.event: subject for subject in reversed(workspace.subjects) if subject.event is not None}


def _same(old: Subject, new: Subject, older: Workspace | None) -> bool:
    # Not as registered texts: these are indented, which takes Python several times as long.
    return json.dumps(old.avro) == json.dumps(new.avro) and (older is None or old.file == new.file)


def _versions(workspace: Workspace) -> Mapping[str, list[Registered]]:
    """Registered telemetry schemas of each event, newest first."""
    found: dict[str, list[Registered]] = {}
    for frozen in reversed(tuple(workspace.registered.values())):
        if frozen.role is Role.TELEMETRY and frozen.event is not None:
            found.setdefault(frozen.event, []).append(frozen)
    return found


def _frozen(frozen: Registered, workspace: Workspace) -> Subject:
    """Read a registered text as today's rules do; it may no longer compile."""
    file, avro = f"registered/{frozen.file}", frozen.avro
    schema, _ = read_event(avro, file)
    plan = None
    if schema is not None:
        waived = [waiver.event for waiver in workspace.waivers]
        plan, _ = compile_event(schema, avro, workspace.classes, file, waived)
    return Subject(file, avro, avro, schema, plan, workspace)
