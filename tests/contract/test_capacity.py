"""The claimed capacity is what the code can make: images are counted by making them.

Small domains are counted exhaustively: every value is sent through both images. Of large ones each way to a new image
is taken: every edge of a bucket and its neighbours, every bound of a version, every part of a user agent.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.authoring.scaffold import TEMPLATE
from deploy.authoring.trial import readable, trial
from schemas.catalogue import SHIPPED, load
from schemas.compile import EVENT_BITS, FIELD_BITS
from schemas.domains import DOMAINS, Context, Domain
from schemas.domains.agents import BROWSER_SYMBOLS, NEWEST_BROWSER, NEWEST_SYSTEM, SYSTEM_SYMBOLS, UserAgent
from schemas.domains.numbers import Real, Whole
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.times import FUTURE, HOUR, PAST, Time
from schemas.domains.versions import PARTS, Version
from schemas.domains.words import Enum, Flag, Vocabulary
from schemas.plan import FieldPlan, value_at
from schemas.reasons import OutsideDomain

# Microseconds. Half an hour before midnight the window touches the most hours and the most days.
NOW: Final = int(datetime(2026, 11, 24, 23, 30, tzinfo=UTC).timestamp()) * 1_000_000
COLLECTOR, VALIDATOR = Context(bytes(range(32)), NOW), Context(bytes(range(32, 64)), NOW)
SMALL: Final = 20_000  # values that are all tried
PLACES: Final = {
    f"{plan.event}:{place.dotted}": place
    for plan in load(SHIPPED).plans.values()
    for place in plan.fields
    if place.in_ml and plan.ml_avro is not None
}


def images(it: Domain, values: Iterable[object]) -> set[object]:
    """Make both images of each value, as the two services do; what is refused makes none."""
    made: set[object] = set()
    for value in values:
        try:
            image = it.reduce(it.telemetry(value, COLLECTOR), VALIDATOR)
        except OutsideDomain:
            continue
        made.add(tuple(image.items()) if isinstance(image, dict) else image)
    return made


def _whole(it: Whole) -> Iterator[object]:
    if it.max < SMALL:
        return iter(range(-2, it.max + 3))
    return (value for edge in (*it.edges, it.max) for value in (edge - 1, edge, edge + 1))


def _real(it: Real) -> Iterator[object]:
    yield from (it.min, it.max, it.min - it.step, it.max + it.step)
    count = math.ceil((it.max - it.min) / it.step) + 1
    assert count < SMALL, "count the steps of a finer measure another way"
    for quarters in range(4 * count):
        yield it.min + quarters * it.step / 4


def _version(it: Version) -> Iterator[object]:
    everything = math.prod(bound + 2 for bound in it.components)
    sides = [range(bound + 2) if everything < SMALL else (0, bound, bound + 1) for bound in it.components]
    return (".".join(map(str, numbers)) for numbers in itertools.product(*sides))


def _user_agents(_: UserAgent) -> Iterator[object]:
    for browser, system in itertools.product(("Firefox/{}.0", "Chrome/{}.0"), ("X11; Linux x86_64", "Windows NT 10.0")):
        for major in (1, 140, 255, 256):
            yield f"Mozilla/5.0 ({system}) Gecko/20100101 {browser.format(major)}"


# Values from all over a domain and around it: each image it can make is made by one of them, where that can be tried.
VALUES: Final[dict[type[Domain], Callable[[Any], Iterable[object]]]] = {
    Flag: lambda _: (True, False, 0, 1, "true"),
    Enum: lambda it: (*it.symbols, *map(str.lower, it.symbols), "odd", "z", "OTHER", "x" * 99),
    Vocabulary: lambda it: (*it.words, *map(str, it.words), "odd", "z", "OTHER", 0, -7, "x" * 999),
    Whole: _whole,
    Real: _real,
    Time: lambda _: range((NOW - PAST) // 1000 - 5, (NOW + FUTURE) // 1000 + 5, 15 * 60 * 1000),
    Version: _version,
    Pseudonym: lambda _: (f"{number:032x}" for number in range(10**30, 10**30 + 300)),
    UserAgent: _user_agents,
}


def values_of(it: Domain) -> Iterable[object]:
    """Give the values to count a domain with."""
    return next(make(it) for of, make in VALUES.items() if isinstance(it, of))


@pytest.mark.parametrize("name", PLACES)
def test_a_field_of_the_shipped_catalogue_makes_as_many_images_as_it_claims(name: str) -> None:
    """Exactly as many where each can be tried; of a version and a user agent, as many as the values tried can leave."""
    place = PLACES[name]
    assert place.domain is not None
    made = images(place.domain, values_of(place.domain))
    assert len(made) == _expected(place)
    assert place.bits == math.log2(place.domain.images + place.nullable)
    assert place.bits <= FIELD_BITS


def _expected(place: FieldPlan) -> int:
    match place.domain:
        case Pseudonym():  # tells its 300 ids apart and nothing of them: it claims one image
            assert place.domain.images == 1
            return 300
        case UserAgent():  # two browsers with three majors that are known and one that is not, on two systems
            return 2 * 4 * 2
        case Version() if place.domain.images >= SMALL:  # both ends of each part
            assert place.domain.images == math.prod(bound + 1 for bound in place.domain.components)
            return 1 << len(place.domain.components)
        case Domain():
            return place.domain.images
    raise AssertionError(place.dotted)


def parameters() -> st.SearchStrategy[dict[str, object]]:
    """Parameters of every domain whose images can all be made, whatever they are."""
    return st.one_of(
        st.fixed_dictionaries({"domain": st.just("count"), "max": _WHOLE, "buckets": st.integers(2, 64)}),
        st.fixed_dictionaries(
            {"domain": st.just("duration"), "unit": st.just("ms"), "max": _WHOLE, "digits": st.just(2)}
        ),
        st.builds(_measure, st.floats(-1e3, 1e3), st.floats(1.01, 500), st.floats(1e-3, 1e3)),
        st.fixed_dictionaries({"domain": st.just("ratio"), "step": st.floats(0.002, 1)}),
        st.fixed_dictionaries({"domain": st.just("version"), "components": st.lists(_BOUND, min_size=2, max_size=4)}),
        st.builds(_enum, _listed("ABC_", 63), st.sampled_from(["refuse", "other"])),
        st.builds(_vocabulary, _listed("abcdef", 40), st.sampled_from(["refuse", "other"])),
    )


_WHOLE, _BOUND = st.integers(1, SMALL - 1), st.integers(1, 9)


def _listed(letters: str, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.text(letters, min_size=1, max_size=4), min_size=1, max_size=most, unique=True)


def _measure(low: float, steps: float, step: float) -> dict[str, object]:
    return {"domain": "measure", "min": low, "max": low + steps * step, "step": step, "unit": "1"}


def _enum(symbols: list[str], on_miss: str) -> dict[str, object]:
    return {"domain": "enum", "name": "E", "symbols": [*symbols, "OTHER"], "on_miss": on_miss}


def _vocabulary(words: list[str], on_miss: str) -> dict[str, object]:
    return {"domain": "vocabulary", "vocabulary": "v", "vocabulary_version": 1, "words": words, "on_miss": on_miss}


@settings(max_examples=150, deadline=None)
@given(of=parameters())
def test_any_domain_makes_as_many_images_as_it_claims(of: dict[str, object]) -> None:
    """Whatever an author chooses, the count of what the code makes is the claim."""
    it = DOMAINS.validate_python(of, strict=False)
    assert len(images(it, values_of(it))) == it.images
    assert it.bits == math.log2(it.images)


def test_a_user_agent_can_be_no_more_than_the_product_of_its_parts() -> None:
    """Each part alone takes each of its values and none beyond, whatever the others are."""
    it = UserAgent()
    base = {"browser": "FIREFOX", "browser_major": 7, "os": "LINUX", "os_major": 3}
    sides = {
        "browser": BROWSER_SYMBOLS,
        "browser_major": range(NEWEST_BROWSER + 1),
        "os": SYSTEM_SYMBOLS,
        "os_major": range(NEWEST_SYSTEM + 1),
    }
    counted = 1
    for part, side in sides.items():
        taken = 0
        for value in (*side, -1, len(side), 10**6, "ODD", None):
            try:
                assert it.reduce(base | {part: value}, VALIDATOR)
            except OutsideDomain:
                taken += value in side and value == "UNKNOWN"  # refused here for the majors beside it
            else:
                assert value in side
                taken += 1
        assert taken == len(side)
        counted *= taken
    assert counted == it.images


def test_a_version_takes_each_value_of_each_part() -> None:
    """The one that every event carries, part by part."""
    it = DOMAINS.validate_python({"domain": "version", "components": [15, 63, 63]}, strict=False)
    for place, bound in enumerate(it.components):  # type: ignore[union-attr]
        texts = (".".join(str(n) if at == place else "1" for at in range(3)) for n in range(bound + 40))
        assert {dict(image)[PARTS[place]] for image in images(it, texts)} == set(range(bound + 1))  # type: ignore[call-overload]
    assert it.bits == 16


def test_a_time_makes_no_more_images_wherever_the_hour_stands() -> None:
    """At each minute of a day, the window touches no more hours and days than claimed."""
    for resolution in ("hour", "day"):
        it = DOMAINS.validate_python({"domain": "time", "resolution": resolution, "unit": "us"}, strict=False)
        counts = set()
        for minute in range(0, 24 * 60, 7):
            moment = NOW - NOW % (24 * HOUR) + minute * (HOUR // 60)
            context = Context(bytes(32), moment)
            ticks = (moment - PAST, *range(moment - PAST, moment + FUTURE, HOUR // 2), moment + FUTURE)
            counts.add(len({it.reduce(it.telemetry(tick, context), context) for tick in ticks}))
        assert max(counts) == it.images


def test_a_whole_event_makes_the_product_of_its_fields() -> None:
    """Through the real gate and the real validator: what an event's own fields can say in ml.eligible, counted."""
    catalogue = readable(TEMPLATE)
    plan = catalogue.plans["feature.used"]
    own = [place for place in plan.fields if len(place.path) == 1 and not isinstance(place.domain, Pseudonym)]
    edges = next(place.domain.edges for place in own if isinstance(place.domain, Whole))
    names = ["export", "share", "undo", "other", "OTHER", "else"]
    made = set()
    for name, length in itertools.product(names, (None, *edges, 86400)):
        values = {"user.id": f"{10**30:032x}", "feature.name": name}
        done = trial(catalogue, plan.event, values | ({} if length is None else {"feature.duration": length}), NOW)
        assert done.reaches_ml
        verdicts = {verdict.field: verdict.ml for verdict in done.verdicts}
        made.add(tuple(verdicts[place.dotted] for place in own))
    assert len(made) == math.prod(place.images for place in own) == 4 * 17


@pytest.mark.parametrize("folder", [SHIPPED, TEMPLATE], ids=["shipped", "template"])
def test_an_event_carries_the_sum_of_its_fields_and_stays_in_budget(folder: Any) -> None:  # noqa: ANN401 - a path
    """The sum that the compiler holds against the budget is that of the fields of the derived schema."""
    for plan in readable(folder).plans.values():
        if plan.ml_avro is None:
            continue
        leaves = [place for place in plan.fields if place.in_ml]
        claimed = {".".join(path): notes for path, notes in _notes(plan.ml_avro)}
        assert set(claimed) == {place.dotted for place in leaves}
        assert all(claimed[place.dotted]["bits"] == round(place.bits, 2) for place in leaves)
        assert math.isclose(plan.bits, sum(math.log2(place.images) for place in leaves))
        assert value_at(plan.ml_avro, ("tidegate", "bits")) == round(plan.bits, 2)
        assert plan.bits <= EVENT_BITS


def _notes(avro: Any, above: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:  # noqa: ANN401 - Avro
    for field in avro["fields"]:
        path = (*above, field["name"])
        if path == ("origin",):
            yield from _notes(field["type"], path)
        else:
            yield path, field["tidegate"]
