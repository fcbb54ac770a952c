"""The collector's journey: records in, one outcome each. Pure: records, catalogue, key and time in; outcomes out.

Reconstruct, don't filter: a message is built from nothing, out of images of declared domains. Only a content schema's
content fields carry what came in, and those go to `customer.content` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar, overload

from collector import envelope
from collector.facts import fact, span_kind
from collector.placing import EVENT_NAME, Exit, Images, Origin, make_images, place_attributes, place_resource
from collector.records import LogRecord, Point, Record, Span, SpanEvent, Value, made_often
from collector.senders import permits
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.domains import Context
from schemas.domains.pseudonyms import keyed
from schemas.model import Kind
from schemas.plan import ORIGIN_FIELDS, Plan
from schemas.reasons import Reason, Refusal, kind_of

TOPICS = {Kind.USAGE: "telemetry.usage", Kind.DIAGNOSTIC: "telemetry.diagnostic", Kind.CONTENT: "customer.content"}

_EVENT_ID, _EVENT_TIME, _RECEIVE_TIME, _SESSION = (
    list(ORIGIN_FIELDS).index(name) for name in ("event_id", "event_time", "receive_time", "session")
)

S = TypeVar("S")
T = TypeVar("T")


@made_often
class Accepted:
    """A record that became a message on its kind's topic.

    `key` keeps a session's events in order. `dropped` counts what was destroyed as planned; `others` names the fields
    whose value became OTHER.
    """

    kind: Kind
    value: bytes = field(repr=False)
    key: bytes = field(repr=False)
    dropped: int = 0
    others: tuple[str, ...] = ()

    @property
    def topic(self) -> str:
        """Where it goes."""
        return TOPICS[self.kind]


@dataclass(frozen=True, slots=True)
class Refused:
    """A record that goes to quarantine whole."""

    refusal: Refusal
    record: Record = field(repr=False)


class Discarded(StrEnum):
    """A record that is destroyed as planned, without a trace but its count."""

    SPAN_EVENT = "span_event"  # an event within a span that the catalogue has no schema for
    NO_VALUE = "no_value"  # a point that says that there is nothing to say: its metric has gone stale


Outcome = Accepted | Refused | Discarded


@dataclass(slots=True)
class _Request:
    """What a request's records share, so that it is judged once.

    `twins` counts how often it has said exactly the same, so that two events at one moment stay two. Resources and
    scopes are told apart by their ids: they live as long as the records.
    """

    catalogue: Catalogue
    context: Context
    twins: dict[str, int] = field(default_factory=dict, repr=False)
    origins: dict[tuple[str, int], Origin | Refusal] = field(default_factory=dict, repr=False)  # by event and resource
    closed: set[tuple[int, int]] = field(default_factory=set, repr=False)  # scope and resource that hold no free text


@dataclass(slots=True)
class _Judged:
    """A record that becomes a message: what senders say has its image."""

    record: Record = field(repr=False)
    plan: Plan
    images: Images = field(repr=False)
    dropped: int


@overload
def gate(records: Sequence[LogRecord], catalogue: Catalogue, context: Context) -> list[Accepted | Refused]: ...
@overload
def gate(records: Sequence[Record], catalogue: Catalogue, context: Context) -> list[Outcome]: ...
def gate(records: Sequence[Record], catalogue: Catalogue, context: Context) -> Sequence[Outcome]:
    """Judge a request's records: exactly one outcome each, in their order. Never raises: a defect of ours refuses."""
    request = _Request(catalogue, context)
    # Each step is taken for all before the next: Python is a sixth faster at what it has just done.
    judged = [_exits(_judge, record, record, request) for record in records]
    return [_exits(_write, it.record, it, request) if isinstance(it, _Judged) else it for it in judged]


def _exits(step: Callable[[T, _Request], S], record: Record, it: T, request: _Request) -> S | Refused:
    """Take a step of the journey, or the way out of it."""
    try:
        return step(it, request)
    except Exit as way_out:
        return Refused(way_out.refusal, record)
    except Exception:  # noqa: BLE001 - a bug refuses the record; its text may hold the value and is dropped
        return Refused(Refusal(Reason.INTERNAL), record)


