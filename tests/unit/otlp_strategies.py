"""Any records that OTLP can carry, and the OTLP/JSON of such records: what the tests of both decoders draw from."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from collector.records import Attributes, LogRecord, Pairs, Resource, Scope, Value

_ints = st.integers(-(2**63), 2**63 - 1)
_unsigned_64 = st.integers(0, 2**64 - 1)
_unsigned_32 = st.integers(0, 2**32 - 1)
_plain = st.one_of(
    st.none(), st.text(max_size=8), st.booleans(), _ints, st.floats(allow_nan=False), st.binary(max_size=8)
)


def _attributes(of: st.SearchStrategy[Value]) -> st.SearchStrategy[Attributes]:
    return st.lists(st.tuples(st.text(max_size=8), of), max_size=3).map(tuple)


values: st.SearchStrategy[Value] = st.recursive(
    _plain, lambda of: st.one_of(st.lists(of, max_size=3).map(tuple), _attributes(of).map(Pairs)), max_leaves=6
)
attributes = _attributes(values)
_resources = st.builds(Resource, attributes, st.text(max_size=8))
_scopes = st.builds(Scope, st.text(max_size=8), st.text(max_size=8), attributes, st.text(max_size=8))


def _records(resource: Resource, scope: Scope) -> st.SearchStrategy[LogRecord]:
    return st.builds(
        LogRecord,
        st.just(resource),
        st.just(scope),
        time=_unsigned_64,
        observed_time=_unsigned_64,
        severity_number=st.integers(-(2**31), 2**31 - 1),
        severity_text=st.text(max_size=8),
        event_name=st.text(max_size=8),
        body=values,
        attributes=attributes,
        trace_id=st.binary(max_size=20),
        span_id=st.binary(max_size=20),
        flags=_unsigned_32,
        dropped_attributes_count=_unsigned_32,
    )


@st.composite
def record_lists(draw: st.DrawFn) -> list[LogRecord]:
    """Records under up to three resources with up to two scopes each, in an order a request can have."""
    records = []
    for resource in draw(st.lists(_resources, max_size=3)):
        for scope in draw(st.lists(_scopes, max_size=2)):
            records += draw(st.lists(_records(resource, scope), min_size=1, max_size=3))
    return records


def to_json(records: Sequence[LogRecord], *, numbers: bool = False, nulls: bool = False) -> bytes:
    """Write records as OTLP/JSON: 64-bit integers as strings or `numbers`, absent fields left out or as `nulls`."""
    write = _Writer(numbers=numbers, nulls=nulls)
    return json.dumps({"resourceLogs": [write.group(record) for record in records]}).encode()


class _Writer:
    def __init__(self, *, numbers: bool, nulls: bool) -> None:
        self._numbers = numbers
        self._nulls = nulls

    def group(self, record: LogRecord) -> dict[str, Any]:
        scope = {
            "name": record.scope.name,
            "version": record.scope.version,
            "attributes": self.pairs(record.scope.attributes),
        }
        logs = {"scope": scope, "schemaUrl": record.scope.schema_url, "logRecords": [self._record(record)]}
        return {
            "resource": {"attributes": self.pairs(record.resource.attributes)},
            "schemaUrl": record.resource.schema_url,
            "scopeLogs": [logs],
        }

    def _record(self, record: LogRecord) -> dict[str, Any]:
        written = {
            "timeUnixNano": self.integer(record.time),
            "observedTimeUnixNano": self.integer(record.observed_time),
            "severityNumber": record.severity_number,
            "severityText": record.severity_text,
            "eventName": record.event_name,
            "body": None if record.body is None else self.value(record.body),
            "attributes": self.pairs(record.attributes),
            "traceId": record.trace_id.hex(),
            "spanId": record.span_id.hex().upper(),
            "flags": record.flags,
            "droppedAttributesCount": record.dropped_attributes_count,
        }
        absent: tuple[object, ...] = (None, 0, "", [])
        if self._nulls:
            return {name: None if each in absent else each for name, each in written.items()}
        return {name: each for name, each in written.items() if each not in absent}

    def integer(self, number: int) -> int | str:
        return number if self._numbers else str(number)

    def pairs(self, pairs: Attributes) -> list[dict[str, Any]]:
        return [{"key": key, "value": self.value(value)} for key, value in pairs]

    def value(self, value: Value) -> dict[str, Any]:
        if value is None:
            return {"stringValue": None} if self._nulls else {}
        name, write = _NAMES[type(value)]
        return {name: write(self, value)}


_SPECIAL = {float("inf"): "Infinity", float("-inf"): "-Infinity"}
_NAMES: dict[type, tuple[str, Callable[[_Writer, Any], object]]] = {
    str: ("stringValue", lambda _, value: value),
    bool: ("boolValue", lambda _, value: value),
    int: ("intValue", _Writer.integer),
    float: ("doubleValue", lambda _, value: _SPECIAL.get(value, value)),
    bytes: ("bytesValue", lambda _, value: base64.b64encode(value).decode()),
    tuple: ("arrayValue", lambda write, value: {"values": [write.value(item) for item in value]}),
    Pairs: ("kvlistValue", lambda write, value: {"values": write.pairs(value.pairs)}),
}
