"""Sends one attack, over HTTP or gRPC, and reads what the answer says: taken or not, and why not."""

from __future__ import annotations

import json
import re
import socket
from typing import Any, Final
from urllib.parse import urlsplit

import grpc
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse

from schemas.reasons import Reason
from tests.proof.attack.case import Call, Request

WITHIN: Final = 30.0  # seconds
_AGAIN: Final = (b"HTTP/1.1 503", b"gRPC UNAVAILABLE")
_UNREADABLE: Final = (b"HTTP/1.1 400", b"gRPC INVALID_ARGUMENT")
_TOLD: Final = re.compile(r"refused \d+ of \d+: (.+?); ")


def shoot(url: str, request: Request) -> bytes:
    """Send one request, and read until the server hangs up: the answer's head and body."""
    at = urlsplit(url)
    with socket.create_connection((at.hostname or "", at.port or 0), timeout=WITHIN) as connection:
        try:
            connection.sendall(request.wire())
            return b"".join(iter(lambda: connection.recv(65536), b""))
        except (ConnectionResetError, BrokenPipeError):
            return b""


def ring(channel: Any, call: Call) -> bytes:  # noqa: ANN401 - grpc ships no types
    """Make one call, and write its answer as HTTP would: status and metadata, a blank line, the message."""
    message = b""
    try:
        message, ended = channel.unary_unary(call.method).with_call(call.body, timeout=WITHIN, metadata=call.metadata)
    except grpc.RpcError as error:
        ended = error
    head = [f"gRPC {ended.code().name} {ended.details() or ''}".encode()]
    for name, value in (*(ended.initial_metadata() or ()), *(ended.trailing_metadata() or ())):
        head.append(name.encode() + b": " + (value if isinstance(value, bytes) else value.encode()))
    return b"\r\n".join(head) + b"\r\n\r\n" + message


def is_again(answer: bytes) -> bool:
    """Tell whether the sender is to come again: nothing is decided yet."""
    return answer.startswith(_AGAIN)


def is_taken(answer: bytes) -> bool:
    """Tell whether an answer says that all of a request was taken."""
    if not answer.startswith((b"HTTP/1.1 200", b"gRPC OK")):
        return False
    return _partial(answer) == (0, "")


def reasons(answer: bytes) -> set[str]:
    """Name the reasons that an answer tells, by their codes; where it tells none and takes nothing, its status."""
    if answer.startswith(_UNREADABLE):
        return {Reason.UNDECODABLE.code}
    if is_taken(answer):
        return set()
    if not (told := _TOLD.match(_partial(answer)[1])):
        return {answer[:12].decode("ascii", "replace")}
    return {each.partition(" ")[0] for each in told[1].split(", ")}


def _partial(answer: bytes) -> tuple[int, str]:
    """Read how many records were rejected, and the message: the fields are the same for all signals."""
    head, _, body = answer.partition(b"\r\n\r\n")
    if b"application/json" in head.lower():
        told: dict[str, Any] = json.loads(body).get("partialSuccess", {})
        rejected = sum(int(count) for name, count in told.items() if name.startswith("rejected"))
        return rejected, str(told.get("errorMessage", ""))
    if head.startswith(b"gRPC") or b"application/x-protobuf" in head.lower():
        partial = ExportLogsServiceResponse.FromString(body).partial_success
        return partial.rejected_log_records, partial.error_message
    return 0, ""
