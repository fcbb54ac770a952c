"""The catalogue: read once, checked, frozen. What runs is what is registered, under its registered ids."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from schemas.authored import Authored, read_authored
from schemas.compile import compile_schema
from schemas.findings import CatalogueInvalid, Finding
from schemas.model import AttributeClass
from schemas.plan import Plan
from schemas.quarantine_forms import QUARANTINED
from schemas.registry import Registered, Role, append, read_registry, text_of
from schemas.routes import Routes, routed

SHIPPED = Path(__file__).parent / "catalog"
"""The sample catalogue that comes with Tidegate."""

_REGISTER = "Run `tidegate register`."


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Everything that may ever be carried, immutable.

    `plans` holds the current plan of each event by name, `routes` the same by what a record says, `by_id` every plan of
    an event still in the catalogue by its telemetry schema id, older versions too; `schemas` every registered schema by
    id.
    """

    name: str
    version: str
    scopes: frozenset[str]
    classes: Mapping[str, AttributeClass]
    plans: Mapping[str, Plan]
    routes: Routes
    by_id: Mapping[int, Plan]
    schemas: Mapping[int, Registered]
    quarantine_id: int


def load(folder: Path = SHIPPED) -> Catalogue:
    """Read a catalogue folder.

    Raises:
        CatalogueInvalid: with everything that is wrong, an unregistered change included.
    """
    authored, schemas = _read(folder)
    plans = _compiled(authored, schemas)
    pending = _unregistered(authored, plans, schemas)
    if pending:
        raise CatalogueInvalid([_pending(schema) for schema in pending])
    derived = {schema.derived_from: schema.id for schema in schemas.values() if schema.role is Role.ML}
    by_id = {
        number: dataclasses.replace(plan, schema_id=number, ml_schema_id=derived.get(number, 0))
        for number, plan in sorted(plans.items())
    }
    current = {plan.event: plan for plan in by_id.values()}
    digest = hashlib.sha256()
    for schema in schemas.values():
        digest.update(schema.sha256.encode())
    digest.update(repr((sorted(authored.scopes), sorted(authored.classes.items()), sorted(by_id))).encode())
    return Catalogue(
        name=authored.name,
        version=digest.hexdigest()[:12],
        scopes=authored.scopes,
        classes=MappingProxyType(dict(authored.classes)),
        plans=MappingProxyType(current),
        routes=routed(current.values()),
        by_id=MappingProxyType(by_id),
        schemas=MappingProxyType(schemas),
        quarantine_id=_quarantine_id(schemas),
    )


def register(folder: Path) -> list[Registered]:
    """Freeze what is new or changed in a folder; returns the added schemas, none when there is nothing to do.

    Raises:
        CatalogueInvalid: a catalogue with findings can't be registered.
    """
    authored, schemas = _read(folder)
    added = _unregistered(authored, _compiled(authored, schemas), schemas)
    if added:
        append(folder, added)
    return added


def _read(folder: Path) -> tuple[Authored, dict[int, Registered]]:
    """Read what was written and what is registered; what is wrong with either, together."""
    findings: list[Finding] = []
    schemas: dict[int, Registered] = {}
    try:
        schemas = read_registry(folder)
    except CatalogueInvalid as invalid:
        findings += invalid.findings
    try:
        authored = read_authored(folder)
    except CatalogueInvalid as invalid:
        raise CatalogueInvalid([*findings, *invalid.findings]) from None
    if findings:
        raise CatalogueInvalid(findings)
    return authored, schemas


def _compiled(authored: Authored, schemas: Mapping[int, Registered]) -> dict[int, Plan]:
    """Plan of every registered telemetry schema whose event is still in the catalogue, by id.

    The authored plan where its text is the registered one. An older version is compiled from its frozen text, and left
    out, so that its messages are refused, when today's rules don't take it: a frozen text can't be mended.
    """
    plans: dict[int, Plan] = {}
    for schema in schemas.values():
        plan = authored.plans.get(schema.event or "")
        if schema.role is not Role.TELEMETRY or plan is None:
            continue
        if schema.text != text_of(plan.avro):
            plan, _ = compile_schema(schema.avro, authored.classes, schema.file, authored.waived)
        if plan is not None:
            plans[schema.id] = plan
    return plans


def _unregistered(authored: Authored, plans: Mapping[int, Plan], schemas: Mapping[int, Registered]) -> list[Registered]:
    """Give the schemas that are not registered as they stand, with the ids they would get.

    A telemetry schema is known by its event; an ML schema by the telemetry schema it is derived from, so that a change
    in how it is derived reaches the older versions too.
    """
    latest = {_known_by(schema.role, schema.event, schema.derived_from): schema for schema in schemas.values()}
    added: list[Registered] = []

    def freeze(role: Role, plan: Plan | None, avro: Mapping[str, object], derived_from: int | None = None) -> int:
        text = text_of(avro)
        kind, event = (plan.kind, plan.event) if plan else (None, None)
        known = latest.get(_known_by(role, event, derived_from))
        if known is not None and known.text == text:
            return known.id
        name = f"{avro['namespace']}.{avro['name']}"
        number = len(schemas) + len(added) + 1
        schema = Registered(number, role, kind, event, name, derived_from, text)
        latest[_known_by(role, event, derived_from)] = schema
        added.append(schema)
        return number

    freeze(Role.QUARANTINE, None, QUARANTINED)
    for _, plan in sorted(authored.plans.items()):
        telemetry_id = freeze(Role.TELEMETRY, plan, plan.avro)
        if plan.ml_avro is not None:
            freeze(Role.ML, plan, plan.ml_avro, telemetry_id)
    for telemetry_id, plan in sorted(plans.items()):
        if plan.ml_avro is not None:
            freeze(Role.ML, plan, plan.ml_avro, telemetry_id)
    return added


def _known_by(role: Role, event: str | None, derived_from: int | None) -> tuple[Role, str | int | None]:
    return role, derived_from if role is Role.ML else event


def _quarantine_id(schemas: Mapping[int, Registered]) -> int:
    return max(schema.id for schema in schemas.values() if schema.role is Role.QUARANTINE)


def _pending(schema: Registered) -> Finding:
    defect = f"{schema.name} is not registered as it stands."
    return Finding(f"registered/{schema.file}", "$", "registered/pending", defect, _REGISTER)
