"""What a catalogue holds, as rows: its events, the fields of one, and how much each may carry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from deploy.authoring.images import accepts, ml_image, telemetry_image
from schemas.authored import read_authored
from schemas.compile import EVENT_BITS, FIELD_BITS, WAIVED_BITS
from schemas.model import BODY, Kind

if TYPE_CHECKING:
    from pathlib import Path

    from schemas.authored import Authored
    from schemas.plan import FieldPlan, Plan

Row = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Sheet:
    """Rows for people and machines: a title, the columns with their headings, the rows, and lines below them.

    `rest` is what `--format json` says beside the rows.
    """

    title: str
    columns: Mapping[str, str]
    rows: Sequence[Row]
    lines: Sequence[str]
    rest: Mapping[str, Any]


_EVENTS = {
    "event": "event", "kind": "kind", "level": "level", "owner": "owner", "fields": "fields", "purposes": "purposes",
    "expires": "expires", "bits": "bits",
}  # fmt: skip
_FIELDS = {
    "field": "field", "attribute": "attribute", "class": "class", "domain": "domain", "accepts": "accepts",
    "telemetry": "telemetry image", "ml": "ML image", "bits": "bits",
}  # fmt: skip
_CAPACITY = {
    "event": "event", "field": "field", "domain": "domain", "images": "images", "bits": "bits", "share": "of budget",
    "note": "note",
}  # fmt: skip


def read(folder: Path) -> Authored:
    """Read a catalogue as its authors wrote it; registered or not."""
    return read_authored(folder)


def events(authored: Authored) -> Sheet:
    """One row an event, in the order of their names."""
    rows = [
        {
            "event": plan.event,
            "kind": plan.kind.value,
            "level": plan.level.value,
            "owner": plan.owner,
            "fields": sum(len(place.path) == 1 for place in plan.fields),
            "purposes": sorted(purpose.value for purpose in plan.purposes),
            "expires": plan.expires.isoformat() if plan.expires else "never",
            "bits": _event_bits(plan),
        }
        for plan in _sorted(authored)
    ]
    line = f"{len(rows)} events; bits are what one event can carry into ml.eligible."
    return Sheet(f"catalogue {authored.name}", _EVENTS, rows, [line], {"name": authored.name})


def fields(authored: Authored, plan: Plan) -> Sheet:
    """One row a field of an event, Origin's first."""
    rows = [
        {
            "field": place.dotted,
            "attribute": place.attribute,
            "class": _class_of(place, authored),
            "domain": place.domain.domain if place.domain else f"content: {place.content}",
            "accepts": accepts(place),
            "telemetry": telemetry_image(place),
            "ml": "nothing" if plan.ml_avro is None else ml_image(place),
            "bits": _bits(place, plan),
        }
        for place in plan.fields
    ]
    purposes = ", ".join(sorted(purpose.value for purpose in plan.purposes))
    head = f"{plan.kind}, {plan.level}; owner {plan.owner}; purposes {purposes}; expires {plan.expires or 'never'}."
    discards = [f"Discards {', '.join(sorted(plan.discards))}."] if plan.discards else []
    end = (
        f"One event can carry {_event_bits(plan):.2f} bits into ml.eligible; {budget(authored, plan)} is the most."
        if plan.ml_avro is not None
        else "Content: on customer.content alone, nothing of it in ml.eligible."
    )
    rest = {"event": plan.event, "kind": plan.kind.value, "doc": plan.avro["doc"], "bits": _event_bits(plan)}
    return Sheet(f"{plan.event}: {plan.avro['doc']}", _FIELDS, rows, [head, *discards, end], rest)


def capacity(authored: Authored) -> Sheet:
    """How many bits each event and each of its fields can carry: the figures a release is judged by."""
    plans = [plan for plan in _sorted(authored) if plan.ml_avro is not None]
    rows = [row for plan in plans for row in _capacity_rows(authored, plan)]
    most = max(plans, key=lambda plan: plan.bits, default=None)
    eligible = [plan for plan in plans if plan.for_ml]
    totals = {
        "events": len(authored.plans),
        "content_events": sum(plan.kind is Kind.CONTENT for plan in authored.plans.values()),
        "derived_events": len(plans),
        "eligible_events": len(eligible),
        "eligible_bits": _round(sum(plan.bits for plan in eligible)),
        "largest_event": most.event if most else None,
        "largest_event_bits": _round(most.bits if most else 0.0),
        "waived_events": sorted(authored.waived),
    }
    lines = _summary(totals)
    budgets = {"field": FIELD_BITS, "event": EVENT_BITS, "waived_event": WAIVED_BITS}
    rest = {"name": authored.name, "budgets": budgets, "totals": totals}
    return Sheet(f"capacity of the catalogue {authored.name}", _CAPACITY, rows, lines, rest)


def _summary(totals: Mapping[str, Any]) -> list[str]:
    content, derived, eligible = totals["content_events"], totals["derived_events"], totals["eligible_events"]
    largest, bits = totals["largest_event"], totals["largest_event_bits"]
    return [
        f"{totals['events']} events; {content} of content: nothing of these reaches ml.eligible.",
        f"{derived} have an ML schema, {eligible} of them the purpose train_ai_system.",
        f"One of each eligible event: {totals['eligible_bits']} bits. The largest: {largest}, {bits} bits.",
        f"Budgets: {FIELD_BITS} bits a field, {EVENT_BITS} an event, {WAIVED_BITS} with a waiver.",
        "A pseudonym counts none: a keyed hash of a keyed hash tells nothing but which records share an id.",
    ]


def budget(authored: Authored, plan: Plan) -> int:
    """How many bits one event may carry."""
    return WAIVED_BITS if plan.event in authored.waived else EVENT_BITS


def _capacity_rows(authored: Authored, plan: Plan) -> list[Row]:
    notes = [] if plan.for_ml else ["withheld: not for train_ai_system"]
    notes += ["waiver"] if plan.event in authored.waived else []
    whole = budget(authored, plan)
    event = _row(plan.event, "", "", None, _round(plan.bits), plan.bits / whole, "; ".join(notes))
    own = [
        _row(
            plan.event, place.dotted, place.domain.domain, place.images, _round(place.bits), place.bits / FIELD_BITS,
            _note(place),
        )
        for place in plan.fields
        if place.domain is not None and place.in_ml
    ]  # fmt: skip
    return [event, *own]


def _row(event: str, field: str, domain: str, images: int | None, bits: float, share: float, note: str) -> Row:
    of = round(share, 4)
    return {"event": event, "field": field, "domain": domain, "images": images, "bits": bits, "share": of, "note": note}


def _note(place: FieldPlan) -> str:
    is_id = place.domain is not None and place.domain.domain == "pseudonym"
    absent = "absence counted" if place.nullable else ""
    return "; ".join(note for note in ("equality only" if is_id else "", absent) if note)


def _sorted(authored: Authored) -> list[Plan]:
    return [plan for _, plan in sorted(authored.plans.items())]


def _class_of(place: FieldPlan, authored: Authored) -> str | None:
    of = authored.classes.get(place.attribute or "")
    return of.value if of else "content" if place.attribute == BODY else None


def _bits(place: FieldPlan, plan: Plan) -> float:
    return 0.0 if plan.ml_avro is None else _round(place.bits)


def _event_bits(plan: Plan) -> float:
    return 0.0 if plan.ml_avro is None else _round(plan.bits)


def _round(bits: float) -> float:
    return round(bits, 2)