def _judge(record: Record, request: _Request) -> _Judged | Discarded:
    """The journey's first step: does the catalogue take all that the record says?"""
    catalogue = request.catalogue
    discarded = _discarded(record, catalogue)
    if discarded is not None:
        return discarded
    plan = match(record, catalogue)  # unknown_event, not_allowed
    _envelope(record, plan, request)  # scope, severity_text, schema_url, trace_context, body, metric_form
    origin = _origin(record, plan, request)  # undeclared_attribute, conflicting_attribute
    found, dropped = place_attributes(record, plan, origin)  # as above
    for place in plan.reads_itself:
        found[place.number] = fact(record, place)
    found[_EVENT_TIME] = record.moment // 1000
    # out_of_window, missing_field, and what domains refuse for
    images = make_images(plan, found, request.context, origin)
    return _Judged(record, plan, images, dropped)


def _write(it: _Judged, request: _Request) -> Accepted:
    """The second: its message, built of images alone."""
    plan, images = it.plan, it.images
    _make(images, it.record, plan, request)
    value = frame(plan.schema_id, plan.codec.encode(plan.shape.grown(images)))
    others = plan.others(lambda place: images[place.number])
    return Accepted(plan.kind, value, str(images[_SESSION]).encode(), it.dropped, others)


def _discarded(record: Record, catalogue: Catalogue) -> Discarded | None:
    """Tell what is destroyed as planned, whatever it holds."""
    if isinstance(record, SpanEvent) and (record.scope.name, record.name) not in catalogue.routes.span_events:
        return Discarded.SPAN_EVENT
    return Discarded.NO_VALUE if isinstance(record, Point) and not record.has_value else None


def match(record: Record, catalogue: Catalogue) -> Plan:
    """Find the record's plan. What it is found by selects, and is never copied."""
    routes, scope = catalogue.routes, record.scope.name
    match record:
        case LogRecord():
            names = _event_names(record)
            name = names[0] if names else None
            plan = routes.logs.get(name) if isinstance(name, str) and names.count(name) == len(names) else None
        case Span():
            name = None  # a span's is not read
            plan = routes.span(scope, span_kind(record), [key for key, _ in record.attributes])
        case SpanEvent(name=name):
            plan = routes.span_events.get((scope, name))
        case Point(name=name):
            plan = routes.metrics.get((scope, name))
    if plan is None:
        raise Exit(Refusal(Reason.UNKNOWN_EVENT, None, None, *kind_of(name)))
    if not permits(record.resource.events, plan.event):
        raise Exit(Refusal(Reason.NOT_ALLOWED, plan.schema_id, None, *kind_of(name)))
    return plan


def _event_names(record: LogRecord) -> list[Value]:
    """What a log record calls its event: said once, or each time the same."""
    names = [value for key, value in record.attributes if key == EVENT_NAME]
    return [*names, record.event_name] if record.event_name else names


def _envelope(record: Record, plan: Plan, request: _Request) -> None:
    """Everything around the attributes: free text has no place here, so each part is of a closed set or empty."""
    around = (id(record.scope), id(record.resource))
    if around not in request.closed:
        _check(envelope.of_scope(record.scope, record.resource, request.catalogue), plan)
        request.closed.add(around)
    _check(envelope.of_record(record, plan), plan)


def _check(wrong: envelope.Wrong | None, plan: Plan) -> None:
    if wrong is not None:
        reason, value, where = wrong
        raise Exit(Refusal(reason, plan.schema_id, where, *kind_of(value)))


def _origin(record: Record, plan: Plan, request: _Request) -> Origin:
    """Give each attribute of the resource its place: a field, a planned discard, or the way out."""
    key = (plan.event, id(record.resource))
    origin = request.origins.get(key)
    if origin is None:
        try:
            origin = place_resource(record.resource, plan, request.catalogue.classes)
        except Exit as way_out:
            origin = way_out.refusal
        request.origins[key] = origin
    if isinstance(origin, Refusal):
        raise Exit(origin)
    return origin


def _make(images: Images, record: Record, plan: Plan, request: _Request) -> None:
    """Make what no sender says: when it was received, and an id that a retry makes again within the key's epoch."""
    told = repr((plan.event, *record.identity, *images[_RECEIVE_TIME + 1 :]))  # all that was said but its time
    number = request.twins[told] = request.twins.get(told, 0) + 1
    images[_EVENT_ID] = keyed(request.context.key, f"{number} {told}".encode(), 128).hex()
    images[_RECEIVE_TIME] = request.context.moment
