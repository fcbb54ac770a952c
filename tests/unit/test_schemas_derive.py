"""The ML schemas: computed from domains, closed in every type, nothing lost and nothing added."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from schemas.authored import read_authored
from schemas.codec import Codec
from schemas.plan import Plan
from tests.unit.catalogue_copies import USAGE, change, findings, small
from tests.unit.domain_samples import catalogue

PLANS = {f"{plan.event} {number}": plan for number, plan in catalogue().by_id.items() if plan.ml_avro is not None}
CLOSED = {"null", "boolean", "int", "long", "record", "enum", "fixed"}


def types(avro: Any) -> Iterator[str]:  # noqa: ANN401 - an Avro type
    """Every type in a schema, named ones by their definition."""
    if isinstance(avro, str):
        yield avro
    elif isinstance(avro, list):
        for item in avro:
            yield from types(item)
    elif isinstance(avro["type"], (dict, list)):
        yield from types(avro["type"])
    else:
        yield avro["type"]
        for field in avro.get("fields", ()):
            yield from types(field["type"])


def leaves(avro: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:  # noqa: ANN401 - as above
    """Paths of the fields as plans name them: those of Origin, and the event's own."""
    for field in avro["fields"]:
        if field["name"] == "origin" and not path:
            yield from leaves(field["type"], ("origin",))
        else:
            yield (*path, field["name"])


@pytest.mark.parametrize("name", PLANS)
def test_an_ml_schema_has_only_closed_types(name: str) -> None:
    """No string, no bytes, no map, no array, anywhere; a name stands only for a type of the schema's own."""
    avro = PLANS[name].ml_avro
    assert avro is not None
    assert set(types(avro)) <= CLOSED | {"tidegate.UserAgent"}
    Codec(avro)


@pytest.mark.parametrize("name", PLANS)
def test_no_field_is_lost_and_none_is_added(name: str) -> None:
    """Each field with a domain is there under its name, in its order, but for those that say `ml: none`."""
    plan: Plan = PLANS[name]
    assert list(leaves(plan.ml_avro)) == [place.path for place in plan.fields if place.in_ml]
    gone = {place.dotted for place in plan.fields if not place.in_ml}
    assert gone == {"origin.receive_time", "origin.ml_opt_out"}


@pytest.mark.parametrize("name", PLANS)
def test_an_optional_field_stays_optional(name: str) -> None:
    """`["null", T]` with the default null, and no other field has a default."""
    plan: Plan = PLANS[name]
    assert plan.ml_avro is not None
    own = {field["name"]: field for field in plan.ml_avro["fields"][1:]}
    for place in plan.fields:
        if place.in_ml and len(place.path) == 1:
            field = own[place.path[0]]
            assert isinstance(field["type"], list) == place.nullable == ("default" in field)


def test_each_field_explains_its_image() -> None:
    """Edges, words, steps and units stand in the schema, so that a reader needs nothing else."""
    needs = {
        "vocabulary": {"words", "vocabulary_version"}, "count": {"edges", "unit"}, "size": {"edges", "unit"},
        "duration": {"edges", "unit"}, "measure": {"min", "step", "unit"}, "ratio": {"min", "step"},
        "time": {"resolution"},
    }  # fmt: skip
    for plan in PLANS.values():
        assert plan.ml_avro is not None
        for field in (*plan.ml_avro["fields"][0]["type"]["fields"], *plan.ml_avro["fields"][1:]):
            assert {"domain", "bits"} | needs.get(field["tidegate"]["domain"], set()) <= set(field["tidegate"])


def test_a_field_without_ml_is_left_out(tmp_path: Path) -> None:
    """`ml: none` keeps a field in telemetry alone, and costs no bits."""
    folder = small(tmp_path)
    before = read_authored(folder).plans["call.ended"]
    change(folder, USAGE, lambda data: data["fields"][4]["tidegate"].update(ml="none"))
    after = read_authored(folder).plans["call.ended"]
    assert ("duration",) not in leaves(after.ml_avro)
    assert ("duration",) in [place.path for place in after.fields]
    assert after.bits < before.bits


def test_two_types_of_one_name_do_not_compile(tmp_path: Path) -> None:
    """Two enums that differ only in namespace would be one in the ML schema, and the second's symbols lost."""
    folder = small(tmp_path)
    twin = {"type": "enum", "name": "CallEndReason", "namespace": "elsewhere", "symbols": ["A", "B"]}
    meta = {"attribute": "call.participant.peak_count", "domain": "enum"}
    change(folder, USAGE, lambda data: data["fields"][5].update(type=twin, tidegate=meta))
    assert {(finding.file, finding.rule) for finding in findings(read_authored, folder)} == {(USAGE, "structure/avro")}
