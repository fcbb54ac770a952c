"""What the OTLP/JSON door does not take: always Undecodable or TooLarge, never a word of what came."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector import otlp, otlp_json
from collector.errors import TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.records import LogRecord, Resource, Scope, Value
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


@pytest.mark.parametrize(
    "any_value",
    [
        {"stringValue": 1},
        {"stringValue": [_CANARY]},
        {"stringValue": "\ud800" + _CANARY},
        {"boolValue": "true"},
        {"boolValue": 1},
        {"intValue": True},
        {"intValue": "1.5"},
        {"intValue": 1.5},
        {"intValue": " 1"},
        {"intValue": "1_0"},
        {"intValue": "\u0661"},
        {"intValue": ""},
        {"intValue": _CANARY},
        {"intValue": 2**63},
        {"intValue": str(-(2**63) - 1)},
        {"intValue": "9" * 5000},
        {"intValue": 2.0**53},
        {"intValue": -(2.0**53)},
        {"intValue": 1e18},
        {"doubleValue": ""},
        {"doubleValue": "1,5"},
        {"doubleValue": " 1.5"},
        {"doubleValue": "1_0"},
        {"doubleValue": "01"},
        {"doubleValue": ".5"},
        {"doubleValue": "+1"},
        {"doubleValue": "inf"},
        {"doubleValue": "nan"},
        {"doubleValue": "1e999"},
        {"doubleValue": "9" * 5000},
        {"doubleValue": "\u0661"},
        {"doubleValue": True},
        {"doubleValue": 10**399},
        {"bytesValue": _CANARY + "!"},
        {"bytesValue": "QQ=A"},
        {"bytesValue": "Q Q="},
        {"bytesValue": "QQ="},
        {"bytesValue": "\u00e9"},
        {"arrayValue": [{}]},
        {"arrayValue": {"values": {}}},
        {"arrayValue": {"values": [None]}},
        {"arrayValue": {"values": [1]}},
        {"kvlistValue": {"values": [None]}},
        {"kvlistValue": {"values": [{"key": 1}]}},
        {"kvlistValue": {"values": [{"key": "\udfff"}]}},
        {"kvlistValue": {"values": [{"keyStrindex": 1}]}},
        {"stringValueStrindex": 0},
        {"stringValue": _CANARY, "intValue": 1},
        _CANARY,
        [],
        _nested(DEFAULT.depth + 1),
    ],
    ids=str,
)
def test_a_value_of_a_wrong_type_is_undecodable(any_value: object) -> None:
    """A value that is not of the type its name says raises Undecodable, whose text holds nothing of it."""
    with pytest.raises(Undecodable) as caught:
        _value(any_value)
    assert _CANARY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize("digits", [b"9007199254740993.0", b"9.007199254740993e15", b"-9007199254740993.0", b"1e18"])
def test_a_number_that_python_rounds_is_no_integer(digits: bytes) -> None:
    """The same message in protobuf would be another number."""
    with pytest.raises(Undecodable):
        otlp_json.decode_logs(_body({"timeUnixNano": 77}).replace(b"77", digits))


@pytest.mark.parametrize(
    "half",
    [rb"\ud800", rb"\uDFFF", rb"\udc00\ud800", rb"\ud83d", rb"\\\ud800", rb"\uD800x\uDC00", rb"\ud83d\ud83d\ude00"],
)
@pytest.mark.parametrize("at", [b'{"zz":"%s"}', b'{"%s":1}', b'{"zz":[{"y":["%s"]}]}'], ids=["text", "name", "within"])
def test_half_a_surrogate_pair_is_undecodable_wherever_it_stands(half: bytes, at: bytes) -> None:
    """Names that nobody reads are passed over, but a body that holds no text is no JSON."""
    with pytest.raises(Undecodable, match="half a surrogate pair"):
        otlp_json.decode_logs(at % half)


@pytest.mark.parametrize("whole", [rb"\ud83d\ude00", rb"\\ud800", rb"\uD83D\uDE00\\uDC00", "\U0001f600".encode()])
def test_whole_pairs_are_characters(whole: bytes) -> None:
    """As JSON writers escape them that keep to ASCII; a backslash that is escaped itself escapes nothing."""
    assert otlp_json.decode_logs(b'{"zz":"%s","%s":1}' % (whole, whole)) == []
    assert _value({"stringValue": json.loads(b'"%s"' % whole)}) == json.loads(b'"%s"' % whole)


def test_a_body_that_is_nested_too_deeply_says_so() -> None:
    """Whatever the names are: it is JSON in UTF-8, and more than may be read."""
    for depth in (1_000, 100_000):
        with pytest.raises(Undecodable, match="the body is nested too deeply"):
            otlp_json.decode_logs(b'{"zz":%s1%s}' % (b"[" * depth, b"]" * depth))


def test_a_value_as_deep_as_json_may_be_is_undecodable() -> None:
    """What Python's own JSON just reads would be too deep for whoever fills messages of it: refused, no defect."""
    whole = _body({"body": {"stringValue": _CANARY}})
    inner = b'{"stringValue": "%s"}' % _CANARY.encode()
    assert inner in whole
    for depth in range(200, 1000, 20):
        deep = b'{"arrayValue":{"values":[' * depth + inner + b"]}}" * depth
        with pytest.raises(Undecodable):
            otlp_json.decode_logs(whole.replace(inner, deep))


