"""Reads a catalogue folder as its authors wrote it: every file, all findings at once.

catalogue.yaml            name, and the instrumentation scopes that are accepted
attributes.yaml           a class for each known attribute name
types/Origin.avsc         the record that begins every event
vocabularies/NAME.yaml    word lists
usage|diagnostic|content/ one schema a file
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.causes import Known, causes
from schemas.compile import ORIGIN_FILE, compile_event, read_event
from schemas.findings import CatalogueInvalid, Finding
from schemas.model import AttributeClass, AttributesFile, CatalogueFile, EventSchema, Kind, VocabularyFile
from schemas.plan import Plan
from schemas.resolve import resolve
from schemas.routes import rivals
from schemas.shape import M, parse
from schemas.textfile import Unreadable, read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Authored:
    """A folder without findings: its plans by event name, unregistered as yet."""

    name: str
    scopes: frozenset[str]
    classes: Mapping[str, AttributeClass]
    plans: Mapping[str, Plan]
    waived: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AuthoredSchema:
    """One schema file: as written, with Origin and words put inside, as read, as compiled; None where that failed."""

    file: str
    raw: Mapping[str, Any]
    avro: Mapping[str, Any]
    schema: EventSchema | None
    plan: Plan | None


@dataclass(slots=True)
class Contents:
    """A folder as far as it can be read, and everything that is wrong with it."""

    head: CatalogueFile | None
    table: AttributesFile | None
    origin: Mapping[str, Any]
    vocabularies: Mapping[str, VocabularyFile]
    schemas: tuple[AuthoredSchema, ...]
    findings: list[Finding]


def read_authored(folder: Path) -> Authored:
    """Read and compile a catalogue folder.

    Raises:
        CatalogueInvalid: with everything that is wrong, in every file.
    """
    contents = read_contents(folder)
    head, table = contents.head, contents.table
    if contents.findings or head is None or table is None:
        raise CatalogueInvalid(sorted(set(contents.findings)))
    plans = {schema.plan.event: schema.plan for schema in contents.schemas if schema.plan is not None}
    return Authored(head.name, frozenset(head.scopes), table.classes, plans, _waived(head))


def read_contents(folder: Path) -> Contents:
    """Read and compile a catalogue folder as far as it goes; what is wrong comes with it."""
    reader = _Reader(folder)
    head = reader.model(CatalogueFile, "catalogue.yaml")
    table = reader.model(AttributesFile, "attributes.yaml")
    origin = reader.record(ORIGIN_FILE)
    vocabularies = dict(reader.vocabularies())
    known = Known(origin, table is not None, reader.unread)
    classes = table.classes if table else {}
    inside, unresolved_origin = resolve(known.origin or {}, {}, vocabularies, ORIGIN_FILE)
    schemas, plans, tables = [], dict[str, Plan](), set[str]()
    for name, raw in reader.schemas():
        avro, unresolved = resolve(raw, inside, vocabularies, name)
        schema, findings = read_event(avro, name)
        plan = None
        if schema is not None:
            plan, findings = compile_event(schema, avro, classes, name, _waived(head))
        reader.findings += causes([*unresolved_origin, *unresolved], findings, raw, known)
        if plan is not None:
            reader.findings += _placed(plan, name, plans, tables)
            plans.setdefault(plan.event, plan)
            tables.add(table_of(plan.event))
        schemas.append(AuthoredSchema(name, raw, avro, schema, plan))
    return Contents(head, table, known.origin or {}, vocabularies, tuple(schemas), reader.findings)


def _waived(head: CatalogueFile | None) -> frozenset[str]:
    return frozenset(waiver.event for waiver in head.waivers) if head else frozenset()


def _placed(plan: Plan, name: str, plans: Mapping[str, Plan], tables: set[str]) -> Iterator[Finding]:
    if name.split("/", 1)[0] != plan.kind:
        defect = f"A schema of kind {plan.kind} lies in another kind's folder."
        yield Finding(name, "$.tidegate.kind", "structure/folder", defect, f"Move it to {plan.kind}/.")
    if plan.event in plans:
        defect = f"Another schema has the event {plan.event} already."
        yield Finding(name, "$.tidegate.event", "structure/event-twice", defect, "Give each event one schema.")
    elif table_of(plan.event) in tables:
        defect = f"Another event's table is called {table_of(plan.event)} already."
        yield Finding(name, "$.tidegate.event", "structure/table-twice", defect, "Rename one of the events.")
    rival = next((known for known in plans.values() if rivals(plan, known)), None)
    if rival is not None:
        defect = f"The event {rival.event} could take the same records."
        remedy = "Name another scope, kind or metric; or, for spans, require what the other event does not."
        yield Finding(name, "$.tidegate", "structure/signal-twice", defect, remedy)


def _twice(vocabulary: VocabularyFile, file: str) -> Iterator[Finding]:
    seen: set[object] = set()
    for place, word in enumerate(vocabulary.words):
        if word in seen:
            remedy = "Keep each word once; the list is append-only."
            yield Finding(file, f"$.words[{place}]", "structure/word-twice", "A word stands twice.", remedy)
        seen.add(word)


def table_of(event: str) -> str:
    """Name an event's table: `call.ended` is `call_ended` there."""
    return event.replace(".", "_")


class _Reader:
    """Reads files below one folder and gathers what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.findings: list[Finding] = []
        self.unread: set[str] = set()  # vocabularies that are there and can't be read

    def read(self, how: Callable[[Path, str], Any], name: str) -> object:
        try:
            return how(self.folder / name, name)
        except Unreadable as error:
            self.findings.append(error.finding)
            return None

    def record(self, name: str) -> Mapping[str, Any] | None:
        raw = self.read(read_json, name)
        if isinstance(raw, dict) or raw is None:
            return raw
        self.findings.append(Finding(name, "$", "structure/wrong-type", "It is no JSON object.", "Write a record."))
        return None

    def model(self, model: type[M], name: str) -> M | None:
        data = self.read(read_yaml, name)
        if data is None:
            return None
        value, findings = parse(model, data, name)
        self.findings += findings
        return value

    def vocabularies(self) -> Iterator[tuple[str, VocabularyFile]]:
        for path in sorted(self.folder.glob("vocabularies/*.yaml")):
            vocabulary = self.model(VocabularyFile, f"vocabularies/{path.name}")
            if vocabulary is None:
                self.unread.add(path.stem)
                continue
            if len(set(vocabulary.words)) != len(vocabulary.words):
                self.findings += _twice(vocabulary, f"vocabularies/{path.name}")
                self.unread.add(path.stem)
                continue
            yield path.stem, vocabulary

    def schemas(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        for kind in Kind:
            for path in sorted((self.folder / kind).glob("*.avsc")):
                name = f"{kind}/{path.name}"
                raw = self.record(name)
                if raw is not None:
                    yield name, raw
