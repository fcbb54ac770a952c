"""Compiles one field: where its value comes from, its domain or content class, and whether its Avro type fits."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.domains import DOMAINS, AnyDomain, Context, Domain
from schemas.domains.words import Vocabulary
from schemas.findings import Finding
from schemas.model import BODY, AvroField, Kind, Wiring
from schemas.openness import open_field, opened
from schemas.plan import REQUIRED, FieldPlan
from schemas.reasons import OutsideDomain
from schemas.shape import parse, parse_as, shape_of, unwrapped
from schemas.signals import MADE, Source

LARGEST_INT = 2**31 - 1
_NOBODY = Context(bytes(32), 0)  # judges defaults, of which nothing is kept
CONTENT_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "bytes": (bytes,), "long": (int,), "double": (float, int), "boolean": (bool,),
}  # fmt: skip


def compile_field(
    field: AvroField, kind: Kind, path: tuple[str, ...], file: str, at: str
) -> tuple[FieldPlan | None, list[Finding]]:
    """Compile the field at JSON path `at`; the plan is there only when there is no finding."""
    wiring, findings = parse(Wiring, field.tidegate or {}, file, f"{at}.tidegate")
    if wiring is None:
        return None, findings
    parameters = dict(wiring.model_extra or {})
    findings += _wired(wiring, parameters, kind, file, f"{at}.tidegate")
    if wiring.content_class is None and "domain" not in parameters:
        findings.append(open_field(field, wiring.attribute, file, f"{at}.tidegate"))
    if wiring.source in MADE and len(path) == 1:
        remedy = "Give `attribute`; only Origin holds what the collector makes."
        findings.append(Finding(file, f"{at}.tidegate.source", "structure/source", "Nothing makes this.", remedy))
    nullable, avro = unwrapped(field.type)
    domain: Domain | None = None
    if "domain" in parameters:
        domain, more = _domain(parameters, avro, file, at)
        findings += [_in_type(finding, f"{at}.tidegate", f"{at}.type{'[1]' * nullable}") for finding in more]
    elif wiring.content_class is not None and shape_of(avro) not in CONTENT_TYPES:
        remedy = f"Use one of: {', '.join(CONTENT_TYPES)}."
        findings.append(Finding(file, f"{at}.type", "structure/type", "No content field has this type.", remedy))
    if domain is not None or wiring.content_class is not None:
        findings += _default(field, domain, file, at)
    if findings:
        return None, findings
    has_default = "default" in field.model_fields_set
    plan = FieldPlan(
        path=path,
        attribute=wiring.attribute,
        source=wiring.source,
        domain=domain,
        content=wiring.content_class,
        content_types=() if domain else CONTENT_TYPES[shape_of(avro)],
        nullable=nullable,
        default=field.default if has_default else None if nullable else REQUIRED,
        in_ml=domain is not None and wiring.ml != "none",
        le=wiring.le,
    )
    return plan, []


def _in_type(finding: Finding, at: str, type_at: str) -> Finding:
    """An enum's name and symbols stand in its Avro type."""
    moved = finding.path.removeprefix(at)
    if moved == ".name" or moved.startswith(".symbols"):
        return dataclasses.replace(finding, path=type_at + moved)
    return finding


def _default(field: AvroField, domain: Domain | None, file: str, at: str) -> Iterator[Finding]:
    """A default goes the way of a value: it must be one."""
    nullable, _ = unwrapped(field.type)
    if "default" not in field.model_fields_set or (field.default is None if nullable else _is_image(field, domain)):
        return
    defect = "The default is not null, which a nullable field's must be, nor an image of the field's domain."
    yield Finding(file, f"{at}.default", "structure/default", defect, "Take it out, or mend it.")


def _is_image(field: AvroField, domain: Domain | None) -> bool:
    try:
        return domain is not None and domain.reduce(field.default, _NOBODY) is not None
    except OutsideDomain:
        return False


def _wired(wiring: Wiring, parameters: Mapping[str, Any], kind: Kind, file: str, at: str) -> Iterator[Finding]:
    if (wiring.attribute is None) == (wiring.source is None):
        yield Finding(file, at, "structure/source", "The field names no attribute.", "Give `attribute`.")
    if (wiring.le is None) == (wiring.source is Source.BUCKET):
        remedy = 'Give `le` together with the source "bucket", and with nothing else.'
        yield Finding(file, at, "structure/bucket", "`le` says which bucket of a histogram a field counts.", remedy)
    if wiring.content_class is not None and parameters:
        remedy = "Give either `domain` and its parameters, or `content_class` alone."
        yield Finding(file, at, "structure/both", "A content field has no parameters.", remedy)
    if wiring.content_class is not None and kind is not Kind.CONTENT:
        remedy = "Move the field to a schema of kind content, or give it a domain."
        yield Finding(file, at, "privacy/content-field", f"A content field stands in a {kind} schema.", remedy)
    if wiring.attribute == BODY and wiring.content_class is None:
        remedy = "Only a content field can take it."
        yield Finding(file, at, "privacy/body", "The log body is always content.", remedy)


def _domain(parameters: dict[str, Any], avro: object, file: str, at: str) -> tuple[AnyDomain | None, list[Finding]]:
    if parameters.get("domain") == "enum":
        if not isinstance(avro, dict) or avro.get("type") != "enum":
            defect = "The domain enum goes with an Avro enum, written out."
            return None, [Finding(file, f"{at}.type", "structure/type", defect, "Mend the type.")]
        parameters = parameters | {key: avro[key] for key in ("name", "symbols") if key in avro}
    parameters, openers = opened(parameters, file, f"{at}.tidegate")
    parsed = parse_as(DOMAINS, parameters, file, f"{at}.tidegate", is_tagged=True)
    domain, findings = parsed
    if domain is None or openers:
        return None, [*openers, *findings]
    shape = shape_of(avro)
    defect = ""
    if shape not in domain.takes:
        defect = f"The domain {domain.domain} does not go with this Avro type; it takes {' or '.join(domain.takes)}."
    elif shape == "int" and getattr(domain, "max", 0) > LARGEST_INT:
        defect = "The values don't fit an int."
    elif isinstance(domain, Vocabulary) and (shape == "int") != isinstance(domain.words[0], int):
        defect = "Words go with a string, numbers with an int."
    if defect:
        return None, [Finding(file, f"{at}.type", "structure/type", defect, "Mend the type.")]
    return domain, []
