"""The collector's journey: records in, one outcome each. Pure: records, catalogue, key and time in; outcomes out.

Reconstruct, don't filter: a message is built from nothing, out of images of declared domains. Only a content schema's
content fields carry what came in, and those go to `customer.content` alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, TypeVar, overload

from collector import envelope
from collector.facts import fact, misfit, span_kind
from collector.records import Attributes, LogRecord, Point, Record, Span, SpanEvent, Value, made_often
from collector.senders import permits
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.domains import Context
from schemas.domains.pseudonyms import keyed
from schemas.domains.times import Time
from schemas.model import BODY, AttributeClass, Kind
from schemas.plan import ORIGIN_FIELDS, REQUIRED, FieldPlan, Plan
from schemas.reasons import OutsideDomain, Reason, Refusal, kind_of
from schemas.signals import MetricMatch

TOPICS = {Kind.USAGE: "telemetry.usage", Kind.DIAGNOSTIC: "telemetry.diagnostic", Kind.CONTENT: "customer.content"}
EVENT_NAME = "event.name"  # where SDKs put the name before LogRecord had a field for it
_NAMES_THE_EVENT = {EVENT_NAME: AttributeClass.OPERATIONAL}  # it has done its work by then

_EVENT_ID, _EVENT_TIME, _RECEIVE_TIME, _SESSION = (
    list(ORIGIN_FIELDS).index(name) for name in ("event_id", "event_time", "receive_time", "session")
)
_NOTHING: Final = object()  # stands where nothing was received, or no image was made yet

# Both have one item a field of the plan, in its order: a list costs less than anything keyed.
Found = list[object]  # received values
Images = list[object]

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
class _Origin:
    """What became of a resource for one plan: values that have a place, how many were dropped, images made so far."""

    found: Found = field(repr=False)
    images: Images = field(repr=False)
    dropped: int = 0


@dataclass(slots=True)
class _Request:
    """What a request's records share, so that it is judged once.

    `twins` counts how often it has said exactly the same, so that two events at one moment stay two. Resources and
    scopes are told apart by their ids: they live as long as the records.
    """

    catalogue: Catalogue
    context: Context
    twins: dict[str, int] = field(default_factory=dict, repr=False)
    origins: dict[tuple[str, int], _Origin] = field(default_factory=dict, repr=False)  # by event and resource
    closed: set[tuple[int, int]] = field(default_factory=set, repr=False)  # scope and resource that hold no free text


@dataclass(slots=True)
class _Judged:
    """A record that becomes a message: what senders say has its image."""

    record: Record = field(repr=False)
    plan: Plan
    images: Images = field(repr=False)
    dropped: int


class _Exit(Exception):  # noqa: N818 - a way out of the journey
    """Leaves the journey with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.code)
        self.refusal = refusal


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
    except _Exit as way_out:
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
    found, dropped = _attributes(record, plan, origin)  # as above
    for place in plan.reads_itself:
        found[place.number] = fact(record, place)
    found[_EVENT_TIME] = record.moment // 1000
    images = _images(plan, found, request.context, origin)  # out_of_window, missing_field, and what domains refuse for
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
        raise _Exit(Refusal(Reason.UNKNOWN_EVENT, None, None, *kind_of(name)))
    if not permits(record.resource.events, plan.event):
        raise _Exit(Refusal(Reason.NOT_ALLOWED, plan.schema_id, None, *kind_of(name)))
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
    if isinstance(record, Point):
        wrong = misfit(record, plan.match) if isinstance(plan.match, MetricMatch) else "metric"
        if wrong is not None:
            raise _Exit(Refusal(Reason.METRIC_FORM, plan.schema_id, wrong, *kind_of(record.unit)))


def _check(wrong: envelope.Wrong | None, plan: Plan) -> None:
    if wrong is not None:
        reason, value = wrong
        raise _Exit(Refusal(reason, plan.schema_id, None, *kind_of(value)))


def _origin(record: Record, plan: Plan, request: _Request) -> _Origin:
    """Give each attribute of the resource its place: a field, a planned discard, or the way out."""
    key = (plan.event, id(record.resource))
    origin = request.origins.get(key)
    if origin is None:
        origin = _Origin([_NOTHING] * len(plan.fields), [_NOTHING] * len(plan.fields))
        origin.dropped = _place(record.resource.attributes, plan, origin.found, request.catalogue.classes)
        request.origins[key] = origin
    return origin


def _attributes(record: Record, plan: Plan, origin: _Origin) -> tuple[Found, int]:
    """Give each attribute of the record its place beside those of its resource. Counts the discarded."""
    found = origin.found.copy()
    is_log = isinstance(record, LogRecord)
    dropped = origin.dropped + _place(record.attributes, plan, found, _NAMES_THE_EVENT if is_log else {})
    if isinstance(record, LogRecord) and plan.reads_body is not None:
        found[plan.reads_body.number] = record.body
    elif isinstance(record, LogRecord) and record.body not in (None, ""):
        dropped += 1
    return found, dropped + (record.links if isinstance(record, Span) else 0)


def _place(attributes: Attributes, plan: Plan, found: Found, classes: Mapping[str, AttributeClass]) -> int:
    dropped = 0
    for key, value in attributes:
        place = plan.by_attribute.get(key)
        if place is not None:
            before = found[place.number]
            if before is _NOTHING:
                found[place.number] = value
            elif before is not value and (type(before), before) != (type(value), value):
                raise _Exit(Refusal(Reason.CONFLICTING_ATTRIBUTE, plan.schema_id, place.dotted, *kind_of(value)))
        elif (key in plan.discards and key != BODY) or classes.get(key) is AttributeClass.OPERATIONAL:
            dropped += 1
        else:
            raise _Exit(Refusal(Reason.UNDECLARED_ATTRIBUTE, plan.schema_id, None, *kind_of(value)))
    return dropped


def _images(plan: Plan, found: Found, context: Context, origin: _Origin) -> Images:
    """Turn each value into its image, in the schema's order: the validator's first refusal is the same."""
    images = origin.images.copy()
    for place in plan.received:
        number = place.number
        if images[number] is not _NOTHING:
            continue
        value = None if found[number] is _NOTHING else found[number]
        try:
            image = images[number] = _image(place, value, context)
        except OutsideDomain as miss:
            raise _Exit(Refusal(miss.reason, plan.schema_id, place.dotted, *kind_of(value))) from None
        if origin.found[number] is not _NOTHING:  # a record can only repeat it
            origin.images[number] = image
    return images


def _image(place: FieldPlan, value: object, context: Context) -> object:
    if value is None:
        if place.default is REQUIRED:
            raise OutsideDomain(Reason.MISSING_FIELD)
        return place.default
    domain = place.domain
    if domain is not None:
        if place.source is None or not isinstance(domain, Time):
            return domain.telemetry(value, context)
        assert type(value) is int  # noqa: S101 - the journey put it there
        return domain.inside(value, context)
    if type(value) not in place.content_types:
        raise OutsideDomain(Reason.WRONG_TYPE)
    return value


def _make(images: Images, record: Record, plan: Plan, request: _Request) -> None:
    """Make what no sender says: when it was received, and an id that a retry makes again within the key's epoch."""
    told = repr((plan.event, *record.identity, *images[_RECEIVE_TIME + 1 :]))  # all that was said but its time
    number = request.twins[told] = request.twins.get(told, 0) + 1
    images[_EVENT_ID] = keyed(request.context.key, f"{number} {told}".encode(), 128).hex()
    images[_RECEIVE_TIME] = request.context.moment
