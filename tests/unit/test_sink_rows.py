"""The sink's rows and columns: what a message becomes, and what never becomes one."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from broker.port import Received
from consumers.sink.columns import SCHEMA_OF, Type, table_of
from consumers.sink.errors import NoTable
from consumers.sink.rows import BELONGS, Row, Rows, Skip, tables_of
from schemas.catalogue import load
from schemas.codec import Codec, frame
from schemas.model import Kind
from schemas.reasons import Reason
from schemas.registry import Registered, Role, text_of
from tests.unit.gate_samples import CANARY, SNEAKY, forged
from tests.unit.gate_samples import NOW as GATE_NOW
from tests.unit.gate_samples import message as message_of
from tests.unit.sink_samples import clock, message, value

CATALOGUE = load()
ROWS = Rows(CATALOGUE, clock)
SCHEMAS = list(CATALOGUE.schemas.values())
TABLED = [schema for schema in SCHEMAS if schema.kind is not None and (schema.role, schema.kind) in BELONGS]


def received(data: bytes | None, topic: str, offset: int = 7) -> Received:
    """Put a message as the broker hands it out."""
    return Received(topic, 2, offset, 0, data)


def registered(fields: list[dict[str, Any]], role: Role = Role.TELEMETRY) -> Registered:
    """Make a schema of an event `a.b` with these fields."""
    avro = {"type": "record", "name": "A", "namespace": "x", "fields": fields}
    return Registered(9, role, Kind.USAGE, "a.b", "x.A", None, text_of(avro))


def names(schema: Registered) -> list[str]:
    """Name the columns of its table, without the last two."""
    return [column.name for column in table_of("telemetry.usage", schema).columns][:-2]


@given(schema=st.sampled_from(TABLED), seed=st.integers(0, 2**32))
def test_every_value_of_every_service_generated_schema_becomes_a_row(schema: Registered, seed: int) -> None:
    """A message on the topic of its kind becomes a row that has a value, or None, for each column of its table."""
    topic = BELONGS[schema.role, schema.kind or Kind.CONTENT]
    row = ROWS.of(received(message(schema, seed), topic))
    assert isinstance(row, Row)
    assert row.table.topic == topic
    assert list(row.values) == [column.name for column in row.table.columns]
    assert (row.values["_partition"], row.values["_offset"]) == (2, 7)


@given(schema=st.sampled_from(SCHEMAS), topic=st.sampled_from([*SCHEMA_OF, "customer.content", "quarantine"]))
def test_a_schema_has_a_row_on_its_own_topic_alone(schema: Registered, topic: str) -> None:
    """Content and quarantine schemas have a row on no topic, each other schema on its kind's topic and no other."""
    home = BELONGS.get((schema.role, schema.kind)) if schema.kind else None
    row = ROWS.of(received(message(schema, 1), topic))
    if topic == home:
        assert isinstance(row, Row)
    else:
        assert row == Skip(Reason.WRONG_KIND, schema.id)


def test_content_put_on_a_telemetry_topic_by_hand_is_skipped() -> None:
    """Each content schema of the catalogue is skipped on each topic the sink reads."""
    content = [schema for schema in SCHEMAS if schema.kind is Kind.CONTENT]
    assert len(content) >= 8
    for schema in content:
        for topic in SCHEMA_OF:
            assert ROWS.of(received(message(schema, 1), topic)) == Skip(Reason.WRONG_KIND, schema.id)


LETTERS = int.from_bytes(b"kvazbode")
FORGED: list[tuple[tuple[str, ...], object, Reason]] = [
    (("origin", "event_id"), CANARY, Reason.NOT_AN_ID),
    (("origin", "app"), CANARY, Reason.NOT_IN_VOCABULARY),
    (("origin", "app_version"), f"6.12.4+{SNEAKY}", Reason.NOT_A_VERSION),
    (("origin", "receive_time"), LETTERS, Reason.OUT_OF_WINDOW),
    (("origin", "receive_time"), GATE_NOW - 31 * 86_400_000_000, Reason.OUT_OF_WINDOW),
    (("origin", "event_time"), LETTERS, Reason.OUT_OF_WINDOW),
    (("caller",), CANARY, Reason.NOT_AN_ID),
    (("caller",), b"kvazbodegifumano".hex(), Reason.NOT_AN_ID),
    (("duration",), LETTERS, Reason.OUT_OF_RANGE),
    (("spoken",), 1.5, Reason.OUT_OF_RANGE),
]


