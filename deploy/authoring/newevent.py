"""Makes a new event: a schema that passes the check and classes for its attributes, or nothing and why not."""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import TypeAdapter

from deploy.authoring import attributes
from deploy.authoring.fieldspec import CONTENT, FieldSpec
from deploy.authoring.schemafile import schema_text
from deploy.errors import Problem
from schemas.atoms import EventName
from schemas.check.engine import check
from schemas.model import BODY, ORIGIN, AttributeClass, CatalogueFile, Kind
from schemas.shape import parse, parse_as
from schemas.textfile import Unreadable, read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Sequence

    from schemas.findings import Finding


_EVENT: Final[TypeAdapter[str]] = TypeAdapter(EventName)


@dataclass(frozen=True, slots=True)
class NewEvent:
    """What an author says of an event. `expires` is a date in ISO 8601, or `never`."""

    event: str
    kind: Kind
    level: str
    owner: str
    purposes: Sequence[str]
    expires: str
    doc: str
    fields: Sequence[FieldSpec]
    discards: Sequence[str] = ()

    @property
    def file(self) -> str:
        """Where the schema goes in the catalogue."""
        return f"{self.kind}/{self.record}.avsc"

    @property
    def record(self) -> str:
        """The record's name: `call.ended` is `CallEnded`."""
        return "".join(part.title() for part in self.event.replace(".", "_").split("_"))

    def schema(self, namespace: str) -> dict[str, Any]:
        """Write the schema as data."""
        meta: dict[str, Any] = {
            "event": self.event,
            "kind": self.kind.value,
            "level": self.level,
            "owner": self.owner,
            "purposes": list(self.purposes),
            "expires": self.expires,
        }
        if self.discards:
            meta["discards"] = list(self.discards)
        fields = [{"name": "origin", "type": ORIGIN}, *(field.schema(self.event) for field in self.fields)]
        head = {"type": "record", "name": self.record, "namespace": namespace, "doc": self.doc}
        return head | {"tidegate": meta, "fields": fields}


@dataclass(frozen=True, slots=True)
class Written:
    """What was written: the schema's file, and the classes added to attributes.yaml."""

    file: str
    classes: dict[str, AttributeClass]


def write(folder: Path, new: NewEvent) -> Written | list[Finding]:
    """Write the event into a catalogue; where it does not pass the check, write nothing and return the findings.

    Raises:
        Problem: there is such a file already, or the catalogue can't be read.
    """
    if parse_as(_EVENT, new.event, "", "")[0] is None:
        raise Problem("An event's name is lower-case words with dots between them, such as document.exported.")
    if (folder / new.file).exists():
        raise Problem(f"{new.file} is there already: nothing is ever overwritten. Choose another name, or edit it.")
    today = datetime.now(UTC).date()
    with tempfile.TemporaryDirectory(prefix="tidegate-") as scratch:
        trial = Path(scratch) / "catalogue"
        shutil.copytree(folder, trial, ignore=shutil.ignore_patterns(".git", ".venv", ".tidegate"))
        before = set(check(trial, today=today).findings)
        _put(trial, new)
        findings = [finding for finding in check(trial, today=today).findings if finding not in before]
    return findings or _put(folder, new)


def _put(folder: Path, new: NewEvent) -> Written:
    text = schema_text(new.schema(_namespace(folder, new.kind)))
    known = attributes.classes_of(folder)
    wanted = {spec.reads(new.event): _class_of(spec) for spec in new.fields}
    classes = {name: of for name, of in wanted.items() if name not in known and name != BODY}
    path = folder / new.file
    try:
        path.parent.mkdir(exist_ok=True)
        attributes.add(folder, classes, f"the event {new.event}")
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise Problem(f"{new.file} can't be written: {error.strerror}.") from None
    return Written(new.file, classes)


def _class_of(spec: FieldSpec) -> AttributeClass:
    if spec.domain == CONTENT:
        return AttributeClass.CONTENT
    return AttributeClass.IDENTIFIER if spec.domain == "pseudonym" else AttributeClass.SERVICE_GENERATED


def _namespace(folder: Path, kind: Kind) -> str:
    """Use the namespace that the kind's first schema has; else make one of the catalogue's name."""
    try:
        for path in sorted((folder / kind).glob("*.avsc")):
            raw = read_json(path, path.name)
            if isinstance(raw, dict) and isinstance(raw.get("namespace"), str):
                return str(raw["namespace"])
        head, findings = parse(CatalogueFile, read_yaml(folder / "catalogue.yaml", "catalogue.yaml"), "catalogue.yaml")
    except Unreadable as error:
        raise Problem(str(error.finding)) from None
    if head is None:
        raise Problem(str(findings[0]))
    return f"{head.name.replace('-', '_')}.{kind}"


def expires_by_default(kind: Kind, today: date) -> str:
    """Give the last day of an event whose author says none: a year from today; content never expires."""
    if kind is Kind.CONTENT:
        return "never"
    return date(today.year + 1, today.month, min(today.day, 28)).isoformat()
