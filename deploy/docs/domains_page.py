"""The page of domains: a row each from the classes, and what becomes of odd inputs, found by putting them in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from deploy.docs.properties import DOMAINS
from schemas.domains import DOMAINS as READER
from schemas.domains import Context
from schemas.reasons import OutsideDomain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from schemas.domains import Domain

CONTEXT: Final = Context(bytes(32), 1_795_512_600_000_000)  # 2026-11-24T09:30Z
# A field of each domain that decides in a way of its own.
FIELDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "flag": {"domain": "flag"},
    "enum, soft": {"domain": "enum", "name": "E", "symbols": ["OTHER", "LEFT", "HOST_ENDED"], "on_miss": "other"},
    "vocabulary": {"domain": "vocabulary", "vocabulary": "v", "vocabulary_version": 1, "words": ["left", "1", "é"]},
    "vocabulary of numbers": {"domain": "vocabulary", "vocabulary": "v", "vocabulary_version": 1, "words": [1, 200]},
    "count": {"domain": "count", "max": 1000, "buckets": 8},
    "measure": {"domain": "measure", "min": -10.0, "max": 1e300, "step": 1e298, "unit": "1"},
    "time": {"domain": "time", "unit": "us"},
    "version": {"domain": "version", "components": [99, 99, 99]},
    "pseudonym": {"domain": "pseudonym"},
    "user_agent": {"domain": "user_agent"},
}
# What sets languages, encodings and SDKs apart, with how the page writes it.
ODD: Final[Mapping[str, object]] = {
    "true": True,
    "1": 1,
    "1.0": 1.0,
    '"1"': "1",
    "0": 0,
    "-0.0": -0.0,
    "-1": -1,
    "2^53 + 1": 2**53 + 1,
    "10^400": 10**400,
    "NaN": float("nan"),
    "infinity": float("inf"),
    '""': "",
    '"left"': "left",
    '"LEFT"': "LEFT",
    '"Left"': "Left",
    '" left"': " left",
    '"left" and a line end': "left\n",
    '"left" with a Cyrillic letter': "l\u0435ft",
    '"left" in full width': "\uff4c\uff45\uff46\uff54",
    '"left" with a zero-width space': "le\u200bft",
    '"left" behind a right-to-left override': "\u202eleft",
    '"é" in one code point (NFC)': "\u00e9",
    '"é" in two (NFD)': "e\u0301",
    "a lone surrogate": "\ud800",
    '"asleep", a word that is not listed': "asleep",
    '"why?"': "why?",
    '"1.2"': "1.2",
    '"1.2.0"': "1.2.0",
    '"01.2.3"': "01.2.3",
    '"1.2.3-beta"': "1.2.3-beta",
    '"2026-11-24T08:00:00Z"': "2026-11-24T08:00:00Z",
    '"2026-11-24 09:00:00+01:00"': "2026-11-24 09:00:00+01:00",
    '"2026-11-24T08:00:00"': "2026-11-24T08:00:00",
    "a UUID": "7d9f3c1a-5b2e-4f60-8172-93a4b5c6d7e8",
    "the bytes of a text as a UUID": "73656520-796f-7520-6174-206e696e6521",
    '"alice@example.org"': "alice@example.org",
    "bytes": b"left",
    "an array": ("left",),
}


def field(name: str) -> Domain:
    """Make a field's domain as a schema states it."""
    return READER.validate_python(dict(FIELDS[name]), strict=False)


def sections() -> Mapping[str, str]:
    """The two tables."""
    return {"domains": _terms(), "decided": _decided()}


def _terms() -> str:
    rows = ["| domain | accepts | refuses | one image for | ML image | capacity, bits | Avro types |", "|---" * 7 + "|"]
    for name, it in DOMAINS.items():
        terms, types = it.terms, ", ".join(f"`{shape}`" for shape in it.takes)
        folds = "; ".join(terms.folds) or "nothing"
        cells = (f"`{name}`", terms.accepts, terms.refuses, folds, terms.image, terms.capacity, types)
        rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows)


def _decided() -> str:
    rows = [f"| input | {' | '.join(FIELDS)} |", "|---" * (len(FIELDS) + 1) + "|"]
    for shown, value in ODD.items():
        rows.append(f"| {shown} | {' | '.join(decided(field(name), value) for name in FIELDS)} |")
    return "\n".join(rows)


def decided(it: Domain, value: object) -> str:
    """Tell what becomes of a value: the telemetry image, or the reason it is refused for."""
    try:
        image = it.telemetry(value, CONTEXT)
    except OutsideDomain as miss:
        return miss.reason.code
    return "**keyed**" if it.domain == "pseudonym" else f"**`{json.dumps(image, ensure_ascii=False)}`**"