@pytest.mark.parametrize(("path", "image", "reason"), FORGED)
def test_a_value_outside_its_domain_gets_into_no_table(path: tuple[str, ...], image: object, reason: Reason) -> None:
    """Whoever writes past the collector can fill any string or number of the schema: such a row is skipped."""
    rows = Rows(CATALOGUE, lambda: GATE_NOW / 1_000_000)
    assert isinstance(rows.of(message_of("call.ended")), Row)
    row = rows.of(forged("call.ended", path, image))
    assert row == Skip(reason, CATALOGUE.plans["call.ended"].schema_id)


def test_an_event_that_left_the_catalogue_gets_into_no_table() -> None:
    """A schema that is registered, and whose event is not in the catalogue any more, is unknown."""
    rows = Rows(dataclasses.replace(CATALOGUE, by_id={}), lambda: GATE_NOW / 1_000_000)
    assert rows.of(message_of("call.ended")) == Skip(Reason.UNKNOWN_SCHEMA, CATALOGUE.plans["call.ended"].schema_id)


@given(st.binary(max_size=200))
def test_bytes_without_a_known_frame_are_skipped(data: bytes) -> None:
    """Whatever bytes lie on a topic, the answer is a skip, and it names no schema id that is not registered."""
    row = ROWS.of(received(b"\x00\x7f" + data, "telemetry.usage"))
    assert row in {Skip(Reason.NOT_FRAMED), Skip(Reason.UNKNOWN_SCHEMA)}


@pytest.mark.parametrize("data", [None, b"", b"\x00\x00", b"\x01\x00\x00\x00\x02text"])
def test_a_message_without_a_frame_is_skipped(data: bytes | None) -> None:
    """A tombstone, an empty message, a short one and one with another first byte are not framed."""
    assert ROWS.of(received(data, "telemetry.usage")) == Skip(Reason.NOT_FRAMED)


@pytest.mark.parametrize("change", [lambda data: data + b"\x00", lambda data: data[:-1]])
def test_a_message_that_is_not_exactly_one_value_is_skipped(change: Any) -> None:  # noqa: ANN401 - bytes to bytes
    """A trailing byte or a missing one makes a message undecodable."""
    schema = next(schema for schema in TABLED if schema.event == "call.ended" and schema.role is Role.TELEMETRY)
    assert ROWS.of(received(change(message(schema, 1)), "telemetry.usage")) == Skip(Reason.UNDECODABLE, schema.id)


def test_an_ml_row_is_readable() -> None:
    """A place becomes its word, an id hex, a bucket keeps its index beside its lower edge, a step its value."""
    schema = next(schema for schema in TABLED if schema.event == "call.ended" and schema.role is Role.ML)
    notes = {item["name"]: item.get("tidegate", {}) for item in schema.avro["fields"]}
    apps = next(item for item in schema.avro["fields"][0]["type"]["fields"] if item["name"] == "app")["tidegate"]
    made = value(schema, 5)
    made["origin"]["app"], made["duration"], made["spoken"] = 1, 3, 7
    row = ROWS.of(received(frame(schema.id, Codec(schema.avro).encode(made)), "ml.eligible"))
    assert isinstance(row, Row)
    assert row.values["app"] == apps["words"][0]
    assert row.values["event_id"] == made["origin"]["event_id"].hex()
    assert (row.values["duration"], row.values["duration_from"]) == (3, notes["duration"]["edges"][3])
    assert (row.values["spoken"], row.values["spoken_about"]) == (7, 0.35)
    assert row.values["app_version_major"] == made["origin"]["app_version"]["major"]
    assert row.table.name == "ml.call_ended"


