"""The OTLP/JSON door: the same records as protobuf gives, and stricter than JSON where JSON is loose."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import otlp, otlp_json
from collector.limits import DEFAULT
from collector.records import LogRecord, Pairs, Resource, Scope, Span, Value
from collector.signals import TRACES
from tests.unit.otlp_strategies import record_lists, to_json

_CANARY = "the-quick-canary"


def _body(log: dict[str, Any]) -> bytes:
    return json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [log]}]}]}).encode()


def _record(log: dict[str, Any]) -> LogRecord:
    [record] = otlp_json.decode_logs(_body(log))
    return record


def _value(any_value: object) -> Value:
    return _record({"body": any_value}).body


def _nested(depth: int) -> dict[str, Any]:
    value: dict[str, Any] = {"stringValue": _CANARY}
    for level in range(depth - 1):
        value = {"kvlistValue": {"values": [{"value": value}]}} if level % 2 else {"arrayValue": {"values": [value]}}
    return value


@settings(max_examples=150)
@given(record_lists(), st.booleans(), st.booleans())
def test_json_and_protobuf_give_equal_records(records: list[LogRecord], numbers: bool, nulls: bool) -> None:  # noqa: FBT001 - hypothesis passes them
    """A message written as protobuf and as JSON gives equal records, value by value of the same type."""
    from_json = otlp_json.decode_logs(to_json(records, numbers=numbers, nulls=nulls))
    from_protobuf = otlp.decode_logs(otlp.encode_logs(records))
    assert from_json == from_protobuf == records
    assert otlp.encode_logs(from_json) == otlp.encode_logs(otlp.decode_logs(otlp.encode_logs(from_json)))


def test_the_example_of_the_protocol_is_read() -> None:
    """A request as OTLP's own documentation writes it becomes the record it describes."""
    example = {
        "resourceLogs": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]},
                "schemaUrl": "r-url",
                "scopeLogs": [
                    {
                        "scope": {"name": "my.library", "version": "1.0.0", "attributes": []},
                        "schemaUrl": "s-url",
                        "logRecords": [
                            {
                                "timeUnixNano": "1544712660300000000",
                                "observedTimeUnixNano": 1544712660300000000,
                                "severityNumber": 10,
                                "severityText": "Information",
                                "traceId": "5B8EFFF798038103D269B633813FC60C",
                                "spanId": "eee19b7ec3c1b174",
                                "flags": 1,
                                "eventName": "call.ended",
                                "droppedAttributesCount": 2,
                                "body": {"stringValue": "Example"},
                                "attributes": [
                                    {"key": "b", "value": {"boolValue": True}},
                                    {"key": "i", "value": {"intValue": "10"}},
                                    {"key": "d", "value": {"doubleValue": 637}},
                                    {"key": "x", "value": {"bytesValue": "AAE="}},
                                    {"key": "a", "value": {"arrayValue": {"values": [{"stringValue": "s"}, {}]}}},
                                    {"key": "m", "value": {"kvlistValue": {"values": [{"key": "k"}]}}},
                                ],
                            }
                        ],
                    }
                ],
            }
        ]
    }
    [record] = otlp_json.decode_logs(json.dumps(example).encode())
    assert record == LogRecord(
        Resource((("service.name", "my.service"),), "r-url"),
        Scope("my.library", "1.0.0", (), "s-url"),
        time=1544712660300000000,
        observed_time=1544712660300000000,
        severity_number=10,
        severity_text="Information",
        event_name="call.ended",
        body="Example",
        attributes=(
            ("b", True),
            ("i", 10),
            ("d", 637.0),
            ("x", b"\0\1"),
            ("a", ("s", None)),
            ("m", Pairs((("k", None),))),
        ),
        trace_id=bytes.fromhex("5b8efff798038103d269b633813fc60c"),
        span_id=bytes.fromhex("eee19b7ec3c1b174"),
        flags=1,
        dropped_attributes_count=2,
    )
    assert type(dict(record.attributes)["d"]) is float


