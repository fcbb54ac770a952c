"""What a table looks like, whatever stores it: columns of six plain types, read off a registered schema.

`origin` and other records are flattened: `origin.event_id` is the column `event_id`, `agent.os` is `agent_os`. Fixed
values become lower-case hex. In the tables of `ml.eligible` a place in a vocabulary becomes its word, a bucket keeps
its index and gains its lower edge (`duration`, `duration_from`), a step its value (`loss`, `loss_about`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from consumers.sink.errors import NoTable
from schemas.registry import Registered, Role

OTHER = "OTHER"
PARTITION, OFFSET = "_partition", "_offset"

Convert = Callable[[Any], object]
Notes = Mapping[str, Any]  # a field's `tidegate` property


class Type(StrEnum):
    """The types of a column; WORD is text from a closed list."""

    BOOLEAN = "boolean"
    INTEGER = "integer"  # 64 bits, also for Avro's int: fastavro does not hold an int to 32
    NUMBER = "number"
    TEXT = "text"
    WORD = "word"
    MILLIS = "millis"  # of a moment since the epoch, UTC
    MICROS = "micros"


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name, its type, the way to the value in the decoded record, and what is done to that value."""

    name: str
    type: Type
    path: tuple[str, ...] = ()
    convert: Convert | None = field(default=None, repr=False, compare=False)

    def read(self, record: Mapping[str, Any]) -> object:
        """Take the value out of a decoded record; None where an optional field, or the record above it, is absent."""
        value: Any = record
        for name in self.path:
            if value is None:
                return None
            value = value[name]
        return value if value is None or self.convert is None else self.convert(value)


@dataclass(frozen=True, slots=True)
class Table:
    """The part of an event's table that one schema fills: later schemas of the event lie beside it."""

    topic: str
    event: str
    schema_id: int
    columns: tuple[Column, ...]

    @property
    def name(self) -> str:
        """As queries and counts say it: `usage.call_ended`, `ml.call_ended`."""
        return f"{SCHEMA_OF[self.topic]}.{self.event.replace('.', '_')}"


SCHEMA_OF = {"telemetry.usage": "usage", "telemetry.diagnostic": "diagnostic", "ml.eligible": "ml"}
"""The service-generated topics, each with the name its tables go by in queries."""

AUDIT = (Column(PARTITION, Type.INTEGER), Column(OFFSET, Type.INTEGER))
"""Where in Kafka a row came from; every table ends with these."""


def table_of(topic: str, registered: Registered) -> Table:
    """Read the table off a registered schema.

    Raises:
        NoTable: a field has a type that tables don't carry.
    """
    if registered.event is None:
        raise NoTable(f"schema {registered.id} describes no event")
    try:
        columns = tuple(_distinct(_Reader(ml=registered.role is Role.ML).columns(registered.avro, (), "")))
    except NoTable as error:
        raise NoTable(f"schema {registered.id} ({registered.event}): {error}") from None
    return Table(topic, registered.event, registered.id, columns + AUDIT)


_PLAIN = {
    "boolean": Type.BOOLEAN,
    "int": Type.INTEGER,
    "long": Type.INTEGER,
    "float": Type.NUMBER,
    "double": Type.NUMBER,
    "string": Type.TEXT,
}
_LOGICAL = {"timestamp-millis": Type.MILLIS, "timestamp-micros": Type.MICROS}


