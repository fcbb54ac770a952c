"""Records that the collector refuses, by the reason it refuses them for."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from collector.records import LogRecord, Pairs, Resource, Scope, Value
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, IDS, NOW, SCOPE, record

ENDED = record("call.ended")


def resource(**more: Value) -> Resource:
    """Give the resource of `ENDED` with more attributes."""
    return Resource((*ENDED.resource.attributes, *((key.replace("_", "."), value) for key, value in more.items())))


def with_attribute(key: str, value: Value) -> LogRecord:
    """Add one to `ENDED`."""
    return replace(ENDED, attributes=(*ENDED.attributes, (key, value)))


# What no log record is refused for: points of metrics in the tests of signals.
OTHER_SIGNALS: Final = {Reason.METRIC_FORM}
EXITS: Final[dict[Reason, tuple[LogRecord, ...]]] = {
    Reason.UNKNOWN_EVENT: (
        replace(ENDED, event_name=""),
        replace(ENDED, event_name=CANARY),
        replace(ENDED, event_name="Call.ended"),
        with_attribute("event.name", "call.joined"),
        with_attribute("event.name", ""),
        with_attribute("event.name", CANARY.encode()),
        with_attribute("event.name", (CANARY,)),
        replace(with_attribute("event.name", 7), event_name=""),
    ),
    Reason.BODY: (replace(ENDED, body=CANARY), replace(ENDED, body=0), replace(ENDED, body=Pairs(()))),
    Reason.NOT_ALLOWED: (replace(ENDED, resource=replace(ENDED.resource, events=("call.end", "chat."))),),
    Reason.SEVERITY_TEXT: (replace(ENDED, severity_text=CANARY), replace(ENDED, severity_text="INFO5")),
    Reason.SCOPE: (
        replace(ENDED, scope=Scope()),
        replace(ENDED, scope=Scope(CANARY)),
        replace(ENDED, scope=Scope(SCOPE.name, CANARY)),
        replace(ENDED, scope=Scope(SCOPE.name, "1.2.3\n")),
        replace(ENDED, scope=Scope(SCOPE.name, "1", (("note", CANARY),))),
    ),
    Reason.SCHEMA_URL: (
        replace(ENDED, scope=Scope(SCOPE.name, schema_url=f"https://opentelemetry.io/schemas/1.26.0?{CANARY}")),
        replace(ENDED, resource=replace(ENDED.resource, schema_url=CANARY)),
    ),
    Reason.TRACE_CONTEXT: (replace(ENDED, trace_id=b"Quince-Heron 44"), replace(ENDED, span_id=CANARY.encode())),
    Reason.UNDECLARED_ATTRIBUTE: (
        with_attribute("note", CANARY),
        with_attribute(CANARY, True),  # noqa: FBT003 - an attribute's value
        with_attribute("body", CANARY),
        with_attribute("telemetry.sdk.name", "opentelemetry"),  # dropped from resources only
        replace(ENDED, resource=resource(note=CANARY)),
        replace(record("app.crashed"), attributes=(*record("app.crashed").attributes, ("body", CANARY))),
    ),
    Reason.CONFLICTING_ATTRIBUTE: (
        with_attribute("call.id", IDS[0]),
        with_attribute("session.id", IDS[2]),
        with_attribute("call.duration", None),
        replace(record("call.ended", {"call.duration": 1}), resource=resource(call_duration=True)),
    ),
    Reason.MISSING_FIELD: (
        record("call.ended", {"call.id": None}),
        replace(ENDED, attributes=ENDED.attributes[1:]),
        replace(ENDED, resource=Resource()),
        replace(record("chat.message"), body=None),
    ),
    Reason.WRONG_TYPE: (
        record("call.ended", {"call.duration": 3.0}),
        record("call.ended", {"call.duration": True}),
        record("call.ended", {"call.id": (IDS[2],)}),
        record("mute.changed", {"call.mute.muted": CANARY}),
        record("chat.message", body=CANARY.encode()),
        record("audio.chunk", {"audio.reference": CANARY}),
    ),
    Reason.NOT_FINITE: (
        record("call.ended", {"call.speech.ratio": math.nan}),
        record("call.quality", {"call.media.jitter": math.inf}),
    ),
    Reason.OUT_OF_RANGE: (
        record("call.ended", {"call.duration": 86_401}),
        record("call.ended", {"call.duration": -1}),
        record("call.ended", {"call.speech.ratio": 1.0000001}),
    ),
    Reason.OUT_OF_WINDOW: (
        replace(ENDED, time=0, observed_time=0),
        replace(ENDED, time=1),
        replace(ENDED, time=(NOW + 3_600_000_001) * 1000),
        replace(ENDED, time=2**64 - 1),
        record("app.crashed", {"app.process.start_time": "1999-12-31T23:59:59Z"}),
    ),
    Reason.NOT_IN_VOCABULARY: (
        record("call.ended", {"call.end.reason": CANARY}),
        record("call.joined", {"call.role": "owner"}),
        record("call.ended", {"os.type": CANARY}),
        record("api.request", {"http.response.status_code": 777}),
    ),
    Reason.NOT_AN_ID: (
        record("call.ended", {"user.id": CANARY}),
        record("call.ended", {"user.id": CANARY.encode().hex()[:64]}),
        record("call.ended", {"tenant.id": "anna@example.org"}),
        record("chat.message", {"user.id": CANARY}),
    ),
    Reason.NOT_A_VERSION: (
        record("call.ended", {"service.version": f"1.2.3-{CANARY}"}),
        record("call.ended", {"service.version": "1.64.0"}),
    ),
    Reason.NOT_A_USER_AGENT: (record("app.started", {"user_agent.original": CANARY}),),
}
# What only the validator finds, and what no input may bring about.
ELSEWHERE = {Reason.NOT_FRAMED, Reason.UNKNOWN_SCHEMA, Reason.WRONG_KIND, Reason.UNDECODABLE}
ELSEWHERE |= {
    Reason.UNREADABLE,
    Reason.HEADERS,
    Reason.TOMBSTONE,
    Reason.OVERSIZE,
    Reason.FOREIGN_KEY,
    Reason.POISON,
    Reason.DUPLICATE,
}
ELSEWHERE |= {Reason.EXPIRED, Reason.PURPOSE, Reason.OPTED_OUT, Reason.NO_KEY}
