"""Structure and contract rules over events that are made of spans and metrics."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from schemas.check.making import DIAGNOSTIC, RETRIED, TEMPLATE, USAGE, over_schemas, reported
from schemas.check.rule import ABSENT, Edit, Example, Rule, Severity, Spot
from schemas.compile_signals import match_of
from schemas.signals import MetricMatch, Source

if TYPE_CHECKING:
    from schemas.check.subject import Subject

_SPAN: Final = {"scope": "example.app", "kind": "client"}
_HISTOGRAM: Final = {
    "scope": "example.app", "name": "request.duration", "unit": "ms", "type": "histogram", "temporality": "delta",
    "bounds": [10.0, 100.0],
}  # fmt: skip
_DURATION: Final = "$.fields[3]"  # in DIAGNOSTIC
_MADE_OF_SPANS: Final = Edit(DIAGNOSTIC, "$.tidegate.span", _SPAN)
_MADE_OF_POINTS: Final = Edit(DIAGNOSTIC, "$.tidegate.metric", _HISTOGRAM)
_SLOW: Final = "How many requests took so long."


def _counting(**tidegate: object) -> tuple[Edit, ...]:
    """Have the last field count something; `duration` is left to the sum."""
    longest = {"source": "max", "domain": "measure", "unit": "ms", "min": 0, "max": 120000, "step": 500}
    meta = {"domain": "count", "max": 1000000, "buckets": 12} | tidegate
    field = {"name": "slow", "type": "long", "doc": _SLOW, "tidegate": meta}
    slowest = (Edit(DIAGNOSTIC, f"{_DURATION}.type", "double"), Edit(DIAGNOSTIC, f"{_DURATION}.tidegate", longest))
    return (_MADE_OF_POINTS, *slowest, Edit(DIAGNOSTIC, RETRIED, field))


def _traced(*requires: str) -> dict[str, object]:
    """Another event, made of the same spans, or of those that have certain attributes."""
    schema: dict[str, Any] = json.loads((TEMPLATE / DIAGNOSTIC).read_text(encoding="utf-8"))
    schema |= {"name": "RequestTraced", "doc": "A request to the service's API was traced."}
    schema["tidegate"] |= {"event": "request.traced", "span": _SPAN | {"requires": list(requires)}}
    return schema


def unlisted_scope(subject: Subject) -> Iterator[Spot]:
    """An event is made of spans or metrics of a scope that the catalogue does not accept."""
    match = match_of(subject.schema.tidegate) if subject.schema else None
    head = subject.workspace.head
    if match is not None and head is not None and match.scope not in head.scopes:
        where = next(name for name in ("span", "span_event", "metric") if name in subject.raw["tidegate"])
        yield Spot(
            f"$.tidegate.{where}.scope", "The scope is not among those of catalogue.yaml.", "List it there, or mend it."
        )


def other_unit(subject: Subject) -> Iterator[Spot]:
    """A field takes a metric's value in another unit than the metric has."""
    match = match_of(subject.schema.tidegate) if subject.schema else None
    for index, place in enumerate(subject.schema.fields if subject.schema else ()):
        meta: dict[str, Any] = place.tidegate or {}
        is_value = meta.get("source") in (Source.VALUE, Source.SUM, Source.MIN, Source.MAX)
        if isinstance(match, MetricMatch) and is_value and meta.get("unit", "1") != _measured_in(match.unit):
            defect = f"The metric's unit is {match.unit}: nothing converts it."
            yield Spot(f"$.fields[{index}].tidegate", defect, "Give the field the metric's unit.")


def _measured_in(unit: str) -> str:
    """UCUM's annotations, such as `{call}`, measure nothing: what is counted has the unit 1."""
    return "1" if unit.startswith("{") and unit.endswith("}") else unit


