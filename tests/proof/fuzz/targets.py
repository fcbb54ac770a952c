"""What is fuzzed: for each target its seeds, and one function that takes any bytes and raises where a promise breaks.

A target asserts more than "no crash": only our own errors come out, what is decoded encodes to the same, each record
has one outcome, and the canary that the seeds carry in every text is in no telemetry message, ML image or answer.
"""

from __future__ import annotations

import gzip
import json
import struct
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import zstandard

from broker.port import Received
from collector import otlp, otlp_json
from collector import signals as carriers
from collector.errors import RequestError
from collector.limits import Limits
from collector.pipeline import Accepted, Refused, gate
from collector.records import Record
from consumers.validator.journey import TOPICS, Eligible, Outcome, Withheld, judge
from schemas.codec import Codec, CodecError, frame, unframe
from schemas.domains.words import Enum
from schemas.model import Kind
from schemas.plan import value_at
from schemas.reasons import Reason
from schemas.registry import Role
from tests.proof.fuzz.door import ask
from tests.unit.gate_samples import CONTEXT, ML_KEY, NOW, catalogue, decoded, events, forged, message

CANARY: Final = "Quince-Heron"
MARK: Final = CANARY.encode()
TRACES: Final = (MARK, MARK.hex().encode(), MARK.lower(), MARK[::-1])
_OTHERS: Final = (carriers.TRACES, carriers.METRICS)
_FREE: Final = frozenset({"stringValue", "severityText", "schemaUrl", "name", "unit", "message", "description"})
LIMITS: Final = Limits(body=2**16, compressed=2**16, records=200, values=2000)
CODINGS: Final = ("", "gzip", "deflate", "zstd")
JSON_BELOW: Final = 128  # a body's first byte says its type and its coding
GOLDEN: Final = Path(__file__).parents[2] / "golden"
SEED_BYTES: Final = 4096  # a seed above makes the fuzzer slow and finds no more


@dataclass(frozen=True)
class Target:
    """One thing to fuzz."""

    take: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]


def protobuf(data: bytes) -> None:
    """An OTLP request in protobuf is decoded, or refused as ours; what is decoded is carried through the gate."""
    try:
        records = otlp.decode_logs(data, LIMITS)
    except RequestError:
        return
    written = otlp.encode_logs(records)
    assert otlp.encode_logs(otlp.decode_logs(written, LIMITS)) == written
    carried(records)


def text(data: bytes) -> None:
    """An OTLP request in JSON is decoded, or refused as ours, and is the same request in protobuf."""
    try:
        records = otlp_json.decode_logs(data, LIMITS)
    except RequestError:
        return
    written = otlp.encode_logs(records)
    again = otlp.decode_logs(written, LIMITS)
    assert len(again) == len(records)
    assert otlp.encode_logs(again) == written
    carried(records)


def signals(data: bytes) -> None:
    """Spans and points too, in either encoding; what is sealed of them is what came."""
    first = data[0] if data else 0
    signal = _OTHERS[first % 2]
    decode = otlp_json.decode if first < JSON_BELOW else otlp.decode
    try:
        records = decode(data[1:], signal, LIMITS)
    except RequestError:
        return
    again = otlp.decode(signal.encode(records), signal, LIMITS)
    assert repr(again) == repr(records)
    carried(records)


def body(data: bytes) -> None:
    """Whatever is posted, of either type, plain or compressed, has one answer that says nothing of it."""
    first = data[0] if data else 0
    coding = CODINGS[first % len(CODINGS)]
    status, answer, defects = ask(data[1:], json=first < JSON_BELOW, coding=coding, limits=LIMITS)
    assert status in {200, 400, 413}, f"answered {status}"
    assert not defects
    silent(answer)


def codec(data: bytes) -> None:
    """Bytes are one canonical value of a registered schema, or refused with a constant text."""
    avro = _codecs()[data[0] % len(_codecs())] if data else _codecs()[0]
    try:
        value = avro.decode(data[1:])
    except CodecError as error:
        silent(str(error).encode())
        return
    assert avro.encode(value) == data[1:]


