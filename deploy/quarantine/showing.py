"""Refused records for an operator's eyes, as JSON lines: the one place of Tidegate that writes content out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from collector.errors import RequestError
from collector.otlp import decode_logs
from collector.records import Pairs

if TYPE_CHECKING:
    from collector.records import Attributes, LogRecord, Value
    from deploy.quarantine.reading import Sealed

OTLP = "otlp.logs"


def lines(message: Sealed, identity: str) -> Iterator[str]:
    """Write each record that a message encloses.

    Raises:
        BadKey, CodecError: as `Sealed.items`.
    """
    form, items = message.items(identity)
    for item in items:
        for record in _records(item) if form == OTLP else [{"bytes": _base64(item)}]:
            yield json.dumps({"message": message.place, "format": form, **record}, ensure_ascii=False)


def _records(item: bytes) -> Iterator[dict[str, Any]]:
    try:
        records = decode_logs(item)
    except RequestError:  # sealed by somebody else
        yield {"bytes": _base64(item)}
        return
    yield from map(_told, records)


def _told(record: LogRecord) -> dict[str, Any]:
    return {
        "event": record.event_name,
        "time": record.time,
        "resource": _attributes(record.resource.attributes),
        "scope": {"name": record.scope.name, "version": record.scope.version},
        "severity_text": record.severity_text,
        "body": _plain(record.body),
        "attributes": _attributes(record.attributes),
    }


def _attributes(attributes: Attributes) -> list[list[Any]]:
    """Keep order and doubles: a map would hide one of two."""
    return [[name, _plain(value)] for name, value in attributes]


def _plain(value: Value) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, bytes):
        return {"bytes": _base64(value)}
    if isinstance(value, Pairs):
        return _attributes(value.pairs)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return value


def _base64(raw: bytes) -> str:
    return base64.b64encode(raw).decode()
