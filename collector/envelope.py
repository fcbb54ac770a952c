"""What surrounds a record's attributes: each part is of a closed set, or empty; free text has no place in any."""

from __future__ import annotations

import re
from typing import TypeAlias

from collector.records import LogRecord, Point, Record, Resource, Scope, Span, SpanEvent, Value
from schemas.catalogue import Catalogue
from schemas.model import BODY
from schemas.plan import Plan
from schemas.reasons import Reason

# Why to refuse, and what stands there.
Wrong: TypeAlias = tuple[Reason, Value]

# SeverityText as the data model spells it, and as the logging libraries do that SDKs bridge.
_SEVERITIES = frozenset(
    f"{name}{step}" for name in ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL") for step in ("", "2", "3", "4")
) | {"", "NOTSET", "WARNING", "CRITICAL", "VERBOSE", "NOTICE", "SEVERE"}
_SCHEMA_URL = re.compile(r"(https://opentelemetry\.io/schemas/\d{1,3}\.\d{1,3}\.\d{1,3})?", re.ASCII)
_SCOPE_VERSION = re.compile(r"(\d{1,4}(\.\d{1,4}){0,3})?", re.ASCII)


def of_scope(scope: Scope, resource: Resource, catalogue: Catalogue) -> Wrong | None:
    """Tell the first thing wrong around all records of a scope."""
    urls = (scope.schema_url, resource.schema_url)
    if scope.name not in catalogue.scopes:
        return Reason.SCOPE, scope.name
    if not _SCOPE_VERSION.fullmatch(scope.version):
        return Reason.SCOPE, scope.version
    if scope.attributes:
        return Reason.SCOPE, scope.attributes
    if not all(map(_SCHEMA_URL.fullmatch, urls)):
        return Reason.SCHEMA_URL, max(urls, key=len)
    return None


def of_record(record: Record, plan: Plan) -> Wrong | None:
    """Tell the first thing wrong around the attributes of a log record, a span, a point alone."""
    match record:
        case LogRecord():
            return _of_log(record, plan)
        case Span() | SpanEvent():
            span = record if isinstance(record, Span) else record.span
            lengths = (len(span.trace_id), len(span.span_id), len(span.parent_span_id))
            return None if lengths in ((16, 8, 0), (16, 8, 8)) else (Reason.TRACE_CONTEXT, span.trace_id)
        case Point():
            return None  # of it the form is asked elsewhere


def _of_log(log: LogRecord, plan: Plan) -> Wrong | None:
    if log.severity_text.upper() not in _SEVERITIES:
        return Reason.SEVERITY_TEXT, log.severity_text
    if len(log.trace_id) not in (0, 16) or len(log.span_id) not in (0, 8):
        return Reason.TRACE_CONTEXT, log.trace_id
    if log.body not in (None, "") and plan.reads_body is None and BODY not in plan.discards:
        return Reason.BODY, log.body
    return None
