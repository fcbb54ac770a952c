"""Vocabularies that say they come from a public list hold what that list holds."""

from __future__ import annotations

import zoneinfo

import pytest
from babel import Locale

from schemas.catalogue import SHIPPED, load
from schemas.model import VocabularyFile
from schemas.shape import parse
from schemas.textfile import read_yaml

# Two letters in CLDR that are no territory of its own: exceptional reservations, groups, and what stands for none.
NO_TERRITORY = {"AC", "CP", "CQ", "DG", "EA", "IC", "TA", "EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}


def words(name: str) -> tuple[str | int | float, ...]:
    """The words of a vocabulary of the sample catalogue."""
    path = SHIPPED / "vocabularies" / f"{name}.yaml"
    vocabulary, _ = parse(VocabularyFile, read_yaml(path, path.name), path.name)
    assert vocabulary is not None
    return vocabulary.words


def test_territories_are_those_of_cldr() -> None:
    """All of them, each once; a territory that is new in CLDR fails here and wants to be added at the end."""
    known = {code for code in map(str, Locale("en").territories) if len(code) == 2 and code.isalpha()}
    assert set(words("territory")) == known - NO_TERRITORY


@pytest.mark.parametrize("tag", words("locale"))
def test_a_locale_is_known_to_cldr(tag: str) -> None:
    """Language, script and territory."""
    assert Locale.parse(tag, sep="-").territory is not None


def test_time_zones_are_those_of_tzdata() -> None:
    """Each is a zone of the IANA database, by the name it has there."""
    assert set(words("time_zone")) <= zoneinfo.available_timezones()


def test_every_vocabulary_is_read_by_an_event() -> None:
    """A list that nothing reads is no part of the contract."""
    read = {getattr(field.domain, "vocabulary", None) for plan in load().plans.values() for field in plan.fields}
    assert {path.stem for path in (SHIPPED / "vocabularies").glob("*.yaml")} <= read
