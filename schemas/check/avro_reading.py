"""Avro's schema resolution: whether data written with one schema can be read with another.

After the Avro 1.12 specification, "Schema Resolution". A differential test holds it to fastavro's own reader.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Names = Mapping[str, Mapping[str, Any]]  # full name -> definition

PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
NAMED = frozenset({"record", "enum", "fixed"})
# What a reader may take a written type for.
PROMOTIONS = {
    "int": {"long", "float", "double"},
    "long": {"float", "double"},
    "float": {"double"},
    "string": {"bytes"},
    "bytes": {"string"},
}


def names_in(avro: object, space: str = "") -> dict[str, Mapping[str, Any]]:
    """Every named type that a schema defines, by full name."""
    found: dict[str, Mapping[str, Any]] = {}
    if isinstance(avro, list):
        for branch in avro:
            found |= names_in(branch, space)
    if not isinstance(avro, Mapping):
        return found
    if avro.get("type") in NAMED:
        full = full_name(avro, space)
        found[full] = avro
        space = full.rpartition(".")[0]
    for inner in (avro.get("type"), avro.get("items"), avro.get("values"), *_types_of_fields(avro)):
        found |= names_in(inner, space)
    return found


def full_name(avro: Mapping[str, Any], space: str = "") -> str:
    """Namespace and name of a named type that stands in `space`."""
    name, own = str(avro.get("name", "")), avro.get("namespace", space)
    return name if "." in name or not own else f"{own}.{name}"


def _types_of_fields(avro: Mapping[str, Any]) -> list[object]:
    fields = avro.get("fields")
    return [field.get("type") for field in fields if isinstance(field, Mapping)] if isinstance(fields, list) else []


def can_read(writer: object, reader: object) -> bool:
    """Tell whether everything written with `writer` can be read with `reader`; both are self-contained."""
    return Resolver(names_in(writer), names_in(reader)).reads(writer, reader)


def kind_of(avro: object) -> str:
    """The type's own word: `long`, `enum`, `union`."""
    if isinstance(avro, list):
        return "union"
    if isinstance(avro, Mapping):
        inner = avro.get("type")
        return inner if isinstance(inner, str) else kind_of(inner)
    return str(avro)


class Resolver:
    """Judges types of a written schema against those of the schema it is read with."""

    def __init__(self, written: Names, read: Names) -> None:
        """Take the named types of both schemas."""
        self.written, self.read = written, read
        self.open: set[tuple[int, int]] = set()  # pairs under judgement: a recursive schema meets itself again

    def reads(self, writer: object, reader: object) -> bool:
        """Tell whether every value of one type can be read as the other."""
        writer, reader = _meant(writer, self.written), _meant(reader, self.read)
        if isinstance(writer, list):
            return all(self.reads(branch, reader) for branch in writer)
        if isinstance(reader, list):
            return any(self.reads(writer, branch) for branch in reader)
        wrote, wanted = kind_of(writer), kind_of(reader)
        if wrote != wanted:
            return wanted in PROMOTIONS.get(wrote, set())
        if not isinstance(writer, Mapping) or not isinstance(reader, Mapping):
            return True
        return self._same_kind(wrote, writer, reader)

    def _same_kind(self, kind: str, writer: Mapping[str, Any], reader: Mapping[str, Any]) -> bool:
        if (kind in NAMED and not same_name(writer, reader)) or not _same_scale(writer, reader):
            return False
        if kind == "enum":
            return "default" in reader or set(writer.get("symbols", ())) <= set(reader.get("symbols", ()))
        if kind == "fixed":
            return bool(writer.get("size") == reader.get("size"))
        if kind in ("array", "map"):
            inner = "items" if kind == "array" else "values"
            return self.reads(writer.get(inner), reader.get(inner))
        return kind != "record" or self._record(writer, reader)

    def _record(self, writer: Mapping[str, Any], reader: Mapping[str, Any]) -> bool:
        pair = (id(writer), id(reader))
        if pair in self.open:
            return True
        self.open.add(pair)
        wrote = {field["name"]: field for field in writer.get("fields", ())}
        for field in reader.get("fields", ()):
            source = next((wrote[name] for name in (field["name"], *field.get("aliases", ())) if name in wrote), None)
            if source is None and "default" not in field:
                return False
            if source is not None and not self.reads(source["type"], field["type"]):
                return False
        return True


def same_name(writer: Mapping[str, Any], reader: Mapping[str, Any]) -> bool:
    """Names match without their namespaces, or by an alias of the reader."""
    name = _last(str(writer.get("name")))
    return name in {_last(str(known)) for known in (reader.get("name"), *reader.get("aliases", ()))}


def _last(name: str) -> str:
    return name.rpartition(".")[2]


def _meant(avro: object, names: Names) -> object:
    """A name's definition, a wrapped type unwrapped; any other type as it is."""
    if isinstance(avro, str) and avro not in PRIMITIVES:
        return names.get(avro) or next((found for full, found in names.items() if _last(full) == _last(avro)), avro)
    if isinstance(avro, Mapping) and isinstance(avro.get("type"), (Mapping, list)):
        return _meant(avro["type"], names)
    return avro


def _same_scale(writer: Mapping[str, Any], reader: Mapping[str, Any]) -> bool:
    """Two decimals match by precision and scale; a decimal and its plain type read one another."""
    scales = [(avro.get("precision"), avro.get("scale", 0)) for avro in (writer, reader) if _is_decimal(avro)]
    return len(set(scales)) <= 1


def _is_decimal(avro: Mapping[str, Any]) -> bool:
    return avro.get("logicalType") == "decimal"
