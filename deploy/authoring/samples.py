"""Values that a domain accepts: what a trial puts into the fields its author left out."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from schemas.domains import Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary

if TYPE_CHECKING:
    from collector.records import Value
    from schemas.plan import FieldPlan

AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
ID = "7d9f3c1a5b2e4f60817293a4b5c6d7e8"
_CONTENT: dict[type, Value] = {str: "a sample", bytes: b"a sample", int: 1, float: 1.0, bool: True}


def sample(place: FieldPlan, moment: int) -> Value:
    """Give a value that the field accepts; `moment` is now, in microseconds since the epoch."""
    if place.domain is None:
        return next(value for kind, value in _CONTENT.items() if kind in place.content_types)
    return inside(place.domain, moment)


_INSIDE: Final[dict[type[Domain], Callable[[Any, int], Value]]] = {
    Flag: lambda _, __: False,
    Enum: lambda it, _: it.symbols[-1].lower(),
    Vocabulary: lambda it, _: it.words[0],
    Whole: lambda it, _: it.max // 2,
    Real: lambda it, _: (it.min + it.max) / 2,
    Time: lambda it, moment: moment // {"s": 1_000_000, "ms": 1000, "us": 1}[it.unit],
    Version: lambda it, _: ".".join("1" for _ in it.components),
    Pseudonym: lambda _, __: ID,
    UserAgent: lambda _, __: AGENT,
}


def inside(domain: Domain, moment: int) -> Value:
    """Give a value inside a domain."""
    make = next(make for of, make in _INSIDE.items() if isinstance(domain, of))
    return make(domain, moment)