class _Reader:
    """Walks one schema, keeping the named types it has met."""

    def __init__(self, *, ml: bool) -> None:
        self._leaf = _ml_leaf if ml else _leaf
        self._named: dict[str, Mapping[str, Any]] = {}

    def columns(self, record: Mapping[str, Any], path: tuple[str, ...], prefix: str) -> Iterator[Column]:
        """Columns of a record's fields, in their order; those of `origin` take no prefix."""
        space = self._define(record)
        for entry in record["fields"]:
            name = entry["name"]
            here, avro = (*path, name), self._resolve(entry["type"], space)
            if isinstance(avro, Mapping) and avro["type"] == "record":
                yield from self.columns(avro, here, "" if here == ("origin",) else f"{prefix}{name}_")
            else:
                column = name if f"{name}_".startswith(prefix) else f"{prefix}{name}"  # `browser`, no `browser_browser`
                yield from self._leaf(column, here, avro, entry.get("tidegate") or {})

    def _resolve(self, avro: Any, space: str) -> Any:  # noqa: ANN401 - an Avro type
        """Take null out of a union, a name to its definition; keep the namespace that a definition stands in."""
        if isinstance(avro, list):
            rest = [item for item in avro if item != "null"]
            if len(rest) != 1:
                raise NoTable("a union of several types")
            return self._resolve(rest[0], space)
        if isinstance(avro, str):
            return self._named.get(avro, self._named.get(f"{space}.{avro}", avro))
        if "name" in avro:
            avro = {"namespace": space, **avro}
            self._define(avro)
        return avro

    def _define(self, avro: Mapping[str, Any]) -> str:
        """Remember a named type by its full name; return the namespace of what stands inside."""
        name, space = str(avro["name"]), str(avro.get("namespace", ""))
        if "." in name:
            space, _, name = name.rpartition(".")
        self._named[f"{space}.{name}"] = avro
        return space


def _leaf(name: str, path: tuple[str, ...], avro: Any, notes: Notes) -> Iterator[Column]:  # noqa: ANN401 - Avro type
    kind = avro["type"] if isinstance(avro, Mapping) else avro
    if kind == "fixed":
        yield Column(name, Type.TEXT, path, bytes.hex)
    elif kind == "enum" or (kind == "string" and notes.get("domain") == "vocabulary"):
        yield Column(name, Type.WORD, path)
    elif kind in _PLAIN:
        logical = avro.get("logicalType", "") if isinstance(avro, Mapping) else ""
        yield Column(name, _LOGICAL.get(logical, _PLAIN[kind]), path)
    else:
        raise NoTable(f"field {'.'.join(path)} has the type {kind!r}, which tables don't carry")


def _ml_leaf(name: str, path: tuple[str, ...], avro: Any, notes: Notes) -> Iterator[Column]:  # noqa: ANN401 - as above
    """Tell what an ML image stands for. Place 0 of a vocabulary is OTHER; among numeric words 0, as in telemetry."""
    if "words" in notes:
        numeric = isinstance(notes["words"][0], int)
        places = (0 if numeric else OTHER, *notes["words"])
        yield Column(name, Type.INTEGER if numeric else Type.WORD, path, _Pick(places))
        return
    yield from _leaf(name, path, avro, notes)
    if "edges" in notes:
        yield Column(f"{name}_from", Type.INTEGER, path, _Pick(tuple(notes["edges"])))
    elif "step" in notes:
        yield Column(f"{name}_about", Type.NUMBER, path, _Step(float(notes["min"]), float(notes["step"])))


@dataclass(frozen=True, slots=True)
class _Pick:
    """Looks an index up; one outside the list raises IndexError, a negative one too."""

    places: tuple[object, ...]

    def __call__(self, index: int) -> object:
        if index < 0:
            raise IndexError
        return self.places[index]


@dataclass(frozen=True, slots=True)
class _Step:
    """Turns a number of steps back into about the value it was made of."""

    low: float
    step: float

    def __call__(self, index: int) -> float:
        return round(self.low + index * self.step, 9)


def _distinct(columns: Iterator[Column]) -> Iterator[Column]:
    """Put `_` after a name that is taken, case aside as in SQL: an event's own `tenant` is `tenant_`."""
    taken = {PARTITION, OFFSET}
    for column in columns:
        name = column.name
        while name.casefold() in taken:
            name += "_"
        taken.add(name.casefold())
        yield Column(name, column.type, column.path, column.convert)
