"""Entries of a vocabulary that could be language, personal or an id, and who stands for them."""

from __future__ import annotations

from datetime import date

import pytest
import yaml

from schemas.catalogue import SHIPPED
from schemas.check.privacy_words import SHORT, WORDS_FILE, common_words, is_id, is_personal, is_sentence
from schemas.model import VocabularyFile
from schemas.shape import parse
from tests.unit.privacy_workspaces import HEAD, ROUTE, USAGE, changed, found, more, waivers, words


@pytest.mark.parametrize(
    ("entries", "rule"),
    [
        (["hi"], "vocabulary-short"),
        (["VP8"], "vocabulary-short"),
        (["de", "fr"], "vocabulary-short"),
        (["tomorrow"], "vocabulary-dictionary"),
        (["SALARY"], "vocabulary-dictionary"),
        (["/v1/größe"], "vocabulary-non-ascii"),
        (["明日また"], "vocabulary-non-ascii"),
        (["call me tomorrow"], "vocabulary-sentence"),
        (["jane@example.org"], "vocabulary-personal"),
        (["https://example.org/j"], "vocabulary-personal"),
        (["/v1/search?q=x"], "vocabulary-personal"),
        (["/home/jane/notes.txt"], "vocabulary-personal"),
        (["192.0.2.17"], "vocabulary-personal"),
        (["+44 20 7946 0958"], "vocabulary-personal"),
        (["3f2504e0-4f89-41d3-9a0c-0305e82c3301"], "vocabulary-ids"),
        (["9f86d081884c7d659a2feaa0c55ad015"], "vocabulary-ids"),
    ],
)
def test_an_entry_that_could_be_language_is_found(entries: list[str], rule: str) -> None:
    """Each such list is one finding, at the first entry of its kind."""
    assert found(words("/v1/a", *entries)) == {(f"privacy/{rule}", ROUTE, "$.words[4]")}


@pytest.mark.parametrize(
    "entry",
    ["HomeScreen", "audio.join_muted", "Pixel 9 Pro XL", "/v1/j/{id}/notes", "en-US", "ECONNRESET", "app.main",
     "1920x1080", "046d:0825", "America/New_York", "java.lang.Error", "sip:487", "-1009", "/home/{user}"],
)  # fmt: skip
def test_codes_are_no_language(entry: str) -> None:
    """Codes, classes, routes and model names need no waiver."""
    assert found(words(entry)) == set()


@pytest.mark.parametrize(
    ("entry", "waiver"),
    [
        ("GET", {"words": ["GET"]}),
        ("GET", {"kind": "short"}),
        ("tomorrow", {"words": ["tomorrow"]}),
        ("tomorrow", {"kind": "dictionary"}),
        ("/größe", {"kind": "non_ascii"}),
    ],
)
def test_a_waiver_stands_for_entries(entry: str, waiver: dict[str, object]) -> None:
    """Listed one by one or as a kind, they are taken."""
    assert found(words(entry), waivers(waiver)) == set()


def test_a_waiver_stands_for_what_it_lists_alone() -> None:
    """Another entry of the kind still needs its own."""
    assert found(words("GET", "hi"), waivers({"words": ["GET"]})) == {("privacy/vocabulary-short", ROUTE, "$.words[4]")}


@pytest.mark.parametrize("entry", ["call me tomorrow", "jane@example.org"])
def test_no_waiver_helps_a_sentence_or_an_address(entry: str) -> None:
    """They can't be waived; the attempt is a finding too."""
    rules = {rule for rule, _, _ in found(words(entry), waivers({"words": [entry]}))}
    assert rules in (
        {"privacy/vocabulary-sentence", "privacy/waiver-unused"},
        {"privacy/vocabulary-personal", "privacy/waiver-unused"},
    )


def test_an_alphabet_is_never_waived() -> None:
    """Ten entries of one character are found whatever is waived; nine are short ones."""
    waiver = waivers({"kind": "short"})
    alphabet = {("privacy/vocabulary-alphabet", ROUTE, "$.words")}
    assert found(words(*"abcdefghij"), waiver) == found(words(*"abcdefghij")) == alphabet
    assert found(words(*"abcdefghi"), waiver) == set()


def test_a_vocabulary_has_a_size() -> None:
    """1,024 entries are taken, one more is not; nor are more than 32 KiB."""
    assert found(words(*(f"/v1/r{number}" for number in range(1021)))) == set()
    too_many = found(words(*(f"/v1/r{number}" for number in range(1022))))
    too_long = found(words(*(f"/v1/r{number}/".ljust(128, "x") for number in range(256))))
    assert too_many == too_long == {("privacy/vocabulary-size", ROUTE, "$.words")}


def test_a_waiver_ends_on_its_day() -> None:
    """It holds the day before; on the day it is found, and the entry still compiles."""
    change = (words("hi"), waivers({"words": ["hi"], "expires": "2027-01-31"}))
    assert found(*change, today=date(2027, 1, 30)) == set()
    assert found(*change, today=date(2027, 1, 31)) == {("privacy/waiver-expired", ROUTE, "$.waivers[0].expires")}


