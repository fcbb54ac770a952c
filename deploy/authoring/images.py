"""Says in words what a domain accepts, what images it leaves, and what one image means."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from schemas.domains import Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.signals import Source

if TYPE_CHECKING:
    from schemas.plan import FieldPlan

_TYPES = {str: "text", bytes: "bytes", int: "whole number", float: "number", bool: "true or false"}
_MOST_WORDS = 6  # of an enum; --format json and the schema have all


class Words(NamedTuple):
    """What a domain accepts, and its images on the telemetry topics and on the ML-eligible one."""

    accepts: Callable[[Any], str]
    telemetry: Callable[[Any], str]
    ml: Callable[[Any], str]


_WORDS: Final[dict[type[Domain], Words]] = {
    Flag: Words(lambda _: "true, false", lambda _: "the boolean", lambda _: "the boolean"),
    Enum: Words(
        lambda it: _listed(it.symbols) + _miss(it.on_miss),
        lambda _: "the symbol",
        lambda it: f"1 of {it.images} symbols",
    ),
    Vocabulary: Words(
        lambda it: f"{len(it.words):,} words: {it.vocabulary} {it.vocabulary_version}{_miss(it.on_miss)}",
        lambda _: "the list's own word",
        lambda it: f"1 of {it.images:,} places",
    ),
    Whole: Words(
        lambda it: f"0 to {it.max:,}{_unit(it.unit)}",
        lambda _: "the number",
        lambda it: f"1 of {it.images:,} buckets",
    ),
    Real: Words(
        lambda it: f"{it.min:g} to {it.max:g}{_unit(it.unit)}",
        lambda _: "the number",
        lambda it: f"1 of {it.images:,} steps",
    ),
    Time: Words(
        lambda it: f"RFC 3339, or {it.unit}; 30 days back, 1 hour ahead",
        lambda _: "microseconds",
        lambda it: f"the {it.resolution}",
    ),
    Version: Words(
        lambda it: "at most " + ".".join(map(str, it.components)),
        lambda _: "the numbers, joined anew",
        lambda _: "the numbers",
    ),
    Pseudonym: Words(
        lambda _: "a random id", lambda it: f"{it.length}-bit HMAC", lambda it: f"{it.length}-bit HMAC of that"
    ),
    UserAgent: Words(lambda _: "a known user agent", lambda _: "families and majors", lambda _: "families and majors"),
}


def accepts(place: FieldPlan) -> str:
    """What a value may be."""
    if place.source in {Source.EVENT_ID, Source.RECEIVE_TIME}:
        return "nothing: the collector makes it"
    if place.domain is None:
        return f"any {_TYPES[place.content_types[0]]}"
    return _words(place.domain).accepts(place.domain)


def telemetry_image(place: FieldPlan) -> str:
    """What Kafka holds of a value as the collector sent it."""
    return "the content" if place.domain is None else _words(place.domain).telemetry(place.domain)


def ml_image(place: FieldPlan) -> str:
    """What the ML-eligible topic holds of a value."""
    if place.domain is None or not place.in_ml:
        return "nothing"
    return _words(place.domain).ml(place.domain)


def shown(place: FieldPlan, image: object) -> str:
    """An image as people read it; of content nothing but its size."""
    if image is None:
        return "absent"
    if place.domain is None:
        size = len(image) if isinstance(image, bytes) else len(str(image).encode("utf-8", "surrogatepass"))
        return f"<content, {size} bytes>"
    if isinstance(image, bytes):
        return image.hex()
    if isinstance(image, dict):
        return " ".join(str(_plain(part)) for part in image.values())
    return str(_plain(image))


def meaning(domain: Domain | None, image: object) -> str:
    """What an ML image stands for, where the image alone does not say it."""
    match domain:
        case Whole() if isinstance(image, int):
            above = (*domain.edges, domain.max + 1)[image + 1] - 1
            return _span(domain.edges[image], above) + _unit(domain.unit)
        case Real() if isinstance(image, int):
            return f"{domain.min + image * domain.step:g}{_unit(domain.unit)}"
        case Vocabulary() if isinstance(image, int):
            return str(domain.words[image - 1]) if image else "other"
    return ""


def _plain(image: object) -> object:
    """A codec gives times as datetimes or numbers, and booleans as Python's."""
    if isinstance(image, bool):
        return str(image).lower()
    if isinstance(image, datetime):
        return image.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return image


def _span(low: int, high: int) -> str:
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _words(domain: Domain) -> Words:
    return next(words for of, words in _WORDS.items() if isinstance(domain, of))


def _listed(symbols: Sequence[str]) -> str:
    words = [symbol.lower() for symbol in symbols[:_MOST_WORDS]]
    return ", ".join([*words, *(["…"] if len(symbols) > _MOST_WORDS else [])])


def _unit(unit: str) -> str:
    return "" if unit == "1" else f" {unit}"


def _miss(on_miss: str) -> str:
    return "; else OTHER" if on_miss == "other" else ""
