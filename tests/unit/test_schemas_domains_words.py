"""Flags, enums and vocabularies: closed lists, exact types, OTHER."""

from __future__ import annotations

import pytest
from hypothesis import given
from pydantic import ValidationError

from schemas.reasons import OutsideDomain, Reason
from tests.unit.domain_samples import COLLECTOR, ODD, VALIDATOR, anything, domain, refused

FLAG = domain(domain="flag")
ENUM = domain(domain="enum", name="Reason", symbols=["LEFT", "HOST_ENDED"])
SOFT_ENUM = domain(domain="enum", name="Reason", symbols=["OTHER", "LEFT", "HOST_ENDED"], on_miss="other")
WORDS = domain(domain="vocabulary", vocabulary="codec", vocabulary_version=1, words=["VP8", "H264", "opus"])
SOFT_WORDS = WORDS.model_copy(update={"on_miss": "other"})
NUMBERS = domain(domain="vocabulary", vocabulary="status", vocabulary_version=1, words=[200, 404, 1])
SOFT_NUMBERS = NUMBERS.model_copy(update={"on_miss": "other"})
ALL = {
    "flag": FLAG, "enum": ENUM, "soft enum": SOFT_ENUM, "words": WORDS, "soft words": SOFT_WORDS,
    "numbers": NUMBERS, "soft numbers": SOFT_NUMBERS,
}  # fmt: skip
LANGUAGE = [
    "hello there",
    "no\nway",
    "tab\there",
    "naïve",
    "привет",
    "你好",
    "a" * 200,
    "HOST_ENDED_BY",
    "",
    "\x7f",
    "\ud800",
    "why?",
    "Michelle.",
    "it's",
    "hi@you",
    "a,b",
    "-x",
    "\uff36\uff30\uff19",
    "V\u200bP9",
    "V\u202eP9",
    " VP9",
    "VP9\n",
]


@pytest.mark.parametrize("value", [value for value in ODD if not isinstance(value, bool)])
def test_a_flag_is_true_or_false(value: object) -> None:
    """1, "true" and 1.0 are no booleans."""
    refused(Reason.WRONG_TYPE, FLAG.telemetry, value, COLLECTOR)
    refused(Reason.WRONG_TYPE, FLAG.reduce, value, VALIDATOR)


def test_a_flag_stays_what_it_is() -> None:
    """Both images are the boolean, and there are two of them."""
    for value in (True, False):
        assert FLAG.reduce(FLAG.telemetry(value, COLLECTOR), VALIDATOR) is value
    assert FLAG.images == 2


def test_a_symbol_is_reached_in_upper_and_lower_case() -> None:
    """HOST_ENDED and host_ended are the symbol; no third spelling is."""
    assert ENUM.telemetry("host_ended", COLLECTOR) == ENUM.telemetry("HOST_ENDED", COLLECTOR) == "HOST_ENDED"
    refused(Reason.NOT_IN_VOCABULARY, ENUM.telemetry, "Host_Ended", COLLECTOR)
    refused(Reason.NOT_IN_VOCABULARY, ENUM.reduce, "host_ended", VALIDATOR)


@pytest.mark.parametrize("value", [0, 1, True, None, 1.0, b"LEFT", ["LEFT"], {}])
def test_an_enum_takes_texts_alone(value: object) -> None:
    """The place of a symbol is no symbol."""
    refused(Reason.WRONG_TYPE, SOFT_ENUM.telemetry, value, COLLECTOR)
    refused(Reason.NOT_IN_VOCABULARY, SOFT_ENUM.reduce, value, VALIDATOR)


@pytest.mark.parametrize("soft", [SOFT_ENUM, SOFT_WORDS], ids=["enum", "vocabulary"])
@pytest.mark.parametrize("value", LANGUAGE)
def test_language_is_refused_even_where_other_is_allowed(soft: type, value: str) -> None:
    """Blanks, signs beyond printable ASCII, nothing at all, and more than the longest word: refused, not OTHER."""
    refused(Reason.NOT_IN_VOCABULARY, soft.telemetry, value, COLLECTOR)  # type: ignore[attr-defined]


def test_a_short_unknown_word_becomes_other() -> None:
    """The image is the catalogue's own word, never the sender's."""
    assert SOFT_ENUM.telemetry("kicked", COLLECTOR) == "OTHER"
    assert SOFT_WORDS.telemetry("AV1", COLLECTOR) == "OTHER"
    assert SOFT_WORDS.reduce("OTHER", VALIDATOR) == 0
    assert SOFT_NUMBERS.telemetry(799, COLLECTOR) == 0
    assert SOFT_NUMBERS.reduce(0, VALIDATOR) == 0


def test_a_list_says_which_signs_its_words_may_have() -> None:
    """What could be a word of the list is OTHER: with signs that some word has, and where; `_`, `-` and `.` inside."""
    words = ["image/png", "audio/ogg+x", "C++"]
    types = domain(domain="vocabulary", vocabulary="type", vocabulary_version=1, words=words, on_miss="other")
    for word in ("image/gif", "a+b/c", "g++", "x_y-z.1"):
        assert types.telemetry(word, COLLECTOR) == "OTHER"
    for word in ("/gif", "gif/", "a:b", "a b", "gif.", "image/png/gif"):
        refused(Reason.NOT_IN_VOCABULARY, types.telemetry, word, COLLECTOR)


