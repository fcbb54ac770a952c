"""Workspaces in memory: the template catalogue with changes, and what the privacy rules and the compiler say of it."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import yaml

import schemas
from schemas.check.privacy import RULES
from schemas.check.subject import Subject, Workspace
from schemas.compile import compile_schema
from schemas.model import AttributesFile, CatalogueFile, EventSchema, VocabularyFile
from schemas.resolve import resolve
from schemas.shape import parse

TEMPLATE = Path(schemas.__file__).parent / "template"
USAGE, CONTENT, DIAGNOSTIC = "usage/FeatureUsed.avsc", "content/NoteWritten.avsc", "diagnostic/RequestFinished.avsc"
ORIGIN, TABLE, HEAD, ROUTE = "types/Origin.avsc", "attributes.yaml", "catalogue.yaml", "vocabularies/route.yaml"
TODAY = date(2026, 11, 24)
_PART = re.compile(r"\[(\d+)\]|\.([^.\[]+)")

Found = set[tuple[str, str, str]]  # rule, file, JSON path


@cache
def _template() -> str:
    files = {}
    for path in sorted(TEMPLATE.rglob("*.*")):
        name = path.relative_to(TEMPLATE).as_posix()
        text = path.read_text(encoding="utf-8")
        if path.suffix in (".avsc", ".yaml") and not name.startswith("registered/"):
            files[name] = json.loads(text) if path.suffix == ".avsc" else yaml.safe_load(text)
    return json.dumps(files, default=str)


def changed(*changes: tuple[str, str, object]) -> dict[str, Any]:
    """The template's files as data, with values put at JSON paths; a new last index of a list appends."""
    files: dict[str, Any] = json.loads(_template())
    for file, path, value in changes:
        parts: list[Any] = [int(index) if index else key for index, key in _PART.findall(path)]
        data = files[file]
        for part in parts[:-1]:
            data = data[part]
        if isinstance(data, list) and parts[-1] == len(data):
            data.append(copy.deepcopy(value))
        else:
            data[parts[-1]] = copy.deepcopy(value)
    return files


def found(*changes: tuple[str, str, object], today: date = TODAY) -> Found:
    """What is found in the template with changes."""
    files = changed(*changes)
    hits: Found = set()
    workspace = _workspace(files, hits, today)
    for rule in RULES:
        for target in workspace.subjects if rule.scope == "schema" else (workspace,):
            for spot in rule.spots(target):
                file = spot.file or (target.file if isinstance(target, Subject) else "")
                hits.add((rule.id, file, spot.path))
    return hits


def _workspace(files: Mapping[str, Any], hits: Found, today: date) -> Workspace:
    def read(model: Any, data: object, name: str) -> Any:  # noqa: ANN401 - any of the models
        value, findings = parse(model, data, name)
        hits.update((it.rule, it.file, it.path) for it in findings)
        return value

    table = read(AttributesFile, files[TABLE], TABLE)
    names = [name for name in files if name.startswith("vocabularies/")]
    vocabularies = {Path(name).stem: read(VocabularyFile, files[name], name) for name in names}
    workspace = Workspace(
        folder=TEMPLATE,
        today=today,
        head=read(CatalogueFile, files[HEAD], HEAD),
        table=table,
        origin=files[ORIGIN],
        vocabularies=vocabularies,
        classes=table.classes,
    )
    events = [name for name in files if name.split("/")[0] in ("usage", "diagnostic", "content")]
    workspace.subjects = tuple(_subject(files[name], name, workspace, hits) for name in events)
    return workspace


def _subject(raw: dict[str, Any], name: str, workspace: Workspace, hits: Found) -> Subject:
    origin, missing = resolve(workspace.origin, {}, workspace.vocabularies, ORIGIN)
    avro, findings = resolve(raw, origin, workspace.vocabularies, name)
    plan, more = compile_schema(avro, workspace.classes, name, {waiver.event for waiver in workspace.waivers})
    hits.update((it.rule, it.file, it.path) for it in (*missing, *findings, *more))
    return Subject(name, raw, avro, parse(EventSchema, avro, name)[0], plan, workspace)


def group(of: str, *names: str) -> tuple[str, str, object]:
    """Give attributes a class."""
    return TABLE, "$.groups", [{"class": of, "reason": "What the test is about.", "names": [*names]}]


def field(name: str, avro: object, **tidegate: object) -> tuple[str, str, object]:
    """Put a field into the usage schema in the place of its duration, whose attribute it takes."""
    wired = {"attribute": "feature.duration", **tidegate}
    return USAGE, "$.fields[3]", {"name": name, "type": avro, "doc": "What it tells.", "tidegate": wired}


def more(*fields: tuple[str, object, dict[str, object]]) -> list[tuple[str, str, object]]:
    """Add fields to the usage schema: name, type and domain of each; its attribute is `feature.NAME`."""
    added: list[tuple[str, str, object]] = [
        (
            USAGE,
            f"$.fields[{place}]",
            {
                "name": name,
                "type": avro,
                "doc": "What it tells.",
                "tidegate": {"attribute": f"feature.{name}", **domain},
            },
        )
        for place, (name, avro, domain) in enumerate(fields, start=4)
    ]
    return [group("service_generated", *(f"feature.{name}" for name, _, _ in fields)), *added]


def words(*more: str) -> tuple[str, str, object]:
    """Give the vocabulary of routes more words, from index 3 on."""
    known = json.loads(_template())[ROUTE]["words"]
    return ROUTE, "$.words", [*known, *more]


def waivers(*signed: Mapping[str, object]) -> tuple[str, str, object]:
    """Give the vocabulary of routes waivers; owner, reason and day are filled in."""
    rest = {"owner": "platform", "reason": "The name of a standard.", "expires": "2027-01-31"}
    return ROUTE, "$.waivers", [{**rest, **waiver} for waiver in signed]
