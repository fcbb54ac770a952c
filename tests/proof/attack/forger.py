"""Genuine messages, read off the topics, and what an attacker with write access makes of them: past the collector."""

from __future__ import annotations

import copy
import io
import json
from collections.abc import Mapping
from typing import Any, Final

import fastavro

from broker.port import Message
from schemas.catalogue import Catalogue
from schemas.registry import Role

Record = dict[str, Any]
Path = tuple[str, ...]
ORIGIN: Final = ("event_id", "tenant", "app", "app_version", "platform", "session")
STRINGS: Final[Mapping[str, tuple[Path, ...]]] = {
    "call.ended": (*(("origin", name) for name in ORIGIN), ("call",), ("caller",)),
    "call.quality": (("codec",), ("resolution",)),
    "app.crashed": (("exception",), ("top_frame",)),
    "api.request": (("route",), ("method",)),
}
"""Every field of these events that Avro calls a string."""


class Forger:
    """Reads genuine messages, and writes what the attacker makes of them."""

    def __init__(self, catalogue: Catalogue, samples: Mapping[str, tuple[str, bytes]]) -> None:
        """`samples` holds a genuine message of each event, with its topic."""
        self._schemas = {
            name: (number, fastavro.parse_schema(json.loads(schema.text)))
            for number, schema in catalogue.schemas.items()
            for name in [schema.event if schema.role is Role.TELEMETRY else f"{schema.role}:{schema.event}"]
        }
        self._samples = samples

    def number(self, event: str) -> int:
        """Give the schema's id."""
        return int(self._schemas[event][0])

    def topic(self, event: str) -> str:
        """Give the topic the event belongs on."""
        return self._samples[event][0]

    def record(self, event: str) -> Record:
        """Decode the genuine message."""
        _, schema = self._schemas[event]
        value = self._samples[event][1]
        decoded = fastavro.schemaless_reader(io.BytesIO(value[5:]), schema, None)
        assert isinstance(decoded, dict)
        return copy.deepcopy(decoded)

    def payload(self, event: str, record: Record) -> bytes:
        """Encode a record of an event."""
        out = io.BytesIO()
        fastavro.schemaless_writer(out, self._schemas[event][1], record)
        return out.getvalue()

    def message(self, event: str, changes: Mapping[Path, Any], **more: Any) -> Message:  # noqa: ANN401 - parts of a message
        """Forge a message with these leaves changed."""
        record = self.record(event)
        for path, value in changes.items():
            branch = record
            for name in path[:-1]:
                branch = branch[name]
            branch[path[-1]] = value
        return Message(self.topic(event), framed(self.number(event), self.payload(event, record)), **more)


def framed(number: int, payload: bytes) -> bytes:
    """Put a frame before a payload."""
    return b"\x00" + number.to_bytes(4) + payload
