"""What the compiler reports of privacy, part one: fields that nothing bounds, by shape and by name."""

from __future__ import annotations

from typing import Final

from schemas.check.privacy_reading import DURATION, USAGE, field
from schemas.check.rule import Edit, Example, Rule, Severity
from schemas.names import NETWORK, PERSON, PLACE, SECRET, TEXT

_AT: Final = f"{DURATION}.tidegate"
_LONG: Final = {"type": "long", "logicalType": "timestamp-micros"}
_COUNT: Final = {"domain": "count", "unit": "1", "max": 1000, "buckets": 12}


def _rule(name: str, finds: str, why: str, fix: str, bad: Edit, good: Edit, at: str = _AT) -> Rule:
    return Rule(
        id=f"privacy/{name}",
        severity=Severity.ERROR,
        finds=finds,
        why=why,
        fix=fix,
        example=Example(bad=(bad,), good=(good,), at=(USAGE, at)),
        check=None,
        scope="compiler",
    )


SHAPES: Final = (
    _rule(
        "no-domain",
        "A field of a usage or diagnostic schema has no domain.",
        "Without a domain nothing says which values there can be, so any value could get through, and the ML image "
        "could not be computed.",
        "Give the field a `domain` with its bounds.",
        field("uses", "long"),
        field("uses", "long", **_COUNT),
    ),
    _rule(
        "free-string",
        "A string has no domain.",
        "Whatever the field is meant for, one day somebody's words stand in it: that is how content gets into "
        "telemetry.",
        "Use a closed domain: `enum`, `vocabulary`, `version`, `pseudonym`; or move the field to a content schema.",
        field("variant", "string"),
        field("variant", "string", domain="vocabulary", vocabulary="app"),
    ),
    _rule(
        "bytes",
        "A field is of raw bytes.",
        "Bytes hold text, pictures and sound alike, and no domain bounds them.",
        "Take their `size`, or a `flag` that there were some; the bytes themselves belong to a content schema.",
        field("state", "bytes"),
        field("state", "long", domain="size", unit="By", max=1_048_576, buckets=16),
    ),
    _rule(
        "map",
        "A field is a map.",
        "The sender chooses a map's keys, and keys are text.",
        "Give each key that you want a field of its own.",
        field("counts", {"type": "map", "values": "long"}),
        field("exports", "long", **_COUNT),
    ),
    _rule(
        "array",
        "A field is an array of words.",
        "A row of words is a sentence, however closed the list they come from, and the row has no bound.",
        "Count the items, or give a field to each of a few.",
        field("tools", {"type": "array", "items": "string"}),
        field("tools", "long", **_COUNT),
    ),
    _rule(
        "number-array",
        "A field is an array of numbers.",
        "Numbers in a row are letters in a row: 104, 105 is a greeting; a row of samples is a recording.",
        "Keep one number that sums them up: a count, a maximum, a mean.",
        field("samples", {"type": "array", "items": "int"}),
        field("samples", "long", **_COUNT),
    ),
    _rule(
        "open-union",
        "A field is a union of several types.",
        "A union is as open as its most open branch, and which branch is taken tells something too.",
        'Use one type, or `["null", T]` for a field that may be absent.',
        field("value", ["null", "long", "string"]),
        field("value", "long", **_COUNT),
    ),
    _rule(
        "raw-time",
        "A timestamp has no domain.",
        "A time to the microsecond has twenty bits below the second to write text into, and joins a record "
        "with any other log.",
        "Use the domain `time`: telemetry keeps it within a window around now, the ML record keeps the hour or day.",
        field("finished", _LONG),
        field("finished", _LONG, domain="time"),
    ),
    _rule(
        "fine-time",
        "A time is to be kept finer than the hour.",
        "In the ML record a finer time joins events with other logs, and its digits can carry text.",
        'Give `resolution` "hour" or "day"; what matters below an hour is a `duration`.',
        field("finished", _LONG, domain="time", resolution="second"),
        field("finished", _LONG, domain="time", resolution="hour"),
        f"{_AT}.resolution",
    ),
    _rule(
        "pattern",
        "A field is bounded by a pattern or a length.",
        "Text can be written that fits any useful pattern, and how many values fit one cannot be counted.",
        "List the words in a vocabulary, or take the parts as numbers.",
        field("variant", "string", domain="vocabulary", vocabulary="app", pattern="[a-z-]+"),
        field("variant", "string", domain="vocabulary", vocabulary="app"),
        f"{_AT}.pattern",
    ),
)

NAMES: Final = (
    _rule(
        "name-text",
        "A string without a domain is named like text: message, title, query, comment, note or label.",
        "Such a name is kept: the field will hold what somebody wrote, said or searched for.",
        TEXT.remedy,
        field("comment", "string"),
        field("comment_length", "long", **_COUNT),
    ),
    _rule(
        "name-url",
        "A string without a domain is named like a URL, a path or a file.",
        "URLs carry queries and tokens, paths the names of people, files the names that people gave them.",
        PLACE.remedy,
        field("page_url", "string"),
        field("page", "string", domain="vocabulary", vocabulary="route"),
    ),
    _rule(
        "name-person",
        "A string without a domain is named like a name, an e-mail address, a telephone number.",
        "Names of people, and of the things they name, are content or personal data.",
        PERSON.remedy,
        field("email", "string"),
        field("has_email", "boolean", domain="flag"),
    ),
    _rule(
        "name-network",
        "A string without a domain is named like a network address or a host.",
        "An address tells where a person or a machine is, as well as a name does.",
        NETWORK.remedy,
        field("client_ip", "string"),
        field("network", {"type": "enum", "name": "Network", "symbols": ["WIRED", "WIFI", "CELL"]}, domain="enum"),
    ),
    _rule(
        "name-secret",
        "A string without a domain is named like a password, a token, a cookie.",
        "A secret in telemetry is a secret lost: everybody who reads the topic can use it.",
        SECRET.remedy,
        field("auth_token", "string"),
        field("signed_in", "boolean", domain="flag"),
    ),
    _rule(
        "raw-id",
        "A string without a domain is named like an id.",
        "A raw id joins a record with every other system that knows it, and ids are e-mail addresses more "
        "often than one thinks.",
        "Use the domain `pseudonym`: keyed twice, it keeps equality and nothing else.",
        field("widget_id", "string"),
        field("widget_id", "string", domain="pseudonym"),
    ),
)
RULES: Final = (*SHAPES, *NAMES)