@pytest.mark.parametrize(
    "log",
    [
        {"timeUnixNano": -1},
        {"timeUnixNano": 2**64},
        {"timeUnixNano": str(2**64)},
        {"timeUnixNano": True},
        {"timeUnixNano": 1.5e18},
        {"severityNumber": "SEVERITY_NUMBER_INFO"},
        {"severityNumber": "9"},
        {"severityNumber": 2**31},
        {"flags": 2**32},
        {"flags": -1},
        {"traceId": "0g"},
        {"traceId": "abc"},
        {"traceId": " ab "},
        {"spanId": 1},
        {"eventName": 1},
        {"attributes": {}},
        {"attributes": [None]},
        {"attributes": ["k"]},
        {"droppedAttributesCount": 0.5},
    ],
    ids=str,
)
def test_a_field_of_a_wrong_type_is_undecodable(log: dict[str, Any]) -> None:
    """A record's field that is not of the type OTLP gives it raises Undecodable."""
    with pytest.raises(Undecodable):
        _record(log)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\xff\xfe{\x00}\x00",
        b"\xef\xbb\xbf{}",
        b'{"a": "\xff"}',
        b"{}{}",
        b"{} " + _CANARY.encode(),
        b"[]",
        b'"text"',
        b"1",
        b"{'a': 1}",
        b'{"a": "\\ud800"}',
        b'{"a": [{"b\\uDFFF": 1}]}',
        b'{"a": "\\ude80\\ud83d"}',
        b'{"a": NaN}',
        b'{"a": Infinity}',
        b'{"a": -Infinity}',
        b'{"a": 1, "a": 1}',
        b'{"x": [{"' + _CANARY.encode() + b'": 1, "' + _CANARY.encode() + b'": 2}]}',
        b'{"a": "\n"}',
        b'{"a": ' + b"9" * 401 + b"}",
        b'{"a": ' + b"9" * 5000 + b"}",
        b'{"resourceLogs": [{"resource": {"attributes": [{"value": {"doubleValue": 1e999}}]}}]}',
        b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"a": ' + b'{"a":' * 100_000 + b"1" + b"}" * 100_000 + b"}",
        b'{"resourceLogs": {}}',
        b'{"resourceLogs": [null]}',
        b'{"resourceLogs": [{"scopeLogs": [{"logRecords": 1}]}]}',
        b'{"resourceLogs": [{"resource": []}]}',
    ],
    ids=range(28),
)
def test_a_body_that_is_no_logs_request_is_undecodable(body: bytes) -> None:
    """What is not one strict JSON object in UTF-8 with OTLP's structure raises Undecodable, which repeats nothing."""
    with pytest.raises(Undecodable) as caught:
        otlp_json.decode_logs(body)
    assert _CANARY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (to_json([LogRecord(Resource(), Scope())] * 11), Limits(records=10)),
        (b'{"resourceLogs": [{}, {}]}', Limits(records=1)),
        (b'{"resourceLogs": [{"scopeLogs": [{}, {}]}]}', Limits(records=1)),
        (b'{"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {}]}]}]}', Limits(records=1)),
        (_body({"attributes": [{}, {}]}), Limits(values=1)),
    ],
    ids=["records", "resources", "scopes", "records-of-a-scope", "values"],
)
def test_more_than_a_request_may_hold_is_too_large(body: bytes, limits: Limits) -> None:
    """One record, empty resource, empty scope or value above its limit raises TooLarge."""
    with pytest.raises(TooLarge):
        otlp_json.decode_logs(body, limits)


@settings(max_examples=150)
@given(
    st.one_of(st.binary(max_size=100), st.text(alphabet='{}[]":,\\udnaN0123456789eE+-. ', max_size=60).map(str.encode))
)
def test_random_bytes_raise_nothing_but_undecodable(body: bytes) -> None:
    """Whatever the bytes, the decoder gives records or raises Undecodable."""
    with contextlib.suppress(Undecodable):
        otlp_json.decode_logs(body)


_anything = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5)),
    lambda of: st.one_of(st.lists(of, max_size=3), st.dictionaries(st.text(max_size=5), of, max_size=3)),
    max_leaves=5,
)


@settings(max_examples=150)
@given(record_lists(), st.data())
def test_mutated_requests_raise_nothing_but_undecodable(records: list[LogRecord], data: st.DataObject) -> None:
    """A valid request with any part replaced by any JSON gives records or raises Undecodable."""
    request: Any = json.loads(to_json(records))
    at = request
    while isinstance(at, (dict, list)) and at:
        where = data.draw(st.sampled_from(sorted(at) if isinstance(at, dict) else range(len(at))))
        if data.draw(st.booleans()):
            at[where] = data.draw(_anything)
            break
        at = at[where]
    try:
        decoded = otlp_json.decode_logs(json.dumps(request).encode())
    except Undecodable:
        return
    assert repr(otlp.decode_logs(otlp.encode_logs(decoded))) == repr(decoded)


def test_the_json_module_of_protobuf_is_not_used() -> None:
    """No code of the collector reads JSON through protobuf, which expects base64 ids and names of enums."""
    sources = [path.read_text() for path in Path(otlp_json.__file__).parent.glob("*.py")]
    assert not any("import json_format" in source for source in sources)
