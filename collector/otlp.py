"""The one door to the OTLP protobuf messages: bytes to records, records to bytes, and the bytes of our answers.

Unknown fields are ignored, as protobuf has it: what they hold is in no record. Fields that OTLP reserves for profiles
(`string_value_strindex`, `key_strindex`) are no part of a log: a request that uses one is undecodable.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from json import dumps
from typing import Final

from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service
from opentelemetry.proto.common.v1 import common_pb2 as common
from opentelemetry.proto.logs.v1 import logs_pb2 as logs

from collector.errors import SlowProtobuf, TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.quota import Quota
from collector.records import Attributes, LogRecord, Pairs, Resource, Scope, Value

# Older releases of the messages do not have this field, and then ignore it as unknown.
_HAS_KEY_STRINDEX: Final = "key_strindex" in common.KeyValue.DESCRIPTOR.fields_by_name
_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"


def require_fast_protobuf() -> None:
    """Raise `SlowProtobuf` unless protobuf runs on upb, its native implementation."""
    if api_implementation.Type() != "upb":
        raise SlowProtobuf(
            "protobuf runs without its native decoder (upb), about 100 times slower: "
            "install a protobuf wheel for this platform and unset PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
        )


def decode_logs(body: bytes, limits: Limits = DEFAULT) -> list[LogRecord]:
    """Decode an ExportLogsServiceRequest; records of one resource or scope share that object.

    Raises `Undecodable`, and `TooLarge` for more records or values than `limits` takes.
    """
    request = service.ExportLogsServiceRequest()
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise Undecodable("the body is not an OTLP logs request in protobuf") from None
    _check_counts(request, limits.records)
    reader = _Reader(limits)
    return [record for of in request.resource_logs for record in reader.records(of)]


def _check_counts(request: service.ExportLogsServiceRequest, most: int) -> None:
    """Raise `TooLarge` before any work: an empty message costs its sender two bytes, and us far more."""
    resources = len(request.resource_logs)
    scopes = 0 if resources > most else sum(len(of.scope_logs) for of in request.resource_logs)
    if resources > most or scopes > most:
        raise TooLarge("the request holds more resources or scopes than one request may")
    if sum(len(in_scope.log_records) for of in request.resource_logs for in_scope in of.scope_logs) > most:
        raise TooLarge("the request holds more records than one request may")


class _Reader:
    """Turns messages into values, counting them against the limits of one request."""

    __slots__ = ("_quota",)

    def __init__(self, limits: Limits) -> None:
        self._quota = Quota(limits)

    def records(self, of: logs.ResourceLogs) -> Iterable[LogRecord]:
        """Yield the records of one resource."""
        resource = Resource(self.attributes(of.resource.attributes), of.schema_url)
        for in_scope in of.scope_logs:
            scope = Scope(
                in_scope.scope.name,
                in_scope.scope.version,
                self.attributes(in_scope.scope.attributes),
                in_scope.schema_url,
            )
            for log in in_scope.log_records:
                yield LogRecord(
                    resource,
                    scope,
                    time=log.time_unix_nano,
                    observed_time=log.observed_time_unix_nano,
                    severity_number=log.severity_number,
                    severity_text=log.severity_text,
                    event_name=log.event_name,
                    body=self.value(log.body, 1) if log.HasField("body") else None,
                    attributes=self.attributes(log.attributes),
                    trace_id=log.trace_id,
                    span_id=log.span_id,
                    flags=log.flags,
                    dropped_attributes_count=log.dropped_attributes_count,
                )

    def attributes(self, pairs: Sequence[common.KeyValue], depth: int = 1) -> Attributes:
        """Read key/value pairs in wire order."""
        self._quota.attributes(len(pairs))
        return tuple([(self._key(pair), self.value(pair.value, depth)) for pair in pairs])

    def value(self, message: common.AnyValue, depth: int) -> Value:
        """Read an AnyValue that stands `depth` levels deep."""
        self._quota.count(depth)
        which = message.WhichOneof("value")
        if which == "array_value":
            return tuple([self.value(item, depth + 1) for item in message.array_value.values])
        if which == "kvlist_value":
            return Pairs(self.attributes(message.kvlist_value.values, depth + 1))
        if which is None:
            return None
        read = _PLAIN.get(which)
        if read is None:
            raise Undecodable("a value is of a kind that logs do not have")
        return self._quota.plain(read(message))

    def _key(self, pair: common.KeyValue) -> str:
        if _HAS_KEY_STRINDEX and pair.key_strindex:
            raise Undecodable("an attribute's key is of a kind that logs do not have")
        return self._quota.key(pair.key)


_PLAIN: Final[dict[str, Callable[[common.AnyValue], Value]]] = {
    "string_value": lambda message: message.string_value,
    "bool_value": lambda message: message.bool_value,
    "int_value": lambda message: message.int_value,
    "double_value": lambda message: message.double_value,
    "bytes_value": lambda message: message.bytes_value,
}


def encode_logs(records: Sequence[LogRecord]) -> bytes:
    """Encode records that a decoder made, so that decoding gives them again.

    Neighbours that share their resource (or scope) object share its message, so the size is about the input's.
    """
    request = service.ExportLogsServiceRequest()
    of: logs.ResourceLogs | None = None
    in_scope: logs.ScopeLogs | None = None
    last: LogRecord | None = None
    for record in records:
        if of is None or last is None or record.resource is not last.resource:
            of = request.resource_logs.add(schema_url=record.resource.schema_url)
            _fill(of.resource.attributes.add, record.resource.attributes)
            in_scope = None
        if in_scope is None or last is None or record.scope is not last.scope:
            in_scope = of.scope_logs.add(schema_url=record.scope.schema_url)
            in_scope.scope.name = record.scope.name
            in_scope.scope.version = record.scope.version
            _fill(in_scope.scope.attributes.add, record.scope.attributes)
        _write(record, in_scope.log_records.add())
        last = record
    return request.SerializeToString()


def _write(record: LogRecord, log: logs.LogRecord) -> None:
    log.time_unix_nano = record.time
    log.observed_time_unix_nano = record.observed_time
    # The enum is open: a number that has no name is kept as it came.
    log.severity_number = record.severity_number  # type: ignore[assignment]
    log.severity_text = record.severity_text
    log.event_name = record.event_name
    if record.body is not None:
        _put(log.body, record.body)
    _fill(log.attributes.add, record.attributes)
    log.trace_id = record.trace_id
    log.span_id = record.span_id
    log.flags = record.flags
    log.dropped_attributes_count = record.dropped_attributes_count


def _fill(add: Callable[[], common.KeyValue], attributes: Attributes) -> None:
    for key, value in attributes:
        pair = add()
        pair.key = key
        _put(pair.value, value)


def _put(message: common.AnyValue, value: Value) -> None:
    """Write a value into an AnyValue; None leaves it unset."""
    match value:
        case None:
            pass
        case str():
            message.string_value = value
        case bool():  # before int, which it also is
            message.bool_value = value
        case int():
            message.int_value = value
        case float():
            message.double_value = value
        case bytes():
            message.bytes_value = value
        case Pairs():
            message.kvlist_value.SetInParent()
            _fill(message.kvlist_value.values.add, value.pairs)
        case _:
            message.array_value.SetInParent()
            for item in value:
                _put(message.array_value.values.add(), item)


def encode_answer(rejected: int, message: str, *, json: bool) -> bytes:
    """Encode an ExportLogsServiceResponse; `partial_success` is unset when nothing was rejected and nothing is said."""
    if json:
        partial = {"rejectedLogRecords": str(rejected), "errorMessage": message}
        return dumps({"partialSuccess": partial} if rejected or message else {}).encode()
    answer = service.ExportLogsServiceResponse()
    if rejected or message:
        answer.partial_success.rejected_log_records = rejected
        answer.partial_success.error_message = message
    return answer.SerializeToString()


def rejected_of(answer: bytes) -> int:
    """Tell how many records an ExportLogsServiceResponse says were rejected.

    Raises:
        Undecodable: it is none.
    """
    response = service.ExportLogsServiceResponse()
    try:
        response.ParseFromString(answer)
    except DecodeError:
        raise Undecodable("not an ExportLogsServiceResponse") from None
    return int(response.partial_success.rejected_log_records)


def encode_status(code: int, message: str, *, json: bool, again: int | None = None) -> bytes:
    """Encode a google.rpc.Status: `code` is a gRPC status code, `message` one of our sentences.

    `again`, in seconds, says as a RetryInfo when to send the request again.
    """
    if json:
        details = [] if again is None else [{"@type": _RETRY_INFO, "retryDelay": f"{again}s"}]
        return dumps({"code": code, "message": message} | ({"details": details} if details else {})).encode()
    status = Status(code=code, message=message)
    if again is not None:
        info = RetryInfo()
        info.retry_delay.seconds = again
        status.details.add().Pack(info)
    encoded: bytes = status.SerializeToString()
    return encoded
