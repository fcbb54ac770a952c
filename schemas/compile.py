"""Compiles a resolved schema into a plan, or says everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from schemas.codec import Codec, CodecError
from schemas.compile_signals import match_of, signal_findings
from schemas.derive import ml_schema
from schemas.fields import compile_field
from schemas.findings import Finding
from schemas.model import (
    BODY,
    MOST_FIELDS,
    ORIGIN,
    AttributeClass,
    AvroField,
    EventSchema,
    Kind,
    OriginSchema,
    Purpose,
)
from schemas.plan import OPT_OUT, ORIGIN_FIELDS, FieldPlan, Plan, Shape
from schemas.shape import parse
from schemas.signals import MADE, Source

Classes = Mapping[str, AttributeClass]

FIELD_BITS, EVENT_BITS = 32, 64
WAIVED_BITS = 128  # what an event with a waiver in catalogue.yaml may carry
EVENT_ID_BITS = 128
ORIGIN_FILE = "types/Origin.avsc"
_CLOSED = (AttributeClass.CONTENT, AttributeClass.SECRET, AttributeClass.NETWORK)


def compile_schema(
    avro: Mapping[str, Any], classes: Classes, file: str, waived: Collection[str] = ()
) -> tuple[Plan | None, list[Finding]]:
    """Compile one resolved schema; the plan is there only when there is no finding.

    `waived` names the events with a budget waiver. Its day is the check's business: what compiles today does tomorrow.
    """
    schema, findings = read_event(avro, file)
    return (None, findings) if schema is None else compile_event(schema, avro, classes, file, waived)


def read_event(avro: Mapping[str, Any], file: str) -> tuple[EventSchema | None, list[Finding]]:
    """Read a resolved schema into its model; where that fails, tell what is wrong with its fields too."""
    schema, findings = parse(EventSchema, avro, file)
    return schema, findings if schema else [*findings, *_looked_over(avro, file)]


def compile_event(
    schema: EventSchema, avro: Mapping[str, Any], classes: Classes, file: str, waived: Collection[str] = ()
) -> tuple[Plan | None, list[Finding]]:
    """Compile what was read from `avro`; the plan is there only when there is no finding."""
    fields, findings = _fields(schema, file)
    findings += [
        *_names(schema, file),
        *signal_findings(schema, fields, file),
        *_wiring(schema, fields, classes, file),
        *_budget(schema, fields, file, WAIVED_BITS if schema.tidegate.event in waived else EVENT_BITS),
        *_promises(schema, file),
    ]
    if findings:
        return None, findings
    try:
        return _plan(schema, avro, fields), []
    except CodecError as error:
        return None, [Finding(file, "$", "structure/avro", f"Avro can't read it: {error}.", "Mend the types.")]


def _plan(schema: EventSchema, avro: Mapping[str, Any], fields: Sequence[FieldPlan]) -> Plan:
    meta = schema.tidegate
    derived = None if meta.kind is Kind.CONTENT else ml_schema(schema, fields)
    fields = [replace(field, number=number) for number, field in enumerate(fields)]
    return Plan(
        event=meta.event,
        kind=meta.kind,
        level=meta.level,
        owner=meta.owner,
        purposes=frozenset(meta.purposes),
        expires=None if isinstance(meta.expires, str) else meta.expires,
        discards=frozenset(meta.discards),
        fields=tuple(fields),
        received=tuple(field for field in fields if field.source not in (Source.EVENT_ID, Source.RECEIVE_TIME)),
        in_ml=tuple(field for field in fields if field.in_ml),
        by_attribute={field.attribute: field for field in fields if field.attribute not in (None, BODY)},
        reads_body=next((field for field in fields if field.attribute == BODY), None),
        soft=tuple(field for field in fields if getattr(field.domain, "on_miss", None) == "other"),
        reads_itself=tuple(field for field in fields if field.source is not None and field.source not in MADE),
        avro=avro,
        codec=Codec(avro),
        shape=Shape.of(fields),
        ml_shape=Shape.of([field for field in fields if field.in_ml]),
        ml_avro=derived,
        ml_codec=None if derived is None else Codec(derived),
        match=match_of(meta),
    )


def _looked_over(avro: Mapping[str, Any], file: str) -> list[Finding]:
    """Tell what is wrong with the fields of a record that is wrong itself, so that nobody has to come twice."""
    fields, meta = avro.get("fields"), avro.get("tidegate")
    kinds = [kind for kind in Kind if isinstance(meta, Mapping) and meta.get("kind") == kind]
    findings: list[Finding] = []
    for index, raw in enumerate(fields[:MOST_FIELDS] if isinstance(fields, list) else ()):
        field, _ = parse(AvroField, raw, file)
        if index > 0 and field is not None:
            _, more = compile_field(
                field, kinds[0] if kinds else Kind.CONTENT, (field.name,), file, f"$.fields[{index}]"
            )
            findings += more
    return findings


def _names(schema: EventSchema, file: str) -> Iterator[Finding]:
    """No two fields have one name, not even in another case: tables tell no cases apart."""
    names = [field.name.lower() for field in schema.fields]
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Finding(
                file, f"$.fields[{index}].name", "structure/name-twice", "The name stands twice.", "Rename it."
            )


def _fields(schema: EventSchema, file: str) -> tuple[list[FieldPlan], list[Finding]]:
    fields, findings = _origin(schema.fields[0], file)
    for index, field in enumerate(schema.fields[1:], start=1):
        at = f"$.fields[{index}]"
        if field.doc is None:
            remedy = "Say in a sentence what it tells."
            findings.append(Finding(file, at, "contract/doc", "The field has no `doc`.", remedy))
        plan, more = compile_field(field, schema.tidegate.kind, (field.name,), file, at)
        fields += [plan] if plan else []
        findings += more
    return fields, findings


def _origin(field: AvroField, file: str) -> tuple[list[FieldPlan], list[Finding]]:
    remedy = f'Begin every schema with {{"name": "origin", "type": "{ORIGIN}"}}.'
    if field.name != "origin" or not isinstance(field.type, dict):
        return [], [Finding(file, "$.fields[0]", "structure/origin", f"The first field is not {ORIGIN}.", remedy)]
    origin, findings = parse(OriginSchema, field.type, ORIGIN_FILE)
    if origin is None:
        return [], findings
    names = [inner.name for inner in origin.fields]
    if names == [name for name in ORIGIN_FIELDS if name != OPT_OUT]:
        defect = f"Origin has no `{OPT_OUT}`: nobody could decline machine learning."
        findings.append(Finding(ORIGIN_FILE, "$.fields", "privacy/opt-out", defect, "Give it back, as the last field."))
    elif names != list(ORIGIN_FIELDS):
        remedy = f"Give it exactly these, in this order: {', '.join(ORIGIN_FIELDS)}."
        findings.append(Finding(ORIGIN_FILE, "$.fields", "structure/origin", "Origin has other fields.", remedy))
    fields = []
    for index, inner in enumerate(origin.fields):
        at = f"$.fields[{index}]"
        plan, more = compile_field(inner, Kind.USAGE, ("origin", inner.name), ORIGIN_FILE, at)
        fields += [plan] if plan else []
        findings += more or _as_the_gate_needs(plan, at)
    return fields, findings


def _as_the_gate_needs(plan: FieldPlan | None, at: str) -> list[Finding]:
    if plan is None or plan.path[-1] not in ORIGIN_FIELDS:
        return []
    source, domain = ORIGIN_FIELDS[plan.path[-1]]
    has_room = plan.source is not Source.EVENT_ID or getattr(plan.domain, "length", 0) == EVENT_ID_BITS
    if plan.domain and plan.source is source and plan.domain.domain == domain and has_room and not plan.nullable:
        return []
    remedy = f"Give it the domain {domain}, {f'the source {source}' if source else 'an attribute'}, and no null."
    return [Finding(ORIGIN_FILE, at, "structure/origin", "The gate can't work with this field.", remedy)]


def _at(place: FieldPlan, schema: EventSchema, file: str) -> tuple[str, str]:
    """File and JSON path of a compiled field."""
    if len(place.path) > 1:
        known = list(ORIGIN_FIELDS)
        name = place.path[-1]  # another one is a finding of its own, and has no agreed place
        return ORIGIN_FILE, f"$.fields[{known.index(name)}]" if name in known else "$.fields"
    return file, f"$.fields[{[field.name for field in schema.fields].index(place.path[0])}]"


def _wiring(schema: EventSchema, fields: Sequence[FieldPlan], classes: Classes, file: str) -> Iterator[Finding]:
    """Each attribute has one place to go, and the place suits the attribute's class."""
    taken = set(schema.tidegate.discards)
    for place in fields:
        if place.attribute is None:
            continue
        where, path = _at(place, schema, file)
        if place.attribute in taken:
            remedy = "Read each attribute into one field, or discard it."
            defect = f"`{place.attribute}` has two places to go."
            yield Finding(where, f"{path}.tidegate.attribute", "structure/attribute-twice", defect, remedy)
        taken.add(place.attribute)
        for rule, defect, remedy in _class_of(place, classes):
            yield Finding(where, f"{path}.tidegate.attribute", rule, f"`{place.attribute}` {defect}.", remedy)


