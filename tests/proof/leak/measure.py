"""The measurement: every positive, plain and disguised, in the worst domain; every honest value in its own."""

from __future__ import annotations

import platform
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache

from schemas.reasons import OutsideDomain
from tests.proof.leak import encodings, packings, tricks
from tests.proof.leak.corpus import Corpus, Row, is_media, sample
from tests.proof.leak.disguise import LEAST, Disguise
from tests.proof.leak.interval import Share
from tests.proof.leak.judge import Verdict, as_text, worst
from tests.proof.leak.media import media_disguises
from tests.proof.leak.rivals import Passes, Rival
from tests.proof.leak.targets import is_listed, received, shipped, stated, targets, words

Tell = Callable[[str], None]


@dataclass(slots=True)
class Tally:
    """What became of the values of one category or disguise, and of their pieces."""

    verdicts: Counter[Verdict] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    """Values told that are words of ours, each as often as it came. Nothing else of a value is ever kept."""
    pieces: int = 0
    pieces_told: int = 0
    pieces_other_than_words: int = 0

    @property
    def values(self) -> int:
        """How many values were judged."""
        return self.verdicts.total()

    def share(self, *verdicts: Verdict) -> Share:
        """Share of values with one of these verdicts."""
        return Share(sum(self.verdicts[verdict] for verdict in verdicts), self.values)

    @property
    def not_words(self) -> int:
        """How many values were told that are no word of ours."""
        return self.verdicts[Verdict.TOLD] - self.words.total()

    def add(self, pieces: Sequence[object], carrier: object = None) -> None:
        """Judge one value, given whole or in its pieces."""
        verdicts = [worst(piece, carrier) for piece in pieces]
        told = [piece for piece, verdict in zip(pieces, verdicts, strict=True) if verdict is Verdict.TOLD]
        ours = [piece for piece in told if isinstance(piece, str) and piece in words()]
        self.verdicts[min(verdicts)] += 1
        self.pieces += len(pieces)
        self.pieces_told += len(told)
        self.pieces_other_than_words += len(told) - len(ours)
        if min(verdicts) is Verdict.TOLD and len(ours) == len(pieces):
            self.words[" ".join(map(str, ours))] += 1


@dataclass(frozen=True, slots=True)
class Result:
    """Everything that was measured."""

    source: str
    left_out: int
    domains: int
    shipped: int
    plain: Mapping[str, Tally]
    disguised: Mapping[tuple[str, str], Tally]
    media: Mapping[tuple[str, str], Tally]
    honest: Mapping[str, Share]
    """Refused honest values, by their domain."""
    listed: frozenset[str]
    unlisted: Mapping[str, Share]
    """Words that a shipped list has not, refused although the field takes unlisted words as OTHER."""
    rivals: Mapping[str, tuple[Rival, Mapping[str, Share]]]
    seconds: float
    python: str
    files: Mapping[str, str] = field(default_factory=dict)
    """The corpora's files, and their SHA-256."""


@cache
def disguises() -> tuple[Disguise, ...]:
    """Every disguise of texts."""
    made: list[Disguise] = []
    for give in (encodings.encodings, tricks.tricks, tricks.shapes, tricks.agents):
        made += give()
    for give in (packings.ids, packings.numbers, packings.in_bytes, packings.fragments, packings.unreadable):
        made += give()
    return tuple(made)


