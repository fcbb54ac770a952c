"""Tenant and app come from the sender's token: whatever a payload says, nobody sends in another's name."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from hypothesis import given, settings
from hypothesis import strategies as st

from collector.pipeline import Accepted, gate
from collector.records import Attributes, LogRecord, Point, Record, Resource, Scope, Span, SpanEvent
from collector.senders import ANYONE, Sender, permits
from collector.tenancy import bound
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, CONTEXT, IDS, catalogue, decoded, reasons_of, record
from tests.unit.otlp_strategies import values

SENDER: Final = Sender("t", IDS[2], "meetings-web", "production")
NAMES: Final = ("tenant.id", "service.name", "deployment.environment.name", "deployment.environment")


def origin(*records: LogRecord) -> list[tuple[str, str] | None]:
    """Gate records; the images of tenant and app of each, None for a refused one."""
    outcomes = gate(records, catalogue(), CONTEXT)
    told = [decoded(outcome.value)["origin"] if isinstance(outcome, Accepted) else None for outcome in outcomes]
    return [None if each is None else (each["tenant"], each["app"]) for each in told]


[OURS] = origin(record("call.ended", {"tenant.id": IDS[2], "service.name": "meetings-web"}))
claims = st.lists(st.tuples(st.sampled_from(NAMES), st.one_of(st.sampled_from([*IDS, "meetings-web"]), values)))


@settings(max_examples=200, deadline=None)
@given(in_resource=claims, in_record=claims)
def test_the_tenant_is_the_tokens_whatever_is_claimed(in_resource: Attributes, in_record: Attributes) -> None:
    """A record that is accepted has the images of the token's tenant and app, whatever stands anywhere in it."""
    honest = record("call.ended")
    one = replace(honest, resource=Resource((*in_resource, *honest.resource.attributes, *in_resource)))
    [only, both] = origin(*bound([one, replace(one, attributes=(*one.attributes, *in_record))], SENDER))
    assert only == OURS
    assert both in (OURS, None)


def test_a_second_claim_among_a_records_attributes_is_refused() -> None:
    """A record that names another tenant than its token's is refused whole; the same once more is the same."""
    honest = record("call.ended")
    other, same = (replace(honest, attributes=(*honest.attributes, ("tenant.id", of))) for of in IDS[1:])
    assert reasons_of(*bound([other, same], SENDER)) == [Reason.CONFLICTING_ATTRIBUTE, None]


def test_records_keep_sharing_their_resource() -> None:
    """What is sealed of a request's records is no larger than the request was."""
    first, second = record("call.ended"), record("chat.message")
    one, two, three = bound([first, replace(second, resource=first.resource), second], SENDER)
    assert one.resource is two.resource
    assert one.resource is not three.resource


def test_without_a_token_the_payload_is_believed() -> None:
    """Nothing is bound where nobody has to say who they are."""
    records = [record("call.ended")]
    assert bound(records, ANYONE) == records


def test_events_outside_a_tokens_names_are_refused() -> None:
    """Names are exact, prefixes end in a dot; the others are refused one by one, and the neighbours are taken."""
    sender = replace(SENDER, events=("call.", "chat.message"))
    sent = [record(event) for event in ("call.ended", "chat.message", "app.crashed", "mute.changed")]
    assert reasons_of(*bound(sent, sender)) == [None, None, Reason.NOT_ALLOWED, Reason.NOT_ALLOWED]


def test_a_prefix_covers_whole_words() -> None:
    """`call.` covers `call.ended`, neither `call` nor `callback.made`; a name covers itself alone; none covers all."""
    assert permits((), CANARY)
    assert [permits(("call.",), name) for name in ("call.ended", "call", "callback.made")] == [True, False, False]
    assert [permits(("call.ended",), name) for name in ("call.ended", "call.ended.x", "call.")] == [True, False, False]


def test_every_signal_is_bound() -> None:
    """Spans, the events within them, and points too; an event's span is the very span beside it."""
    said = Resource((("tenant.id", IDS[0]),))
    span = Span(said, Scope())
    sent: list[Record] = [span, SpanEvent(span), Point(said, Scope())]
    one, two, three = bound(sent, replace(SENDER, events=("call.",)))
    assert isinstance(two, SpanEvent)
    assert two.span is one
    assert one.resource is two.resource is three.resource
    assert dict(one.resource.attributes)["tenant.id"] == IDS[2]
    assert one.resource.events == ("call.",)
