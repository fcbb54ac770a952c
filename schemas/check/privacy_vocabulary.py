"""Privacy checks over vocabularies: an entry that could be language is what a closed list still leaks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

from schemas.check import privacy_words as words
from schemas.check.rule import Edit, Example, Rule, Severity, Spot
from schemas.model import VocabularyFile, WaiverKind

if TYPE_CHECKING:
    from schemas.check.subject import Workspace

ROUTE: Final = "vocabularies/route.yaml"
MOST_WORDS, MOST_BYTES = 1024, 32768
_ALPHABET = 10  # entries of one character
_NAMED = 5  # entries that a message names

OF_KIND: Final[dict[WaiverKind, Callable[[str], bool]]] = {
    WaiverKind.SHORT: words.is_short,
    WaiverKind.DICTIONARY: words.is_common,
    WaiverKind.NON_ASCII: lambda word: not word.isascii(),
}
_WAIVE = "Take them out, or give them a waiver in this file: words or kind, owner, reason, expires."


def _vocabularies(workspace: Workspace) -> Iterator[tuple[str, VocabularyFile, tuple[str, ...]]]:
    """File, vocabulary and words of each vocabulary that is one of words."""
    for name, vocabulary in workspace.vocabularies.items():
        if isinstance(vocabulary.words[0], str):
            yield f"vocabularies/{name}.yaml", vocabulary, tuple(map(str, vocabulary.words))


def _is_alphabet(entries: Sequence[str]) -> bool:
    return sum(map(words.is_symbol, entries)) >= _ALPHABET


def _unwaived(vocabulary: VocabularyFile, entries: Sequence[str], kind: WaiverKind) -> Iterator[int]:
    """Places of the entries of a kind for which nobody stands."""
    waived = {word for waiver in vocabulary.waivers for word in waiver.words or ()}
    if any(waiver.kind is kind for waiver in vocabulary.waivers):
        return
    is_of_kind, is_alphabet = OF_KIND[kind], _is_alphabet(entries)
    for place, word in enumerate(entries):
        if is_of_kind(word) and word not in waived and not (is_alphabet and words.is_symbol(word)):
            yield place


def _told(places: Sequence[int], entries: Sequence[str]) -> str:
    named = ", ".join(f"`{entries[place]}`" for place in places[:_NAMED])
    return f"{named} and {len(places) - _NAMED} more" if len(places) > _NAMED else named


def _check(kind: WaiverKind, what: str) -> Callable[[Workspace], Iterator[Spot]]:
    def check(workspace: Workspace) -> Iterator[Spot]:
        for file, vocabulary, entries in _vocabularies(workspace):
            places = list(_unwaived(vocabulary, entries, kind))
            if places:
                yield Spot(f"$.words[{places[0]}]", f"{what}: {_told(places, entries)}.", _WAIVE, file)

    return check


def _never(is_bad: Callable[[str], bool], what: str, remedy: str) -> Callable[[Workspace], Iterator[Spot]]:
    def check(workspace: Workspace) -> Iterator[Spot]:
        for file, _, entries in _vocabularies(workspace):
            places = [place for place, word in enumerate(entries) if is_bad(word)]
            if places:
                # The entries are not named: they may be somebody's.
                yield Spot(f"$.words[{places[0]}]", f"{len(places)} of the entries {what}.", remedy, file)

    return check


def alphabet(workspace: Workspace) -> Iterator[Spot]:
    """A vocabulary is an alphabet: event by event it spells text."""
    for file, _, entries in _vocabularies(workspace):
        if _is_alphabet(entries):
            defect = f"{_ALPHABET} of the entries or more are one character long: an alphabet."
            yield Spot("$.words", defect, "List words that mean something, or count what the letters stood for.", file)


def size(workspace: Workspace) -> Iterator[Spot]:
    """A vocabulary is larger than its budget."""
    for name, vocabulary in workspace.vocabularies.items():
        volume = sum(len(str(word).encode()) for word in vocabulary.words)
        if len(vocabulary.words) > MOST_WORDS or volume > MOST_BYTES:
            defect = f"It has {len(vocabulary.words)} entries in {volume} bytes."
            remedy = f"Keep to {MOST_WORDS} entries and {MOST_BYTES} bytes: the frequent ones, and OTHER for the rest."
            yield Spot("$.words", defect, remedy, f"vocabularies/{name}.yaml")


ROUTES: Final = ["/v1/documents", "/v1/documents/{document_id}", "/v1/documents/{document_id}/notes"]
SIGNED: Final[dict[str, object]] = {
    "owner": "platform",
    "reason": "The name of a standard; nobody types it.",
    "expires": "2999-12-31",
}
HI: Final[dict[str, object]] = {"words": ["hi"], **SIGNED}


def listing(*more: str) -> Edit:
    """Give the example's vocabulary more words."""
    return Edit(ROUTE, "$.words", [*ROUTES, *more])


