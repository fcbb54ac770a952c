"""Valid OTLP logs requests to spoil: built with the protocol's own messages, written in protobuf or in OTLP/JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final, TypeAlias

from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue

from tests.proof.attack.case import Bench, Request
from tests.proof.attack.ways import JSON, as_json

Plain: TypeAlias = "str | bool | int | float | bytes | list[Plain] | dict[str, Plain]"
IDS: Final = ("call.id", "user.id", "chat.message.id")  # drawn anew for each record
EVENTS: Final[Mapping[str, Mapping[str, Plain]]] = {
    "call.ended": {
        "call.id": "", "user.id": "", "call.end.reason": "left", "call.duration": 1800,
        "call.participant.peak_count": 9,
    },
    "mute.changed": {
        "call.id": "", "call.mute.muted": True, "call.mute.medium": "microphone", "call.mute.trigger": "button",
        "call.elapsed": 61,
    },
    "hand.raised": {"call.id": "", "hand.raised": True, "hand.position": 1, "hand.lowered_by": "nobody"},
    "app.crashed": {
        "exception.type": "TypeError", "app.crash.top_frame": "other", "app.process.role": "renderer",
        "app.in_call": True, "app.uptime": 40,
    },
    "api.request": {
        "http.route": "/v1/meetings/{meeting_id}", "http.request.method": "GET", "http.response.status_code": 200,
        "api.request.duration": 120, "http.response.body.size": 4096,
    },
    "call.quality": {
        "call.id": "", "call.media.kind": "audio", "call.media.direction": "sent", "call.media.codec": "opus",
        "call.media.jitter": 4.0, "call.media.packet_loss": 0.01, "call.media.bitrate": 64.0,
        "call.media.round_trip_time": 40,
    },
    "app.started": {"app.start.kind": "cold", "app.start.duration": 900, "app.update.waiting": False},
    "chat.message": {"call.id": "", "user.id": "", "chat.message.id": ""},
}  # fmt: skip


class Draft:
    """A request of one resource, one scope and one record, each at hand to be spoilt."""

    def __init__(self, bench: Bench, event: str = "call.ended", changes: Mapping[str, Plain] | None = None) -> None:
        """Build a valid request; `changes` sets attributes of the record."""
        self._bench = bench
        self.request = ExportLogsServiceRequest()
        self.of = self.request.resource_logs.add()
        for key, value in self._resource().items():
            fill(self.of.resource.attributes.add(key=key).value, value)
        self.scope_logs = self.of.scope_logs.add()
        self.scope_logs.scope.name = "meetings.client"
        self.log = self.add(event, changes)

    def _resource(self) -> dict[str, Plain]:
        return {
            "service.name": "meetings-web",
            "service.version": "6.4.12",
            "os.type": "linux",
            "tenant.id": self._bench.uuid(),
            "session.id": self._bench.uuid(),
        }

    def add(self, event: str, changes: Mapping[str, Plain] | None = None) -> Any:  # noqa: ANN401 - a LogRecord message
        """Add a valid record, and give it."""
        log = self.scope_logs.log_records.add(event_name=event)
        log.time_unix_nano = self._bench.now - self._bench.rng.randrange(10**9)
        fresh: dict[str, Plain] = {key: self._bench.uuid() for key in IDS if key in EVENTS[event]}
        for key, value in {**EVENTS[event], **fresh, **(changes or {})}.items():
            fill(log.attributes.add(key=key).value, value)
        return log

    def resource(self, key: str) -> AnyValue:
        """Give the value of a resource attribute, made if need be."""
        return _value(self.of.resource.attributes, key)

    def attribute(self, key: str) -> AnyValue:
        """Give the value of one of the record's attributes, made if need be."""
        return _value(self.log.attributes, key)

    def protobuf(self) -> Request:
        """Write it in protobuf."""
        return Request(self.request.SerializeToString())

    def json(self) -> Request:
        """Write it in OTLP/JSON."""
        return Request(json.dumps(as_json(self.request)).encode(), JSON)


def _value(attributes: Any, key: str) -> AnyValue:  # noqa: ANN401 - a repeated field
    found: list[KeyValue] = [pair for pair in attributes if pair.key == key]
    value: AnyValue = (found or [attributes.add(key=key)])[0].value
    return value


def fill(into: AnyValue, value: Plain) -> None:
    """Put a value into an AnyValue, whatever was there."""
    into.Clear()
    if isinstance(value, bool):
        into.bool_value = value
    elif isinstance(value, str):
        into.string_value = value
    elif isinstance(value, int):
        into.int_value = value
    elif isinstance(value, float):
        into.double_value = value
    elif isinstance(value, bytes):
        into.bytes_value = value
    elif isinstance(value, list):
        into.array_value.SetInParent()
        for item in value:
            fill(into.array_value.values.add(), item)
    else:
        into.kvlist_value.SetInParent()
        for key, item in value.items():
            fill(into.kvlist_value.values.add(key=key).value, item)
