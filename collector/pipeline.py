"""The collector's journey: records in, one outcome each. Pure: records, catalogue, key and time in; outcomes out.

Reconstruct, don't filter: a message is built from nothing, out of images of declared domains. Only a content schema's
content fields carry what came in, and those go to `customer.content` alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from collector.records import Attributes, LogRecord, Value
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.domains import Context
from schemas.domains.pseudonyms import keyed
from schemas.domains.times import Time
from schemas.model import BODY, AttributeClass, Kind
from schemas.plan import REQUIRED, FieldPlan, Plan, grown
from schemas.reasons import OutsideDomain, Reason, Refusal, kind_of
from schemas.signals import Source

TOPICS = {Kind.USAGE: "telemetry.usage", Kind.DIAGNOSTIC: "telemetry.diagnostic", Kind.CONTENT: "customer.content"}
EVENT_NAME = "event.name"  # where SDKs put the name before LogRecord had a field for it
_NAMES_THE_EVENT = {EVENT_NAME: AttributeClass.OPERATIONAL}  # it has done its work by then

# SeverityText as the data model spells it, and as the logging libraries do that SDKs bridge.
_SEVERITIES = frozenset(
    f"{name}{step}" for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL") for step in ("", "2", "3", "4")
) | {"", "NOTSET", "WARNING", "CRITICAL", "VERBOSE", "NOTICE", "SEVERE"}
_SCHEMA_URL = re.compile(r"(https://opentelemetry\.io/schemas/\d{1,3}\.\d{1,3}\.\d{1,3})?", re.ASCII)
_SCOPE_VERSION = re.compile(r"(\d{1,4}(\.\d{1,4}){0,3})?", re.ASCII)

_EVENT_TIME, _SESSION = ("origin", "event_time"), ("origin", "session")

Leaves = dict[tuple[str, ...], object]  # images, by their path in the Avro value
Found = dict[tuple[str, ...], Value]  # received values, by the path of the field they belong to
Twins = Counter[str]  # how often a request has said exactly the same, so that two events at one moment stay two


@dataclass(frozen=True, slots=True)
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
    record: LogRecord = field(repr=False)


class _Exit(Exception):  # noqa: N818 - a way out of the journey
    """Leaves the journey with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.code)
        self.refusal = refusal


def gate(records: Sequence[LogRecord], catalogue: Catalogue, context: Context) -> list[Accepted | Refused]:
    """Judge a request's records: exactly one outcome each, in their order. Never raises: a defect of ours refuses."""
    twins: Twins = Counter()
    return [_outcome(record, catalogue, context, twins) for record in records]


def _outcome(record: LogRecord, catalogue: Catalogue, context: Context, twins: Twins) -> Accepted | Refused:
    try:
        return _journey(record, catalogue, context, twins)
    except _Exit as way_out:
        return Refused(way_out.refusal, record)
    except Exception:  # noqa: BLE001 - a bug refuses the record; its text may hold the value and is dropped
        return Refused(Refusal(Reason.INTERNAL), record)


def _journey(record: LogRecord, catalogue: Catalogue, context: Context, twins: Twins) -> Accepted:
    plan = match(record, catalogue)  # unknown_event
    _envelope(record, plan, catalogue)  # scope, severity_text, schema_url, trace_context, body
    found, dropped = _attributes(record, plan, catalogue)  # undeclared_attribute, conflicting_attribute
    found[_EVENT_TIME] = (record.time or record.observed_time) // 1000
    leaves = _images(plan, found, context)  # out_of_window, missing_field, and what domains refuse for
    leaves |= _made(record, plan, leaves, context, twins)
    value = frame(plan.schema_id, plan.codec.encode(grown(leaves)))
    return Accepted(plan.kind, value, str(leaves[_SESSION]).encode(), dropped, plan.others(leaves.get))


def match(record: LogRecord, catalogue: Catalogue) -> Plan:
    """Find the record's plan by its event name, said once or each time the same: it selects, and is never copied."""
    names = [value for key, value in record.attributes if key == EVENT_NAME]
    names += [record.event_name] if record.event_name else []
    name = names[0] if names else None
    plan = catalogue.plans.get(name) if isinstance(name, str) and names.count(name) == len(names) else None
    if plan is None:
        raise _Exit(Refusal(Reason.UNKNOWN_EVENT, None, None, *kind_of(name)))
    return plan