def waiving(*waivers: dict[str, object]) -> Edit:
    """Give the example's vocabulary waivers."""
    return Edit(ROUTE, "$.waivers", [*waivers])


def _rule(
    name: str, check: Callable[[Workspace], Iterator[Spot]], example: Example, *, is_error: bool = True, **texts: str
) -> Rule:
    severity = Severity.ERROR if is_error else Severity.WARNING
    return Rule(id=f"privacy/{name}", severity=severity, example=example, check=check, scope="workspace", **texts)


def _bad(*more: str, at: str = "$.words[3]", good: tuple[Edit, ...] = ()) -> Example:
    return Example(bad=(listing(*more),), good=good, at=(ROUTE, at))


RULES: Final = (
    _rule(
        "vocabulary-short",
        _check(WaiverKind.SHORT, "Entries of three characters or fewer could be language"),
        _bad("hi", good=(listing("hi"), waiving(HI))),
        finds="A vocabulary has entries of one to three characters, and no waiver for them.",
        why="When everything else holds, the one thing that gets through is a listed word somebody happened to "
        "write: short "
        "ones come up most.",
        fix=_WAIVE,
    ),
    _rule(
        "vocabulary-dictionary",
        _check(WaiverKind.DICTIONARY, "Entries are common words"),
        _bad("tomorrow", good=(listing("/v1/tomorrow"),)),
        finds="A vocabulary has entries that are common English words, and no waiver for them.",
        why="A message of one common word passes a list that holds it, as if it were telemetry.",
        fix=_WAIVE,
    ),
    _rule(
        "vocabulary-non-ascii",
        _check(WaiverKind.NON_ASCII, "Entries go beyond ASCII"),
        _bad("/v1/gr\u00fc\u00dfe", good=(listing("/v1/gruesse"),)),
        finds="A vocabulary has entries beyond ASCII, and no waiver for them.",
        why="Codes, classes and routes are ASCII. What is not was written by people: one character can be a word.",
        fix=_WAIVE,
    ),
    _rule(
        "vocabulary-sentence",
        _never(words.is_sentence, "are words in a row", "Give each state a name without blanks."),
        _bad("call me tomorrow please", good=(listing("/v1/calls"),)),
        finds="A vocabulary has entries that are sentences.",
        why="A sentence was copied from a text that people read or write; its variants will follow.",
        fix="Give each state a name without blanks. No waiver helps.",
    ),
    _rule(
        "vocabulary-personal",
        _never(words.is_personal, "have the form of an address", "Take them out: a list is read by everybody."),
        _bad("https://example.org/j/81723", good=(listing("/v1/j/{meeting_id}"),)),
        finds="A vocabulary has entries that look like an e-mail address, a URL, an IP address, a number to call.",
        why="A vocabulary is copied into each registered schema and read by everybody who decodes the topics.",
        fix="Take the entries out; list templates in place of what fills them.",
    ),
    _rule(
        "vocabulary-ids",
        _never(words.is_id, "have the form of a random id", "Use the domain `pseudonym` for ids."),
        _bad("3f2504e0-4f89-41d3-9a0c-0305e82c3301", good=(listing("/v1/j/{meeting_id}"),)),
        is_error=False,
        finds="A vocabulary has entries that look like random ids.",
        why="A list of ids is a list of people or things, each told apart by its true id.",
        fix="Use the domain `pseudonym`.",
    ),
    _rule(
        "vocabulary-alphabet",
        alphabet,
        _bad(*"abcdefghij", at="$.words", good=(listing("/v1/letters"),)),
        finds="A vocabulary is an alphabet: ten entries or more of one character.",
        why="One letter an event is slow, and it is still writing. No waiver helps.",
        fix="List words that mean something, or count what the letters stood for.",
    ),
    _rule(
        "vocabulary-size",
        size,
        _bad(*(f"/v1/r{number}" for number in range(MOST_WORDS)), at="$.words", good=(listing("/v1/r1"),)),
        is_error=False,
        finds=f"A vocabulary has more than {MOST_WORDS} entries or {MOST_BYTES} bytes.",
        why="A list that nobody reads through is a list that nobody has judged; each doubling is one bit more to leak.",
        fix="Keep the frequent entries, and let OTHER stand for the rest.",
    ),
)
