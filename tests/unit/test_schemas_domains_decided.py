"""What each domain decides: odd inputs, and that nothing folds into one image but what its class says."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Callable
from datetime import datetime
from itertools import combinations
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from deploy.docs.domains_page import CONTEXT, FIELDS, ODD, decided, field
from deploy.docs.properties import DOMAINS
from schemas.domains import Domain
from schemas.domains.words import Enum, Vocabulary
from schemas.reasons import OutsideDomain
from tests.unit.domain_samples import NOW, anything, inside, shipped

TAKEN: Final = {
    "flag": ["true"],
    "enum, soft": [
        '"1"', '"left"', '"LEFT"', '"Left"', '"asleep", a word that is not listed', '"1.2"', '"1.2.0"', '"01.2.3"',
        '"1.2.3-beta"',
    ],
    "vocabulary": ['"1"', '"left"', '"é" in one code point (NFC)'],
    "vocabulary of numbers": ["1"],
    "count": ["1", "0"],
    "measure": ["1", "1.0", "0", "-0.0", "-1"],
    "time": ['"2026-11-24T08:00:00Z"', '"2026-11-24 09:00:00+01:00"'],
    "version": ['"1.2"', '"1.2.0"'],
    "pseudonym": ["a UUID"],
    "user_agent": ['"left"', '"LEFT"', '"Left"', '"asleep", a word that is not listed'],  # UNKNOWN
}  # fmt: skip


@pytest.mark.parametrize("name", FIELDS)
def test_of_the_odd_inputs_these_alone_are_taken(name: str) -> None:
    """Each decision by name; the page shows the images and the reasons."""
    assert [shown for shown, value in ODD.items() if decided(field(name), value).startswith("**")] == TAKEN[name]


def test_every_domain_says_what_it_decides() -> None:
    """In words of its own class or of the one it varies; and the page's fields leave no domain out."""
    assert {it.terms for it in DOMAINS.values()} >= {type(field(name)).terms for name in FIELDS}
    assert {type(field(name)).terms for name in FIELDS} == {it.terms for it in DOMAINS.values()}


def _moment(value: Any) -> object:  # noqa: ANN401 - a time as it comes
    if isinstance(value, int):
        return value
    whole, dot, rest = value.partition(".")
    digits = rest.rstrip("Z").split("+")[0].split("-")[0] if dot else ""
    moment = datetime.fromisoformat(whole + rest[len(digits) :] if dot else value)
    return int(moment.timestamp()) * 1_000_000 + int((digits + "000000")[:6])


def _listed(it: Domain, value: Any) -> object:  # noqa: ANN401 - a word as it comes
    words: dict[object, object] = {(type(word), word): word for word in getattr(it, "words", ())}
    words |= {(str, spelling): symbol for symbol in getattr(it, "symbols", ()) for spelling in (symbol, symbol.lower())}
    return words.get((type(value), value), "OTHER")


def _numbers(it: Any, value: str) -> object:  # noqa: ANN401 - a version's domain
    numbers = tuple(map(int, value.split(".")))
    return numbers + (0,) * (len(it.components) - len(numbers))


# What a value is, once the foldings that the class declares are undone: two values of one image must be the same.
SAME: Final[dict[str, Callable[[Any, Any], object]]] = {
    "flag": lambda _, value: (type(value), value),
    "enum": _listed,
    "vocabulary": _listed,
    "count": lambda _, value: (type(value), value),
    "measure": lambda _, value: value,  # Python's 1 == 1.0 and -0.0 == 0.0 are the two foldings
    "time": lambda _, value: _moment(value),
    "version": _numbers,
    "pseudonym": lambda _, value: str(value),
}
FOLDING: Final = {name: field(name) for name in FIELDS if name != "user_agent"}


def _alike(value: object) -> list[object]:
    """Give a value and what some language, encoding or SDK takes for the same: never a thing that is far off."""
    texts = [str(value), f" {value}", f"{value} ", f"{value}\n", f"{value}\u200b", f"\u202e{value}", f"\ufeff{value}"]
    texts += [str(value).upper(), str(value).lower(), str(value).title(), str(value).casefold()]
    texts += [unicodedata.normalize(form, str(value)) for form in ("NFC", "NFD", "NFKC", "NFKD")]
    texts += [f"{value}.0", f"0{value}", f"+{value}", f"{value}0", str(value).replace("e", "\u0435")]
    others: list[object] = [value, str(value).encode("utf-8", "surrogatepass"), (value,), *texts]
    if isinstance(value, (int, float)) and abs(value) < 1e300:
        others += [int(value), float(value), -value, value + 1, bool(value), math.nextafter(value, math.inf)]
    if isinstance(value, str) and "T" in value:
        others += [value.replace("T", " "), value.replace("Z", "+00:00"), value.replace("Z", ".0Z")]
        others += [value.replace("Z", f".{digits}Z") for digits in ("1234567", "123456", "1", "1000000")]
    return others


def _image(it: Domain, value: object) -> object:
    try:
        return it.telemetry(value, CONTEXT)
    except OutsideDomain:
        return None


@pytest.mark.parametrize("name", FOLDING)
@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nothing_folds_but_what_the_class_says(name: str, data: st.DataObject) -> None:
    """Values that are alike to some eye leave one image when they are one by the declared foldings, and only then."""
    it = FOLDING[name]
    ours = inside(it) if name != "time" else st.sampled_from([NOW, NOW - 5, "2026-11-24T08:00:00Z"])
    value = data.draw(st.one_of(ours, ours, st.sampled_from(list(ODD.values())), anything))
    taken = [(image, SAME[it.domain](it, each)) for each in _alike(value) if (image := _image(it, each)) is not None]
    for (one, meaning), (other, its_meaning) in combinations(taken, 2):
        assert (one == other) is (meaning == its_meaning)


@pytest.mark.parametrize("name", FOLDING)
def test_what_the_class_says_does_fold(name: str) -> None:
    """Each declared folding happens: no word of the page is idle."""
    pairs: dict[str, list[tuple[object, object]]] = {
        "enum, soft": [("left", "LEFT"), ("OTHER", "asleep")],
        "measure": [(1, 1.0), (-0.0, 0.0)],
        "time": [
            ("2026-11-24T08:00:00Z", "2026-11-24 09:00:00+01:00"),
            ("2026-11-24T08:00:00.1234567Z", "2026-11-24T08:00:00.1234560Z"),
        ],
        "version": [("1.2", "1.2.0")],
        "pseudonym": [(1_234_567_890_123_456_789, "1234567890123456789")],
    }
    it = FOLDING[name]
    for first, second in pairs.get(name, []):
        assert _image(it, first) == _image(it, second) is not None
    is_soft = isinstance(it, (Enum, Vocabulary)) and it.on_miss == "other"
    said = len([fold for fold in it.terms.folds if is_soft or "on_miss" not in fold])
    assert len(pairs.get(name, [])) == said


@pytest.mark.parametrize("name", shipped())
@given(value=st.text(st.characters(exclude_characters=[chr(n) for n in range(128)]), min_size=1, max_size=20))
def test_no_text_beyond_ascii_is_taken_by_the_shipped_catalogue(name: str, value: str) -> None:
    """Look-alikes, zero-width and bidirectional signs, lone surrogates, in any field: refused."""
    assert _image(shipped()[name], value) is None
    assert _image(shipped()[name], f"a{value}") is None
