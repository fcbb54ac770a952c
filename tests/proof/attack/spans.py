"""Text in spans that a schema of the catalogue matches: in every field of the span, its events, links and status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from schemas.reasons import Reason
from tests.proof.attack.case import Bench, Case, Fate
from tests.proof.attack.fields import AROUND, Due, of_fields, of_unknown_fields
from tests.proof.attack.signals import OF_CLIENT, OF_EXCEPTION, OF_SERVER

SPANS: Final[Mapping[str, Due]] = {
    **AROUND,
    "ExportTraceServiceRequest.resource_spans": Fate.BOUNDED,
    "ResourceSpans.schema_url": Reason.SCHEMA_URL,
    "ResourceSpans.scope_spans": Fate.BOUNDED,
    "ScopeSpans.schema_url": Reason.SCHEMA_URL,
    "ScopeSpans.spans": Fate.BOUNDED,
    "Span.trace_id: text": Reason.TRACE_CONTEXT,
    "Span.trace_id: packed": Reason.NOT_AN_ID,
    "Span.span_id: text": Reason.TRACE_CONTEXT,
    "Span.span_id: packed": Reason.NOT_AN_ID,
    "Span.parent_span_id: text": Reason.TRACE_CONTEXT,
    "Span.parent_span_id: packed": Fate.DESTROYED,
    "Span.trace_state": Fate.DESTROYED,
    "Span.flags": Fate.DESTROYED,
    "Span.name": Fate.DESTROYED,
    "Span.kind": Reason.UNKNOWN_EVENT,
    "Span.start_time_unix_nano": Reason.OUT_OF_RANGE,
    "Span.end_time_unix_nano": Reason.OUT_OF_WINDOW,
    "Span.attributes": Reason.UNDECLARED_ATTRIBUTE,
    "Span.dropped_attributes_count": Fate.DESTROYED,
    "Span.events": Fate.DESTROYED,
    "Span.dropped_events_count": Fate.DESTROYED,
    "Span.links": Fate.DESTROYED,
    "Span.dropped_links_count": Fate.DESTROYED,
    "Event.time_unix_nano": Fate.DESTROYED,
    "Event.name": Fate.DESTROYED,
    "Event.attributes": Fate.DESTROYED,
    "Event.attributes: key of a table": Reason.UNDECODABLE,
    "Event.attributes: value of a table": Reason.UNDECODABLE,
    "Event.dropped_attributes_count": Fate.DESTROYED,
    "Link.trace_id": Fate.DESTROYED,
    "Link.span_id": Fate.DESTROYED,
    "Link.trace_state": Fate.DESTROYED,
    "Link.attributes": Fate.DESTROYED,
    "Link.dropped_attributes_count": Fate.DESTROYED,
    "Link.flags": Fate.DESTROYED,
    "Status.message": Fate.DESTROYED,
    "Status.code": Reason.MISSING_FIELD,
}
"""What is due to a canary in a client span with an event that no schema takes."""

OF_THE_SERVER: Final[Mapping[str, Due]] = {
    **SPANS,
    "Span.span_id: packed": Fate.DESTROYED,
    "Span.parent_span_id: packed": Reason.NOT_AN_ID,
}
"""In a server span: its schema reads the parent's id instead of its own."""

IN_EVENTS: Final[Mapping[str, Due]] = {
    "Span.events": Fate.BOUNDED,
    "Event.time_unix_nano": Reason.OUT_OF_WINDOW,
    "Event.name": Fate.DESTROYED,
    "Event.attributes": Reason.UNDECLARED_ATTRIBUTE,
    "Event.dropped_attributes_count": Fate.DESTROYED,
}
"""In an event within a span that has a schema of its own."""


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    yield from of_fields(bench, OF_CLIENT, SPANS)
    yield from of_fields(bench, OF_SERVER, OF_THE_SERVER, lambda place: place.owner in {"Span", "Status"})
    yield from of_fields(bench, OF_EXCEPTION, IN_EVENTS, lambda place: place.name in IN_EVENTS)
    yield from of_unknown_fields(bench, OF_EXCEPTION)
