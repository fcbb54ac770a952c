"""Whole-event rules: presence counts, the budget holds with it, and no field is a list."""

from __future__ import annotations

import copy
import math
from typing import Any, Final

import pytest

from schemas.compile import EVENT_BITS, compile_schema
from schemas.domains import DOMAINS
from schemas.fields import compile_field
from schemas.findings import Finding
from schemas.model import AttributeClass, AvroField, Kind
from schemas.plan import Plan
from tests.unit.domain_samples import catalogue, shipped

CALL_ENDED: Final = catalogue().plans["call.ended"]
FLAG: Final = {"attribute": "some.flag", "domain": "flag"}
IN_ML: Final = [
    place for plan in catalogue().plans.values() if plan.ml_avro is not None for place in plan.fields if place.in_ml
]


def compiled(*fields: dict[str, Any]) -> tuple[Plan | None, list[Finding]]:
    """Compile `call.ended` with its own fields replaced; each new one reads an attribute that is ours."""
    avro = copy.deepcopy(dict(CALL_ENDED.avro))
    avro["fields"] = [avro["fields"][0], *fields]
    classes = {field["tidegate"]["attribute"]: AttributeClass.SERVICE_GENERATED for field in fields}
    origin = {place.attribute: AttributeClass.SERVICE_GENERATED for place in CALL_ENDED.fields if place.attribute}
    identifiers = dict.fromkeys(("tenant.id", "session.id"), AttributeClass.IDENTIFIER)
    return compile_schema(avro, origin | identifiers | classes, "usage/Some.avsc")


def flags(count: int, avro: object, **more: object) -> list[dict[str, Any]]:
    """Make fields of one bit each, and of presence."""
    return [
        {
            "name": f"flag_{number}",
            "type": avro,
            "doc": "Whether it was so.",
            "tidegate": FLAG | {"attribute": f"some.flag{number}"} | more,
        }
        for number in range(count)
    ]


@pytest.mark.parametrize("place", IN_ML, ids=lambda place: place.dotted)
def test_absence_is_an_image_more(place: Any) -> None:  # noqa: ANN401 - a field's plan
    """A nullable field can say that there is nothing: log2(images + 1). A field that must be there can't."""
    assert place.domain is not None
    assert place.bits == math.log2(place.domain.images + (1 if place.nullable else 0))


def test_the_event_budget_holds_with_presence() -> None:
    """So many flags that the last bit is spent compile; the same ones, nullable, do not: 0.6 bits more each."""
    plan, findings = compiled(*flags(1, "boolean"))
    assert plan is not None, findings
    room = math.floor(EVENT_BITS - plan.bits) + 1
    plan, findings = compiled(*flags(room, "boolean"))
    assert plan is not None, findings
    assert EVENT_BITS - 1 < plan.bits <= EVENT_BITS
    plan, [finding] = compiled(*flags(room, ["null", "boolean"]))
    assert plan is None
    assert finding.rule == "privacy/event-budget"


def test_presence_that_stays_out_of_ml_costs_nothing() -> None:
    """`ml: none` keeps the field out, and whether it was there."""
    without, _ = compiled(*flags(1, "boolean"))
    nullable, _ = compiled(*flags(1, "boolean"), {**flags(2, ["null", "boolean"], ml="none")[1]})
    assert without is not None
    assert nullable is not None
    assert nullable.bits == without.bits
    assert nullable.ml_avro is not None
    assert [field["name"] for field in nullable.ml_avro["fields"]] == ["origin", "flag_0"]


def test_even_an_id_tells_whether_it_is_there() -> None:
    """A pseudonym carries nothing, a nullable one its presence."""
    avro: list[object] = ["null", "string"]
    fields = [flags(1, "boolean")[0], flags(2, avro)[1] | {"tidegate": {"attribute": "call.id", "domain": "pseudonym"}}]
    without, _ = compiled(fields[0])
    plan, findings = compiled(*fields)
    assert plan is not None, findings
    assert without is not None
    assert plan.bits - without.bits == 1


@pytest.mark.parametrize("name", shipped())
def test_a_list_of_a_domain_is_none(name: str) -> None:
    """Arrays, maps, wider unions and nested ones do not compile, in whichever domain."""
    parameters = shipped()[name].model_dump(exclude={"name", "symbols"}, by_alias=True, exclude_none=True)
    assert DOMAINS.validate_python(shipped()[name].model_dump(by_alias=True), strict=False) == shipped()[name]
    inner = {"enum": {"type": "enum", "name": "E", "symbols": ["OTHER", "A"]}}.get(parameters["domain"], "string")
    for avro in (
        {"type": "array", "items": inner},
        {"type": "map", "values": inner},
        ["null", {"type": "array", "items": inner}],
        [inner, "null"],
        ["null", inner, "long"],
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": inner}]},
    ):
        field = AvroField(name="a", type=avro, doc="A list.", tidegate={"attribute": "some.list", **parameters})
        plan, findings = compile_field(field, Kind.USAGE, ("a",), "usage/Some.avsc", "$.fields[1]")
        assert plan is None
        assert "structure/type" in {finding.rule for finding in findings}


@pytest.mark.parametrize("items", ["string", "bytes", "long"])
def test_a_list_of_content_is_none(items: str) -> None:
    """A content field is one text, one blob or one number."""
    meaning = {"attribute": "some.list", "content_class": "chat"}
    field = AvroField(name="a", type={"type": "array", "items": items}, doc="A list.", tidegate=meaning)
    plan, findings = compile_field(field, Kind.CONTENT, ("a",), "content/Some.avsc", "$.fields[1]")
    assert plan is None
    assert [finding.rule for finding in findings] == ["structure/type"]
