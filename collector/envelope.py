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

# A reason to refuse, whether all is well, what stands there, and which part of it by a word of ours.
Part: TypeAlias = tuple[Reason, object, Value, str | None]

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
        (Reason.SCOPE, scope.name in catalogue.scopes, scope.name, None),
        (Reason.SCOPE, _SCOPE_VERSION.fullmatch(scope.version), scope.version, None),
        (Reason.SCOPE, not scope.attributes, scope.attributes, None),
        (Reason.SCHEMA_URL, all(map(_SCHEMA_URL.fullmatch, urls)), max(urls, key=len), None),
    )


def of_record(record: Record, plan: Plan) -> tuple[Part, ...]:
    """What surrounds the attributes of a log record, a span, a point alone."""
    match record:
        case LogRecord(trace_id=trace_id, span_id=span_id, severity_text=severity, body=body):
            return (
                (Reason.SEVERITY_TEXT, severity.upper() in _SEVERITIES, severity, None),
                (Reason.TRACE_CONTEXT, len(trace_id) in (0, 16) and len(span_id) in (0, 8), trace_id, None),
                (Reason.BODY, body in (None, "") or plan.reads_body is not None or BODY in plan.discards, body, None),
            )
        case Span() | SpanEvent():
            span = record if isinstance(record, Span) else record.span
            lengths = (len(span.trace_id), len(span.span_id), len(span.parent_span_id))
            return ((Reason.TRACE_CONTEXT, lengths in ((16, 8, 0), (16, 8, 8)), span.trace_id, None),)
        case Point():
            assert isinstance(plan.match, MetricMatch)  # noqa: S101 - it was found among the metrics
            wrong = wrong_form(record, plan.match)
            return () if wrong is None else ((Reason.METRIC_FORM, False, wrong[1], wrong[0].value),)
