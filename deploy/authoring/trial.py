"""Tries values on the real gate and the real validator: what would leave, what would be refused, and why.

Nothing is told of a content value but its size, of a refused one but its kind and size bucket, and an attribute's name
only where the catalogue knows it.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from broker.port import Received
from collector.pipeline import TOPICS as COLLECTED
from collector.pipeline import Accepted, Refused, gate
from consumers.validator.journey import TOPICS as JUDGED
from consumers.validator.journey import Eligible, Withheld, judge
from deploy.authoring.images import meaning, shown
from deploy.authoring.records import Maker, is_told, said_as
from deploy.authoring.samples import sample
from deploy.errors import Problem
from schemas.catalogue import load, register
from schemas.domains import Context
from schemas.findings import CatalogueInvalid
from schemas.keyring import Keyring
from schemas.model import AttributeClass, Kind
from schemas.plan import REQUIRED, FieldPlan, Plan, value_at
from schemas.reasons import Reason, Refusal
from schemas.signals import SpanMatch

if TYPE_CHECKING:
    from collector.records import Record, Value
    from schemas.catalogue import Catalogue

TELEMETRY_KEY, ML_KEY = (
    bytes(range(32)),
    Keyring.forever(bytes(range(32, 64))),
)  # of trials alone: pseudonyms here are worth nothing
FRAME: Final = 5  # bytes before the payload


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one field or attribute: images where it would leave, a refusal where it would not."""

    field: str
    attribute: str
    given: bool
    telemetry: str = ""
    ml: str = ""
    meaning: str = ""
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What becomes of the record: where it would go, and why not further."""

    event: str
    kind: Kind
    topic: str | None
    refusal: Refusal | None
    withheld: Reason | None
    reaches_ml: bool
    verdicts: tuple[Verdict, ...]


def readable(folder: Path) -> Catalogue:
    """Load a catalogue as it would be once registered: what an author has just written can be tried at once."""
    try:
        return load(folder)
    except CatalogueInvalid as invalid:
        if any(finding.rule != "registered/pending" for finding in invalid.findings):
            raise
    with tempfile.TemporaryDirectory(prefix="tidegate-") as scratch:
        copy = Path(scratch) / "catalogue"
        shutil.copytree(folder, copy, ignore=shutil.ignore_patterns(".git", ".venv", ".tidegate"))
        register(copy)
        return load(copy)


def trial(catalogue: Catalogue, event: str, values: Mapping[str, Value], now: int) -> Trial:
    """Send one record with these values, by attribute or field name; `now` is in microseconds since the epoch.

    Origin's attributes that are not given get samples, and what a span or a point tells by itself (see
    `deploy.authoring.records`); the event's own do not, and are missing where required.

    Raises:
        Problem: the catalogue has no such event, or what is given is nothing that its records can tell.
    """
    plan = catalogue.plans.get(event)
    if plan is None:
        raise Problem("The catalogue has no such event: `tidegate catalogue show` lists those it has.")
    named = {_named(name, plan): value for name, value in values.items()}
    tells = {name for place in plan.fields if (name := said_as(place))}
    facts = {name: value for name, value in named.items() if name in tells}
    given = {name: value for name, value in named.items() if name not in facts}
    bench = _Bench(catalogue, plan, now)
    origin = {name: value for name, value in bench.samples.items() if bench.is_origin(name)}
    whole = bench.send(origin | given, facts)
    fields = [bench.verdict(place, given, facts) for place in plan.fields if is_told(place)]
    numbered = enumerate(given, start=1)
    others = [bench.other(number, name, given) for number, name in numbered if name not in bench.places]
    return Trial(
        event=event,
        kind=plan.kind,
        topic=None if whole.refusal else COLLECTED[plan.kind],
        refusal=whole.refusal,
        withheld=whole.withheld,
        reaches_ml=whole.ml is not None,
        verdicts=(*fields, *others),
    )


@dataclass(frozen=True, slots=True)
class _Sent:
    """What came of one record."""

    refusal: Refusal | None = None
    telemetry: Mapping[str, Any] | None = field(default=None, repr=False)
    ml: Mapping[str, Any] | None = field(default=None, repr=False)
    withheld: Reason | None = None


class _Bench:
    """Sends records of one event through both gates."""

    def __init__(self, catalogue: Catalogue, plan: Plan, now: int) -> None:
        self.catalogue, self.plan, self.now = catalogue, plan, now
        self.places = {place.attribute: place for place in plan.fields if place.attribute is not None}
        selects = plan.match.requires if isinstance(plan.match, SpanMatch) else ()
        self.samples: dict[str, Value] = dict.fromkeys(selects, "a sample")
        self.samples |= {
            name: sample(place, now)
            for name, place in self.places.items()
            if place.default is REQUIRED or name in selects
        }

    def is_origin(self, name: str) -> bool:
        """Whether an attribute is of the resource, as all that Origin reads."""
        return name in self.places and _is_origin(self.places[name])

    def send(self, values: Mapping[str, Value], facts: Mapping[str, Value]) -> _Sent:
        """Gate one record with exactly these values, judge what came out, and decode both."""
        [outcome] = gate([self._record(values, facts)], self.catalogue, Context(TELEMETRY_KEY, self.now))
        if isinstance(outcome, Refused):
            return _Sent(outcome.refusal)
        assert isinstance(outcome, Accepted)  # noqa: S101 - nothing that is discarded is tried
        telemetry = self.plan.codec.decode(outcome.value[FRAME:])
        if outcome.topic not in JUDGED:
            return _Sent(None, telemetry)
        message = Received(outcome.topic, 0, 0, self.now // 1000, outcome.value)
        [judged] = judge([message], self.catalogue, ML_KEY, self.now)
        if isinstance(judged, Withheld):
            return _Sent(None, telemetry, None, judged.reason)
        if not isinstance(judged, Eligible):
            return _Sent(judged.refusal, telemetry)
        assert self.plan.ml_codec is not None  # noqa: S101 - what was eligible was encoded by it
        return _Sent(None, telemetry, self.plan.ml_codec.decode(judged.value[FRAME:]))

    def verdict(self, place: FieldPlan, given: Mapping[str, Value], facts: Mapping[str, Value]) -> Verdict:
        """Judge one field: all others are as they should be."""
        name = place.attribute or ""
        if place.source:
            is_given = said_as(place) in facts
            sent = self.send(self.samples, facts)
            if sent.refusal is not None and sent.refusal.field != place.dotted:  # facts are told together
                return Verdict(place.dotted, name, is_given)
        else:
            is_given = name in given
            values = {other: value for other, value in self.samples.items() if other != name or _is_origin(place)}
            sent = self.send(values | ({name: given[name]} if is_given else {}), {})
        if sent.refusal is not None or sent.telemetry is None:
            return Verdict(place.dotted, name, is_given, refusal=sent.refusal)
        image = value_at(sent.telemetry, place.path)
        told = Verdict(place.dotted, name, is_given, shown(place, image))
        if sent.ml is None or not place.in_ml:
            return told
        reduced = value_at(sent.ml, place.path)
        return replace(told, ml=shown(place, reduced), meaning=meaning(place.domain, reduced))

    def other(self, number: int, name: str, given: Mapping[str, Value]) -> Verdict:
        """Judge an attribute that no field reads. It is named only where the catalogue knows the name."""
        sent = self.send(self.samples | {name: given[name]}, {})
        known = name in self.catalogue.classes or name in self.plan.discards
        return Verdict("", name if known else f"attribute {number} of those given", given=True, refusal=sent.refusal)

    def _record(self, values: Mapping[str, Value], facts: Mapping[str, Value]) -> Record:
        resource = {name: value for name, value in values.items() if self._is_resource(name)}
        own = {name: value for name, value in values.items() if name not in resource}
        scope = min(self.catalogue.scopes)
        return Maker(self.plan, tuple(resource.items()), scope, own, self.now * 1000).record(facts)

    def _is_resource(self, name: str) -> bool:
        if name in self.places:
            return self.is_origin(name)
        return name not in self.plan.discards and self.catalogue.classes.get(name) is AttributeClass.OPERATIONAL


def _is_origin(place: FieldPlan) -> bool:
    return len(place.path) > 1


def _named(name: str, plan: Plan) -> str:
    """Name the attribute, or the fact that the record itself tells: a field may be given by its own name too."""
    if name in plan.by_attribute:
        return name
    of_field = (place.attribute or said_as(place) for place in plan.fields if name in (place.dotted, place.path[-1]))
    return next(filter(None, of_field), name)