def test_an_other_is_told_from_a_word() -> None:
    """Both images of soft fields, and nothing of strict ones: what services count."""
    assert SOFT_ENUM.is_other("OTHER")
    assert SOFT_WORDS.is_other("OTHER")
    assert SOFT_NUMBERS.is_other(0)
    strict = domain(domain="enum", name="Reason", symbols=["OTHER", "LEFT"])
    told = [it.is_other(image) for it in (strict, WORDS, NUMBERS, FLAG) for image in ("OTHER", 0, False)]
    assert not any([*told, SOFT_ENUM.is_other("LEFT"), SOFT_WORDS.is_other("VP8"), SOFT_NUMBERS.is_other(200)])


def test_other_is_no_word_where_it_is_not_allowed() -> None:
    """With `on_miss: refuse` neither OTHER nor 0 is in the list."""
    refused(Reason.NOT_IN_VOCABULARY, WORDS.telemetry, "AV1", COLLECTOR)
    refused(Reason.NOT_IN_VOCABULARY, WORDS.reduce, "OTHER", VALIDATOR)
    refused(Reason.NOT_IN_VOCABULARY, NUMBERS.telemetry, 799, COLLECTOR)
    refused(Reason.NOT_IN_VOCABULARY, NUMBERS.reduce, 0, VALIDATOR)
    refused(Reason.NOT_IN_VOCABULARY, ENUM.telemetry, "kicked", COLLECTOR)


@pytest.mark.parametrize("value", [True, 1.0, 200.0, "200", "1", None, b"1", [200]])
def test_a_numeric_word_is_an_int(value: object) -> None:
    """True and 1.0 equal 1 in Python, and are not it here; "200" is no 200. Not OTHER either."""
    refused(Reason.WRONG_TYPE, NUMBERS.telemetry, value, COLLECTOR)
    refused(Reason.WRONG_TYPE, SOFT_NUMBERS.telemetry, value, COLLECTOR)


@pytest.mark.parametrize("value", [True, False, 1.0, None, b"VP8", ["VP8"], {}])
@pytest.mark.parametrize("it", [WORDS, SOFT_WORDS, NUMBERS, SOFT_NUMBERS])
def test_an_image_of_another_type_is_refused(it: type, value: object) -> None:
    """False is no OTHER, though it equals 0."""
    refused(Reason.WRONG_TYPE, it.reduce, value, VALIDATOR)  # type: ignore[attr-defined]


def test_a_word_of_the_other_kind_is_refused_as_an_image() -> None:
    """0 among words and OTHER among numbers are nothing."""
    refused(Reason.NOT_IN_VOCABULARY, SOFT_WORDS.reduce, 0, VALIDATOR)
    refused(Reason.NOT_IN_VOCABULARY, SOFT_NUMBERS.reduce, "OTHER", VALIDATOR)


def test_a_words_place_is_its_image() -> None:
    """Counted from 1, exact in case."""
    assert [WORDS.reduce(word, VALIDATOR) for word in WORDS.words] == [1, 2, 3]
    assert [NUMBERS.reduce(word, VALIDATOR) for word in NUMBERS.words] == [1, 2, 3]
    refused(Reason.NOT_IN_VOCABULARY, WORDS.telemetry, "vp8", COLLECTOR)


@pytest.mark.parametrize(
    "words", [["VP8", "OTHER"], [0, 200], ["VP8", "VP8"], [], ["VP8", 1], [True], [1.0], ["a"] * 5000, "VP8", None]
)
def test_a_list_that_is_ambiguous_is_no_vocabulary(words: object) -> None:
    """OTHER as a word beside OTHER as a miss, a word twice, words beside numbers, an empty or an endless list."""
    with pytest.raises(ValidationError):
        domain(domain="vocabulary", vocabulary="x", vocabulary_version=1, words=words, on_miss="other")


@pytest.mark.parametrize("symbols", [[], ["A"], [f"S{number}" for number in range(65)], "OTHER"])
def test_an_enum_has_1_to_64_symbols_and_other_where_it_needs_it(symbols: object) -> None:
    """`on_miss: other` needs the symbol OTHER."""
    with pytest.raises(ValidationError):
        domain(domain="enum", name="E", symbols=symbols, on_miss="other")


@pytest.mark.parametrize("name", ALL)
@given(value=anything)
def test_what_is_outside_is_refused(name: str, value: object) -> None:
    """Any value at all leaves a member of the closed list, or is refused; never the value itself unless it is one."""
    it = ALL[name]
    closed: set[object] = {True, False} if it is FLAG else {*getattr(it, "symbols", ()), *getattr(it, "words", ())}
    if "soft" in name:
        closed |= {"OTHER", 0}
    try:
        image = it.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return
    assert image in closed
    assert isinstance(value, (str, bool, int))
    assert it.reduce(image, VALIDATOR) is not None


def test_a_word_is_the_lists_own_copy() -> None:
    """Equal is not enough: not even the sender's object goes on."""
    sent = b"opus".decode()
    assert WORDS.telemetry(sent, COLLECTOR) is not sent
    assert WORDS.telemetry(sent, COLLECTOR) is WORDS.words[2]
