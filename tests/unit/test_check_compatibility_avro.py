"""Avro's schema resolution, held to fastavro's own reader; and what we report above it."""

from __future__ import annotations

import copy
import io
from typing import Any

import fastavro
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from schemas.check.avro_changes import avro_changes
from schemas.check.avro_reading import can_read
from schemas.check.difference import Party

PLAIN = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
SAMPLES: dict[str, list[Any]] = {
    "null": [None], "boolean": [True, False], "int": [0, 7], "long": [0, 2**40], "float": [0.5], "double": [0.25],
    "bytes": [b"", b"ab"], "string": ["", "ab"],
}  # fmt: skip


def enum(name: str, symbols: list[str], default: str | None = None) -> dict[str, Any]:
    """Write an enum."""
    return {"type": "enum", "name": name, "symbols": symbols} | ({} if default is None else {"default": default})


def record(*fields: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Write a record."""
    return {"type": "record", "name": "R", "namespace": "n", "fields": list(fields), **more}


def field(avro: Any, name: str = "f", **more: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Write a field."""
    return {"name": name, "type": avro, **more}


SYMBOLS = st.lists(st.sampled_from(["A", "B", "C"]), min_size=1, max_size=3, unique=True)
ENUMS = SYMBOLS.flatmap(
    lambda symbols: st.builds(enum, st.sampled_from(["E", "F"]), st.just(symbols), st.none() | st.sampled_from(symbols))
)
# Names of its own: fastavro reads a fixed as an enum of the same name, and breaks on the way back.
FIXED = st.builds(
    lambda name, size: {"type": "fixed", "name": name, "size": size}, st.sampled_from(["G", "H"]), st.integers(1, 2)
)
SIMPLE = st.sampled_from(PLAIN) | ENUMS | FIXED
ARRAYS = st.builds(lambda inner: {"type": "array", "items": inner}, SIMPLE)
MAPS = st.builds(lambda inner: {"type": "map", "values": inner}, SIMPLE)
UNIONS = st.lists(st.sampled_from(PLAIN), min_size=1, max_size=3, unique=True)
TYPES = SIMPLE | ARRAYS | MAPS | UNIONS


def values(avro: Any) -> list[Any]:  # noqa: ANN401 - an Avro type
    """Values that together need everything of a type to be readable."""
    if isinstance(avro, str):
        return SAMPLES[avro]
    if isinstance(avro, list):
        return [(branch, value) for branch in avro for value in values(branch)]
    if avro["type"] == "enum":
        return list(avro["symbols"])
    if avro["type"] == "fixed":
        return [bytes(avro["size"])]
    inner = values(avro.get("items", avro.get("values")))
    return [inner] if avro["type"] == "array" else [{str(i): value for i, value in enumerate(inner)}]


def fastavro_reads(writer: dict[str, Any], reader: dict[str, Any], written: list[dict[str, Any]]) -> bool:
    """Tell whether fastavro reads every one of the values."""
    for value in written:
        out = io.BytesIO()
        fastavro.schemaless_writer(out, fastavro.parse_schema(copy.deepcopy(writer), named_schemas={}), value)
        out.seek(0)
        try:
            fastavro.schemaless_reader(
                out,
                fastavro.parse_schema(copy.deepcopy(writer), named_schemas={}),
                fastavro.parse_schema(copy.deepcopy(reader), named_schemas={}),
            )
        except (fastavro.schema.SchemaParseException, fastavro.read.SchemaResolutionError, ValueError):
            return False
    return True


@settings(max_examples=600, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(writer=TYPES, reader=TYPES)
def test_types_read_as_fastavro_reads_them(writer: Any, reader: Any) -> None:  # noqa: ANN401 - Avro types
    """Whatever two types meet, in one field, we say what fastavro does."""
    one, other = record(field(writer)), record(field(reader))
    assert can_read(one, other) is fastavro_reads(one, other, [{"f": value} for value in values(writer)])


@settings(max_examples=200, deadline=None)
@given(wrote=st.sets(st.sampled_from("abc")), reads=st.dictionaries(st.sampled_from("abcd"), st.booleans(), max_size=4))
def test_fields_read_as_fastavro_reads_them(wrote: set[str], reads: dict[str, bool]) -> None:
    """A field only the reader has needs a default; one only the writer has is passed over."""
    assume(wrote and reads)
    writer = record(*(field("int", name) for name in sorted(wrote)))
    reader = record(*(field("int", name, **({"default": 3} if has else {})) for name, has in sorted(reads.items())))
    assert can_read(writer, reader) is fastavro_reads(writer, reader, [dict.fromkeys(wrote, 1)])


@settings(max_examples=400, deadline=None)
@given(writer=TYPES, reader=TYPES)
def test_every_break_of_readers_is_reported(writer: Any, reader: Any) -> None:  # noqa: ANN401 - Avro types
    """Where Avro can't read one way, some difference names those readers; where it can, none does."""
    old, new = record(field(writer)), record(field(reader))
    found = {party for difference in avro_changes(old, new, "x") for party in difference.breaks}
    assert (Party.NEW_READERS in found) is not can_read(old, new)
    assert (Party.OLD_READERS in found) is not can_read(new, old)


def decimal(base: str, precision: int, scale: int) -> dict[str, Any]:
    """Write a decimal over bytes or a fixed."""
    at = {"type": "fixed", "name": "D", "size": 8} if base == "fixed" else {"type": base}
    return {**at, "logicalType": "decimal", "precision": precision, "scale": scale}


def long_(logical: str) -> dict[str, Any]:
    """Write a long with a logical type."""
    return {"type": "long", "logicalType": logical}


CASES: list[tuple[str, Any, Any, list[str]]] = [
    ("nothing", "long", "long", []),
    ("a promotion", "int", "long", ["type-changed"]),
    ("the way back", "long", "int", ["type-changed"]),
    ("string to bytes", "string", "bytes", ["bytes-changed"]),
    ("bytes to string", "bytes", "string", ["bytes-changed"]),
    ("millis to micros", long_("timestamp-millis"), long_("timestamp-micros"), ["type-changed"]),
    ("a logical type gone", long_("timestamp-micros"), "long", ["type-changed"]),
    ("decimal scale in bytes", decimal("bytes", 9, 2), decimal("bytes", 9, 3), ["type-changed"]),
    ("decimal scale in a fixed", decimal("fixed", 9, 2), decimal("fixed", 9, 3), ["type-changed"]),
    ("decimal precision", decimal("bytes", 9, 2), decimal("bytes", 12, 2), ["type-changed"]),
    ("fixed size", {"type": "fixed", "name": "D", "size": 8}, {"type": "fixed", "name": "D", "size": 16},
     ["type-changed"]),
    ("made optional", "long", ["null", "long"], ["union-changed"]),
    ("made required", ["null", "long"], "long", ["union-changed"]),
    ("made optional and another", "long", ["null", "string"], ["union-changed", "type-changed"]),
    ("a branch more", ["null", "long", "string"], ["null", "long", "string", "boolean"], ["type-changed"]),
    ("a symbol gone", enum("E", ["A", "B"]), enum("E", ["A"]), ["enum-removed"]),
    ("a symbol gone, with a default", enum("E", ["A", "B"], "A"), enum("E", ["A"], "A"), ["enum-removed"]),
    ("a symbol more", enum("E", ["A"]), enum("E", ["A", "B"]), ["enum-added"]),
    ("a symbol more, with a default", enum("E", ["A"], "A"), enum("E", ["A", "B"], "A"), []),
    ("symbols in another order", enum("E", ["A", "B"]), enum("E", ["B", "A"]), ["enum-reordered"]),
    ("an enum's default", enum("E", ["A", "B"], "A"), enum("E", ["A", "B"], "B"), ["enum-default"]),
    ("an enum renamed", enum("E", ["A"]), enum("F", ["A"]), ["name-moved"]),
    ("an enum renamed by an alias", enum("E", ["A"]), {**enum("F", ["A"]), "aliases": ["E"]}, ["alias"]),
    ("an enum in another namespace", {**enum("E", ["A"]), "namespace": "a"}, {**enum("E", ["A"]), "namespace": "b"},
     ["name-moved"]),
    ("other documentation", {**enum("E", ["A"]), "doc": "One."}, {**enum("E", ["A"]), "doc": "Two."}, []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "rules"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_changed_type_is_named(old: Any, new: Any, rules: list[str]) -> None:  # noqa: ANN401 - Avro types
    """Each sort of change has its rule, those too that Avro reads without a word."""
    assert [found.rule for found in avro_changes(record(field(old)), record(field(new)), "x")] == rules


RECORDS: list[tuple[str, dict[str, Any], dict[str, Any], list[tuple[str, str]]]] = [
    ("doc of a field", record(field("int", doc="One.")), record(field("int", doc="Two.")), []),
    ("order of fields", record(field("int"), field("int", "g")), record(field("int", "g"), field("int")), []),
    ("field added", record(), record(field("int")), [("field-added", "$.fields[0]")]),
    ("field added with a default", record(), record(field("int", default=1)), []),
    ("field removed", record(field("int")), record(), [("field-removed", "$.fields")]),
    ("field with a default removed", record(field("int", default=1)), record(), [("field-retired", "$.fields")]),
    ("default changed", record(field("int", default=1)), record(field("int", default=2)),
     [("default-changed", "$.fields[0].default")]),
    ("default removed", record(field("int", default=1)), record(field("int")), [("default-changed", "$.fields[0]")]),
    ("default given", record(field("int")), record(field("int", default=1)), []),
    ("false is not 0", record(field("boolean", default=False)), record(field("boolean", default=0)),
     [("default-changed", "$.fields[0].default")]),
    ("renamed", record(), record(name="S"), [("name-moved", "$.name")]),
    ("namespace moved", record(), record(namespace="m"), [("name-moved", "$.namespace")]),
    ("renamed by an alias", record(), record(name="S", aliases=["R"]), [("alias", "$.aliases")]),
    ("field laundered by an alias", record(field("int")), record(field("int", "g", aliases=["f"])),
     [("alias", "$.fields[0].aliases")]),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "found"), [case[1:] for case in RECORDS], ids=[case[0] for case in RECORDS])
def test_a_changed_record_is_named(old: dict[str, Any], new: dict[str, Any], found: list[tuple[str, str]]) -> None:
    """Each sort of change has its rule and its place; documentation and order are nobody's break."""
    assert [(one.rule, one.path) for one in avro_changes(old, new, "x")] == found


def test_decimals_of_another_scale_are_not_read() -> None:
    """The specification asks for the same precision and scale; fastavro reads one for the other all the same."""
    assert can_read(record(field(decimal("bytes", 9, 2))), record(field(decimal("bytes", 9, 2))))
    assert not can_read(record(field(decimal("bytes", 9, 2))), record(field(decimal("bytes", 9, 3))))
    assert can_read(record(field(decimal("bytes", 9, 2))), record(field("bytes")))


def test_a_recursive_schema_is_judged_once() -> None:
    """A record that contains itself ends the comparison where it meets itself again."""
    loop = record(field(["null", "n.R"], "next"), field("int"))
    assert can_read(loop, copy.deepcopy(loop))
    assert not can_read(loop, record(field(["null", "n.R"], "next"), field("string")))
