"""Makes an authored schema self-contained: Origin, the user agent record and the vocabularies' words are put inside.

So a registered text needs no other file: any Avro tool reads it, and no later edit of a vocabulary changes it.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.domains.agents import USER_AGENT
from schemas.findings import Finding
from schemas.model import ORIGIN, VocabularyFile

USER_AGENT_NAME = "tidegate.UserAgent"
PRIMITIVES = frozenset({"null", "boolean", "int", "long", "float", "double", "bytes", "string"})
KNOWN_TYPES = PRIMITIVES | {"record", "enum", "array", "map", "fixed", ORIGIN, USER_AGENT_NAME}


def resolve(
    raw: Mapping[str, Any], origin: Mapping[str, Any], vocabularies: Mapping[str, VocabularyFile], file: str
) -> tuple[dict[str, Any], list[Finding]]:
    """Return the self-contained copy of a schema, and what could not be resolved. `origin` is resolved already."""
    schema = copy.deepcopy(dict(raw))
    _unsuppressed(schema)
    fields = schema.get("fields")
    findings: list[Finding] = []
    if not isinstance(fields, list):
        return schema, findings  # the model says what is wrong with it
    defined = False
    for index, field in enumerate(fields):
        if not isinstance(field, dict):
            continue
        _unsuppressed(field)
        findings += _written_out(field.get("type"), file, f"$.fields[{index}].type")
        findings += _named(field.get("type"), schema, file, f"$.fields[{index}].type")
        if field.get("type") == ORIGIN:
            field["type"] = origin
        elif not defined and _names_user_agent(field.get("type")):
            field["type"] = _define(field["type"])
            defined = True
        findings += _add_words(field, vocabularies, file, f"$.fields[{index}]")
    return schema, findings


def _unsuppressed(part: Any) -> None:  # noqa: ANN401 - JSON
    """Leave out what the authors tell the check to pass over: it is no part of the contract."""
    meta = part.get("tidegate") if isinstance(part, dict) else None
    if isinstance(meta, dict):
        meta.pop("ignore", None)


def _written_out(avro: object, file: str, path: str) -> Iterator[Finding]:
    """Ours are the only record types; an author's own could say anything under their names."""
    if any(
        isinstance(item, dict) and item.get("type") == "record" for item in (avro if isinstance(avro, list) else [avro])
    ):
        remedy = f"Name {ORIGIN} or {USER_AGENT_NAME}; anything else is a field of its own."
        yield Finding(file, path, "structure/inline-record", "A record type is written out.", remedy)


def _named(avro: object, schema: Mapping[str, Any], file: str, path: str) -> Iterator[Finding]:
    """A type that a field names exists, and is not the record itself."""
    names = set(_names(avro)) - KNOWN_TYPES
    own = {str(schema.get("name")), f"{schema.get('namespace')}.{schema.get('name')}"}
    if names & own:
        remedy = "Give the field a type of its own: a value must have an end."
        yield Finding(file, path, "structure/recursion", "The record contains itself.", remedy)
    elif names:
        remedy = f"Use {USER_AGENT_NAME}, or one of Avro's own: {', '.join(sorted(PRIMITIVES))}."
        yield Finding(file, path, "structure/unknown-type", "The field names a type that does not exist.", remedy)


def _names(avro: object) -> Iterator[str]:
    """Every type name in a type, however deep."""
    level = [avro]
    while level:
        part = level.pop()
        if isinstance(part, str):
            yield part
        elif isinstance(part, list):
            level += part
        elif isinstance(part, dict):
            level += [part[key] for key in ("type", "items", "values") if key in part]
            level += part["fields"] if isinstance(part.get("fields"), list) else []


def _names_user_agent(avro: object) -> bool:
    return USER_AGENT_NAME in (avro if isinstance(avro, list) else [avro])


def _define(avro: Any) -> Any:  # noqa: ANN401 - an Avro type
    if isinstance(avro, list):
        return [USER_AGENT if item == USER_AGENT_NAME else item for item in avro]
    return USER_AGENT


def _add_words(
    field: dict[str, Any], vocabularies: Mapping[str, VocabularyFile], file: str, path: str
) -> Iterator[Finding]:
    meta = field.get("tidegate")
    if not isinstance(meta, dict) or meta.get("domain") != "vocabulary":
        return
    where = f"{path}.tidegate"
    for written in {"words", "vocabulary_version"} & set(meta):
        remedy = "Put the words into a file of `vocabularies/` and name it."
        yield Finding(
            file, f"{where}.{written}", "structure/inline-words", f"`{written}` stands in the schema.", remedy
        )
    name = meta.get("vocabulary")
    vocabulary = vocabularies.get(name) if isinstance(name, str) else None
    if vocabulary is None:
        remedy = f"Name one of: {', '.join(sorted(vocabularies)) or 'none yet; add vocabularies/NAME.yaml'}."
        yield Finding(file, f"{where}.vocabulary", "structure/no-vocabulary", "There is no such vocabulary.", remedy)
        return
    meta["vocabulary_version"] = vocabulary.version
    meta["words"] = list(vocabulary.words)
