"""Written straight to the topics: everything but a field's value, and writers who have no right to write there."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from broker.port import Message
from deploy.demo.app.canaries import Canary
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.forger import Forger, Path, framed


def cases(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Give every case of this page."""
    yield from _beside_the_value(bench, forger)
    yield from _frames(bench, forger)
    yield from _bytes(bench, forger)
    yield from _rights(bench, forger)


def _beside_the_value(bench: Bench, forger: Forger) -> Iterator[Case]:
    more: dict[str, Callable[[Canary], dict[str, Any]]] = {
        "key": lambda canary: {"key": canary.text.encode()},
        "key in UTF-16": lambda canary: {"key": canary.text.encode("utf-16-le")},
        "key in hex": lambda canary: {"key": canary.text.encode().hex().encode()},
        "header": lambda canary: {"headers": (("note", canary.text.encode()),)},
        "header's name": lambda canary: {"headers": ((canary.slug, b""),)},
        "header, many": lambda canary: {"headers": tuple((f"h{at}", word.encode()) for at, word in _numbered(canary))},
        "key and header": lambda canary: {"key": canary.words[0].encode(), "headers": (("t", canary.text.encode()),)},
    }
    for event in ("call.ended", "call.quality"):
        for name, make in more.items():
            called = f"{event} {name}"
            canary = bench.canary(called)
            fresh: dict[Path, str] = {("origin", "event_id"): bench.raw(16).hex()}
            message = forger.message(event, fresh, **make(canary))
            yield Case(called, "topic: key and headers", "text", canary.words, (message,), Fate.DESTROYED)
    name = "a tombstone's key"
    canary = bench.canary(name)
    message = Message("telemetry.usage", None, canary.text.encode())
    yield Case(name, "topic: key and headers", "text", canary.words, (message,), Fate.DESTROYED)


def _numbered(canary: Canary) -> Iterator[tuple[int, str]]:
    return enumerate(canary.text.split(" "))


def _frames(bench: Bench, forger: Forger) -> Iterator[Case]:
    """No frame, another one, and schemas that belong elsewhere."""
    ended = forger.payload("call.ended", forger.record("call.ended"))
    number = forger.number("call.ended")
    makers: dict[str, Callable[[bytes], bytes]] = {
        "text alone": lambda text: text,
        "JSON": lambda text: json.dumps({"text": text.decode()}).encode(),
        "another magic": lambda text: b"\x01" + framed(number, text)[1:],
        "frame and text": lambda text: framed(number, text),
        "letters as a schema id": lambda text: b"\x00" + text + ended,
        "an id that nobody registered": lambda text: framed(4_000_000, text),
        "trailing text": lambda text: framed(number, ended) + text,
        "two messages": lambda text: framed(number, ended) + framed(number, ended) + text,
        "text before": lambda text: text + framed(number, ended),
        "an Avro file": lambda text: b"Obj\x01" + text,
        "a compressed value": zlib.compress,
    }
    for topic in ("telemetry.usage", "telemetry.diagnostic"):
        for name, make in makers.items():
            called = f"{name} on {topic}"
            canary = bench.canary(called)
            message = Message(topic, make(canary.text.encode()))
            yield Case(called, "topic: frame", "text", canary.words, (message,))
        yield from _misplaced(bench, forger, topic)


def _misplaced(bench: Bench, forger: Forger, topic: str) -> Iterator[Case]:
    """A content event, the sealed record and an ML record, in their own schemas, where telemetry belongs."""
    for name in ("chat.message", "quarantine:None", "ml:call.ended"):
        called = f"{name} on {topic}"
        canary = bench.canary(called)
        if name == "chat.message":
            payload = forger.payload(name, {**forger.record(name), "text": canary.text})
        else:
            payload = canary.text.encode()
        message = Message(topic, framed(forger.number(name), payload))
        yield Case(called, "topic: another schema", "text", canary.words, (message,))
    canary = bench.canary(f"the other kind on {topic}")
    event = "call.quality" if topic == "telemetry.usage" else "call.ended"
    value = forger.message(event, {(("codec",) if event == "call.quality" else ("caller",)): canary.text}).value
    yield Case(f"the other kind on {topic}", "topic: another schema", "text", canary.words, (Message(topic, value),))


def _bytes(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Bytes that a lenient decoder takes: padded varints, wrong lengths, indices beyond the end."""
    number, good = forger.number("call.ended"), forger.payload("call.ended", forger.record("call.ended"))
    makers: dict[str, Callable[[bytes], bytes]] = {
        "a length beyond the end": lambda text: b"\xfe\xff\xff\xff\x0f" + text,
        "a negative length": lambda text: b"\x01" + text,
        "a padded varint": lambda text: bytes([good[0] | 0x80, 0x80, 0x80, 0x00]) + good[1:] + text,
        "an endless varint": lambda text: bytes(byte | 0x80 for byte in text) + good,
        "a letter as union index": lambda text: good[:-1] + text,
        "half a value": lambda text: good[:30] + text,
        "twice the value": lambda text: good + text + good,
        "text in not quite UTF-8": lambda text: bytes([good[0]]) + b"\xc0\xaf" + text[:30] + good[33:],
    }
    for name, make in makers.items():
        canary = bench.canary(name)
        message = Message("telemetry.usage", framed(number, make(canary.text.encode())))
        yield Case(name, "topic: bytes", "malformed", canary.words, (message,))


def _rights(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Those who have no right to write there: Kafka itself says no."""
    ml = forger.number("ml:call.ended")
    for principal, topic in (
        ("collector", "ml.eligible"), ("analytics", "ml.eligible"), ("trainer", "ml.eligible"),
        ("product", "ml.eligible"), ("validator", "telemetry.usage"), ("trainer", "quarantine"),
    ):  # fmt: skip
        name = f"{principal} writes {topic}"
        canary = bench.canary(name)
        message = Message(
            topic, framed(ml, canary.text.encode()), canary.words[0].encode(), (("t", canary.slug.encode()),)
        )
        yield Case(name, "topic without the right", "text", canary.words, (message,), principal=principal)
