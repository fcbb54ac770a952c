"""The validator's journey: messages of the telemetry topics in, one outcome each. Pure, and trusting nothing.

Whoever can write to a telemetry topic can write anything, so every step is taken as if there were no collector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from broker.port import Received
from schemas.catalogue import Catalogue
from schemas.codec import CodecError, frame, unframe
from schemas.domains import Context
from schemas.domains.times import HOUR
from schemas.keyring import Keyring, NoKey
from schemas.model import Kind
from schemas.plan import ORIGIN_FIELDS, FieldPlan, Plan, value_at
from schemas.reasons import OutsideDomain, Reason, Refusal, ValueKind, kind_of
from schemas.registry import Role

TOPICS = {"telemetry.usage": Kind.USAGE, "telemetry.diagnostic": Kind.DIAGNOSTIC}
RETENTION, SKEW = 30 * 24 * HOUR, HOUR // 6  # a message is as old as a topic keeps it, or as new as clocks differ

LARGEST = 64 * 1024  # bytes: many times what an event takes whose every value is in its domain

Form = Literal["kafka.value", "kafka.batch"]
"""What is sealed: a message's value, or a batch as it is stored."""

_EVENT_ID = list(ORIGIN_FIELDS).index("event_id")
_SESSION = ("origin", "session")
_RECEIVED = ("origin", "receive_time")
_OPTED_OUT = ("origin", "ml_opt_out")


@dataclass(frozen=True, slots=True)
class Eligible:
    """The image of an event for `ml.eligible`: fresh bytes in the derived schema, no key, no headers.

    `event` is the image of the event's id: the same event has the same. `others` names the fields whose value is OTHER.
    """

    value: bytes = field(repr=False)
    event: bytes
    others: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Withheld:
    """An event that is in order and not for ML: it stays where it is."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Refused:
    """A message that goes to quarantine, sealed."""

    refusal: Refusal
    value: bytes = field(repr=False)
    form: Form = "kafka.value"


Outcome = Eligible | Withheld | Refused


class _Exit(Exception):  # noqa: N818 - a way out of the journey
    """Leaves the journey with a refusal."""

    def __init__(self, reason: Reason, schema_id: int | None = None, path: str | None = None) -> None:
        super().__init__(reason.code)
        self.refusal = Refusal(reason, schema_id, path)


def judge(batch: Sequence[Received], catalogue: Catalogue, keys: Keyring, now: int) -> list[Outcome]:
    """Judge a poll's messages: exactly one outcome each, in their order. Never raises: a defect of ours refuses.

    `keys` holds the ML keys; `now` is in microseconds since the epoch.
    """
    return [_outcome(message, catalogue, keys, now) for message in batch]


def _outcome(message: Received, catalogue: Catalogue, keys: Keyring, now: int) -> Outcome:
    value = message.value or b""
    try:
        return _journey(message, catalogue, keys, now)
    except _Exit as way_out:
        refusal = way_out.refusal
        if refusal.value_kind is ValueKind.RECORD:
            refusal = Refusal(refusal.reason, refusal.schema_id, refusal.field, *kind_of(message.value))
        return Refused(refusal, value, _form(message))
    except Exception:  # noqa: BLE001 - a bug refuses the message; its text may hold a value and is dropped
        return Refused(Refusal(Reason.INTERNAL, None, None, *kind_of(message.value)), value)


def _journey(message: Received, catalogue: Catalogue, keys: Keyring, now: int) -> Eligible | Withheld:
    _envelope(message)  # unreadable, headers, tombstone, oversize
    plan, payload = _plan(message, catalogue)  # not_framed, unknown_schema, wrong_kind
    try:
        record = plan.codec.decode(payload)
    except CodecError:
        raise _Exit(Reason.UNDECODABLE, plan.schema_id) from None
    if message.key not in (None, str(value_at(record, _SESSION)).encode("utf-8", "surrogatepass")):
        raise _Exit(Reason.FOREIGN_KEY, plan.schema_id)
    received = value_at(record, _RECEIVED)
    if type(received) is not int or not -RETENTION <= received - now <= SKEW:
        raise _Exit(Reason.OUT_OF_WINDOW, plan.schema_id, ".".join(_RECEIVED))
    try:
        context = Context(keys.at(received), received)
    except NoKey:
        raise _Exit(Reason.NO_KEY, plan.schema_id, ".".join(_RECEIVED)) from None
    images = [_image(place, value_at(record, place.path), plan, context) for place in plan.fields]
    withheld = _withheld(plan, record, now)  # expired, purpose, opted_out
    if withheld is not None:
        return Withheld(withheld)
    assert plan.ml_codec is not None  # noqa: S101 - only content schemas have none, and none gets here
    eligible = plan.ml_shape.grown([images[place.number] for place in plan.in_ml])
    value = frame(plan.ml_schema_id, plan.ml_codec.encode(eligible))
    event = images[_EVENT_ID]
    assert isinstance(event, bytes)  # noqa: S101 - a pseudonym's image
    return Eligible(value, event, plan.others(lambda place: value_at(record, place.path)))


def _envelope(message: Received) -> None:
    """Everything around the value: the collector writes a session's key and nothing else."""
    closed = (
        (Reason.UNREADABLE, message.unreadable is None),
        (Reason.HEADERS, not message.headers),
        (Reason.TOMBSTONE, message.value is not None),
        (Reason.OVERSIZE, len(message.value or b"") <= LARGEST),
    )
    for reason, is_closed in closed:
        if not is_closed:
            raise _Exit(reason)


def poisoned(message: Received) -> Refused:
    """Refuse a message that is not judged: nothing of it is looked at but its size."""
    refusal = Refusal(Reason.POISON, None, None, *kind_of(message.value))
    return Refused(refusal, message.value or b"", _form(message))


def _form(message: Received) -> Form:
    return "kafka.value" if message.unreadable is None else "kafka.batch"


def _plan(message: Received, catalogue: Catalogue) -> tuple[Plan, bytes]:
    try:
        schema_id, payload = unframe(message.value)
    except CodecError:
        raise _Exit(Reason.NOT_FRAMED) from None
    registered = catalogue.schemas.get(schema_id)
    if registered is None:
        raise _Exit(Reason.UNKNOWN_SCHEMA)
    if registered.role is not Role.TELEMETRY or registered.kind is not TOPICS.get(message.topic):
        raise _Exit(Reason.WRONG_KIND, schema_id)
    plan = catalogue.by_id.get(schema_id)
    if plan is None:  # registered once, gone from the catalogue since
        raise _Exit(Reason.UNKNOWN_SCHEMA, schema_id)
    return plan, payload


def _image(place: FieldPlan, value: object, plan: Plan, context: Context) -> object:
    if value is None and place.nullable:
        return None
    assert place.domain is not None  # noqa: S101 - content fields are in content schemas only
    try:
        return place.domain.reduce(value, context)
    except OutsideDomain as miss:
        raise _Exit(miss.reason, plan.schema_id, place.dotted) from None


def _withheld(plan: Plan, record: dict[str, object], now: int) -> Reason | None:
    if not plan.for_ml:
        return Reason.PURPOSE
    if plan.expires is None or datetime.fromtimestamp(now / 1_000_000, UTC).date() > plan.expires:
        return Reason.EXPIRED
    if value_at(record, _OPTED_OUT) is not False:
        return Reason.OPTED_OUT
    return None
