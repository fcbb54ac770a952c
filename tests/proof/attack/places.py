"""Text at every place of the OTLP logs data model, each in protobuf and in OTLP/JSON."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from deploy.demo.app.canaries import Canary
from tests.proof.attack.case import Bench, Case, Fate, Request
from tests.proof.attack.drafts import Draft, Plain, fill
from tests.proof.attack.ways import JSON, as_json

Spoil = Callable[[Draft, str], object]

TEXT: Final[dict[str, tuple[str, Spoil]]] = {
    "undeclared key": ("resource", lambda d, text: fill(d.resource(text), True)),  # noqa: FBT003 - an attribute's value
    "undeclared value": ("resource", lambda d, text: fill(d.resource("room.name"), text)),
    "service.name": ("resource", lambda d, text: fill(d.resource("service.name"), text)),
    "service.version": ("resource", lambda d, text: fill(d.resource("service.version"), f"6.4.12-{text}")),
    "os.type": ("resource", lambda d, text: fill(d.resource("os.type"), text)),
    "tenant.id": ("resource", lambda d, text: fill(d.resource("tenant.id"), text)),
    "session.id": ("resource", lambda d, text: fill(d.resource("session.id"), text)),
    "ml.opt_out": ("resource", lambda d, text: fill(d.resource("ml.opt_out"), text)),
    "resource schema URL": ("resource", lambda d, text: setattr(d.of, "schema_url", text)),
    "scope name": ("scope", lambda d, text: setattr(d.scope_logs.scope, "name", text)),
    "scope version": ("scope", lambda d, text: setattr(d.scope_logs.scope, "version", text)),
    "scope key": ("scope", lambda d, text: fill(d.scope_logs.scope.attributes.add(key=text).value, 1)),
    "scope value": ("scope", lambda d, text: fill(d.scope_logs.scope.attributes.add(key="note").value, text)),
    "scope schema URL": ("scope", lambda d, text: setattr(d.scope_logs, "schema_url", text)),
    "severity text": ("record envelope", lambda d, text: setattr(d.log, "severity_text", text)),
    "event name": ("record envelope", lambda d, text: setattr(d.log, "event_name", text)),
    "event.name": ("record envelope", lambda d, text: fill(d.attribute("event.name"), text)),
    "trace id": ("record envelope", lambda d, text: setattr(d.log, "trace_id", text.encode())),
    "span id": ("record envelope", lambda d, text: setattr(d.log, "span_id", text.encode())),
    "body": ("body", lambda d, text: fill(d.log.body, text)),
    "key": ("undeclared attribute", lambda d, text: fill(d.attribute(text), 3)),
    "value": ("undeclared attribute", lambda d, text: fill(d.attribute("chat.message.text"), text)),
    "content-class name": ("undeclared attribute", lambda d, text: fill(d.attribute("exception.message"), text)),
    "enum": ("declared attribute", lambda d, text: fill(d.attribute("call.end.reason"), text)),
    "id": ("declared attribute", lambda d, text: fill(d.attribute("user.id"), text)),
    "number": ("declared attribute", lambda d, text: fill(d.attribute("call.duration"), text)),
    "ratio": ("declared attribute", lambda d, text: fill(d.attribute("call.speech.ratio"), text)),
}
"""Place -> its group, and how text is put there into a `call.ended`."""

OTHER_EVENTS: Final[dict[str, tuple[str, str]]] = {
    "vocabulary, on miss other": ("app.crashed", "exception.type"),
    "frame": ("app.crashed", "app.crash.top_frame"),
    "time": ("app.crashed", "app.process.start_time"),
    "route": ("api.request", "http.route"),
    "method": ("api.request", "http.request.method"),
    "status": ("api.request", "http.response.status_code"),
    "codec": ("call.quality", "call.media.codec"),
    "measure": ("call.quality", "call.media.jitter"),
    "flag": ("mute.changed", "call.mute.muted"),
    "strict enum": ("hand.raised", "hand.lowered_by"),
    "user agent": ("app.started", "user_agent.original"),
    "id of a content event": ("chat.message", "user.id"),
}

SHAPES: Final[dict[str, Callable[[Canary], Plain]]] = {
    "bytes": lambda canary: canary.text.encode(),
    "bytes in UTF-16": lambda canary: canary.text.encode("utf-16-le"),
    "array": lambda canary: [canary.words[0], canary.words[1]],
    "array of letters": lambda canary: list(canary.text),
    "array of code points": lambda canary: list(canary.text.encode()),
    "map value": lambda canary: {"draft": canary.text},
    "map key": lambda canary: {canary.text: True},
    "nested": lambda canary: {"panel": [{"chat": {canary.words[0]: [[canary.words[1]]]}}]},
}
"""What else than a string a value can be."""

TAKEN: Final[dict[str, tuple[str, str, Spoil]]] = {
    "operational value": ("call.ended", "resource", lambda d, text: fill(d.resource("telemetry.sdk.name"), text)),
    "operational nested": (
        "call.ended", "resource", lambda d, text: fill(d.resource("telemetry.sdk.version"), {text: [text]}),
    ),
    "planned discard": (
        "app.crashed", "planned discard", lambda d, text: fill(d.attribute("exception.message"), text),
    ),
    "planned discard, bytes": (
        "app.crashed", "planned discard", lambda d, text: fill(d.attribute("exception.stacktrace"), text.encode()),
    ),
    "planned discard, body": ("app.crashed", "planned discard", lambda d, text: fill(d.log.body, {text: text})),
    "server.address": ("api.request", "planned discard", lambda d, text: fill(d.attribute("server.address"), text)),
    "on miss other": (
        "app.crashed", "declared attribute", lambda d, text: fill(d.attribute("exception.type"), text.split(",")[0]),
    ),
    "real user agent": (
        "app.started", "declared attribute", lambda d, text: fill(
            d.attribute("user_agent.original"), f"Mozilla/5.0 (X11; Linux x86_64; {text}) Gecko/20100101 Firefox/143.0",
        ),
    ),
}  # fmt: skip
"""Taken on purpose, and destroyed."""


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    for name, (place, spoil) in TEXT.items():
        yield from _both(bench, name, place, "text", spoil)
    for name, (event, attribute) in OTHER_EVENTS.items():
        yield from _both(bench, name, "declared attribute", "text", _setting(attribute), event)
    for name, (event, place, spoil) in TAKEN.items():
        yield from _both(bench, name, place, "text", spoil, event, Fate.DESTROYED)
    for where in ("body", "chat.message.text", "call.end.reason"):
        yield from _shaped(bench, where)
    yield from _twice(bench)
    yield from _unknown_protobuf(bench)
    yield from _unknown_json(bench)
    yield from _broken_json(bench)


def _setting(attribute: str) -> Spoil:
    return lambda draft, text: fill(draft.attribute(attribute), text)


def _both(
    bench: Bench,
    name: str,
    place: str,
    form: str,
    spoil: Spoil,
    event: str = "call.ended",
    fate: Fate | None = None,
) -> Iterator[Case]:
    for encoding in ("protobuf", "JSON"):
        called = f"{name} ({event}, {encoding})"
        canary, draft = bench.canary(called), Draft(bench, event)
        if event == "chat.message":
            fill(draft.log.body, "Shall we start?")
        spoil(draft, canary.text)
        request = draft.protobuf() if encoding == "protobuf" else draft.json()
        yield Case(called, place, form, canary.words, (request,), fate)


def _shaped(bench: Bench, where: str) -> Iterator[Case]:
    place = {"body": "body", "call.end.reason": "declared attribute"}.get(where, "undeclared attribute")
    for shape, make in SHAPES.items():
        called = f"{where}: {shape}"
        canary, draft = bench.canary(called), Draft(bench)
        fill(draft.log.body if where == "body" else draft.attribute(where), make(canary))
        yield Case(called, place, "nested" if shape in {"nested", "map key", "map value"} else "bytes and arrays",
                   canary.words, (draft.protobuf(), draft.json()))  # fmt: skip


def _twice(bench: Bench) -> Iterator[Case]:
    """One attribute twice: on the record, over resource and record, and with the same text both times."""
    for name, key in (
        ("reason twice", "call.end.reason"),
        ("id twice", "call.id"),
        ("duration twice", "call.duration"),
    ):
        canary, draft = bench.canary(name), Draft(bench)
        fill(draft.log.attributes.add(key=key).value, canary.text)
        yield Case(name, "declared attribute", "duplicate", canary.words, (draft.protobuf(), draft.json()))
    canary, draft = bench.canary("on resource and record"), Draft(bench)
    fill(draft.of.resource.attributes.add(key="call.duration").value, canary.text)
    yield Case("on resource and record", "resource", "duplicate", canary.words, (draft.protobuf(), draft.json()))
    canary, draft = bench.canary("event.name twice"), Draft(bench)
    fill(draft.log.attributes.add(key="event.name").value, "call.ended")
    fill(draft.log.attributes.add(key="event.name").value, canary.text)
    yield Case("event.name twice", "record envelope", "duplicate", canary.words, (draft.protobuf(), draft.json()))


def _levels(draft: Draft) -> dict[str, Any]:
    reason = draft.attribute("call.end.reason")
    pair = draft.log.attributes[0]
    return {
        "request": draft.request, "ResourceLogs": draft.of, "Resource": draft.of.resource,
        "ScopeLogs": draft.scope_logs, "Scope": draft.scope_logs.scope, "LogRecord": draft.log, "KeyValue": pair,
        "AnyValue": reason,
    }  # fmt: skip


def _unknown_protobuf(bench: Bench) -> Iterator[Case]:
    """A field that no release of the protocol has, in every message: parsers keep such bytes, and write them again."""
    for level in _levels(Draft(bench)):
        canary, draft = bench.canary(f"unknown field of {level}"), Draft(bench)
        text = canary.text.encode()
        message = _levels(draft)[level]
        message.MergeFromString(b"\x82\x7d" + bytes([len(text)]) + text)  # field 2000, length-delimited
        name = f"unknown field of {level} (protobuf)"
        yield Case(name, "unknown field", "text", canary.words, (draft.protobuf(),), Fate.DESTROYED)


def _unknown_json(bench: Bench) -> Iterator[Case]:
    for level in ("request", "ResourceLogs", "Resource", "ScopeLogs", "Scope", "LogRecord", "KeyValue", "AnyValue"):
        canary, draft = bench.canary(f"unknown name in {level}"), Draft(bench)
        made = as_json(draft.request)
        _json_levels(made)[level] |= {canary.words[0]: {"deep": [canary.text]}}
        request = Request(json.dumps(made).encode(), JSON)
        yield Case(f"unknown name in {level} (JSON)", "unknown field", "text", canary.words, (request,), Fate.DESTROYED)


def _json_levels(made: dict[str, Any]) -> dict[str, Any]:
    of = made["resourceLogs"][0]
    in_scope = of["scopeLogs"][0]
    log = in_scope["logRecords"][0]
    return {
        "request": made, "ResourceLogs": of, "Resource": of["resource"], "ScopeLogs": in_scope,
        "Scope": in_scope["scope"], "LogRecord": log, "KeyValue": log["attributes"][0],
        "AnyValue": log["attributes"][0]["value"],
    }  # fmt: skip


def _broken_json(bench: Bench) -> Iterator[Case]:
    """JSON that parsers disagree on, or complain about with the text in their complaint."""
    spoilers: dict[str, Callable[[str, str], str]] = {
        "name twice": lambda body, text: body.replace('"eventName":', f'"eventName": "{text}", "eventName":', 1),
        "value twice": lambda body, text: body.replace('"stringValue":', f'"stringValue": "{text}", "stringValue":', 1),
        "two kinds": lambda body, text: body.replace('"stringValue":', f'"bytesValue": "{text}", "stringValue":', 1),
        "comment": lambda body, text: f"/* {text} */" + body,
        "after the value": lambda body, text: body + text,
        "bare word": lambda body, text: body.replace('"1800"', text, 1),
        "as a number": lambda body, text: body.replace('"1800"', f'"{text}"', 1),
        "as an enum": lambda body, text: body.replace('"eventName":', f'"severityNumber": "{text}", "eventName":', 1),
        "as hex": lambda body, text: body.replace('"eventName":', f'"traceId": "{text}", "eventName":', 1),
        "wrong type": lambda body, text: body.replace('"logRecords": [', f'"logRecords": ["{text}", ', 1),
        "lone surrogate": lambda body, text: body.replace('"left"', f'"{text}\\ud800"', 1),
        "unclosed": lambda body, text: body[:-9] + text,
        "long number": lambda body, text: body.replace('"1800"', "".join(str(ord(char)) for char in text * 5), 1),
    }
    for name, spoil in spoilers.items():
        canary, draft = bench.canary(f"JSON: {name}"), Draft(bench)
        before = draft.json().body.decode()
        body = spoil(before, canary.text)
        assert body != before
        yield Case(f"JSON: {name}", "HTTP body", "malformed", canary.words, (Request(body.encode(), JSON),))
    for name, start in _broken_protobuf(bench):
        canary = bench.canary(name)
        yield Case(name, "HTTP body", "malformed", canary.words, (Request(start + canary.text.encode()),))


def _broken_protobuf(bench: Bench) -> Iterator[tuple[str, bytes]]:
    body = Draft(bench).protobuf().body
    yield "protobuf: trailing text", body
    yield "protobuf: cut short", body[:-20]
    yield "protobuf: text alone", b""
    yield "protobuf: gzip without saying so", zlib.compress(body)
