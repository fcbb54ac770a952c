"""Domains to try, values inside them, values of every other kind, and what is fixed for all tests of domains."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import Any, Final

import pytest
from hypothesis import strategies as st

from schemas.catalogue import Catalogue, load
from schemas.domains import DOMAINS, Context, Domain
from schemas.domains.agents import UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym, is_random_id
from schemas.domains.times import FUTURE, PAST, Time
from schemas.domains.versions import Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.reasons import OutsideDomain, Reason

NOW: Final = int(datetime(2026, 11, 24, 9, 30, tzinfo=UTC).timestamp()) * 1_000_000  # microseconds
COLLECTOR, VALIDATOR = Context(bytes(range(32)), NOW), Context(bytes(range(32, 64)), NOW)
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"

# No word of any catalogue, no number in any bounds, and the things that other languages take for one another.
ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2**31, 2**53 + 1, 2**63, -(2**63), 10**400, 0.0, -0.0, 1.0, 0.5, 1e308, 5e-324,
    float("nan"), float("inf"), float("-inf"), "", "0", "1", "1.0", "true", "null", "NaN", " ", "a\x00b", "\ud800",
    b"", b"1", b"\xff", [], [1], ["a"], (), (1,), {}, {"a": 1}, object(), "Quince-Heron told us", "é", "\uff11", "²",
)  # fmt: skip
anything = st.one_of(
    st.sampled_from(ODD),
    st.integers(),
    st.floats(),
    st.text(max_size=40),
    st.binary(max_size=40),
    st.booleans(),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)


def domain(**parameters: object) -> Any:  # noqa: ANN401 - one of the twelve
    """Make a domain as a schema states it: from JSON."""
    return DOMAINS.validate_json(json.dumps(parameters))


def refused(reason: Reason, of: Callable[..., object], *arguments: object) -> None:
    """Assert that a value is outside, for this reason, and that the error tells nothing else."""
    with pytest.raises(OutsideDomain) as caught:
        of(*arguments)
    assert caught.value.reason is reason
    assert str(caught.value) == reason.code


@cache
def catalogue() -> Catalogue:
    """Read the shipped catalogue, once a run."""
    return load()


@cache
def shipped() -> dict[str, Domain]:
    """Every domain of the shipped catalogue, by event and field; each set of parameters once."""
    found: dict[Domain, str] = {}
    for plan in catalogue().plans.values():
        for place in plan.fields:
            if place.domain is not None:
                found.setdefault(place.domain, f"{plan.event}:{place.dotted}")
    return {name: place for place, name in found.items()}


_INSIDE: Final[dict[type, Callable[[Any], st.SearchStrategy[object]]]] = {
    Flag: lambda _: st.booleans(),
    Enum: lambda it: st.sampled_from([*it.symbols, *(symbol.lower() for symbol in it.symbols)]),
    Vocabulary: lambda it: st.sampled_from(it.words),
    Whole: lambda it: st.one_of(st.integers(0, it.max), st.sampled_from([0, 1, it.max, *it.edges])),
    Real: lambda it: st.floats(it.min, it.max),
    Time: lambda _: st.integers((NOW - PAST) // 1000, (NOW + FUTURE) // 1000),
    Version: lambda it: st.tuples(*(st.integers(0, bound) for bound in it.components)).map(
        lambda numbers: ".".join(map(str, numbers))
    ),
    Pseudonym: lambda _: st.uuids(version=4).map(str).filter(is_random_id),  # one in 60,000 spells something
    UserAgent: lambda _: st.tuples(st.integers(1, 300), st.integers(1, 99)).map(
        lambda pair: (
            f"Mozilla/5.0 (iPhone; CPU iPhone OS {pair[1]}_1 like Mac OS X) AppleWebKit/605.1 CriOS/{pair[0]}.0"
        )
    ),
}


def inside(it: Domain) -> st.SearchStrategy[object]:
    """Give values that the domain accepts."""
    return next(_INSIDE[kind](it) for kind in type(it).__mro__ if kind in _INSIDE)
