"""`registered/`: each schema text under its id, frozen and append-only, with the ML schema derived from it.

`index.tsv` is the lock file: one line an id, in order, with the text's SHA-256. Two branches that both register
conflict in it, visibly. Texts are plain self-contained Avro: any Avro reader decodes the topics with them.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from schemas.findings import CatalogueInvalid, Finding
from schemas.model import Kind

if TYPE_CHECKING:
    from pathlib import Path

FOLDER = "registered"
INDEX = "index.tsv"
_COLUMNS = ("id", "role", "kind", "event", "name", "derived_from", "sha256")
_REMEDY = "Restore it from version control: a registered schema never changes; register a new version instead."


class Role(StrEnum):
    """What a registered schema is for."""

    TELEMETRY = "telemetry"
    ML = "ml"
    QUARANTINE = "quarantine"


@dataclass(frozen=True, slots=True)
class Registered:
    """One frozen schema. `derived_from` is the telemetry schema's id of an ML schema, else None."""

    id: int
    role: Role
    kind: Kind | None
    event: str | None
    name: str
    derived_from: int | None
    text: str = field(repr=False)

    @property
    def sha256(self) -> str:
        """Digest of the text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def avro(self) -> dict[str, Any]:
        """The schema as parsed JSON."""
        return json.loads(self.text)  # type: ignore[no-any-return]

    @property
    def file(self) -> str:
        """Its file's name."""
        return f"{self.id:06d}.avsc"


def text_of(avro: Mapping[str, Any]) -> str:
    """Write a schema as its frozen text: same input, same bytes."""
    return json.dumps(avro, indent=1, ensure_ascii=False) + "\n"


def read_registry(catalogue: Path) -> dict[int, Registered]:
    """Read and check the registered schemas of a catalogue folder, by id.

    Raises:
        CatalogueInvalid: a text was edited, an id is missing, or a file is not in the index.
    """
    folder = catalogue / FOLDER
    if not folder.exists():
        return {}
    findings: list[Finding] = []
    registered: dict[int, Registered] = {}
    for expected, row in enumerate(_rows(folder), start=1):
        schema = _read(folder, row, expected, findings)
        if schema is not None:
            findings += _told_truly(schema, registered)
            registered[schema.id] = schema
    stray = {path.name for path in folder.glob("*.avsc")} - {schema.file for schema in registered.values()}
    findings += [
        Finding(f"{FOLDER}/{name}", "$", "structure/registry-stray", "The index does not list it.", "Delete it.")
        for name in stray
        if not findings
    ]
    if findings:
        raise CatalogueInvalid(findings)
    return registered


def _rows(folder: Path) -> list[dict[str, str]]:
    try:
        with (folder / INDEX).open(encoding="utf-8", newline="") as lines:
            reader = csv.DictReader(lines, delimiter="\t", strict=True)
            rows, columns = list(reader), tuple(reader.fieldnames or ())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        defect = f"The index can't be read ({type(error).__name__})."
        raise CatalogueInvalid(
            [Finding(f"{FOLDER}/{INDEX}", "$", "structure/registry-index", defect, _REMEDY)]
        ) from None
    if columns != _COLUMNS:
        defect = "The index has other columns."
        raise CatalogueInvalid([Finding(f"{FOLDER}/{INDEX}", "$", "structure/registry-index", defect, _REMEDY)])
    return rows


def _read(folder: Path, row: Mapping[str, str], expected: int, findings: list[Finding]) -> Registered | None:
    name = f"{FOLDER}/{expected:06d}.avsc"
    try:
        if int(row["id"]) != expected:
            findings.append(
                Finding(f"{FOLDER}/{INDEX}", "$", "structure/registry-index", f"Id {expected} is missing.", _REMEDY)
            )
            return None
        schema = Registered(
            id=expected,
            role=Role(row["role"]),
            kind=Kind(row["kind"]) if row["kind"] else None,
            event=row["event"] or None,
            name=row["name"],
            derived_from=int(row["derived_from"]) if row["derived_from"] else None,
            text=(folder / f"{expected:06d}.avsc").read_text(encoding="utf-8"),
        )
    except UnicodeDecodeError:
        findings.append(Finding(name, "$", "structure/registry-edited", "The text is not UTF-8.", _REMEDY))
        return None
    except (KeyError, TypeError, ValueError):
        findings.append(
            Finding(f"{FOLDER}/{INDEX}", "$", "structure/registry-index", f"Line {expected} is broken.", _REMEDY)
        )
        return None
    except OSError as error:
        findings.append(
            Finding(name, "$", "structure/registry-edited", f"The text can't be read: {error.strerror}.", _REMEDY)
        )
        return None
    if schema.sha256 != row["sha256"]:
        findings.append(Finding(name, "$", "structure/registry-edited", "The text is not the one registered.", _REMEDY))
    return schema


def _told_truly(schema: Registered, earlier: Mapping[int, Registered]) -> list[Finding]:
    """The index says what the text says: the gate chooses topics by it."""
    try:
        avro = schema.avro
        meta = avro.get("tidegate", {})
        said = (avro["namespace"] + "." + avro["name"], meta.get("role", ""), meta.get("event"), meta.get("kind"))
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError):
        said = None
    role = Role.ML.value if schema.role is Role.ML else ""
    source = earlier.get(schema.derived_from or 0)
    is_derived = source is not None and (source.role, source.event) == (Role.TELEMETRY, schema.event)
    is_ours = (schema.name == "tidegate.Quarantined") == (schema.role is Role.QUARANTINE)
    if said == (schema.name, role, schema.event, schema.kind) and is_derived == (schema.role is Role.ML) and is_ours:
        return []
    defect = f"Line {schema.id} does not say what the text says."
    return [Finding(f"{FOLDER}/{INDEX}", "$", "structure/registry-index", defect, _REMEDY)]


def append(catalogue: Path, schemas: list[Registered]) -> None:
    """Add schemas to the registry, texts first, the index last: a crash in between leaves no broken index."""
    folder = catalogue / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    for schema in schemas:
        (folder / schema.file).write_text(schema.text, encoding="utf-8", newline="\n")
    index = folder / INDEX
    known = index.read_text(encoding="utf-8") if index.exists() else ""
    with index.open("a", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, delimiter="\t", lineterminator="\n")
        if not known:
            writer.writerow(_COLUMNS)
        elif not known.endswith("\n"):
            lines.write("\n")
        for schema in schemas:
            kind, derived = schema.kind or "", schema.derived_from or ""
            writer.writerow((schema.id, schema.role, kind, schema.event or "", schema.name, derived, schema.sha256))