def test_records_share_their_resource_and_scope() -> None:
    """Records of one resource and scope hold the same objects."""
    records = otlp_json.decode_logs(b'{"resourceLogs":[{"scopeLogs":[{"logRecords":[{},{}]}]}]}')
    assert records[0].resource is records[1].resource
    assert records[0].scope is records[1].scope


@pytest.mark.parametrize(
    ("any_value", "value"),
    [
        ({}, None),
        ({"stringValue": None}, None),
        ({"stringValue": None, "intValue": 1}, 1),
        ({"futureValue": _CANARY}, None),
        ({"intValue": str(2**63 - 1)}, 2**63 - 1),
        ({"intValue": -(2**63)}, -(2**63)),
        ({"intValue": 1e3}, 1000),
        ({"intValue": 2.0**53 - 1}, 2**53 - 1),
        ({"intValue": -0.0}, 0),
        ({"doubleValue": 1}, 1.0),
        ({"doubleValue": 10**300}, 1e300),
        ({"doubleValue": "1.5"}, 1.5),
        ({"doubleValue": "-0"}, -0.0),
        ({"doubleValue": "637"}, 637.0),
        ({"doubleValue": "2E-3"}, 0.002),
        ({"doubleValue": "Infinity"}, math.inf),
        ({"doubleValue": "-Infinity"}, -math.inf),
        ({"bytesValue": "_-8"}, b"\xff\xef"),
        ({"bytesValue": ""}, b""),
        ({"stringValue": "\U0001f600"}, "\U0001f600"),
        ({"arrayValue": {}}, ()),
        ({"arrayValue": {"values": None}}, ()),
        ({"kvlistValue": {}}, Pairs(())),
    ],
)
def test_values_are_read_as_protobufs_json_mapping_has_them(any_value: object, value: Value) -> None:
    """Each form of a value that protobuf's JSON mapping allows is read, into exactly one Python type."""
    read = _value(any_value)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize("written", ["5b8efff798038103d269b633813fc60c", "5B8EFFF798038103D269b633813FC60C"])
def test_ids_are_hexadecimal_in_either_case(written: str) -> None:
    """Trace and span ids of a log, and those of a span and its parent, are read from hexadecimal digits."""
    log = _record({"traceId": written, "spanId": written[:16]})
    assert (log.trace_id.hex(), log.span_id.hex()) == (written.lower(), written[:16].lower())
    span = {"traceId": written, "spanId": written[:16], "parentSpanId": written[16:]}
    [of] = otlp_json.decode(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode(), TRACES)
    assert isinstance(of, Span)
    assert [it.hex() for it in (of.trace_id, of.span_id, of.parent_span_id)] == [it.lower() for it in span.values()]


@pytest.mark.parametrize("written", ["-0", "-0.0", '"-0"', "-0e1"])
def test_a_double_keeps_the_sign_of_zero(written: str) -> None:
    """As protobuf does, whichever way a JSON writer puts it; an integer has no such sign."""
    body = _body({"body": {"doubleValue": 77}, "timeUnixNano": 78}).decode().replace("77", written)
    [record] = otlp_json.decode_logs(body.replace("78", "-0").encode())
    assert isinstance(record.body, float)
    assert math.copysign(1, record.body) == -1
    assert type(record.time) is int


def test_nan_is_read_from_its_word() -> None:
    """The string "NaN" is a double; that no domain takes it is decided later."""
    read = _value({"doubleValue": "NaN"})
    assert isinstance(read, float)
    assert math.isnan(read)


@pytest.mark.parametrize("body", [b"{}", b'{"resourceLogs": null}', b'{"resource_logs": [{}]}', b'{"other": [1, {}]}'])
def test_unknown_names_are_ignored(body: bytes) -> None:
    """Names that OTLP/JSON does not have, those in snake case among them, are as if absent."""
    assert otlp_json.decode_logs(body) == []


def test_a_value_may_be_as_deep_as_the_limit() -> None:
    """Nesting up to the limit is taken, whatever Python's own recursion limit is."""
    assert _value(_nested(DEFAULT.depth)) is not None
