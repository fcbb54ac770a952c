"""Written straight to the topics, as another producer with write access would: past the collector, in plain Avro.

The attacker starts from genuine messages that it read off the topics, and spoils them.
"""

from __future__ import annotations

import base64
import copy
import io
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

import fastavro

from broker.port import Message
from deploy.demo.app.canaries import Canary
from schemas.catalogue import Catalogue
from schemas.registry import Role
from tests.proof.attack.case import Bench, Case, Fate

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


def cases(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Give every case of this page."""
    yield from _strings(bench, forger)
    yield from _beside_the_value(bench, forger)
    yield from _frames(bench, forger)
    yield from _numbers(bench, forger)
    yield from _bytes(bench, forger)
    yield from _bounded(bench, forger)
    yield from _rights(bench, forger)


def _strings(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Avro has strings where a domain has a closed list: text, encoded text and a piece of text in each of them."""
    forms: dict[str, Callable[[Canary], str]] = {
        "text": lambda canary: canary.text,
        "hex": lambda canary: canary.words[0].encode().hex(),
        "base64": lambda canary: base64.b64encode(canary.text.encode()).decode(),
    }
    for event, paths in STRINGS.items():
        for path in paths:
            for form, make in forms.items():
                name = f"{event} {'.'.join(path)}: {form}"
                canary = bench.canary(name)
                shots = (forger.message(event, {path: make(canary)}),)
                # Thirty-two hexadecimal digits are what a pseudonym's image is: only that they spell tells.
                yield Case(name, "topic: string field", "text" if form == "text" else "encoded", canary.words, shots)


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
            fresh: dict[Path, str] = {("origin", "event_id"): bench.rng.randbytes(16).hex()}
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


def _numbers(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Eight letters in every long and every double."""
    longs: tuple[tuple[str, Path], ...] = (
        ("call.ended", ("origin", "event_time")), ("call.ended", ("origin", "receive_time")),
        ("call.ended", ("duration",)), ("call.ended", ("peak_participants",)), ("app.crashed", ("uptime",)),
        ("app.crashed", ("started",)), ("api.request", ("status",)), ("api.request", ("response_size",)),
    )  # fmt: skip
    for event, path in longs:
        for sign in (1, -1):
            name = f"{event} {'.'.join(path)}: {'eight letters' if sign > 0 else 'eight letters, negative'}"
            canary = bench.canary(name)
            letters = 4 if path == ("status",) else 8  # an Avro int holds four
            packed = sign * int.from_bytes(canary.words[0][:letters].encode())
            message = forger.message(event, {path: packed})
            yield Case(name, "topic: number", "packed", canary.words[:1], (message,))
    for name, tail in (("as they are", b""), ("in a NaN", b"\xf8\x7f"), ("in a subnormal", b"\x00\x80")):
        for event, path in (("call.ended", ("spoken",)), ("call.quality", ("bitrate",))):
            called = f"{event} {'.'.join(path)}: letters {name}"
            canary = bench.canary(called)
            [number] = struct.unpack("<d", (canary.words[0].encode()[: 8 - len(tail)] + tail))
            yield Case(called, "topic: number", "packed", canary.words[:1], (forger.message(event, {path: number}),))
    for text in ("{0}.{1}.{2}", "6.12.4+{word}", "6.12.4 {word}", "6.12.4\u200b{word}"):
        name = f"version {text.encode('ascii', 'backslashreplace').decode()}"
        canary = bench.canary(name)
        version = text.format(*canary.words[0].encode(), word=canary.words[0])
        message = forger.message("call.ended", {("origin", "app_version"): version})
        yield Case(name, "topic: number", "packed", canary.words[:1], (message,))


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


def _bounded(bench: Bench, forger: Forger) -> Iterator[Case]:
    """Legal images: telemetry keeps them exactly, so the letters are there to see; in ml.eligible they are not."""

    def case(canary: Canary, shots: tuple[Message, ...], event: str, *pieces: str) -> Case:
        place, packed = "topic: values inside their domains", tuple(piece.encode() for piece in pieces)
        return Case(canary.name, place, "packed", canary.words[:1], shots, Fate.BOUNDED, event, packed)

    canary = bench.canary("two letters a duration, on the topic")
    pairs = [canary.words[0][at : at + 2].encode() for at in range(0, 16, 2)]
    fresh: list[dict[Path, str]] = [{("origin", "event_id"): bench.rng.randbytes(16).hex()} for _ in pairs]
    shots = tuple(
        forger.message("call.ended", {**new, ("duration",): int.from_bytes(pair)})
        for new, pair in zip(fresh, pairs, strict=True)
    )
    yield case(canary, shots, "call.ended")
    canary = bench.canary("seven letters a measure, on the topic")
    word = canary.words[0]
    [jitter] = struct.unpack("<d", f"{word[:7]}@".encode())
    [loss] = struct.unpack("<d", f"{word[7:14]}?".encode())
    message = forger.message("call.quality", {("jitter",): jitter, ("loss",): loss})
    yield case(canary, (message,), "call.quality", word[:7], word[7:14])
    canary = bench.canary("letters under a pad as an image")
    padded = bytes(a ^ b for a, b in zip(canary.words[0].encode(), bench.rng.randbytes(16), strict=True))
    yield case(canary, (forger.message("call.ended", {("caller",): padded.hex()}),), "call.ended")


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
