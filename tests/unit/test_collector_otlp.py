"""The protobuf door: bytes to records and back, and nothing but our own errors."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys

import pytest
from google.protobuf.internal import api_implementation
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.logs.v1.logs_pb2 import SEVERITY_NUMBER_INFO

from collector import otlp
from collector.errors import SlowProtobuf, TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.records import LogRecord, Pairs, Resource, Scope, Value
from tests.unit.otlp_strategies import record_lists

_CANARY = "the-quick-canary"


def _request(*attributes: KeyValue) -> bytes:
    request = ExportLogsServiceRequest()
    request.resource_logs.add().scope_logs.add().log_records.add(attributes=attributes)
    return request.SerializeToString()


def _nested(depth: int) -> Value:
    value: Value = _CANARY
    for level in range(depth - 1):
        value = (value,) if level % 2 else Pairs((("k", value),))
    return value


@given(record_lists())
def test_what_is_encoded_decodes_to_the_same(records: list[LogRecord]) -> None:
    """Decoding the encoding of any records gives those records, with values of exactly the same types."""
    decoded = otlp.decode_logs(otlp.encode_logs(records))
    assert decoded == records
    assert repr([_typed(record.body) for record in decoded]) == repr([_typed(record.body) for record in records])


def _typed(value: Value) -> object:
    if isinstance(value, Pairs):
        return [_typed(each) for _, each in value.pairs]
    return [_typed(each) for each in value] if isinstance(value, tuple) else type(value)


def test_every_field_of_a_log_is_read() -> None:
    """A log record written by hand in protobuf arrives with every field in its place and exact types."""
    request = ExportLogsServiceRequest()
    of = request.resource_logs.add(schema_url="r-url")
    of.resource.attributes.add(key="service.name").value.string_value = "app"
    in_scope = of.scope_logs.add(schema_url="s-url")
    in_scope.scope.name, in_scope.scope.version = "meetings.client", "1.2"
    in_scope.scope.attributes.add(key="s").value.bool_value = True
    log = in_scope.log_records.add(time_unix_nano=2**64 - 1, observed_time_unix_nano=7, severity_text="INFO", flags=1)
    log.severity_number = SEVERITY_NUMBER_INFO
    log.event_name, log.trace_id, log.span_id = "call.ended", b"t" * 16, b"s" * 8
    log.dropped_attributes_count = 3
    log.body.int_value = 1
    log.attributes.add(key="a").value.array_value.values.extend([AnyValue(bytes_value=b"\0"), AnyValue()])
    log.attributes.add(key="m").value.kvlist_value.values.add(key="k").value.double_value = 1.0
    log.attributes.add(key="m")
    [record] = otlp.decode_logs(request.SerializeToString())
    assert record == LogRecord(
        Resource((("service.name", "app"),), "r-url"),
        Scope("meetings.client", "1.2", (("s", True),), "s-url"),
        time=2**64 - 1,
        observed_time=7,
        severity_number=9,
        severity_text="INFO",
        event_name="call.ended",
        body=1,
        attributes=(("a", (b"\0", None)), ("m", Pairs((("k", 1.0),))), ("m", None)),
        trace_id=b"t" * 16,
        span_id=b"s" * 8,
        flags=1,
        dropped_attributes_count=3,
    )
    assert type(record.body) is int
    assert type(record.scope.attributes[0][1]) is bool


def test_neighbours_share_their_resource_and_scope() -> None:
    """Records of one resource and scope hold the same objects, and are encoded under one message again."""
    resource, scope = Resource((("big", "x" * 10_000),)), Scope("meetings.client")
    body = otlp.encode_logs([LogRecord(resource, scope, time=number) for number in range(50)])
    records = otlp.decode_logs(body)
    assert len({id(record.resource) for record in records}) == len({id(record.scope) for record in records}) == 1
    assert len(body) < 12_000
    assert otlp.encode_logs(records) == body


def test_a_scope_is_not_carried_over_to_the_next_resource() -> None:
    """Records that share a scope object but not the resource keep their own resource."""
    scope = Scope("shared")
    records = [LogRecord(Resource((("n", number),)), scope) for number in range(3)]
    assert otlp.decode_logs(otlp.encode_logs(records)) == records


def test_unknown_fields_are_ignored() -> None:
    """A field that a newer protocol adds is skipped, and its value is in no record."""
    unknown = b"\xfa\x07" + bytes([len(_CANARY)]) + _CANARY.encode()
    [record] = otlp.decode_logs(b"\x0a" + bytes([4 + len(unknown)]) + b"\x12\x02\x12\x00" + unknown)
    assert record == LogRecord(Resource(), Scope())


def test_an_empty_body_is_an_empty_request() -> None:
    """No bytes are a request without records, as protobuf has it."""
    assert otlp.decode_logs(b"") == []


@pytest.mark.parametrize(
    "body",
    [
        b"\xff",
        _CANARY.encode(),
        _request(KeyValue(key=_CANARY))[:-1],
        _request(KeyValue(key=_CANARY)).replace(b"quick", b"qu\xffck"),
        _request(KeyValue(key="k", value=AnyValue(string_value_strindex=0))),
        _request(KeyValue(key_strindex=1)),
        otlp.encode_logs([LogRecord(Resource(), Scope(), body=_nested(DEFAULT.depth + 1))]),
        otlp.encode_logs([LogRecord(Resource(), Scope(), attributes=(("k", _nested(DEFAULT.depth + 1)),))]),
        b"\x0a\x02\x0a\x00" * 3 + b"\x0a",
    ],
    ids=["noise", "text", "cut", "not-utf-8", "profile-value", "profile-key", "deep-body", "deep-attribute", "tail"],
)
def test_a_body_that_is_no_logs_request_is_undecodable(body: bytes) -> None:
    """What is not a logs request, or uses what logs do not have, raises Undecodable, whose text holds nothing of it."""
    with pytest.raises(Undecodable) as caught:
        otlp.decode_logs(body)
    assert _CANARY not in str(caught.value)
    assert caught.value.__suppress_context__ or caught.value.__context__ is None


def test_a_value_may_be_as_deep_as_the_limit() -> None:
    """Nesting up to the limit is taken; protobuf's own limit would take about twice as much."""
    record = LogRecord(Resource(), Scope(), body=_nested(DEFAULT.depth))
    assert otlp.decode_logs(otlp.encode_logs([record])) == [record]
    deeper = otlp.encode_logs([LogRecord(Resource(), Scope(), body=_nested(200))])
    with pytest.raises(Undecodable):
        otlp.decode_logs(deeper, Limits(depth=1000))


