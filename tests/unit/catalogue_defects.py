"""Defects to plant in a small catalogue, each with where it must be found: file, JSON path, rule."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from tests.unit.catalogue_copies import CODES, CONTENT, DIAGNOSTIC, HEAD, ORIGIN, TABLE, USAGE

How = Callable[[Any], object]
Defect = tuple[str, How, str, str, str]  # file to change, change, file of the finding, JSON path, rule


def field(place: int, **changes: object) -> How:
    """Change properties of a field."""
    return lambda data: data["fields"][place].update(changes)


def meta(**changes: object) -> How:
    """Change properties of the record's `tidegate`."""
    return lambda data: data["tidegate"].update(changes)


def wired(place: int, **changes: object) -> How:
    """Change properties of a field's `tidegate`; None takes one out."""

    def how(data: Any) -> None:  # noqa: ANN401 - JSON
        properties = data["fields"][place]["tidegate"]
        properties.update(changes)
        for name in [name for name, value in properties.items() if value is None]:
            del properties[name]

    return how


def top(**changes: object) -> How:
    """Change properties of the whole file; None takes one out."""

    def how(data: Any) -> None:  # noqa: ANN401 - JSON
        data.update(changes)
        for name in [name for name, value in data.items() if value is None]:
            del data[name]

    return how


def without(*path: str | int) -> How:
    """Take out what is at a path."""

    def how(data: Any) -> None:  # noqa: ANN401 - JSON
        for part in path[:-1]:
            data = data[part]
        del data[path[-1]]

    return how


def also(**properties: object) -> How:
    """Add a field."""
    return lambda data: data["fields"].append(properties)


def here(file: str, how: How, path: str, rule: str) -> Defect:
    """A defect that is found in the file where it is."""
    return file, how, file, path, rule


REASON, DURATION, SPOKEN, ROUTE, STATUS, TEXT = 3, 4, 6, 1, 3, 4  # places of fields
NUMBER = {"attribute": "call.duration", "domain": "count", "max": 9, "buckets": 4}
WIDE = {"attribute": "call.duration", "domain": "measure", "min": 0.0, "max": 1e9, "step": 0.5, "unit": "s"}
VERSION = {"attribute": "call.duration", "domain": "version", "components": [99_999, 99_999, 99_999]}

