"""The three ways in: protobuf and OTLP/JSON over HTTP, protobuf over gRPC."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from collector.signals import Signal
from tests.proof.attack.case import Call, Request, Shot

JSON: Final = b"application/json"
_IDS: Final = frozenset({"traceId", "spanId", "parentSpanId"})  # in hex, where protobuf's own mapping has base64
WAYS: Final = 3


def shots(signal: Signal, make: Callable[[], Message]) -> Iterator[Shot]:
    """Send a fresh request of `make` each way: one that were sent twice would be known as a copy."""
    yield Request(make().SerializeToString(), target=signal.path.encode())
    yield Request(json.dumps(as_json(make())).encode(), JSON, target=signal.path.encode())
    yield Call(f"/{signal.service}/Export", make().SerializeToString())


def as_json(request: Message) -> Any:  # noqa: ANN401 - JSON
    """Give a request as OTLP/JSON has it."""
    return _hexed(MessageToDict(request, use_integers_for_enums=True))


def _hexed(given: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(given, list):
        return [_hexed(item) for item in given]
    if not isinstance(given, dict):
        return given
    return {key: base64.b64decode(value).hex() if key in _IDS else _hexed(value) for key, value in given.items()}
