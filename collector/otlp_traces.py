"""OTLP traces: an ExportTraceServiceRequest to spans and the events within them, and back.

A span's name, status message, trace state and links are not read at all: nothing is ever made of them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opentelemetry.proto.collector.trace.v1 import trace_service_pb2 as service
from opentelemetry.proto.trace.v1 import trace_pb2 as traces

from collector.limits import Limits
from collector.otlp_values import Reader, write_resource, write_scope
from collector.records import Resource, Scope, Span, SpanEvent


def read(request: service.ExportTraceServiceRequest, limits: Limits) -> Iterator[Span | SpanEvent]:
    """Yield each span of a request, and after it the events within it."""
    reader = Reader(limits)
    for of in request.resource_spans:
        resource = reader.resource(of.resource, of.schema_url)
        for in_scope in of.scope_spans:
            scope = reader.scope(in_scope.scope, in_scope.schema_url)
            for message in in_scope.spans:
                yield from _span(reader, resource, scope, message)


def _span(reader: Reader, resource: Resource, scope: Scope, message: traces.Span) -> Iterator[Span | SpanEvent]:
    reader.span(len(message.events), len(message.links))
    reader.beside((link.attributes for link in message.links), len(message.links))
    span = Span(
        resource,
        scope,
        kind=message.kind,
        start=message.start_time_unix_nano,
        end=message.end_time_unix_nano,
        trace_id=message.trace_id,
        span_id=message.span_id,
        parent_span_id=message.parent_span_id,
        status=message.status.code,
        attributes=reader.attributes(message.attributes),
        links=len(message.links),
        message=message,
    )
    yield span
    for event in message.events:
        yield SpanEvent(span, reader.text(event.name), event.time_unix_nano, reader.attributes(event.attributes))


def encode(records: Sequence[Span | SpanEvent]) -> bytes:
    """Encode spans as they came but for unknown fields, each once; an event within a span brings its whole span."""
    request = service.ExportTraceServiceRequest()
    last: Span | None = None
    seen = set[int]()
    for record in records:
        span = record.span if isinstance(record, SpanEvent) else record
        if id(span) in seen:
            continue
        seen.add(id(span))
        if last is None or span.resource is not last.resource:
            of = request.resource_spans.add(schema_url=span.resource.schema_url)
            write_resource(of, span.resource)
        if last is None or span.scope is not last.scope:
            in_scope = of.scope_spans.add(schema_url=span.scope.schema_url)
            write_scope(in_scope, span.scope)
        assert isinstance(span.message, traces.Span)  # noqa: S101 - the reader put it there
        in_scope.spans.append(span.message)
        last = span
    request.DiscardUnknownFields()
    return request.SerializeToString()
