"""Reads JSON data into the models, and turns what pydantic says into findings. Words for Avro types."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from schemas.findings import Finding
from schemas.positions import step

M = TypeVar("M", bound=BaseModel)
T = TypeVar("T")

MOST = 200  # findings a piece; who wrote more than that has the wrong file, and a reader of the report an end to it
_REMEDY = "See the format in docs/catalogue.md."
_REMEDIES = {
    "missing": "Add it.",
    "unknown-property": "Take it out, or mend its name: nothing reads it.",
}
# pydantic's error types make an open set; these, `wrong-type` and `bad-value` are all that its findings are called.
_RULES = {"missing": "missing", "union_tag_not_found": "missing", "extra_forbidden": "unknown-property"}


def parse(model: type[M], data: object, file: str, at: str = "$") -> tuple[M | None, list[Finding]]:
    """Read JSON data into a model, strictly; a finding for each thing that does not fit."""
    return parse_as(_adapter(model), data, file, at)


@cache  # making one takes longer than reading most fields
def _adapter(model: type[M]) -> TypeAdapter[M]:
    return TypeAdapter(model)


def parse_as(
    adapter: TypeAdapter[T], data: object, file: str, at: str, *, is_tagged: bool = False
) -> tuple[T | None, list[Finding]]:
    """Do what `parse` does, for any type. By way of JSON text: only there does strict take a list for a tuple.

    `is_tagged` for a union told apart by a property: pydantic then begins each location with that property's value.
    """
    try:
        return adapter.validate_json(json.dumps(data, default=str)), []
    except ValidationError as error:
        return None, list(_findings(error, data, file, at, skip=int(is_tagged)))


def _findings(error: ValidationError, data: object, file: str, at: str, skip: int) -> Iterator[Finding]:
    """One finding a place: what several members of a union say of one value is one defect."""
    told: dict[str, tuple[str, list[str]]] = {}
    for path, kind, message in _of_nearest_members(error, data, skip):
        rule = _RULES.get(kind, "wrong-type" if kind.endswith("_type") else "bad-value")
        first, messages = told.setdefault(at + path, (rule, []))
        told[at + path] = ("bad-value" if "bad-value" in (first, rule) else first, [*messages, message])
    more = error.error_count() - MOST
    if more > 0:
        told[at] = ("bad-value", [f"{more:,} more things are wrong here"])
    for path, (rule, messages) in told.items():
        defect = f"{'; or '.join(dict.fromkeys(messages))}."
        yield Finding(file, path, f"structure/{rule}", defect, _REMEDIES.get(rule, _REMEDY))


def _of_nearest_members(error: ValidationError, data: object, skip: int) -> Iterator[tuple[str, str, str]]:
    """Path, pydantic's type and message of each error; of a union's members only those that fit best have a say."""
    errors = error.errors(include_input=False, include_url=False, include_context=False)[:MOST]
    read = [_located(item["loc"][skip:], data, is_missing=item["type"] == "missing") for item in errors]
    counts = Counter(member for _, members in read for member in members)
    fewest: dict[str, int] = {}
    for (path, _), count in counts.items():
        fewest[path] = min(count, fewest.get(path, count))
    for item, (path, members) in zip(errors, read, strict=True):
        if all(counts[member] == fewest[member[0]] for member in members):
            message = item["msg"].removeprefix("Value error, ")
            is_tag = item["type"] == "union_tag_invalid"
            yield f"{path}.domain" if is_tag else path, item["type"], message[:1].upper() + message[1:]


def _located(
    where: tuple[int | str, ...], data: object, *, is_missing: bool
) -> tuple[str, list[tuple[str, int | str]]]:
    """Write pydantic's location as a JSON path. Names of union members stand for no place: given apart, with theirs."""
    path = ""
    members: list[tuple[str, int | str]] = []
    for place, part in enumerate(where):
        is_key = isinstance(data, dict) and part in data
        is_index = isinstance(data, list) and isinstance(part, int) and part < len(data)
        if is_key or is_index:
            data = data[part]  # type: ignore[index]
        elif not (is_missing and place == len(where) - 1):
            members.append((path, part))
            continue
        path += step(part)
    return path, members


def unwrapped(avro: Any) -> tuple[bool, Any]:  # noqa: ANN401 - an Avro type
    """Tell whether a type is `["null", T]`, and give T, or the type itself."""
    if isinstance(avro, list) and len(avro) == 2 and avro[0] == "null":  # noqa: PLR2004 - null and the type
        return True, avro[1]
    return False, avro


def shape_of(avro: object) -> str:
    """A type in one word, as domains name it: `long:timestamp-micros`, `record:tidegate.UserAgent`."""
    if isinstance(avro, str):
        return "record:tidegate.UserAgent" if avro == "tidegate.UserAgent" else avro
    if not isinstance(avro, dict):
        return "union"
    if avro.get("type") == "record":
        return f"record:{avro.get('namespace')}.{avro.get('name')}"
    return f"{avro.get('type')}:{avro['logicalType']}" if "logicalType" in avro else str(avro.get("type"))