def _class_of(place: FieldPlan, classes: Classes) -> Iterator[tuple[str, str, str]]:
    of = classes.get(place.attribute or "")
    if of is None and place.attribute != BODY:
        yield "privacy/unclassified", "has no class", "Give it one in attributes.yaml."
    elif of is AttributeClass.SECRET or (of in _CLOSED and place.domain is not None):
        remedy = "Leave it out, discard it, or (never a secret) make it a content field of a content schema."
        yield "privacy/attribute-class", f"is of class {of} (attributes.yaml)", remedy
    elif of is AttributeClass.IDENTIFIER and place.domain is not None and place.domain.domain != "pseudonym":
        yield "privacy/identifier", "tells a person, device or thing apart", "Take it as a pseudonym, or leave it out."


def _budget(schema: EventSchema, fields: Sequence[FieldPlan], file: str, most: int) -> Iterator[Finding]:
    """No field and no event can carry more bits into the ML record than the budget."""
    if schema.tidegate.kind is Kind.CONTENT:
        return
    remedy = "Use fewer fields, smaller lists or wider buckets."
    for place in fields:
        if place.bits > FIELD_BITS:
            defect = f"`{place.dotted}` can carry {place.bits:.1f} bits; {FIELD_BITS} is the most."
            yield Finding(*_at(place, schema, file), "privacy/field-budget", defect, remedy)
    bits = sum(place.bits for place in fields)
    if bits > most:
        defect = f"One event can carry {bits:.1f} bits; {most} is the most."
        yield Finding(file, "$", "privacy/event-budget", defect, remedy)


def _promises(schema: EventSchema, file: str) -> Iterator[Finding]:
    """Content never trains; everything else ends one day unless somebody wants it again."""
    is_content = schema.tidegate.kind is Kind.CONTENT
    if is_content and Purpose.TRAIN_AI_SYSTEM in schema.tidegate.purposes:
        defect = "A content schema has the purpose train_ai_system."
        yield Finding(file, "$.tidegate.purposes", "privacy/content-purpose", defect, "Take the purpose out.")
    if not is_content and schema.tidegate.expires == "never":
        remedy = "Give a date: somebody has to want the event again from time to time."
        yield Finding(file, "$.tidegate.expires", "contract/expires", "Only content schemas never expire.", remedy)
