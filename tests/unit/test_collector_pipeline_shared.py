"""What the records of a request share is judged once: no record's outcome depends on its neighbours."""

from __future__ import annotations

from copy import copy
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collector.pipeline import Accepted, Outcome, Refused, gate
from collector.records import LogRecord, Resource, Scope
from schemas.reasons import Reason
from tests.unit.gate_samples import CANARY, CONTEXT, IDS, SCOPE, catalogue, decoded, events, reasons_of, record
from tests.unit.test_collector_pipeline_any import mutants


def told(outcome: Outcome) -> object:
    """Give what an outcome says; of a refused record, nothing of itself."""
    return outcome.refusal if isinstance(outcome, Refused) else outcome


def alone(of: LogRecord) -> Outcome:
    """Judge a record in a request of its own."""
    [outcome] = gate([of], catalogue(), CONTEXT)
    return outcome


@given(st.lists(mutants(events()), min_size=2, max_size=4), st.data())
@settings(max_examples=80, deadline=None)
def test_a_record_is_judged_as_if_it_were_alone(pool: list[LogRecord], data: st.DataObject) -> None:
    """Whatever resources and scopes records share, in whatever order: each has the outcome that it has alone."""
    scopes = [SCOPE, copy(SCOPE), Scope(CANARY), Scope("meetings.client", "1", (("k", 1),))]
    mixed = [
        replace(
            data.draw(st.sampled_from(pool)),
            resource=data.draw(st.sampled_from(pool)).resource,
            scope=data.draw(st.sampled_from(scopes)),
            observed_time=number,  # or two that are equal would be told apart
        )
        for number in range(12)
    ]
    assert [told(it) for it in gate(mixed, catalogue(), CONTEXT)] == [told(alone(it)) for it in mixed]


def test_a_resource_is_judged_for_each_event() -> None:
    """What one event's schema discards, another's refuses: an event in between changes nothing."""
    made = record("api.request")
    resource = Resource((*made.resource.attributes, ("server.port", 443)))
    assert reasons_of(
        replace(made, resource=resource),
        replace(record("call.ended"), resource=resource),
        replace(made, resource=resource, time=made.time + 1),
    ) == [None, Reason.UNDECLARED_ATTRIBUTE, None]


@pytest.mark.parametrize("first", [True, False])
def test_a_record_that_contradicts_its_resource_is_refused_alone(first: bool) -> None:  # noqa: FBT001 - a case
    """Said again, it may be; said otherwise, it is not, before or after the resource's own value was taken."""
    made = record("call.ended")
    same, other = (replace(made, attributes=(*made.attributes, ("tenant.id", tenant))) for tenant in (IDS[0], IDS[1]))
    order = [other, same, made] if first else [made, same, other]
    wanted = [Reason.CONFLICTING_ATTRIBUTE, None, None]
    assert reasons_of(*order) == (wanted if first else wanted[::-1])


def test_a_bad_resource_refuses_each_of_its_records() -> None:
    """Not the first one alone, and none of another resource in the same scope."""
    good, bad = record("call.ended"), record("call.ended", {"tenant.id": CANARY})
    url = replace(good, resource=replace(good.resource, schema_url=CANARY))
    scope = replace(good, scope=Scope(CANARY))
    wanted = [Reason.NOT_AN_ID, Reason.SCHEMA_URL, Reason.SCOPE]
    assert reasons_of(good, bad, url, scope, bad, url, scope, good) == [None, *wanted, *wanted, None]


def test_each_resource_keeps_its_own_images() -> None:
    """Two sessions of one request stay two, whichever comes first."""
    one, two = record("call.ended"), record("call.ended", {"session.id": IDS[2]})
    outcomes = gate([one, two, one, two], catalogue(), CONTEXT)
    assert all(isinstance(outcome, Accepted) for outcome in outcomes)
    sessions = [decoded(it.value)["origin"]["session"] for it in outcomes if isinstance(it, Accepted)]
    assert sessions[0] == sessions[2] != sessions[1] == sessions[3]
