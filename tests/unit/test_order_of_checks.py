"""One order of checks: a wrong value meets the same first refusal at the collector and, forged, at the validator."""

from __future__ import annotations

import io
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final, NamedTuple

import fastavro
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.port import Received
from collector.pipeline import TOPICS, Refused, gate
from collector.records import LogRecord, Value
from consumers.validator import journey
from consumers.validator.journey import judge
from schemas.codec import frame
from schemas.domains import Domain
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import HOUR, Time
from schemas.domains.versions import Version
from schemas.domains.words import Vocabulary
from schemas.model import Kind
from schemas.plan import FieldPlan
from schemas.reasons import Reason
from schemas.signals import Source
from tests.unit.gate_samples import CANARY, CONTEXT, ML_KEY, NOW, catalogue, decoded, events, message, received, record

SERVICE_GENERATED = events(Kind.USAGE, Kind.DIAGNOSTIC)
EVENT_TIME = ("origin", "event_time")


class Wrong(NamedTuple):
    """One wrong value, as a sender gives it and as whoever writes to the topic does."""

    sent: Value
    written: object


Wrongs = dict[tuple[str, ...], Wrong]  # by the field's path

# Of each domain whose Avro type has room for it; booleans, enums and the user agent's record have none.
WRONG: Final[dict[type[Domain], Callable[[Any], list[Wrong]]]] = {
    Whole: lambda it: [Wrong(value, value) for value in (-1, it.max + 1)],
    Real: lambda it: [Wrong(value, value) for value in (it.min - 1, it.max + it.step, math.nan, math.inf)],
    Time: lambda _: [Wrong("1999-12-31T23:59:59Z", 946_684_799_000_000)],
    Version: lambda _: [Wrong(text, text) for text in (CANARY, "1.2.3.4.5", "01.2.3", "")],
    Pseudonym: lambda _: [Wrong(text, text) for text in (CANARY, "", "anna@example.org")],
    Vocabulary: lambda it: (
        [Wrong(value, value) for value in (CANARY, "", f"{it.words[0]} ")]
        if isinstance(it.words[0], str)
        else [Wrong(77_777, 77_777)] * (it.on_miss == "refuse")
    ),
}


def wrong_for(place: FieldPlan) -> list[Wrong]:
    """Give the wrong values of a field."""
    if place.source is Source.EVENT_TIME:
        return [Wrong(moment, moment) for moment in (NOW + 2 * HOUR, NOW - 31 * 24 * HOUR)]
    made = [make(place.domain) for of, make in WRONG.items() if isinstance(place.domain, of)]
    return made[0] if made and place.source is None else []


def sent(event: str, wrong: Wrongs) -> LogRecord:
    """Make the record that a sender would."""
    attributes = {place.path: place.attribute for place in catalogue().plans[event].fields if place.attribute}
    made = record(event, {attributes[path]: value.sent for path, value in wrong.items() if path in attributes})
    moment = wrong[EVENT_TIME].sent if EVENT_TIME in wrong else None
    return replace(made, time=moment * 1000) if isinstance(moment, int) else made


def written(event: str, wrong: Wrongs) -> Received:
    """Make the message that whoever may write to the topic would: plain fastavro, past every domain."""
    plan, out = catalogue().plans[event], io.BytesIO()
    value = decoded(message(event).value or b"")
    for path, forged in wrong.items():
        branch = value
        for name in path[:-1]:
            branch = branch[name]
        branch[path[-1]] = forged.written
    fastavro.schemaless_writer(out, fastavro.parse_schema(dict(plan.avro)), value)
    return received(frame(plan.schema_id, out.getvalue()), TOPICS[plan.kind])


@st.composite
def several_wrong(draw: st.DrawFn) -> tuple[str, Wrongs]:
    """Draw an event, and one to five of its fields with a wrong value each."""
    event = draw(st.sampled_from(SERVICE_GENERATED))
    choices = {place.path: wrong for place in catalogue().plans[event].fields if (wrong := wrong_for(place))}
    chosen = draw(st.lists(st.sampled_from(list(choices)), min_size=1, max_size=5, unique=True))
    return event, {path: draw(st.sampled_from(choices[path])) for path in chosen}


@settings(max_examples=200, deadline=None)
@given(drawn=several_wrong())
def test_the_first_refusal_is_the_same_on_both_sides(drawn: tuple[str, Wrongs]) -> None:
    """Reason, schema and field, however many values of a record are wrong: the first in the schema's order."""
    event, wrong = drawn
    [here] = gate([sent(event, wrong)], catalogue(), CONTEXT)
    [there] = judge([written(event, wrong)], catalogue(), ML_KEY, NOW)
    assert isinstance(here, Refused)
    assert isinstance(there, journey.Refused)
    first = next(place for place in catalogue().plans[event].fields if place.path in wrong)
    assert here.refusal.field == there.refusal.field == first.dotted
    assert (here.refusal.reason, here.refusal.schema_id) == (there.refusal.reason, there.refusal.schema_id)
    assert here.refusal.reason is not Reason.INTERNAL


def test_every_field_with_room_for_a_wrong_value_is_tried() -> None:
    """Those without: domains that are exactly Avro's type, OTHER among numbers, what the collector makes."""
    without = {
        (place.domain.domain, place.source)
        for event in SERVICE_GENERATED
        for place in catalogue().plans[event].fields
        if place.domain is not None and not wrong_for(place)
    }
    assert without <= {
        ("flag", None),
        ("enum", None),
        ("user_agent", None),
        ("vocabulary", None),
        ("pseudonym", Source.EVENT_ID),
        ("time", Source.RECEIVE_TIME),
    }