def _envelope(record: LogRecord, plan: Plan, catalogue: Catalogue) -> None:
    """Everything around the attributes: free text has no place here, so each part is of a closed set or empty."""
    scope = record.scope
    urls = (scope.schema_url, record.resource.schema_url)
    body_has_place = plan.reads_body is not None or BODY in plan.discards
    closed = (
        (Reason.SCOPE, scope.name in catalogue.scopes, scope.name),
        (Reason.SCOPE, _SCOPE_VERSION.fullmatch(scope.version), scope.version),
        (Reason.SCOPE, not scope.attributes, scope.attributes),
        (Reason.SCHEMA_URL, all(map(_SCHEMA_URL.fullmatch, urls)), max(urls, key=len)),
        (Reason.SEVERITY_TEXT, record.severity_text.upper() in _SEVERITIES, record.severity_text),
        (Reason.TRACE_CONTEXT, len(record.trace_id) in (0, 16) and len(record.span_id) in (0, 8), record.trace_id),
        (Reason.BODY, body_has_place or record.body in (None, ""), record.body),
    )
    for reason, is_closed, value in closed:
        if not is_closed:
            raise _Exit(Refusal(reason, plan.schema_id, None, *kind_of(value)))


def _attributes(record: LogRecord, plan: Plan, catalogue: Catalogue) -> tuple[Found, int]:
    """Give each attribute its place: a field, a planned discard, or the way out. Counts the discarded."""
    found: Found = {}
    dropped = _place(record.resource.attributes, plan, found, catalogue.classes)
    dropped += _place(record.attributes, plan, found, _NAMES_THE_EVENT)
    if plan.reads_body is not None:
        found[plan.reads_body.path] = record.body
    elif record.body not in (None, ""):
        dropped += 1
    return found, dropped


def _place(attributes: Attributes, plan: Plan, found: Found, classes: Mapping[str, AttributeClass]) -> int:
    dropped = 0
    for key, value in attributes:
        place = plan.by_attribute.get(key)
        if place is not None:
            before = found.setdefault(place.path, value)
            if (type(before), before) != (type(value), value):
                raise _Exit(Refusal(Reason.CONFLICTING_ATTRIBUTE, plan.schema_id, place.dotted, *kind_of(value)))
        elif (key in plan.discards and key != BODY) or classes.get(key) is AttributeClass.OPERATIONAL:
            dropped += 1
        else:
            raise _Exit(Refusal(Reason.UNDECLARED_ATTRIBUTE, plan.schema_id, None, *kind_of(value)))
    return dropped


def _images(plan: Plan, found: Found, context: Context) -> Leaves:
    """Turn each value into its image, in the schema's order: the validator's first refusal is the same."""
    leaves: Leaves = {}
    for place in plan.fields:
        if place.source not in (None, Source.EVENT_TIME):
            continue
        value = found.get(place.path)
        try:
            leaves[place.path] = _image(place, value, context)
        except OutsideDomain as miss:
            raise _Exit(Refusal(miss.reason, plan.schema_id, place.dotted, *kind_of(value))) from None
    return leaves


def _image(place: FieldPlan, value: Value, context: Context) -> object:
    if value is None:
        if place.default is REQUIRED:
            raise OutsideDomain(Reason.MISSING_FIELD)
        return place.default
    if place.source is Source.EVENT_TIME and isinstance(place.domain, Time):
        assert type(value) is int  # noqa: S101 - the journey put it there
        return place.domain.inside(value, context)
    if place.domain is not None:
        return place.domain.telemetry(value, context)
    if type(value) not in place.content_types:
        raise OutsideDomain(Reason.WRONG_TYPE)
    return value


def _made(record: LogRecord, plan: Plan, leaves: Leaves, context: Context, twins: Twins) -> Leaves:
    """Make what no sender says: when it was received, and an id that a retry makes again within the key's epoch."""
    said = (image for path, image in leaves.items() if path != _EVENT_TIME)
    told = repr((plan.event, record.time, record.observed_time, record.trace_id, record.span_id, *said))
    twins[told] += 1
    return {
        ("origin", "event_id"): keyed(context.key, f"{twins[told]} {told}".encode(), 128).hex(),
        ("origin", "receive_time"): context.moment,
    }