def validator(data: bytes) -> None:
    """Whatever a telemetry topic holds has one outcome, and what comes of it is an image and nothing else."""
    topic = sorted(TOPICS)[data[0] % 2] if data else "telemetry.usage"
    [outcome] = judged([Received(topic, 0, 0, NOW // 1000, data[1:])])
    eligible(outcome)


def images(data: bytes) -> None:
    """A message whose fields are each honest or of the input's making, well encoded, is refused or an image."""
    spring = Spring(data)
    event = spring.one_of(events(Kind.USAGE, Kind.DIAGNOSTIC))
    honest = message(event)
    plan = catalogue().plans[event]
    kept = (value_at(decoded_once(event), place.path) for place in plan.fields)
    leaves = [spring.like(image) if spring.byte() % 4 == 0 else image for image in kept]
    try:
        payload = plan.codec.encode(plan.shape.grown(leaves))
    except CodecError:
        return
    [outcome] = judged([replace(honest, value=frame(plan.schema_id, payload))])
    eligible(outcome)


class Spring:
    """Gives what is asked for, out of bytes; noughts when they are used up."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def take(self, size: int) -> bytes:
        """Give so many bytes."""
        taken, self._data = self._data[:size], self._data[size:]
        return taken.ljust(size, b"\0")

    def byte(self) -> int:
        """Give one."""
        return self.take(1)[0]

    def one_of(self, items: Sequence[str]) -> str:
        """Choose."""
        return items[self.byte() % len(items)]

    def like(self, kept: object) -> object:
        """Give a value of the type of `kept`; None now and then, as unions have it."""
        match kept:
            case bool():
                return bool(self.byte() % 2)
            case int():
                return kept + int.from_bytes(self.take(1 << self.byte() % 4), signed=True)
            case float():
                return struct.unpack("<d", self.take(8))[0]
            case str():
                return self.take(self.byte() % 48).decode("utf-8", "replace")
            case dict():
                return {name: self.like(inner) if self.byte() % 2 else inner for name, inner in kept.items()}
        return kept if self.byte() % 2 else None


def carried(records: Sequence[Record]) -> None:
    """Take records through both gates: one outcome each, none a defect of ours, no canary where none may be."""
    outcomes = gate(records, catalogue(), CONTEXT)
    assert len(outcomes) == len(records)
    telemetry = []
    for outcome in outcomes:
        if isinstance(outcome, Refused):
            assert outcome.refusal.reason is not Reason.INTERNAL
            silent(repr(outcome).encode())
        elif isinstance(outcome, Accepted) and outcome.kind is not Kind.CONTENT:
            silent(outcome.value + outcome.key)
            telemetry.append(Received(outcome.topic, 0, 0, NOW // 1000, outcome.value, outcome.key))
    for judged_one in judged(telemetry):
        assert isinstance(judged_one, (Eligible, Withheld)), "the validator refuses what the collector took"
        eligible(judged_one)


def judged(messages: list[Received]) -> list[Outcome]:
    """Judge messages."""
    outcomes = judge(messages, catalogue(), ML_KEY, NOW)
    assert len(outcomes) == len(messages)
    return outcomes


def eligible(outcome: Outcome) -> None:
    """An outcome is no defect of ours; an eligible one holds its catalogue's words and numbers, and no canary."""
    silent(repr(outcome).encode())
    if isinstance(outcome, Withheld):
        return
    if not isinstance(outcome, Eligible):
        assert outcome.refusal.reason is not Reason.INTERNAL
        return
    silent(outcome.value)
    number, payload = unframe(outcome.value)
    schema = catalogue().schemas[number]
    assert schema.role is Role.ML
    value = Codec(schema.avro).decode(payload)
    words = _words(schema.avro)
    assert all(leaf in words for leaf in _leaves(value) if isinstance(leaf, str)), "a word that no schema has"


def silent(told: bytes) -> None:
    """The canary is nowhere in it."""
    assert not any(trace in told for trace in TRACES), "the canary came out"


@cache
def decoded_once(event: str) -> Mapping[str, Any]:
    """Decode an event's honest message."""
    return decoded(message(event).value or b"")


@cache
def _codecs() -> tuple[Codec, ...]:
    return tuple(Codec(it.avro) for _, it in sorted(catalogue().schemas.items()))


def _leaves(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner)
    else:
        yield value


def _words(avro: Any) -> set[str]:  # noqa: ANN401 - Avro
    if isinstance(avro, Mapping):
        own = set(avro.get("symbols", ()))
        return own.union(*(_words(avro[key]) for key in ("type", "fields", "items") if key in avro))
    return set[str]().union(*map(_words, avro)) if isinstance(avro, (list, tuple)) else set()


def _golden() -> Iterator[Any]:
    """The golden cases' requests of logs, cut to two records, and once more with the canary in every text."""
    for request in _requests("resourceLogs"):
        for of in request["resourceLogs"]:
            for scope in of["scopeLogs"]:
                scope["logRecords"] = scope["logRecords"][:2]
        yield request
        yield _planted(request)


def _requests(of: str) -> Iterator[Any]:
    found = (json.loads(path.read_bytes()) for path in sorted(GOLDEN.glob("*/in.otlp.json")))
    return (request for request in found if of in request)


def _others() -> Iterator[bytes]:
    """Requests of spans and points, in either encoding, and with the canary in them."""
    for number, (of, signal) in enumerate(zip(("resourceSpans", "resourceMetrics"), _OTHERS, strict=True)):
        for request in _requests(of):
            for each in (request, _planted(request)):
                seed = json.dumps(each, separators=(",", ":")).encode()
                yield bytes([number]) + seed
                yield bytes([JSON_BELOW + number]) + signal.encode(otlp_json.decode(seed, signal))


def _planted(request: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(request, dict):
        return {name: CANARY if name in _FREE else _planted(inner) for name, inner in request.items()}
    return [_planted(item) for item in request] if isinstance(request, list) else request


def _small(seeds: Iterator[bytes]) -> Iterator[bytes]:
    return (seed for seed in seeds if len(seed) <= SEED_BYTES)


def _texts() -> Iterator[bytes]:
    return _small(json.dumps(request, separators=(",", ":")).encode() for request in _golden())


def _protobufs() -> Iterator[bytes]:
    return _small(otlp.encode_logs(otlp_json.decode_logs(seed)) for seed in _texts())


def _bodies() -> Iterator[bytes]:
    pack: dict[str, Callable[[bytes], bytes]] = {
        "": bytes,
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": zstandard.ZstdCompressor().compress,
    }
    for begin, seeds in ((0, _texts()), (JSON_BELOW, _protobufs())):
        for seed in seeds:
            yield from (bytes([begin + number]) + pack[coding](seed) for number, coding in enumerate(CODINGS))


def _messages() -> Iterator[bytes]:
    for event in events(Kind.USAGE, Kind.DIAGNOSTIC):
        made = message(event)
        place = bytes([sorted(TOPICS).index(made.topic)])
        yield place + (made.value or b"")
        yield from (place + (forged(event, path, CANARY).value or b"") for path in _strings(event))


def _strings(event: str) -> Iterator[tuple[str, ...]]:
    """Where an event's telemetry message has a string, which another producer may fill."""
    value = decoded_once(event)
    fields = [field for field in catalogue().plans[event].fields if not isinstance(field.domain, Enum)]
    return (field.path for field in fields if isinstance(value_at(value, field.path), str))


def _values() -> Iterator[bytes]:
    ids = sorted(catalogue().schemas)
    for event in events():
        number, payload = unframe(message(event).value)
        yield bytes([ids.index(number)]) + payload


def _springs() -> Iterator[bytes]:
    for number in range(len(events(Kind.USAGE, Kind.DIAGNOSTIC))):
        yield bytes([number]) + b"\1" * 40
        yield bytes([number]) + b"\0\14" + MARK + b"\1" * 20


TARGETS: Final[Mapping[str, Target]] = {
    "protobuf": Target(protobuf, _protobufs),
    "json": Target(text, _texts),
    "signals": Target(signals, _others),
    "body": Target(body, _bodies),
    "codec": Target(codec, _values),
    "validator": Target(validator, _messages),
    "images": Target(images, _springs),
}
# Words that a fuzzer without grammar would take long to find.
WORDS: Final = (
    CANARY, '"resourceLogs":[', '"scopeLogs":[', '"logRecords":[', '"attributes":[', '{"key":"', '"value":{',
    '"stringValue":"', '"intValue":"', '"doubleValue":', '"boolValue":', '"bytesValue":"', '"arrayValue":{"values":[',
    '"kvlistValue":{"values":[', '"eventName":"', '"timeUnixNano":"', '"traceId":"', "NaN", "Infinity", "null", "1e999",
    "-0", "\\\\ud800", *events()[:12],
)  # fmt: skip
