"""The benchmark's goals on a small seeded part of it, and its judge: does it see a leak where there is one?"""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.proof.leak import tricks
from tests.proof.leak.__main__ import DOCS, ELSEWHERE, place
from tests.proof.leak.corpus import MEDIA, Corpus, Row, is_impossible, load, sample
from tests.proof.leak.interval import Share
from tests.proof.leak.judge import Verdict, verdict, worst
from tests.proof.leak.measure import Result, Tally, disguises, measure
from tests.proof.leak.report import figures, goals, sheets, strict
from tests.proof.leak.rivals import rivals
from tests.proof.leak.sources import COMMITTED
from tests.proof.leak.targets import REPRESENTATIVES, made, shipped, targets

PIN = "4471"  # invented, as all content here


@cache
def small() -> Result:
    """Measure a seeded part: plain values of each kind, a few a disguise, every honest value."""
    full = load(None)
    media = [row for row in full.positives if row.category.startswith(MEDIA)]
    part = Corpus(full.source, (*sample(full.texts, 700, "small"), *media[::5]), full.negatives, full.left_out)
    return measure(part, 6)


def test_the_goals_are_met() -> None:
    """Every goal of the benchmark but the share over user agents, for which the part is too small."""
    missed = [goal.name for goal in goals(small()) if not goal.met and "user agent" not in goal.name]
    assert missed == []


def test_every_domain_and_disguise_takes_part() -> None:
    """All of the catalogue's domains and the representatives; no disguise that writes nothing."""
    assert set(shipped()) < set(targets())
    assert len(targets()) > len(shipped()) + len(REPRESENTATIVES) - 3
    assert len(disguises()) >= 40
    assert len({(it.group, it.name) for it in disguises()}) == len(disguises())
    assert [it.name for it in disguises() if not it.pieces("Quince Heron left at 9, said nobody: why ask?")] in (
        [], ["UTF-7"],
    )  # fmt: skip


def test_no_value_of_a_corpus_is_reported() -> None:
    """Sheets and figures hold categories, counts and words of ours."""
    shown = repr(sheets(small())) + repr(dict(figures(small())))
    values = [row.value for row in load(None).texts if isinstance(row.value, str) and len(row.value) > 12]
    assert len(values) > 1000
    assert [number for number, value in enumerate(values) if value in shown] == []


@pytest.mark.parametrize(
    ("parameters", "value", "expected"),
    [
        (REPRESENTATIVES["answers"], "OK", Verdict.TOLD),
        (REPRESENTATIVES["answers"], "quince", Verdict.OTHER),
        (REPRESENTATIVES["answers"], "Quince told us", Verdict.REFUSED),
        (REPRESENTATIVES["version, even"], "4.4.7.1", Verdict.TOLD),
        (REPRESENTATIVES["version, even"], PIN, Verdict.REFUSED),
        (REPRESENTATIVES["count, widest"], 17, Verdict.TOLD),
        (REPRESENTATIVES["count, widest"], int.from_bytes(b"Quince"), Verdict.COARSE),
        (REPRESENTATIVES["ratio, fine"], 0.5, Verdict.TOLD),
        (REPRESENTATIVES["ratio, fine"], 0.51234567, Verdict.COARSE),
        (REPRESENTATIVES["pseudonym of 64 bits"], "135f7f2c-6914-451d-931b-bb87d64af0f0", Verdict.KEYED),
        ({"domain": "user_agent"}, "Mozilla/5.0 (X11; Linux x86_64) Firefox/140.0", Verdict.TOLD),
        ({"domain": "user_agent"}, "quince/1.0", Verdict.OTHER),
        ({"domain": "flag"}, True, Verdict.TOLD),
    ],
)
def test_the_judge_sees(parameters: dict[str, object], value: object, expected: Verdict) -> None:
    """What is told, what is coarse, what is like every other, and what is refused."""
    assert verdict(made(**parameters), value) is expected
    assert worst(value, among=[made(domain="flag"), made(**parameters)]) is expected


