"""OTLP logs: an ExportLogsServiceRequest to records, and back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from opentelemetry.proto.collector.logs.v1 import logs_service_pb2 as service
from opentelemetry.proto.logs.v1 import logs_pb2 as logs

from collector.limits import Limits
from collector.otlp_values import Reader, fill, put, write_resource, write_scope
from collector.records import LogRecord, Resource, Scope


def read(request: service.ExportLogsServiceRequest, limits: Limits) -> Iterator[LogRecord]:
    """Yield the records of a request; those of one resource or scope share that object."""
    reader = Reader(limits)
    for of in request.resource_logs:
        resource = reader.resource(of.resource, of.schema_url)
        for in_scope in of.scope_logs:
            scope = reader.scope(in_scope.scope, in_scope.schema_url)
            for log in in_scope.log_records:
                yield _record(reader, resource, scope, log)


def _record(reader: Reader, resource: Resource, scope: Scope, log: logs.LogRecord) -> LogRecord:
    return LogRecord(
        resource,
        scope,
        time=log.time_unix_nano,
        observed_time=log.observed_time_unix_nano,
        severity_number=log.severity_number,
        severity_text=reader.text(log.severity_text),
        event_name=reader.text(log.event_name),
        body=reader.value(log.body, 1) if log.HasField("body") else None,
        attributes=reader.attributes(log.attributes),
        trace_id=log.trace_id,
        span_id=log.span_id,
        flags=log.flags,
        dropped_attributes_count=log.dropped_attributes_count,
    )


def encode(records: Sequence[LogRecord]) -> bytes:
    """Encode records that a decoder made, so that decoding gives them again.

    Neighbours that share their resource (or scope) object share its message, so the size is about the input's.
    """
    request = service.ExportLogsServiceRequest()
    of: logs.ResourceLogs | None = None
    in_scope: logs.ScopeLogs | None = None
    last: LogRecord | None = None
    for record in records:
        if of is None or last is None or record.resource is not last.resource:
            of = request.resource_logs.add(schema_url=record.resource.schema_url)
            write_resource(of, record.resource)
            in_scope = None
        if in_scope is None or last is None or record.scope is not last.scope:
            in_scope = of.scope_logs.add(schema_url=record.scope.schema_url)
            write_scope(in_scope, record.scope)
        _write(record, in_scope.log_records.add())
        last = record
    return request.SerializeToString()


def _write(record: LogRecord, log: logs.LogRecord) -> None:
    log.time_unix_nano = record.time
    log.observed_time_unix_nano = record.observed_time
    # The enum is open: a number that has no name is kept as it came.
    log.severity_number = record.severity_number  # type: ignore[assignment]
    log.severity_text = record.severity_text
    log.event_name = record.event_name
    if record.body is not None:
        put(log.body, record.body)
    fill(log.attributes.add, record.attributes)
    log.trace_id = record.trace_id
    log.span_id = record.span_id
    log.flags = record.flags
    log.dropped_attributes_count = record.dropped_attributes_count
