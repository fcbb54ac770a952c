"""What surrounds a record's attributes: each part is of a closed set, or empty; free text has no place in any."""

from __future__ import annotations

import re
from typing import TypeAlias

from collector.facts import wrong_form
from collector.records import LogRecord, Point, Record, Resource, Scope, Span, SpanEvent, Value
from schemas.catalogue import Catalogue
from schemas.model import BODY
from schemas.plan import Plan
from schemas.reasons import Reason
from schemas.signals import MetricMatch

# Why to refuse, what stands there, and which part of it by a word of ours.
Wrong: TypeAlias = tuple[Reason, Value, str | None]

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
        return Reason.SCOPE, scope.name, None
    if not _SCOPE_VERSION.fullmatch(scope.version):
        return Reason.SCOPE, scope.version, None
    if scope.attributes:
        return Reason.SCOPE, scope.attributes, None
    if not all(map(_SCHEMA_URL.fullmatch, urls)):
        return Reason.SCHEMA_URL, max(urls, key=len), None
    return None


def of_record(record: Record, plan: Plan) -> Wrong | None:
    """Tell the first thing wrong around the attributes of a log record, a span, a point alone."""
    match record:
        case LogRecord():
            return _of_log(record, plan)
        case Span() | SpanEvent():
            span = record if isinstance(record, Span) else record.span
            lengths = (len(span.trace_id), len(span.span_id), len(span.parent_span_id))
            return None if lengths in ((16, 8, 0), (16, 8, 8)) else (Reason.TRACE_CONTEXT, span.trace_id, None)
        case Point():
            assert isinstance(plan.match, MetricMatch)  # noqa: S101 - it was found among the metrics
            wrong = wrong_form(record, plan.match)
            return None if wrong is None else (Reason.METRIC_FORM, wrong[1], wrong[0].value)


def _of_log(log: LogRecord, plan: Plan) -> Wrong | None:
    if log.severity_text.upper() not in _SEVERITIES:
        return Reason.SEVERITY_TEXT, log.severity_text, None
    if len(log.trace_id) not in (0, 16) or len(log.span_id) not in (0, 8):
        return Reason.TRACE_CONTEXT, log.trace_id, None
    if log.body not in (None, "") and plan.reads_body is None and BODY not in plan.discards:
        return Reason.BODY, log.body, None
    return None
