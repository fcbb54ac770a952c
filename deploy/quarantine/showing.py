"""Refused records for an operator's eyes, as JSON lines: the one place of Tidegate that writes content out."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from collector.errors import RequestError
from collector.otlp import decode
from collector.records import LogRecord, Pairs, Point, Span, SpanEvent
from collector.signals import BY_FORMAT

if TYPE_CHECKING:
    from collector.records import Attributes, Record, Value
    from collector.signals import Signal
    from deploy.quarantine.reading import Sealed
    from schemas.quarantine import Identities


def lines(message: Sealed, keys: Identities) -> Iterator[str]:
    """Write each record that a message encloses.

    Raises:
        BadKey, CodecError: as `Sealed.items`.
    """
    form, items = message.items(keys)
    for item in items:
        signal = BY_FORMAT.get(form)
        for record in _records(item, signal) if signal else [{"bytes": _base64(item)}]:
            yield _shown(json.dumps({"message": message.place, "format": form, **record}, ensure_ascii=False))


def _shown(line: str) -> str:
    """Escape what is no character to be seen, as JSON does: a terminal may take it for a command."""
    return line if line.isprintable() else "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in line)


def _records(item: bytes, signal: Signal) -> Iterator[dict[str, Any]]:
    try:
        records = decode(item, signal)
    except RequestError:  # sealed by somebody else
        yield {"bytes": _base64(item)}
        return
    yield from map(_told, records)


def _told(record: Record) -> dict[str, Any]:
    return {
        **_own(record),
        "time": record.moment,
        "resource": _attributes(record.resource.attributes),
        "scope": {"name": record.scope.name, "version": record.scope.version},
        "attributes": _attributes(record.attributes),
    }


def _own(record: Record) -> dict[str, Any]:
    """What records of one signal alone have."""
    match record:
        case LogRecord(event_name=event, severity_text=severity, body=body):
            return {"event": event, "severity_text": severity, "body": _plain(body)}
        case Span():
            ids = {name: getattr(record, name).hex() for name in ("trace_id", "span_id", "parent_span_id")}
            return {"span": ids, "kind": record.kind, "status": record.status, "start": record.start}
        case SpanEvent(name=name):
            return {"span_event": name}
        case Point():
            return {"metric": record.name, "unit": record.unit, "form": record.form, "value": record.value}


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