@pytest.mark.parametrize(
    ("body", "limits"),
    [
        (otlp.encode_logs([LogRecord(Resource(), Scope())] * 11), Limits(records=10)),
        (b"\x0a\x00" * 11, Limits(records=10)),
        (b"\x0a\x16" + b"\x12\x00" * 11, Limits(records=10)),
        (_request(*[KeyValue(key="k")] * 11), Limits(values=10)),
    ],
    ids=["records", "resources", "scopes", "values"],
)
def test_more_than_a_request_may_hold_is_too_large(body: bytes, limits: Limits) -> None:
    """One record, empty resource, empty scope or value above its limit raises TooLarge."""
    with pytest.raises(TooLarge):
        otlp.decode_logs(body, limits)


def test_as_much_as_a_request_may_hold_is_taken() -> None:
    """Exactly as many records and values as the limits say are taken."""
    records = [LogRecord(Resource(), Scope(), attributes=(("k", 1),))] * 10
    assert otlp.decode_logs(otlp.encode_logs(records), Limits(records=10, values=10)) == records


@settings(max_examples=150)
@given(st.binary(max_size=200))
def test_random_bytes_raise_nothing_but_undecodable(body: bytes) -> None:
    """Whatever the bytes, the decoder gives records or raises Undecodable."""
    with contextlib.suppress(Undecodable):
        otlp.decode_logs(body)


@settings(max_examples=150)
@given(record_lists(), st.data())
def test_mutated_requests_raise_nothing_but_undecodable(records: list[LogRecord], data: st.DataObject) -> None:
    """A valid request with bytes changed, cut out or put in gives records or raises Undecodable."""
    body = bytearray(otlp.encode_logs(records))
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(body)))
        body[at : at + data.draw(st.integers(0, 4))] = data.draw(st.binary(max_size=4))
    try:
        decoded = otlp.decode_logs(bytes(body))
    except Undecodable:
        return
    assert repr(otlp.decode_logs(otlp.encode_logs(decoded))) == repr(decoded)


def test_full_success_is_an_empty_response() -> None:
    """When nothing was refused, partial_success is unset in both encodings."""
    assert otlp.encode_answer(0, "", json=False) == b""
    assert otlp.encode_answer(0, "", json=True) == b"{}"


def test_refusals_are_a_partial_success() -> None:
    """Both encodings carry the count and the message; JSON has the 64-bit count as a string."""
    answer = ExportLogsServiceResponse.FromString(otlp.encode_answer(3, "why", json=False))
    assert (answer.partial_success.rejected_log_records, answer.partial_success.error_message) == (3, "why")
    assert json.loads(otlp.encode_answer(3, "why", json=True)) == {
        "partialSuccess": {"rejectedLogRecords": "3", "errorMessage": "why"}
    }


def test_an_error_is_a_status_in_either_encoding() -> None:
    """An error is a google.rpc.Status."""
    status = Status.FromString(otlp.encode_status(3, "why", json=False))
    assert (status.code, status.message) == (3, "why")
    assert json.loads(otlp.encode_status(3, "why", json=True)) == {"code": 3, "message": "why"}


def test_the_native_decoder_is_required(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where protobuf runs on anything but upb, the collector does not start, and says what to do."""
    otlp.require_fast_protobuf()
    monkeypatch.setattr(api_implementation, "Type", lambda: "python")
    with pytest.raises(SlowProtobuf, match="install a protobuf wheel"):
        otlp.require_fast_protobuf()


def test_the_slow_decoder_is_seen_in_a_real_process() -> None:
    """Told to run in pure Python, protobuf itself is what the check asks."""
    code = "from collector.otlp import require_fast_protobuf as check; check()"
    env = {"PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION": "python"}
    ran = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-W", "ignore", "-c", code], env=env, capture_output=True, text=True, check=False
    )
    assert ran.returncode == 1
    assert "SlowProtobuf" in ran.stderr
