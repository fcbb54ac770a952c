"""What was measured, as goals and sheets: one layer for the terminal, the page and the JSON file.

No value of a corpus is in it: categories, counts, and words of our own vocabularies.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import reduce
from operator import add

from tests.proof.leak import media, packings, tricks
from tests.proof.leak.interval import Share
from tests.proof.leak.judge import Verdict
from tests.proof.leak.measure import Result, Tally

MOST_LEAKED, MOST_REFUSED = 0.0025, 0.005
OURS = "Tidegate"
_HEADS = ("values", "refused", "OTHER", "coarse", "as an id", "told", "95 %", "words of ours")


@dataclass(frozen=True, slots=True)
class Goal:
    """A promise with its measured figure."""

    name: str
    bound: str
    found: str
    met: bool


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table: the first column names, the others tell."""

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def together(tallies: Iterable[Tally]) -> Tally:
    """Add tallies up."""
    total = Tally()
    for tally in tallies:
        total.verdicts += tally.verdicts
        total.words += tally.words
        total.pieces += tally.pieces
        total.pieces_told += tally.pieces_told
        total.pieces_other_than_words += tally.pieces_other_than_words
    return total


def groups(of: Mapping[tuple[str, str], Tally]) -> dict[str, Tally]:
    """Add tallies up by group."""
    names = dict.fromkeys(group for group, _ in of)
    return {name: together(tally for (group, _), tally in of.items() if group == name) for name in names}


def summed(shares: Iterable[Share]) -> Share:
    """Add shares up."""
    return reduce(add, shares, Share(0, 0))


def leaked(result: Result) -> Share:
    """Share of content, as it stands, that is told or taken for an id."""
    return together(result.plain.values()).share(Verdict.TOLD, Verdict.KEYED)


def goals(result: Result) -> list[Goal]:
    """Hold the figures against what is promised."""
    plain, by_group = together(result.plain.values()), groups(result.disguised)
    agents, cut = by_group[tricks.AGENT], by_group[packings.FRAGMENT]
    hidden = together(tally for name, tally in by_group.items() if name not in {tricks.AGENT, packings.FRAGMENT})
    pictures, refused = together(result.media.values()), summed(result.honest.values())
    strangers = plain.not_words + plain.verdicts[Verdict.KEYED]
    told = agents.share(Verdict.TOLD)
    return [
        Goal("content as it stands, leaked", "≤ 0.25 %", shown(leaked(result)), leaked(result).value <= MOST_LEAKED),
        Goal("… that is no word of a vocabulary", "0", str(strangers), strangers == 0),
        Goal("disguised content, told", "0", f"{hidden.not_words} of {hidden.values:,}", hidden.not_words == 0),
        Goal("content in user agents, told by its family", "≤ 0.25 %", shown(told), told.value <= MOST_LEAKED),
        Goal(
            "pieces of content told that are no word of a vocabulary",
            "0", f"{cut.pieces_other_than_words} of {cut.pieces:,}", cut.pieces_other_than_words == 0,
        ),
        Goal(
            "media told", "0",
            f"{pictures.verdicts[Verdict.TOLD]} of {pictures.values:,}", pictures.verdicts[Verdict.TOLD] == 0,
        ),
        Goal("honest values refused", "≤ 0.5 %", shown(refused), refused.value <= MOST_REFUSED),
    ]  # fmt: skip


def strict(result: Result) -> list[Goal]:
    """Hold the same figures against the goals with nothing forgiven: not an id, not OTHER, not a word of ours."""
    plain, pictures = together(result.plain.values()), together(result.media.values())
    hidden = together(result.disguised.values())
    vague = (Verdict.OTHER, Verdict.COARSE)
    return [
        Goal("content as it stands, told or taken for an id", "≤ 0.25 %", *_most(leaked(result), MOST_LEAKED)),
        Goal("content as it stands, taken as OTHER or coarse", "≤ 0.25 %", *_most(plain.share(*vague), MOST_LEAKED)),
        Goal("disguised content told, user agents and words of ours too", "0", *_most(hidden.share(Verdict.TOLD))),
        Goal("disguised content taken for an id", "0", *_most(hidden.share(Verdict.KEYED))),
        Goal("disguised content taken as OTHER or coarse", "0", *_most(hidden.share(*vague))),
        Goal("pieces of disguised content told", "0", *_most(Share(hidden.pieces_told, hidden.pieces))),
        Goal("media told", "0", *_most(pictures.share(Verdict.TOLD))),
        Goal("media taken for an id", "0", *_most(pictures.share(Verdict.KEYED))),
        Goal("media taken as OTHER or coarse", "0", *_most(pictures.share(*vague))),
        Goal("honest values refused", "≤ 0.5 %", *_most(summed(result.honest.values()), MOST_REFUSED)),
    ]  # fmt: skip


def _most(share: Share, most: float = 0.0) -> tuple[str, bool]:
    return shown(share), share.value <= most


def sheets(result: Result) -> list[Sheet]:
    """Give every table."""
    return [
        _beside(result),
        _content(result),
        Sheet(
            "Disguises by kind",
            "A value in several pieces counts by its best hidden piece: it is told when all of them are.",
            ("kind", *_HEADS),
            tuple(_line(name, tally) for name, tally in groups(result.disguised).items()),
        ),
        _honest(result),
        _unlisted(result),
        Sheet(
            "Media",
            "Sound and pictures, in every form in which they could be sent. Compressed bytes in an id read as chance.",
            ("form", *_HEADS),
            tuple(_line(name, tally) for (_, name), tally in result.media.items()),
        ),
        Sheet(
            "Every disguise",
            "Pieces are told where they are words of ours, or are taken for numbers that lie on a bucket's edge.",
            ("disguise", *_HEADS, "pieces", "pieces told"),
            tuple(
                (*_line(f"{group}: {name}", tally), f"{tally.pieces:,}", f"{tally.pieces_told:,}")
                for (group, name), tally in result.disguised.items()
            ),
        ),
    ]