DEFECTS: Final[dict[str, Defect]] = {
    # The record
    "no owner": here(USAGE, without("tidegate", "owner"), "$.tidegate.owner", "structure/missing"),
    "no event": here(USAGE, without("tidegate", "event"), "$.tidegate.event", "structure/missing"),
    "no kind": here(USAGE, without("tidegate", "kind"), "$.tidegate.kind", "structure/missing"),
    "no level": here(USAGE, without("tidegate", "level"), "$.tidegate.level", "structure/missing"),
    "no purposes": here(USAGE, without("tidegate", "purposes"), "$.tidegate.purposes", "structure/missing"),
    "no expiry": here(USAGE, without("tidegate", "expires"), "$.tidegate.expires", "structure/missing"),
    "no meaning": here(USAGE, top(tidegate=None), "$.tidegate", "structure/missing"),
    "no doc": here(USAGE, top(doc=None), "$.doc", "structure/missing"),
    "no name": here(USAGE, top(name=None), "$.name", "structure/missing"),
    "no namespace": here(USAGE, top(namespace=None), "$.namespace", "structure/missing"),
    "no fields": here(USAGE, top(fields=None), "$.fields", "structure/missing"),
    "bad name": here(USAGE, top(name="Call Ended"), "$.name", "structure/bad-value"),
    "bad event": here(USAGE, meta(event="CallEnded"), "$.tidegate.event", "structure/bad-value"),
    "bad kind": here(USAGE, meta(kind="telemetry"), "$.tidegate.kind", "structure/bad-value"),
    "bad level": here(USAGE, meta(level="maybe"), "$.tidegate.level", "structure/bad-value"),
    "bad purpose": here(USAGE, meta(purposes=["fun"]), "$.tidegate.purposes[0]", "structure/bad-value"),
    "empty purposes": here(USAGE, meta(purposes=[]), "$.tidegate.purposes", "structure/bad-value"),
    "usage for ever": here(USAGE, meta(expires="never"), "$.tidegate.expires", "contract/expires"),
    "content trains": here(
        CONTENT, meta(purposes=["train_ai_system"]), "$.tidegate.purposes", "privacy/content-purpose"
    ),
    "unknown property": here(USAGE, meta(color="red"), "$.tidegate.color", "structure/unknown-property"),
    "aliases": here(USAGE, top(aliases=["Gone"]), "$.aliases", "structure/unknown-property"),
    "wrong folder": here(USAGE, meta(kind="diagnostic"), "$.tidegate.kind", "structure/folder"),
    "event twice": here(DIAGNOSTIC, meta(event="call.ended"), "$.tidegate.event", "structure/event-twice"),
    "discards a field": here(
        USAGE, meta(discards=["user.id"]), "$.fields[2].tidegate.attribute", "structure/attribute-twice"
    ),
    "a list for a record": here(USAGE, top(fields={}), "$.fields", "structure/wrong-type"),
    # Its first field
    "no origin": here(USAGE, without("fields", 0), "$.fields[0]", "structure/origin"),
    "origin second": here(USAGE, lambda data: data["fields"].reverse(), "$.fields[0]", "structure/origin"),
    "origin of one's own": here(
        USAGE,
        field(0, type={"type": "record", "name": "Origin", "namespace": "tidegate", "fields": []}),
        "$.fields[0].type",
        "structure/inline-record",
    ),
    "origin lacks a field": here(ORIGIN, without("fields", 3), "$.fields", "structure/origin"),
    "origin without session": here(ORIGIN, wired(7, domain="flag"), "$.fields[7].type", "structure/type"),
    "origin by another clock": here(ORIGIN, wired(1, source="receive_time"), "$.fields[1]", "structure/origin"),
    "short event ids": here(ORIGIN, wired(0, bits=64), "$.fields[0]", "structure/origin"),
    "origin may be null": here(
        ORIGIN, field(7, type=["null", "string"], default=None), "$.fields[7]", "structure/origin"
    ),
    # Fields
    "no field doc": here(USAGE, without("fields", DURATION, "doc"), "$.fields[4]", "contract/doc"),
    "no domain": here(USAGE, wired(DURATION, domain=None), "$.fields[4].tidegate", "privacy/no-domain"),
    "no wiring": here(USAGE, without("fields", DURATION, "tidegate"), "$.fields[4].tidegate", "privacy/no-domain"),
    "no attribute": here(USAGE, wired(DURATION, attribute=None), "$.fields[4].tidegate", "structure/source"),
    "made by nobody": here(
        USAGE, wired(2, attribute=None, source="event_id"), "$.fields[2].tidegate.source", "structure/source"
    ),
    "attribute and source": here(USAGE, wired(2, source="event_id"), "$.fields[2].tidegate", "structure/source"),
    "unknown domain": here(
        USAGE, wired(DURATION, domain="regex"), "$.fields[4].tidegate.domain", "structure/bad-value"
    ),
    "unknown parameter": here(
        USAGE, wired(DURATION, colour="red"), "$.fields[4].tidegate.colour", "structure/unknown-property"
    ),
    "pattern": here(USAGE, wired(DURATION, pattern=".*"), "$.fields[4].tidegate.pattern", "privacy/pattern"),
    "no maximum": here(USAGE, wired(DURATION, max=None), "$.fields[4].tidegate.max", "structure/missing"),
    "maximum of a text": here(USAGE, wired(DURATION, max="9"), "$.fields[4].tidegate.max", "structure/wrong-type"),
    "no scale": here(USAGE, wired(DURATION, buckets=None), "$.fields[4].tidegate", "structure/bad-value"),
    "too many buckets": here(USAGE, wired(DURATION, buckets=65), "$.fields[4].tidegate.buckets", "structure/bad-value"),
    "unknown unit": here(USAGE, wired(DURATION, unit="weeks"), "$.fields[4].tidegate.unit", "structure/bad-value"),
    "steps too fine": here(USAGE, wired(SPOKEN, step=1e-300), "$.fields[6].tidegate", "structure/bad-value"),
    "text for a number": here(USAGE, field(DURATION, type="string"), "$.fields[4].type", "structure/type"),
    "map": here(USAGE, field(DURATION, type={"type": "map", "values": "long"}), "$.fields[4].type", "structure/type"),
    "array": here(
        USAGE, field(DURATION, type={"type": "array", "items": "long"}), "$.fields[4].type", "structure/type"
    ),
    "bytes": here(USAGE, field(DURATION, type="bytes"), "$.fields[4].type", "structure/type"),
    "union of two": here(USAGE, field(DURATION, type=["long", "null"]), "$.fields[4].type", "structure/type"),
    "null of nothing": here(USAGE, field(DURATION, type="null"), "$.fields[4].type", "structure/type"),
    "agent of one's own": here(
        USAGE,
        also(
            name="agent",
            type={"type": "record", "name": "UserAgent", "namespace": "tidegate", "fields": []},
            doc="What it says.",
            tidegate={"attribute": "user_agent.original", "domain": "user_agent"},
        ),
        "$.fields[7].type",
        "structure/inline-record",
    ),
    "int too small": here(
        USAGE,
        lambda data: (field(DURATION, type="int")(data), wired(DURATION, max=2**32)(data)),
        "$.fields[4].type",
        "structure/type",
    ),
    "name twice": here(USAGE, field(DURATION, name="Reason"), "$.fields[4].name", "structure/name-twice"),
    "attribute twice": here(
        USAGE, wired(DURATION, attribute="user.id"), "$.fields[4].tidegate.attribute", "structure/attribute-twice"
    ),
    "default outside": here(USAGE, field(DURATION, default=-5), "$.fields[4].default", "structure/default"),
    "default of a text": here(USAGE, field(DURATION, default="Quince"), "$.fields[4].default", "structure/default"),
    "default beside null": here(USAGE, field(SPOKEN, default=0.5), "$.fields[6].default", "structure/default"),
    "default content": here(CONTENT, field(TEXT, default="hello"), "$.fields[4].default", "structure/default"),
    "ML in part": here(USAGE, wired(DURATION, ml="some"), "$.fields[4].tidegate.ml", "structure/bad-value"),
    "no OTHER": here(
        USAGE,
        lambda data: data["fields"][REASON]["type"]["symbols"].remove("OTHER"),
        "$.fields[3].tidegate",
        "structure/bad-value",
    ),
    "no enum": here(USAGE, field(REASON, type="string"), "$.fields[3].type", "structure/type"),
    "symbol of blanks": here(
        USAGE,
        lambda data: data["fields"][REASON]["type"]["symbols"].append("I SAY"),
        "$.fields[3].type.symbols[7]",
        "structure/bad-value",
    ),
    # What may not be
    "content in usage": here(
        USAGE, wired(2, domain=None, content_class="chat"), "$.fields[2].tidegate", "privacy/content-field"
    ),
    "content and domain": here(CONTENT, wired(TEXT, domain="flag"), "$.fields[4].tidegate", "structure/both"),
    "unknown content": here(
        CONTENT, wired(TEXT, content_class="gossip"), "$.fields[4].tidegate.content_class", "structure/bad-value"
    ),
    "content list": here(
        CONTENT, field(TEXT, type={"type": "array", "items": "string"}), "$.fields[4].type", "structure/type"
    ),
    "body": here(USAGE, wired(2, attribute="body"), "$.fields[2].tidegate", "privacy/body"),
    "content attribute": here(
        USAGE, wired(2, attribute="search.query"), "$.fields[2].tidegate.attribute", "privacy/attribute-class"
    ),
    "secret attribute": here(
        USAGE, wired(2, attribute="some.secret"), "$.fields[2].tidegate.attribute", "privacy/attribute-class"
    ),
    "secret content": here(
        CONTENT, wired(TEXT, attribute="some.secret"), "$.fields[4].tidegate.attribute", "privacy/attribute-class"
    ),
    "address": here(
        USAGE, wired(2, attribute="client.address"), "$.fields[2].tidegate.attribute", "privacy/attribute-class"
    ),
    "unclassified": here(
        USAGE, wired(2, attribute="made.up"), "$.fields[2].tidegate.attribute", "privacy/unclassified"
    ),
    "counted person": here(
        USAGE,
        lambda data: (
            field(2, type="long")(data),
            data["fields"][2].update(tidegate=NUMBER | {"attribute": "user.id"}),
        ),
        "$.fields[2].tidegate.attribute",
        "privacy/identifier",
    ),
    "wide field": here(USAGE, field(DURATION, type="string", tidegate=VERSION), "$.fields[4]", "privacy/field-budget"),
    "wide event": here(USAGE, field(DURATION, type="double", tidegate=WIDE), "$", "privacy/event-budget"),
    # Vocabularies and tables
    "no vocabulary": here(
        DIAGNOSTIC, wired(ROUTE, vocabulary="roads"), "$.fields[1].tidegate.vocabulary", "structure/no-vocabulary"
    ),
    "words inline": here(DIAGNOSTIC, wired(ROUTE, words=["a"]), "$.fields[1].tidegate.words", "structure/inline-words"),
    "numbers in a string": here(DIAGNOSTIC, field(STATUS, type="string"), "$.fields[3].type", "structure/type"),
    "word twice": here(CODES, lambda data: data["words"].append(200), "$.words[62]", "structure/word-twice"),
    "words and numbers": here(
        CODES, lambda data: data["words"].append("teapot"), "$.words[62]", "structure/wrong-type"
    ),
    "number too large": here(CODES, lambda data: data["words"].append(2**40), "$.words[62]", "structure/bad-value"),
    "yes for a word": here(CODES, lambda data: data["words"].append(True), "$.words[62]", "structure/wrong-type"),
    "empty word": here(CODES, top(words=["a", ""]), "$.words[1]", "structure/bad-value"),
    "no words": here(CODES, top(words=[]), "$.words", "structure/bad-value"),
    "no source": here(CODES, top(source=None), "$.source", "structure/missing"),
    "no licence": here(CODES, top(licence=None), "$.licence", "structure/missing"),
    "version of nought": here(CODES, top(version=0), "$.version", "structure/bad-value"),
    "no catalogue name": here(HEAD, top(name=None), "$.name", "structure/missing"),
    "no scopes": here(HEAD, top(scopes=None), "$.scopes", "structure/missing"),
    "scope of nothing": here(HEAD, top(scopes=[""]), "$.scopes[0]", "structure/bad-value"),
    "unknown class": here(
        TABLE, lambda data: data["classes"].update({"user.id": "harmless"}), "$.classes.user.id", "structure/bad-value"
    ),
    "no classes": here(TABLE, top(classes=None), "$", "structure/bad-value"),
}
