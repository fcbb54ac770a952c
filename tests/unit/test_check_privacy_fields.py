"""Domains that are bounded, yet wider, finer or more alike than their meaning needs."""

from __future__ import annotations

import pytest

from tests.unit.privacy_workspaces import CONTENT, USAGE, field, found, group, more

AT = "$.fields[3].tidegate"
FEATURE = "$.fields[2].type"
FLAG: dict[str, object] = {"domain": "flag"}


def count(most: int, unit: str = "1", domain: str = "count", **scale: object) -> dict[str, object]:
    """A whole number's domain."""
    return {"domain": domain, "unit": unit, "max": most, **(scale or {"buckets": 6})}


def measure(most: float, step: float) -> dict[str, object]:
    """A real number's domain."""
    return {"domain": "measure", "unit": "1", "min": 0, "max": most, "step": step}


def enum(*symbols: str) -> dict[str, object]:
    """The template's enum with these symbols."""
    return {"type": "enum", "name": "Feature", "symbols": ["OTHER", *symbols], "default": "OTHER"}


def test_a_field_above_sixteen_bits_is_looked_at() -> None:
    """65,536 images are taken in silence, one more is not."""
    assert found(field("load", "double", **measure(65_535, 1))) == set()
    assert found(field("load", "double", **measure(65_536, 1))) == {("privacy/wide-field", USAGE, AT)}


def test_the_user_agent_is_no_wide_field() -> None:
    """Its table is Tidegate's own: no author can make it smaller."""
    agent = field("browser", "tidegate.UserAgent", attribute="user_agent.original", domain="user_agent")
    assert found(group("operational", "user_agent.original"), agent) == set()


@pytest.mark.parametrize(
    ("most", "unit", "domain"),
    [
        (2**31 - 1, "1", "count"),
        (2**40, "By", "size"),
        (2**30, "KiBy", "size"),
        (2**20, "MiBy", "size"),
        (366 * 86_400, "s", "duration"),
        (366 * 86_400_000, "ms", "duration"),
        (366 * 86_400_000_000, "us", "duration"),
    ],
)
def test_a_range_ends_where_its_unit_makes_sense(most: int, unit: str, domain: str) -> None:
    """The widest sensible maximum of each unit is taken, one more is not."""
    assert found(field("amount", "long", **count(most, unit, domain))) == set()
    beyond = found(field("amount", "long", **count(most + 1, unit, domain)))
    assert beyond == {("privacy/wide-range", USAGE, f"{AT}.max")}


@pytest.mark.parametrize(("unit", "most"), [("s", 10**9), ("ms", 10**12), ("us", 10**15)])
@pytest.mark.parametrize("name", ["finished_at", "timestamp", "startTime", "due_date"])
def test_a_moment_is_no_duration(name: str, unit: str, most: int) -> None:
    """A number named like a moment that reaches today, since 1970, is a timestamp: one finding, not two."""
    domain = count(most, unit, "duration")
    assert found(field(name, "long", **domain)) == {("privacy/timestamp-number", USAGE, AT)}


def test_a_short_time_is_a_duration() -> None:
    """`load_time` in milliseconds is no moment as long as it can't reach one."""
    assert found(field("load_time", "long", **count(60_000, "ms", "duration"))) == set()


def test_numbered_fields_spell() -> None:
    """Four fields that differ by a number at the end are an array in disguise; three are let be."""
    row = [(f"x{number}", "long", count(30, buckets=4)) for number in range(4)]
    assert found(*more(*row[:3])) == set()
    assert found(*more(*row)) == {("privacy/number-series", USAGE, "$.fields[4]")}


def test_numbered_flags_spell_too() -> None:
    """Flags in a row are the bits of a letter."""
    row = [(f"bit_{number}", "boolean", FLAG) for number in range(8)]
    assert found(*more(*row)) == {("privacy/number-series", USAGE, "$.fields[4]")}


def test_fields_of_one_range_spell() -> None:
    """Six fields of the very same range are too many, whatever they are called; of differing ranges they are not."""
    names = ("alpha", "beta", "gamma", "delta", "epsilon", "zeta")
    same = [(name, "long", count(30, buckets=4)) for name in names]
    other = [(name, "long", count(30 + place, buckets=4)) for place, name in enumerate(names)]
    assert found(*more(*same)) == {("privacy/number-series", USAGE, "$.fields[4]")}
    assert found(*more(*same[:5])) == set()
    assert found(*more(*other)) == set()


def test_flags_of_different_names_are_let_be() -> None:
    """Any number of flags with names of their own is what usage looks like."""
    row = [(name, "boolean", FLAG) for name in ("audio", "video", "dark", "wide", "loud", "fast", "new")]
    assert found(*more(*row)) == set()


@pytest.mark.parametrize("symbol", ["A" * 25, "THIS_IS_WHAT_SHE_SAID"])
def test_a_symbol_is_no_sentence(symbol: str) -> None:
    """More than 24 characters, or more than four words, is a sentence."""
    assert found((USAGE, FEATURE, enum(symbol))) == {("privacy/enum-sentence", USAGE, FEATURE)}


@pytest.mark.parametrize("symbol", ["A" * 24, "PUSH_TO_TALK_ON"])
def test_a_symbol_may_be_a_few_words(symbol: str) -> None:
    """24 characters and four words are a name."""
    assert found((USAGE, FEATURE, enum(symbol))) == set()


def test_an_enum_is_no_alphabet() -> None:
    """Eight symbols of one character write text letter by letter; seven are taken for grades."""
    assert found((USAGE, FEATURE, enum(*"ABCDEFGH"))) == {("privacy/enum-alphabet", USAGE, FEATURE)}
    assert found((USAGE, FEATURE, enum(*"ABCDEFG"))) == set()


@pytest.mark.parametrize("name", ["latitude", "home_lon", "lng", "geohash", "zip"])
def test_coordinates_are_looked_at(name: str) -> None:
    """A place finer than a region is a finding whatever its step."""
    assert found(field(name, "double", **measure(180, 10))) == {("privacy/location", USAGE, AT)}


def test_what_does_not_compile_is_the_compilers() -> None:
    """A schema with a finding of the compiler's gets no second one for the same field."""
    assert found(field("latitude", "double")) == {("privacy/no-domain", USAGE, AT)}


def test_content_schemas_are_measured_by_nobody() -> None:
    """Widths guard the ML record; content never reaches it."""
    wide = {"name": "size", "type": "long", "doc": "Its size.", "tidegate": {"attribute": "note.size", **count(2**50)}}
    assert found(group("service_generated", "note.size"), (CONTENT, "$.fields[4]", wide)) == set()
