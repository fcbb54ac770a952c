"""The ML schema: computed from a plan's domains, never written by hand. No domain maps to open text or bytes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.model import EventSchema
    from schemas.plan import FieldPlan


def ml_schema(schema: EventSchema, fields: Sequence[FieldPlan]) -> dict[str, Any]:
    """Derive the ML schema of an event: same names below `ml.`, images for types, notes that explain each image."""
    defined: dict[str, Any] = {}
    kept = [field for field in fields if field.in_ml]
    origin = [_field(field, defined) for field in kept if len(field.path) > 1]
    own = [_field(field, defined) for field in kept if len(field.path) == 1]
    docs = {field.name: field.doc for field in schema.fields}
    for field in own:
        if docs[field["name"]]:
            field["doc"] = docs[field["name"]]
    origin_type = {"type": "record", "name": "Origin", "namespace": "tidegate.ml", "fields": origin}
    return {
        "type": "record",
        "name": schema.name,
        "namespace": f"ml.{schema.namespace}",
        "doc": schema.doc,
        "tidegate": {
            "role": "ml",
            "event": schema.tidegate.event,
            "kind": schema.tidegate.kind.value,
            "from": schema.full_name,
            "purposes": sorted(purpose.value for purpose in schema.tidegate.purposes),
            "bits": round(sum(field.bits for field in kept), 2),
        },
        "fields": [{"name": "origin", "type": origin_type}, *own],
    }


def _field(field: FieldPlan, defined: dict[str, Any]) -> dict[str, Any]:
    assert field.domain is not None  # noqa: S101 - only fields with a domain are in the ML record
    avro = _once(field.domain.ml_type(_pascal(field.path)), defined)
    notes = {"domain": field.domain.domain, "bits": round(field.bits, 2), **field.domain.ml_notes()}
    if field.nullable:
        return {"name": field.path[-1], "type": ["null", avro], "default": None, "tidegate": notes}
    return {"name": field.path[-1], "type": avro, "tidegate": notes}


def _once(avro: Any, defined: dict[str, Any]) -> Any:  # noqa: ANN401 - an Avro type
    """A named type's definition the first time, its name afterwards; no codec takes another type of that name."""
    if not isinstance(avro, dict) or "name" not in avro:
        return avro
    name = f"{avro['namespace']}.{avro['name']}" if "namespace" in avro else avro["name"]
    if defined.get(name) == avro:
        return name
    defined[name] = avro
    return avro


def _pascal(path: Sequence[str]) -> str:
    return "".join(part.title() for name in path for part in name.split("_"))