RULES: tuple[Rule, ...] = (
    reported(
        "structure/signal",
        "An event is made of more than one kind of record.",
        "Spans and points of metrics have no values in common: half of the fields would always be missing.",
        "Give each a schema of its own.",
        Example(
            bad=(_MADE_OF_SPANS, Edit(DIAGNOSTIC, "$.tidegate.span_event", {"scope": "example.app", "name": "retry"})),
            good=(_MADE_OF_SPANS,),
            at=(DIAGNOSTIC, "$.tidegate.span_event"),
        ),
    ),
    reported(
        "structure/signal-twice",
        "Two events could be made of the same record.",
        "Which of them takes it could not be told.",
        "Name another scope, kind or metric; or, for spans, require an attribute that the other event does not.",
        Example(
            bad=(_MADE_OF_SPANS, Edit("diagnostic/RequestTraced.avsc", "$", _traced())),
            good=(_MADE_OF_SPANS, Edit("diagnostic/RequestTraced.avsc", "$", _traced("http.route"))),
            at=("diagnostic/RequestTraced.avsc", "$.tidegate"),
        ),
    ),
    reported(
        "structure/signal-source",
        "A field has a source that the event's records don't have.",
        "Nothing would ever be put in.",
        "Take a source of spans, events within spans or points, as docs/catalogue.md lists them; or an attribute.",
        Example(
            bad=(Edit(DIAGNOSTIC, f"{_DURATION}.tidegate.attribute", ABSENT),
                 Edit(DIAGNOSTIC, f"{_DURATION}.tidegate.source", "duration")),
            good=(_MADE_OF_SPANS, Edit(DIAGNOSTIC, f"{_DURATION}.tidegate.attribute", ABSENT),
                  Edit(DIAGNOSTIC, f"{_DURATION}.tidegate.source", "duration")),
            at=(DIAGNOSTIC, f"{_DURATION}.tidegate.source"),
        ),
    ),
    reported(
        "structure/source-domain",
        "A source's value goes with another domain.",
        "A trace id taken as a number, a histogram's sum, which is a double, as a whole number, or a status with other "
        "words would be refused each time, or say too much.",
        "Take the domain that the finding names; a status has the symbols UNSET, OK and ERROR.",
        Example(
            bad=(_MADE_OF_SPANS, Edit(DIAGNOSTIC, f"{RETRIED}.tidegate", {"source": "trace_id", "domain": "flag"})),
            good=(_MADE_OF_SPANS, Edit(DIAGNOSTIC, RETRIED, {
                "name": "trace", "type": "string", "doc": "The trace it belongs to.",
                "tidegate": {"source": "trace_id", "domain": "pseudonym"}})),
            at=(DIAGNOSTIC, f"{RETRIED}.tidegate.domain"),
        ),
    ),
    reported(
        "structure/required-unread",
        "Spans are required to have an attribute that has no place to go.",
        "What has no place is refused, so each span that the event takes would be.",
        "Read it into a field, or discard it.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.tidegate.span", _SPAN | {"requires": ["feature.name"]}),),
            good=(Edit(DIAGNOSTIC, "$.tidegate.span", _SPAN | {"requires": ["http.route"]}),),
            at=(DIAGNOSTIC, "$.tidegate.span.requires[0]"),
        ),
    ),
    reported(
        "structure/bucket",
        "A field does not say which bucket of the histogram it counts, or names one that there is not.",
        "Counts are taken up to bounds that the catalogue knows; no bound comes from the wire.",
        'Give `le` with the source "bucket": one of the metric\'s `bounds`.',
        Example(
            bad=_counting(source="bucket", le=50.0), good=_counting(source="bucket", le=100.0),
            at=(DIAGNOSTIC, f"{RETRIED}.tidegate.le"),
        ),
    ),
    over_schemas(
        "structure/unlisted-scope", Severity.ERROR, unlisted_scope,
        "Records of a scope that is not listed are refused before they are matched: the event would never come.",
        "List the scope in catalogue.yaml, or mend its name.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.tidegate.span", _SPAN | {"scope": "example.http"}),), good=(_MADE_OF_SPANS,),
            at=(DIAGNOSTIC, "$.tidegate.span.scope"),
        ),
    ),
)  # fmt: skip

KIND: Final = reported(
    "privacy/signal-kind",
    "Spans become a usage or content event, or points of a metric a content event.",
    "Spans and metrics are about how software runs. What people say or do in them has come there by mistake.",
    "Make it a diagnostic event; of metrics there are usage events too.",
    Example(
        bad=(Edit(USAGE, "$.tidegate.span", _SPAN),),
        good=(_MADE_OF_SPANS,),
        at=(USAGE, "$.tidegate.span"),
    ),
)
UNIT: Final = over_schemas(
    "contract/metric-unit", Severity.ERROR, other_unit,
    "A sum of milliseconds in a column of seconds is wrong by a factor of a thousand, and looks right.",
    "Give the field the metric's unit.",
    Example(
        bad=(*_counting(source="count"), Edit(DIAGNOSTIC, f"{_DURATION}.tidegate.unit", "s"),
             Edit(DIAGNOSTIC, f"{_DURATION}.doc", "The slowest request, in seconds.")),
        good=_counting(source="count"),
        at=(DIAGNOSTIC, f"{_DURATION}.tidegate"),
    ),
)  # fmt: skip
