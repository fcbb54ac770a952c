"""Compiles what a schema says of spans and metrics: which it is made of, and what of their own values it reads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from schemas.domains.words import Enum
from schemas.findings import Finding
from schemas.model import EventMeta, EventSchema, Kind
from schemas.plan import FieldPlan
from schemas.signals import DOMAINS_OF, MADE, Match, MetricMatch, Source, SpanMatch, sources

STATUSES = ("UNSET", "OK", "ERROR")  # OTLP's StatusCode
_BY_NAME = {"span": "spans", "span_event": "events within spans", "metric": "points of a metric"}


def match_of(meta: EventMeta) -> Match | None:
    """What the event is made of; None stands for log records of its name."""
    return meta.span or meta.span_event or meta.metric


def signal_findings(schema: EventSchema, fields: Sequence[FieldPlan], file: str) -> Iterator[Finding]:
    """An event is made of one kind of record, of which it reads what such a record has."""
    meta, match = schema.tidegate, match_of(schema.tidegate)
    said = [name for name in _BY_NAME if getattr(meta, name) is not None]
    if len(said) > 1:
        defect = f"The event is made of {' and of '.join(_BY_NAME[name] for name in said)}."
        yield Finding(file, f"$.tidegate.{said[1]}", "structure/signal", defect, "Give each a schema of its own.")
    taken = (Kind.DIAGNOSTIC,) if said and said[0] != "metric" else (Kind.DIAGNOSTIC, Kind.USAGE)
    if said and meta.kind not in taken:
        defect = f"A {meta.kind} event is made of {_BY_NAME[said[0]]}."
        remedy = f"Of these there are {' and '.join(taken)} events; what people say and do comes as log records."
        yield Finding(file, f"$.tidegate.{said[0]}", "privacy/signal-kind", defect, remedy)
    yield from _unread(schema, fields, file)
    numbers = {field.name: index for index, field in enumerate(schema.fields)}
    for place in fields:
        if place.source is not None and place.source not in MADE:
            yield from _source(place, match, file, f"$.fields[{numbers[place.path[0]]}]")


def _unread(schema: EventSchema, fields: Sequence[FieldPlan], file: str) -> Iterator[Finding]:
    """A span that is required to have an attribute without a place would always be refused."""
    match = match_of(schema.tidegate)
    placed = {place.attribute for place in fields} | set(schema.tidegate.discards)
    for index, name in enumerate(match.requires if isinstance(match, SpanMatch) else ()):
        if name not in placed:
            where = f"$.tidegate.span.requires[{index}]"
            defect = f"`{name}` is required, and neither read nor discarded: every such span would be refused."
            yield Finding(file, where, "structure/required-unread", defect, "Read it into a field, or discard it.")


def _source(place: FieldPlan, match: Match | None, file: str, at: str) -> Iterator[Finding]:
    assert place.source is not None  # noqa: S101 - the caller asked
    if place.source not in sources(match):
        known = ", ".join(sorted(sources(match)))
        defect = f"The records that the event is made of have no {place.source}."
        yield Finding(file, f"{at}.tidegate.source", "structure/signal-source", defect, f"They have: {known}.")
        return
    domains = DOMAINS_OF[place.source]
    if place.domain is None or place.domain.domain not in domains:
        remedy = f"Use the domain {' or '.join(sorted(domains))}."
        defect = f"The source {place.source} does not go with this domain."
        yield Finding(file, f"{at}.tidegate.domain", "structure/source-domain", defect, remedy)
    elif place.source is Source.STATUS and isinstance(place.domain, Enum) and place.domain.symbols != STATUSES:
        remedy = f"Give it the symbols {', '.join(STATUSES)}."
        defect = "The symbols of a status are others."
        yield Finding(file, f"{at}.type.symbols", "structure/source-domain", defect, remedy)
    if isinstance(match, MetricMatch) and place.le is not None and place.le not in (match.bounds or ()):
        remedy = "Take one of the metric's `bounds`."
        yield Finding(file, f"{at}.tidegate.le", "structure/bucket", "The histogram has no such bound.", remedy)