def told_words(result: Result) -> Counter[str]:
    """Count the words of our vocabularies that came through as what they are, from whole values."""
    return together([*result.plain.values(), *result.disguised.values()]).words


def _content(result: Result) -> Sheet:
    total = together(result.plain.values())
    return Sheet(
        "Content as it stands",
        f"Every value in each of {result.domains} domains; the worst of them counts.",
        ("category", *_HEADS),
        (*(_line(name, tally) for name, tally in result.plain.items()), _line("all", total)),
    )


def _line(name: str, tally: Tally) -> tuple[str, ...]:
    counts = (f"{tally.verdicts[verdict]:,}" for verdict in Verdict)
    interval = _interval(tally.share(Verdict.TOLD))
    return (name, f"{tally.values:,}", *counts, interval, f"{tally.words.total():,}")


def _honest(result: Result) -> Sheet:
    rows = [
        (
            f"{name}*" if name in result.listed else name,
            f"{share.of:,}",
            f"{share.hits:,}",
            percent(share.value),
            _interval(share),
        )
        for name, share in [*result.honest.items(), ("all", summed(result.honest.values()))]
    ]
    note = (
        "Each value in the domain that should take it. Lists that a standard or a language publishes come from there; "
        "the starred are a product's own, and hold the values because their owner lists them. "
        f"Left out: {result.left_out} values said to be ULIDs that need more than 128 bits."
    )
    return Sheet("Honest telemetry refused", note, ("values", "of", "refused", "share", "95 %"), tuple(rows))


def _unlisted(result: Result) -> Sheet:
    rows = [
        (name, f"{share.of:,}", f"{share.hits:,}", percent(share.value), _interval(share))
        for name, share in result.unlisted.items()
    ]
    note = (
        "Honest words that the shipped lists have not, in fields that take such words as OTHER. Refused are those that "
        "are too long or read as language. It has no goal: a list that is too short is mended by its owner."
    )
    return Sheet("Honest words that nobody listed", note, ("words", "of", "refused", "share", "95 %"), tuple(rows))


def _beside(result: Result) -> Sheet:
    rows = []
    for name, shares in compared(result).items():
        figures = [f"{percent(share.value)} ({_interval(share)})" for share in shares.values()] or ["", "", ""]
        note = result.rivals[name][0].note if name in result.rivals else "every value in the worst domain for it"
        rows.append((name, *figures, note))
    head = ("", "content let through", "disguised content let through", "honest values stopped", "how")
    note = "A filter lets pass what it finds nothing in. That it may mask no more than a part is forgiven."
    return Sheet("Beside what a team would use instead", note, head, tuple(rows))


def compared(result: Result) -> dict[str, dict[str, Share]]:
    """Give the three figures of Tidegate and of each filter that was measured or could not be."""
    hidden = [
        tally.share(Verdict.TOLD)
        for (group, _), tally in result.disguised.items()
        if group not in {packings.FRAGMENT, packings.UNREADABLE, media.GROUP}
    ]
    ours = {
        "content let through": leaked(result),
        "disguised content let through": summed(hidden),
        "honest values stopped": summed(result.honest.values()),
    }
    return {OURS: ours} | {name: dict(shares) for name, (_, shares) in result.rivals.items()}


def figures(result: Result) -> Iterator[tuple[str, object]]:
    """Give everything as JSON can hold it."""
    yield "source", result.source
    yield "python", result.python
    yield "left_out", result.left_out
    yield "domains", {"shipped": result.shipped, "with representatives": result.domains}
    yield "goals", [{"goal": g.name, "bound": g.bound, "found": g.found, "met": g.met} for g in goals(result)]
    yield "strict", [{"goal": g.name, "bound": g.bound, "found": g.found, "met": g.met} for g in strict(result)]
    yield "files", dict(result.files)
    yield "content", {name: _figures(tally) for name, tally in result.plain.items()}
    for part, of in (("disguises", result.disguised), ("media", result.media)):
        yield part, {f"{group}: {name}": _figures(tally) for (group, name), tally in of.items()}
    for part, shares in (("honest", result.honest), ("unlisted", result.unlisted)):
        yield part, {name: _of(share) for name, share in shares.items()}
    yield "beside", {name: {what: _of(s) for what, s in shares.items()} for name, shares in compared(result).items()}
    yield "words", dict(sorted(told_words(result).items()))


def _figures(tally: Tally) -> dict[str, object]:
    counts = {verdict.name.lower(): tally.verdicts[verdict] for verdict in Verdict}
    pieces = {"pieces": tally.pieces, "pieces_told": tally.pieces_told}
    return {
        "values": tally.values,
        **counts,
        "words": tally.words.total(),
        **pieces,
        "told_95": tally.share(Verdict.TOLD).interval,
    }


def _of(share: Share) -> dict[str, object]:
    return {"hits": share.hits, "of": share.of, "share": share.value, "interval_95": share.interval}


def percent(value: float) -> str:
    """Write a share so that a small one does not look like none."""
    return f"{value:.1%}" if value >= 0.1 else f"{value:.2%}"


def _interval(share: Share) -> str:
    low, high = share.interval
    return f"{percent(low)} to {percent(high)}"


def shown(share: Share) -> str:
    """Write a share with its counts and its interval."""
    return f"{percent(share.value)} ({share.hits:,} of {share.of:,}; {_interval(share)})"