def test_a_leak_fails_the_goals() -> None:
    """A value that comes through and is no word of ours misses a goal, and so does a text that is taken for an id."""
    for value in ("1.2.3", "135f7f2c-6914-451d-931b-bb87d64af0f0"):
        tally = Tally()
        tally.add([value])
        leaky = Corpus("packages", (Row("planted", value),), ())
        assert tally.share(Verdict.TOLD, Verdict.KEYED).hits == 1
        missed = {goal.name for goal in goals(measure(leaky, 1)) if not goal.met}
        assert missed >= {"content as it stands, leaked", "… that is no word of a vocabulary"}


def test_the_strict_reading_forgives_nothing() -> None:
    """What is taken as OTHER, coarse, for an id or told has a row of its own, and user agents are among the rest."""
    nothing = measure(Corpus("packages", (), ()), 1)
    assert all(row.met for row in strict(nothing))
    hidden = Tally()
    for verdict_ in (Verdict.OTHER, Verdict.COARSE, Verdict.KEYED, Verdict.TOLD):
        hidden.verdicts[verdict_] += 1
    hidden.words["ok"] += 1
    hidden.pieces, hidden.pieces_told = 4, 1
    leaky = replace(nothing, disguised=nothing.disguised | {(tricks.AGENT, "planted"): hidden})  # type: ignore[operator]
    leaky = replace(leaky, plain={"planted": hidden}, media={("media", "planted"): hidden})
    found = {row.name: (row.found.split("(")[1].split(";")[0], row.met) for row in strict(leaky)}
    assert found.pop("honest values refused") == ("0 of 0", True)
    assert not any(met for _, met in found.values())
    assert {counts for name, (counts, _) in found.items() if "OTHER" in name or "told or" in name} == {"2 of 4"}
    assert {counts for name, (counts, _) in found.items() if "OTHER" not in name and "told or" not in name} == {
        "1 of 4"
    }


def test_only_their_corpora_write_over_the_committed_figures(tmp_path: Path) -> None:
    """Values that stand in, or another's corpora, go elsewhere; whoever names a folder gets it."""
    ours = Corpus("corpora", (), (), files=dict(COMMITTED))
    assert place(ours, None) == DOCS
    assert place(ours, tmp_path) == tmp_path
    for other in (Corpus("packages", (), ()), replace(ours, files=dict(COMMITTED) | {"negatives.jsonl": "0" * 64})):
        assert place(other, None) == ELSEWHERE
        assert place(other, DOCS) == DOCS


def test_the_committed_page_names_its_corpora() -> None:
    """Its figures are those of the files whose digests stand there."""
    told = json.loads((DOCS / "leak.json").read_text("utf-8"))
    assert told["files"] == COMMITTED
    assert all(digest in (DOCS / "leak.md").read_text("utf-8") for digest in COMMITTED.values())


def test_wilson_is_wilson() -> None:
    """Against figures of the textbook; none of many still has an upper bound."""
    assert Share(0, 6986).interval == pytest.approx((0.0, 0.000550), abs=1e-6)
    assert Share(10, 100).interval == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert Share(5, 5).interval == pytest.approx((0.5655, 1.0), abs=1e-4)


def test_an_id_of_more_bits_is_impossible() -> None:
    """A ULID's first digit is at most 7; everything else is left as it is."""
    assert is_impossible(Row("ulid", "8" + "0" * 25))
    assert not is_impossible(Row("ulid", "7" + "Z" * 25))
    assert not is_impossible(Row("nanoid", "Z" * 21))


@pytest.mark.parametrize(
    ("text", "stopped"), [("mail quince@example.com", {"redaction patterns", "a blank or non-ASCII"})]
)
def test_the_filters_see(text: str, stopped: set[str]) -> None:
    """What a filter is made for it finds: a comparison with blind ones would be worth nothing."""
    simple = [rival for rival in rivals() if rival.passes is not None and rival.name in stopped]
    assert {rival.name for rival in simple if rival.passes and not rival.passes(text)} == stopped
