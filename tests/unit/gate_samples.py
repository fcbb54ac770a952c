"""Records that the shipped catalogue accepts, made from its plans, and what is fixed for all tests of both gates."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import fastavro

from broker.port import Received
from collector.pipeline import TOPICS, Accepted, gate
from collector.records import Attributes, LogRecord, Resource, Scope, Value
from schemas.catalogue import Catalogue, load
from schemas.codec import Codec, frame
from schemas.domains import Context, Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.keyring import Keyring
from schemas.model import Kind
from schemas.plan import REQUIRED
from schemas.reasons import Reason

NOW: Final = int(datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp()) * 1_000_000  # microseconds
TELEMETRY_KEY, ML_KEY = Keyring.forever(bytes(range(32))), Keyring.forever(bytes(range(32, 64)))
CONTEXT = Context(TELEMETRY_KEY.at(NOW), NOW)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
IDS = ("7d9f3c1a5b2e4f60817293a4b5c6d7e8", "0f8e7d6c5b4a39281706f5e4d3c2b1a0", "c3a9e1f07b5d42688e9d1b3c5a7f9022")
SCOPE = Scope("meetings.client", "1.4.0")
SDK: Attributes = (("telemetry.sdk.name", "opentelemetry"), ("telemetry.sdk.language", "webjs"))
CANARY: Final = "Quince-Heron 4471 said it in confidence"
SNEAKY: Final = "Quince-Heron"  # the part of it that must be nowhere


@cache
def catalogue() -> Catalogue:
    """Read the shipped catalogue, once a run."""
    return load()


def events(*kinds: Kind) -> list[str]:
    """Name the events of these kinds, all without any, that are log records. Others: `signal_samples`."""
    plans = catalogue().routes.logs.items()
    return sorted(name for name, plan in plans if not kinds or plan.kind in kinds)


_SAMPLES: Final[dict[type, Callable[[Any], Value]]] = {
    Flag: lambda _: True,
    Enum: lambda domain: domain.symbols[-1].lower(),
    Vocabulary: lambda domain: domain.words[-1],
    Whole: lambda domain: domain.max // 3,
    Real: lambda domain: (domain.min + domain.max) / 2,
    Time: lambda _: "2026-11-24T08:00:00Z",
    Version: lambda domain: ".".join("1" for _ in domain.components),
    Pseudonym: lambda _: IDS[2],
    UserAgent: lambda _: FIREFOX,
}


def sample(domain: Domain | None, types: tuple[type, ...] = ()) -> Value:
    """Give a value inside a domain, or for a content field one of its types."""
    if domain is None:
        return b"\x01\x02handle" if bytes in types else "Shall we start?"
    [make] = [make for of, make in _SAMPLES.items() if isinstance(domain, of)]
    return make(domain)


def outside(domain: Domain) -> Value:
    """Give a value of the right type outside a domain, or of a wrong type where every value of the right one is in."""
    match domain:
        case Whole():
            return domain.max + 1
        case Real():
            return domain.max + domain.step
        case Time():
            return "1999-12-31T23:59:59Z"
        case Vocabulary() if isinstance(domain.words[0], int):
            return 77_777
    return CANARY


def record(event: str, changes: Mapping[str, Value] | None = None, *, absent: bool = False, **more: Any) -> LogRecord:  # noqa: ANN401 - any part of a record
    """Make a record that is accepted as `event`; `changes` sets attributes, `absent` leaves optional ones out."""
    plan = catalogue().plans[event]
    places = [place for place in plan.by_attribute.values() if place.default is REQUIRED or not absent]
    own = {place.attribute: sample(place.domain, place.content_types) for place in places if len(place.path) == 1}
    origin = {place.attribute: sample(place.domain) for place in places if len(place.path) > 1}
    origin |= {"tenant.id": IDS[0], "session.id": IDS[1], **({} if absent else {"ml.opt_out": False})}
    for name, value in (changes or {}).items():
        (origin if name in origin else own)[name] = value
    made = LogRecord(
        Resource((*SDK, *((name, value) for name, value in origin.items() if name))),
        SCOPE,
        time=NOW * 1000 - 5_000_000_123,
        observed_time=NOW * 1000 - 5_000_000_000,
        severity_number=9,
        severity_text="INFO",
        event_name=event,
        body="Shall we start?" if plan.reads_body else None,
        attributes=tuple((name, value) for name, value in own.items() if name),
    )
    return replace(made, **more)


def received(value: bytes | None, topic: str = "telemetry.usage", **more: Any) -> Received:  # noqa: ANN401 - any part of a message
    """Wrap a value as Kafka hands it out."""
    return Received(topic, 0, 0, NOW // 1000, value, **more)


def message(event: str, changes: Mapping[str, Value] | None = None, **more: Any) -> Received:  # noqa: ANN401 - as `record`
    """Carry an accepted record to its topic."""
    [outcome] = gate([record(event, changes, **more)], catalogue(), CONTEXT)
    assert isinstance(outcome, Accepted), outcome
    return received(outcome.value, TOPICS[outcome.kind])


def decoded(message: bytes) -> dict[str, Any]:
    """Decode a framed message of any registered schema."""
    return Codec(catalogue().schemas[int.from_bytes(message[1:5])].avro).decode(message[5:])


def forged(event: str, path: tuple[str, ...], image: object) -> Received:
    """Make a message as the collector would, but with one image replaced: plain fastavro, past every domain."""
    plan, out = catalogue().plans[event], io.BytesIO()
    value = decoded(message(event).value or b"")
    branch = value
    for name in path[:-1]:
        branch = branch[name]
    branch[path[-1]] = image
    fastavro.schemaless_writer(out, fastavro.parse_schema(dict(plan.avro)), value)
    return received(frame(plan.schema_id, out.getvalue()), TOPICS[plan.kind])


def reasons_of(*records: LogRecord) -> list[Reason | None]:
    """Gate records; the reason of each, None for an accepted one."""
    outcomes = gate(records, catalogue(), CONTEXT)
    return [None if isinstance(outcome, Accepted) else outcome.refusal.reason for outcome in outcomes]
