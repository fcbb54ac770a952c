"""OTLP in protobuf: the bytes of a request to records, and the bytes of our answers in either encoding.

Unknown fields are ignored, as protobuf has it: what they hold is in no record. Fields that OTLP reserves for profiles
(`string_value_strindex`, `key_strindex`) are no part of other signals: a request that uses one is undecodable.
"""

from __future__ import annotations

from collections.abc import Sequence
from json import dumps
from typing import Any, Final

from google.protobuf.internal import api_implementation
from google.protobuf.message import DecodeError
from google.rpc.code_pb2 import Code  # type: ignore[import-untyped]
from google.rpc.error_details_pb2 import BadRequest, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from collector import otlp_logs
from collector.errors import SlowProtobuf, TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.otlp_wire import check_parts
from collector.records import LogRecord, Record
from collector.signals import LOGS, Signal

_RETRY_INFO: Final = "type.googleapis.com/google.rpc.RetryInfo"
_BAD_REQUEST: Final = "type.googleapis.com/google.rpc.BadRequest"


def require_fast_protobuf() -> None:
    """Raise `SlowProtobuf` unless protobuf runs on upb, its native implementation."""
    if api_implementation.Type() != "upb":
        raise SlowProtobuf(
            "protobuf runs without its native decoder (upb), about 100 times slower: "
            "install a protobuf wheel for this platform and unset PROTOCOL_BUFFERS_PYTHON_IMPLEMENTATION"
        )


def decode(body: bytes, signal: Signal, limits: Limits = DEFAULT) -> list[Record]:
    """Decode a request of one signal; records of one resource or scope share that object.

    Raises `Undecodable`, and `TooLarge` for more records or values than `limits` takes.
    """
    request = signal.request()
    check_parts(body, signal.request, limits)
    try:
        request.ParseFromString(body)
    except DecodeError:
        raise Undecodable(f"the body is not an OTLP {signal.name} request in protobuf") from None
    return read(request, signal, limits)


def read(request: Any, signal: Signal, limits: Limits) -> list[Record]:  # noqa: ANN401 - one of three messages
    """Make records of a request's message, within `limits`."""
    _check_counts(request, signal, limits.records)
    return list(signal.read(request, limits))


def decode_logs(body: bytes, limits: Limits = DEFAULT) -> list[LogRecord]:
    """Decode an ExportLogsServiceRequest."""
    return [record for record in decode(body, LOGS, limits) if isinstance(record, LogRecord)]


def encode_logs(records: Sequence[LogRecord]) -> bytes:
    """Encode log records that a decoder made, so that decoding gives them again."""
    return otlp_logs.encode(records)


def _check_counts(request: Any, signal: Signal, most: int) -> None:  # noqa: ANN401 - as above
    """Raise `TooLarge` before any work: an empty message costs its sender two bytes, and us far more."""
    in_resource, in_scope, in_record = signal.levels
    resources = getattr(request, in_resource)
    scopes = [] if len(resources) > most else [scope for of in resources for scope in getattr(of, in_scope)]
    if len(resources) > most or len(scopes) > most:
        raise TooLarge("the request holds more resources or scopes than one request may")
    if sum(len(getattr(scope, in_record)) for scope in scopes) > most:
        raise TooLarge("the request holds more records than one request may")


def encode_answer(rejected: int, message: str, *, json: bool, signal: Signal = LOGS) -> bytes:
    """Encode an Export…ServiceResponse; `partial_success` is unset when nothing was rejected and nothing is said."""
    if json:
        partial = {_camel(signal.rejected): str(rejected), "errorMessage": message}
        return dumps({"partialSuccess": partial} if rejected or message else {}).encode()
    answer: Any = signal.response()
    if rejected or message:
        setattr(answer.partial_success, signal.rejected, rejected)
        answer.partial_success.error_message = message
    encoded: bytes = answer.SerializeToString()
    return encoded


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(word.capitalize() for word in others)


def rejected_of(answer: bytes, signal: Signal = LOGS) -> int:
    """Tell how many records an Export…ServiceResponse says were rejected.

    Raises:
        Undecodable: it is none.
    """
    response: Any = signal.response()
    try:
        response.ParseFromString(answer)
    except DecodeError:
        raise Undecodable(f"not an answer to an OTLP {signal.name} request") from None
    return int(getattr(response.partial_success, signal.rejected))


def encode_status(code: int, message: str, *, json: bool, again: int | None = None, bad: bool = False) -> bytes:
    """Encode a google.rpc.Status: `code` is a gRPC status code, `message` one of our sentences.

    `again`, in seconds, says as a RetryInfo when to send the request again; `bad`, as a BadRequest, that it can't be
    read, and why.
    """
    if json:
        details: list[dict[str, object]] = []
        if again is not None:
            details.append({"@type": _RETRY_INFO, "retryDelay": f"{again}s"})
        if bad:
            details.append({"@type": _BAD_REQUEST, "fieldViolations": [{"description": message}]})
        return dumps({"code": code, "message": message} | ({"details": details} if details else {})).encode()
    status = Status(code=code, message=message)
    if again is not None:
        status.details.add().Pack(_retry_info(again))
    if bad:
        status.details.add().Pack(BadRequest(field_violations=[BadRequest.FieldViolation(description=message)]))
    encoded: bytes = status.SerializeToString()
    return encoded


def status_name(code: int) -> str:
    """Give the name of a gRPC status code."""
    name: str = Code.Name(code)
    return name


def encode_again(seconds: int) -> bytes:
    """Encode a google.rpc.RetryInfo alone."""
    encoded: bytes = _retry_info(seconds).SerializeToString()
    return encoded


def _retry_info(seconds: int) -> Any:  # noqa: ANN401 - google.rpc ships no types
    info = RetryInfo()
    info.retry_delay.seconds = seconds
    return info