@pytest.mark.parametrize(
    ("waiver", "path"),
    [({"kind": "short"}, "kind"), ({"words": ["gone"]}, "words"), ({"words": ["/v1/documents"]}, "words")],
)
def test_a_waiver_that_waives_nothing_goes(waiver: dict[str, object], path: str) -> None:
    """For a kind no entry is of, for a word that is not listed, for one that needs none."""
    assert found(waivers(waiver)) == {("privacy/waiver-unused", ROUTE, f"$.waivers[0].{path}")}


@pytest.mark.parametrize(
    "waiver",
    [
        {},
        {"words": ["hi"], "kind": "short"},
        {"words": ["hi"], "owner": "Some Body"},
        {"words": ["hi"], "reason": "ok"},
        {"words": ["hi"], "expires": "never"},
        {"words": []},
        {"kind": "any"},
    ],
)
def test_a_waiver_says_who_why_and_until_when(waiver: dict[str, object]) -> None:
    """One scope, an owner, a reason of some length, a day: anything else does not read."""
    _, _, signed = waivers(waiver)
    parsed, findings = parse(VocabularyFile, {"version": 1, "source": "Ours.", "licence": "own", "words": ["hi"],
                                              "waivers": signed}, ROUTE)  # fmt: skip
    assert parsed is None
    assert findings


BUDGET = {"event": "feature.used", "owner": "product", "reason": "Two sizes are needed until the move.",
          "expires": "2027-01-31"}  # fmt: skip
FAT: list[tuple[str, object, dict[str, object]]] = [
    (name, "double", {"domain": "measure", "unit": "1", "min": 0, "max": most, "step": 1})
    for name, most in (("size", 60_000), ("weight", 50_000))
]


def test_an_event_over_the_budget_needs_a_waiver() -> None:
    """Above 64 bits it does not compile, unless somebody stands for it."""
    assert found(*more(*FAT)) == {("privacy/event-budget", USAGE, "$")}
    assert found(*more(*FAT), (HEAD, "$.waivers", [BUDGET])) == set()


def test_no_event_goes_over_twice_the_budget() -> None:
    """A waiver ends at 128 bits."""
    fat = [(f"{name}{letter}", avro, {**domain, "max": 60_000 + place})
           for letter in "abc" for place, (name, avro, domain) in enumerate(FAT)]  # fmt: skip
    hits = found(*more(*fat), (HEAD, "$.waivers", [BUDGET]))
    assert hits == {("privacy/event-budget", USAGE, "$")}


def test_a_budget_waiver_is_needed_and_of_today() -> None:
    """For an event within the budget, or for none, it is unused; on its day it has expired."""
    for event in ("request.finished", "no.such"):
        hits = found((HEAD, "$.waivers", [{**BUDGET, "event": event}]))
        assert hits == {("privacy/waiver-unused", HEAD, "$.waivers[0].event")}
    hits = found(*more(*FAT), (HEAD, "$.waivers", [BUDGET]), today=date(2027, 2, 1))
    assert hits == {("privacy/waiver-expired", HEAD, "$.waivers[0].expires")}


def test_numbers_are_no_words() -> None:
    """A vocabulary of numbers is looked at for its size alone."""
    codes = "vocabularies/http_status.yaml"
    assert found((codes, "$.words", [*changed()[codes]["words"], 7])) == set()


def test_the_common_words_are_words() -> None:
    """The list holds about 2,000 words of four letters and more, lower case, each once, with its provenance."""
    lines = WORDS_FILE.read_text(encoding="utf-8").splitlines()
    notes = [line for line in lines if line.startswith("#")]
    listed = " ".join(line for line in lines if not line.startswith("#")).split()
    assert 1_900 < len(listed) < 2_300
    assert sorted(set(listed)) == listed
    assert all(word.isascii() and word.islower() and word.isalpha() and len(word) > SHORT for word in listed)
    assert {"hello", "tomorrow", "please", "meeting"} <= common_words()
    assert any("Source" in note for note in notes)
    assert any("Licence" in note for note in notes)


def test_the_judges_of_entries_know_their_near_misses() -> None:
    """A version is no IP address, a template no path, a class no sentence, a short hexadecimal no id."""
    assert not is_personal("10.15.7")
    assert not is_personal("/users/{user_id}")
    assert not is_sentence("NullPointerException in Thread")
    assert not is_id("0825dead")


def test_the_shipped_vocabularies_say_where_they_come_from() -> None:
    """Each shipped vocabulary says where it comes from and its licence; the platform team stands for each waiver."""
    for path in sorted((SHIPPED / "vocabularies").glob("*.yaml")):
        parsed, findings = parse(VocabularyFile, yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
        assert parsed is not None, findings
        assert all(waiver.owner == "platform" for waiver in parsed.waivers)
        assert len(parsed.source.split()) > 2
        assert parsed.licence.startswith(("Apache-2.0", "Public domain", "Unicode-3.0"))
        assert path.stem == path.stem.lower()
