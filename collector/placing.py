"""Gives each attribute of a record its place among the fields of a plan, and each value its image, or the way out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from collector.records import Attributes, LogRecord, Record, Resource, Span
from schemas.domains import Context
from schemas.domains.times import Time
from schemas.model import BODY, AttributeClass
from schemas.plan import REQUIRED, FieldPlan, Plan
from schemas.reasons import OutsideDomain, Reason, Refusal, kind_of

EVENT_NAME: Final = "event.name"  # where SDKs put the name before LogRecord had a field for it
_NAMES_THE_EVENT: Final = {EVENT_NAME: AttributeClass.OPERATIONAL}  # it has done its work by then

NOTHING: Final = object()  # stands where nothing was received, or no image was made yet

# Both have one item a field of the plan, in its order: a list costs less than anything keyed.
Found = list[object]  # received values
Images = list[object]


class Exit(Exception):  # noqa: N818 - a way out of the journey
    """Leaves the journey with a refusal."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.reason.code)
        self.refusal = refusal


@dataclass(slots=True)
class Origin:
    """What became of a resource for one plan: values that have a place, how many were dropped, images made so far."""

    found: Found = field(repr=False)
    images: Images = field(repr=False)
    dropped: int = 0


def place_resource(resource: Resource, plan: Plan, classes: Mapping[str, AttributeClass]) -> Origin:
    """Give each attribute of a resource its place: a field, a planned discard, or the way out.

    Content comes with its record: what thousands share would be carried once for each of them.
    """
    origin = Origin([NOTHING] * len(plan.fields), [NOTHING] * len(plan.fields))
    origin.dropped = _place(resource.attributes, plan, origin.found, classes)
    for place, value in zip(plan.fields, origin.found, strict=True):
        if place.content is not None and value is not NOTHING:
            raise Exit(Refusal(Reason.UNDECLARED_ATTRIBUTE, plan.schema_id, place.dotted, *kind_of(value)))
    return origin


def place_attributes(record: Record, plan: Plan, origin: Origin) -> tuple[Found, int]:
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
            if before is NOTHING:
                found[place.number] = value
            elif before is not value and (type(before), before) != (type(value), value):
                raise Exit(Refusal(Reason.CONFLICTING_ATTRIBUTE, plan.schema_id, place.dotted, *kind_of(value)))
        elif (key in plan.discards and key != BODY) or classes.get(key) is AttributeClass.OPERATIONAL:
            dropped += 1
        else:
            raise Exit(Refusal(Reason.UNDECLARED_ATTRIBUTE, plan.schema_id, None, *kind_of(value)))
    return dropped


def make_images(plan: Plan, found: Found, context: Context, origin: Origin) -> Images:
    """Turn each value into its image, in the schema's order: the validator's first refusal is the same."""
    images = origin.images.copy()
    for place in plan.received:
        number = place.number
        if images[number] is not NOTHING:
            continue
        value = None if found[number] is NOTHING else found[number]
        try:
            image = images[number] = _image(place, value, context)
        except OutsideDomain as miss:
            raise Exit(Refusal(miss.reason, plan.schema_id, place.dotted, *kind_of(value))) from None
        if origin.found[number] is not NOTHING:  # a record can only repeat it
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
