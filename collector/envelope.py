"""What surrounds a record's attributes: each part is of a closed set, or empty; free text has no place in any."""

from __future__ import annotations

import re
from typing import TypeAlias

from collector.records import LogRecord, Point, Record, Resource, Scope, Span, SpanEvent, Value
from schemas.catalogue import Catalogue
from schemas.model import BODY
from schemas.plan import Plan
from schemas.reasons import Reason

# A reason to refuse, whether all is well, and what stands there.
Part: TypeAlias = tuple[Reason, object, Value]

# SeverityText as the data model spells it, and as the logging libraries do that SDKs bridge.
_SEVERITIES = frozenset(
    f"{name}{step}" for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL") for step in ("", "2", "3", "4")
) | {"", "NOTSET", "WARNING", "CRITICAL", "VERBOSE", "NOTICE", "SEVERE"}
_SCHEMA_URL = re.compile(r"(https://opentelemetry\.io/schemas/\d{1,3}\.\d{1,3}\.\d{1,3})?", re.ASCII)
_SCOPE_VERSION = re.compile(r"(\d{1,4}(\.\d{1,4}){0,3})?", re.ASCII)


def of_scope(scope: Scope, resource: Resource, catalogue: Catalogue) -> tuple[Part, ...]:
    """What surrounds all records of a scope."""
    urls = (scope.schema_url, resource.schema_url)
    return (
        (Reason.SCOPE, scope.name in catalogue.scopes, scope.name),
        (Reason.SCOPE, _SCOPE_VERSION.fullmatch(scope.version), scope.version),
        (Reason.SCOPE, not scope.attributes, scope.attributes),
        (Reason.SCHEMA_URL, all(map(_SCHEMA_URL.fullmatch, urls)), max(urls, key=len)),
    )


def of_record(record: Record, plan: Plan) -> tuple[Part, ...]:
    """What surrounds the attributes of a log record, a span, a point alone."""
    match record:
        case LogRecord(trace_id=trace_id, span_id=span_id, severity_text=severity, body=body):
            return (
                (Reason.SEVERITY_TEXT, severity.upper() in _SEVERITIES, severity),
                (Reason.TRACE_CONTEXT, len(trace_id) in (0, 16) and len(span_id) in (0, 8), trace_id),
                (Reason.BODY, body in (None, "") or plan.reads_body is not None or BODY in plan.discards, body),
            )
        case Span() | SpanEvent():
            span = record if isinstance(record, Span) else record.span
            lengths = (len(span.trace_id), len(span.span_id), len(span.parent_span_id))
            return ((Reason.TRACE_CONTEXT, lengths in ((16, 8, 0), (16, 8, 8)), span.trace_id),)
        case Point():
            return ()  # of it the form is asked elsewhere