def measure(corpus: Corpus, each: int, rivals: Iterable[Rival] = (), tell: Tell = lambda _: None) -> Result:
    """Measure everything: all plain values, and `each` values a disguise."""
    began = time.perf_counter()
    tell("content as it stands, in every domain")
    plain = _plain(corpus.positives)
    tell(f"{len(disguises())} disguises")
    long = [row for row in corpus.texts if len(str(row.value)) >= LEAST]
    disguised = {(it.group, it.name): _disguised(it, sample(long, each, it.name)) for it in disguises()}
    tell("media")
    pictures = [row for row in corpus.positives if is_media(row)]
    media = {(it.group, it.name): _disguised(it, pictures) for it in media_disguises()}
    tell("honest telemetry")
    honest, listed = _honest(corpus.negatives)
    beside = {}
    for rival in rivals:
        tell(rival.name)
        beside[rival.name] = (rival, _beside(rival.passes, corpus, long, each) if rival.passes else {})
    return Result(
        source=corpus.source,
        left_out=corpus.left_out,
        domains=len(targets()),
        shipped=len(shipped()),
        plain=plain,
        disguised=disguised,
        media=media,
        honest=honest,
        listed=listed,
        unlisted=_unlisted(corpus.negatives),
        rivals=beside,
        seconds=time.perf_counter() - began,
        python=platform.python_version(),
        files=corpus.files,
    )


def _plain(rows: Sequence[Row]) -> dict[str, Tally]:
    tallies: dict[str, Tally] = defaultdict(Tally)
    for row in rows:
        tallies[row.category].add([row.value])
    return dict(sorted(tallies.items()))


def _disguised(it: Disguise, rows: Sequence[Row]) -> Tally:
    tally = Tally()
    for row in rows:
        pieces = it.pieces(row.value)
        if pieces:
            tally.add(pieces, it.carrier)
    return tally


def _by_kind(rows: Sequence[Row]) -> dict[tuple[str, str], list[object]]:
    kinds: dict[tuple[str, str], list[object]] = defaultdict(list)
    for row in rows:
        kinds[row.domain, row.category].append(row.value)
    return dict(sorted(kinds.items()))


def _honest(rows: Sequence[Row]) -> tuple[dict[str, Share], frozenset[str]]:
    """Throw each honest value at the domain that should take it."""
    shares: dict[str, Share] = {}
    listed: set[str] = set()
    for (domain, category), values in _by_kind(rows).items():
        it = stated(domain, category, values)
        name = category.replace("_", " ")
        shares[name] = Share(sum(not _takes(it, value) for value in values), len(values))
        listed |= {name} if is_listed(domain, category) else set()
    return shares, frozenset(listed)


def _takes(it: object, value: object) -> bool:
    try:
        it.telemetry(value, received(value))  # type: ignore[attr-defined]
    except OutsideDomain:
        return False
    return True


def _unlisted(rows: Sequence[Row]) -> dict[str, Share]:
    """Throw honest words at the shipped list of their kind that takes unlisted words as OTHER."""
    shares: dict[str, Share] = {}
    lists = {
        it.vocabulary: it for it in shipped() if getattr(it, "on_miss", "") == "other" and hasattr(it, "vocabulary")
    }
    for (domain, category), values in _by_kind(rows).items():
        it = lists.get(domain.removeprefix("vocabulary:"))
        unlisted = [value for value in values if it is not None and value not in it.words]  # type: ignore[attr-defined]
        if it is not None and unlisted:
            refused = sum(not _takes(it, value) for value in unlisted)
            shares[category.replace("_", " ")] = Share(refused, len(unlisted))
    return shares


def _beside(passes: Passes, corpus: Corpus, long: Sequence[Row], each: int) -> dict[str, Share]:
    """Ask a filter the same questions, of a sample: each call of some takes 5 ms and more."""
    content = sample([row for row in corpus.positives if not is_media(row)], each * 10, "plain")
    hidden = Share(0, 0)
    for it in disguises():
        if it.group not in {packings.FRAGMENT, packings.UNREADABLE}:
            made = [it.pieces(str(row.value)) for row in sample(long, max(1, each // 25), it.name)]
            asked = [pieces for pieces in made if pieces]
            hidden += Share(sum(all(passes(as_text(piece)) for piece in pieces) for pieces in asked), len(asked))
    honest = sample(corpus.negatives, each * 5, "honest")
    return {
        "content let through": Share(sum(passes(as_text(row.value)) for row in content), len(content)),
        "disguised content let through": hidden,
        "honest values stopped": Share(sum(not passes(as_text(row.value)) for row in honest), len(honest)),
    }
