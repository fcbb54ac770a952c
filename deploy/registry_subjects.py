"""The registered schemas as the Confluent Schema Registry names them: subjects, versions, served texts.

A subject is the topic and the record's name (TopicRecordNameStrategy), its versions are in the order of their ids.

What is served is the frozen text with `confluent:tags` beside each field's `tidegate` property, so that tools that know
tags see what a field carries. Tags are a property that Avro readers keep and ignore: the structure, and so Avro's own
fingerprint (of the parsing canonical form), is the frozen text's. The SHA-256 is not: `metadata` gives the frozen one.
A look-up finds the id by either text, however it is laid out.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from collector.pipeline import TOPICS
from consumers.validator.output import ELIGIBLE, QUARANTINE
from schemas.registry import Registered, Role

TAGS: Final = "confluent:tags"
_SEALED: Final = "sealed"  # the quarantine record's field of that name: the one that carries refused bytes
_TOLD: Final = ("owner", "level", "expires")  # of a record's `tidegate` property, what `metadata` tells too


class NoSchema(ValueError):  # noqa: N818 - a state of what was asked with
    """A text that is no JSON."""


@dataclass(frozen=True, slots=True)
class Version:
    """One version of a subject: a registered schema as it is served."""

    subject: str
    version: int
    id: int
    text: str = field(repr=False)
    properties: Mapping[str, str] = field(repr=False)


class Subjects:
    """Every registered schema, by id and by subject. Frozen once made."""

    def __init__(self, schemas: Iterable[Registered]) -> None:
        by_id: dict[int, Version] = {}
        versions: dict[str, list[Version]] = {}
        known: dict[tuple[str, str], Version] = {}
        for schema in sorted(schemas, key=lambda schema: schema.id):
            earlier = versions.setdefault(subject_of(schema), [])
            version = _version(schema, len(earlier) + 1)
            earlier.append(version)
            by_id[schema.id] = version
            known[version.subject, _bare(schema.text)] = version  # of equal texts the newest
        self.by_id: Mapping[int, Version] = by_id
        self.versions: Mapping[str, tuple[Version, ...]] = {name: tuple(of) for name, of in sorted(versions.items())}
        self._known = known

    def find(self, subject: str, text: str) -> Version | None:
        """Give the version that has this text, frozen or served, in any layout. Raises `NoSchema`."""
        return self._known.get((subject, _bare(text)))


def subject_of(schema: Registered) -> str:
    """Name a schema's subject: its topic and its full name."""
    return f"{_topic_of(schema)}-{schema.name}"


def _topic_of(schema: Registered) -> str:
    if schema.role is Role.TELEMETRY and schema.kind is not None:
        return TOPICS[schema.kind]
    return ELIGIBLE if schema.role is Role.ML else QUARANTINE


def _version(schema: Registered, number: int) -> Version:
    avro = schema.avro
    _tag(avro, schema)
    text = json.dumps(avro, ensure_ascii=False, separators=(",", ":"))
    return Version(subject_of(schema), number, schema.id, text, _properties(schema, avro.get("tidegate", {})))


def _properties(schema: Registered, meta: Mapping[str, Any]) -> dict[str, str]:
    """Tell of a schema what a person browsing a registry asks first; strings, as the API has it."""
    told = {
        "role": schema.role.value,
        "kind": schema.kind and schema.kind.value,
        "event": schema.event,
        **{name: meta.get(name) for name in _TOLD},
        "derived_from": schema.derived_from,
        "sha256": schema.sha256,
    }
    return {f"tidegate.{name}": str(value) for name, value in told.items() if value is not None}


def _tag(avro: dict[str, Any], schema: Registered) -> None:
    """Tag each field that has a meaning, in place; those of `origin` too. Texts are one record deep, or two."""
    for of in avro["fields"]:
        if isinstance(of["type"], dict) and of["type"]["type"] == "record":
            _tag(of["type"], schema)
        tags = _tags_of(of, schema)
        if tags:
            of[TAGS] = tags


def _tags_of(of: Mapping[str, Any], schema: Registered) -> list[str]:
    """Name what a field carries: its event's kind, a content class, a pseudonym; and whether ML may have it."""
    if schema.kind is None:
        return ["SEALED"] if of["name"] == _SEALED else []
    meta = of.get("tidegate")
    if meta is None:
        return []
    tags = [schema.kind.value.upper()]
    if "content_class" in meta:
        tags.append(f"CONTENT_{meta['content_class'].upper()}")
    if meta.get("domain") == "pseudonym":
        tags.append("PSEUDONYM")
    if schema.role is Role.ML:
        tags.append("ML_ELIGIBLE")
    return tags


def _bare(text: str) -> str:
    """Write a schema text as one that differs only where the schema does, tags aside."""
    try:
        return json.dumps(json.loads(text, object_hook=_untagged), sort_keys=True)
    except (ValueError, RecursionError):
        raise NoSchema from None


def _untagged(of: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in of.items() if name != TAGS}