@pytest.mark.parametrize(("field", "index"), [("duration", 24), ("duration", -1)])
def test_an_ml_index_beyond_its_list_is_skipped(field: str, index: int) -> None:
    """A bucket that the schema does not list makes the message undecodable; it names no edge, not even from the end."""
    schema = next(schema for schema in TABLED if schema.event == "call.ended" and schema.role is Role.ML)
    made = value(schema, 5) | {field: index}
    data = frame(schema.id, Codec(schema.avro).encode(made))
    assert ROWS.of(received(data, "ml.eligible")) == Skip(Reason.UNDECODABLE, schema.id)


def test_place_zero_is_other() -> None:
    """Place 0 of a vocabulary is OTHER among words, and 0 among numbers, as in telemetry."""
    words = {"name": "w", "type": "int", "tidegate": {"words": ["a", "b"]}}
    numbers = {"name": "n", "type": "int", "tidegate": {"words": [200, 404]}}
    w, n = table_of("ml.eligible", registered([words, numbers], Role.ML)).columns[:2]
    assert (w.type, n.type) == (Type.WORD, Type.INTEGER)
    assert [w.read({"w": place}) for place in range(3)] == ["OTHER", "a", "b"]
    assert [n.read({"n": place}) for place in range(3)] == [0, 200, 404]


def test_records_are_flattened() -> None:
    """`origin` gives its names unchanged, another record its own name before them, and absent ones None."""
    agent = {"type": "record", "name": "UA", "namespace": "t", "fields": [{"name": "os", "type": "string"}]}
    schema = registered(
        [
            {
                "name": "origin",
                "type": {"type": "record", "name": "O", "fields": [{"name": "tenant", "type": "string"}]},
            },
            {"name": "agent", "type": ["null", agent]},
            {"name": "second", "type": "t.UA"},
        ]
    )
    table = table_of("telemetry.usage", schema)
    assert names(schema) == ["tenant", "agent_os", "second_os"]
    record = {"origin": {"tenant": "t"}, "agent": None, "second": {"os": "IOS"}}
    assert [column.read(record) for column in table.columns[:-2]] == ["t", None, "IOS"]


def test_no_two_columns_share_a_name() -> None:
    """An event's own field that is named as one of the origin, or differs in case alone, gets an underscore."""
    inner = {"type": "record", "name": "O", "fields": [{"name": "tenant", "type": "string"}]}
    fields = [{"name": name, "type": "string"} for name in ("tenant", "Call", "call", "CALL", "_Offset")]
    schema = registered([{"name": "origin", "type": inner}, *fields])
    assert names(schema) == ["tenant", "tenant_", "Call", "call_", "CALL__", "_Offset_"]


@pytest.mark.parametrize("avro", ["bytes", {"type": "array", "items": "int"}, {"type": "map", "values": "int"}])
def test_a_type_that_tables_do_not_carry_is_told_at_the_start(avro: Any) -> None:  # noqa: ANN401 - an Avro type
    """Bytes, arrays and maps have no column: the sink does not start, and names schema and field."""
    with pytest.raises(NoTable, match=r"schema 9 \(a.b\): field f has the type"):
        table_of("telemetry.usage", registered([{"name": "f", "type": avro}]))


def test_every_service_generated_schema_has_a_table() -> None:
    """Each usage, diagnostic and ML schema of the catalogue has a table, no other schema has one."""
    assert {table.schema_id for table in tables_of(CATALOGUE)} == {schema.id for schema in TABLED}
    assert {table.topic for table in tables_of(CATALOGUE)} == set(SCHEMA_OF)


def test_a_row_shows_no_value() -> None:
    """The `repr` of a row holds none of its values."""
    row = ROWS.of(received(message(TABLED[0], 3), BELONGS[TABLED[0].role, TABLED[0].kind or Kind.CONTENT]))
    assert isinstance(row, Row)
    assert str(row.values["event_id"]) not in repr(row)
