"""Examples of properties, taken out of the template and the shipped catalogue; a few that neither uses, by hand."""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any, Final

from deploy.authoring.scaffold import TEMPLATE
from schemas.catalogue import SHIPPED
from schemas.textfile import read_json, read_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

_LONGEST: Final = 60  # characters of an example
_WHY = "The quality model needs the whole sample."
_MATCHES: Final = {"span": "SpanMatch", "span_event": "SpanEventMatch", "metric": "MetricMatch"}
# What neither catalogue uses; a test reads each with its model.
BY_HAND: Final[Mapping[str, Mapping[str, object]]] = {
    "CatalogueFile": {
        "waivers": [{"event": "call.quality", "owner": "media", "reason": _WHY, "expires": "2027-06-30"}]
    },
    "BudgetWaiver": {"event": "call.quality", "owner": "media", "reason": _WHY, "expires": "2027-06-30"},
    "Suppression": {
        "rule": "privacy/name-text",
        "reason": "It counts characters; the name is older than the rule.",
        "expires": "2027-06-30",
    },
    "ApprovalsFile": {
        "approvals": [
            {
                "rule": "compatibility/vocabulary-widened",
                "vocabulary": "codec",
                "who": "privacy-team",
                "why": "Codecs are named by a standard.",
                "until": "2027-03-31",
            }
        ]
    },
    "Approval": {
        "rule": "compatibility/vocabulary-widened",
        "event": "call.quality",
        "vocabulary": "codec",
        "attribute": "media.codec",
        "scope": "meetings.client",
        "who": "privacy-team",
        "why": "Codecs are named by a standard.",
        "until": "2027-03-31",
    },
    "domain:ratio": {"min": 0.0, "max": 1.0, "unit": "1"},
    "domain:time": {"unit": "ms"},
    "domain:pseudonym": {"bits": 64},
}


def example_of(where: str, name: str) -> str:
    """Give a value that a property has in use, as JSON; the first that is short, else the first, cut."""
    found = [json.dumps(data[name], ensure_ascii=False, default=str) for data in _places(where) if name in data]
    by_hand = BY_HAND.get(where, {})
    found += [json.dumps(by_hand[name], ensure_ascii=False)] if name in by_hand else []
    if not found:
        raise LookupError(f"no example of {where}.{name}: put one into BY_HAND")
    short = next((text for text in found if len(text) <= _LONGEST), None)
    return short or found[0][: _LONGEST - 1] + "…"


def _places(where: str) -> Iterator[Mapping[str, Any]]:
    """Yield the objects that a model reads."""
    for kind, data in _all():
        if kind == where:
            yield data


@cache
def _all() -> tuple[tuple[str, Mapping[str, Any]], ...]:
    return tuple(item for folder in (TEMPLATE, SHIPPED) for item in (*_yaml(folder), *_avro(folder)))


def _yaml(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for model, inner, items, pattern in (
        ("CatalogueFile", "BudgetWaiver", "waivers", "catalogue.yaml"),
        ("AttributesFile", "AttributeGroup", "groups", "attributes.yaml"),
        ("VocabularyFile", "WordWaiver", "waivers", "vocabularies/*.yaml"),
    ):
        for path in sorted(folder.glob(pattern)):
            data = read_yaml(path, path.name)
            yield model, data
            yield from ((inner, item) for item in data.get(items, ()))


def _avro(folder: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in (
        path for kind in ("usage", "diagnostic", "content", "types") for path in sorted(folder.glob(f"{kind}/*"))
    ):
        data = read_json(path, path.name)
        meta = data.get("tidegate")
        if meta is not None:
            yield "EventSchema", data
            yield "EventMeta", meta
            yield from ((model, meta[name]) for name, model in _MATCHES.items() if name in meta)
        for field in data["fields"][1 if meta else 0 :]:
            yield "AvroField", field
            yield "Wiring", field["tidegate"]
            yield f"domain:{field['tidegate'].get('domain')}", field["tidegate"]
