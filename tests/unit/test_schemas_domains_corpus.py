"""Real content and honest telemetry through every domain of the shipped catalogue, where the corpus is at hand."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.domains import Domain
from schemas.reasons import OutsideDomain
from tests.benchmarks.ids import PAGE, misses, pass_table, section
from tests.unit.domain_samples import COLLECTOR, domain, shipped

DATA = Path(__file__).parents[3] / "shared" / "data"
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="the corpus is not on this machine")

TEXTUAL = {"string", "enum", "record:tidegate.UserAgent", "long:timestamp-micros"}
BY_NAME = {
    "pseudonym": domain(domain="pseudonym"),
    "user_agent": domain(domain="user_agent"),
    "version": domain(domain="version", components=[99_999] * 4),
}
VOCABULARIES = {
    it.vocabulary: it for it in shipped().values() if it.domain == "vocabulary" if hasattr(it, "vocabulary")
}  # fmt: skip


def rows(name: str) -> list[dict[str, Any]]:
    """Read a file of the corpus."""
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def takes(it: Domain, value: object) -> object:
    """Give the telemetry image, None where it is refused."""
    try:
        return it.telemetry(value, COLLECTOR)
    except OutsideDomain:
        return None


def test_no_domain_lets_content_through(record_property: Callable[[str, object], None]) -> None:
    """In no text-taking domain does more than one value in 400 keep its text, and each that does is a word of ours."""
    values = [row["value"] for row in rows("positives") if isinstance(row["value"], str)]
    leaks: Counter[str] = Counter()
    for name, it in shipped().items():
        if TEXTUAL & set(it.takes):
            some = values[::4] if it.domain == "user_agent" else values  # each takes half a millisecond
            leaks[name] = sum(takes(it, value) == value for value in some)
    worst, most = leaks.most_common(1)[0]
    record_property("worst domain", worst)
    record_property("leaks", f"{most} of {len(values)}")
    assert most <= len(values) / 400
    kept = {value for value in values for name, it in shipped().items() if leaks[name] and takes(it, value) == value}
    assert kept <= {
        word for it in shipped().values() for word in (*getattr(it, "words", ()), *getattr(it, "symbols", ()))
    }


def test_no_content_becomes_an_id() -> None:
    """No value as it stands, nor as hex of its bytes, is taken for a random id by more than one in 50."""
    values = [row["value"] for row in rows("positives") if isinstance(row["value"], str)]
    plain = sum(takes(BY_NAME["pseudonym"], value) is not None for value in values)
    hidden = sum(takes(BY_NAME["pseudonym"], value.encode().hex()) is not None for value in values)
    assert plain == 0
    assert hidden <= len(values) / 50


def test_the_page_tells_what_passes_for_an_id() -> None:
    """The table of docs/domains.md is what is measured now; `make bench` writes it anew."""
    made = pass_table(misses(row["value"] for row in rows("positives") if isinstance(row["value"], str)))
    assert section(PAGE.read_text("utf-8"), "disguises").partition("\n\n")[2] == made


@pytest.mark.parametrize(("name", "bound"), [("pseudonym", 0.01), ("user_agent", 0.2), ("version", 0.02)])
def test_honest_values_are_taken(name: str, bound: float, record_property: Callable[[str, object], None]) -> None:
    """Refusals of honest ids, agents and versions stay below the bound; agents that are refused are exotic robots."""
    values = [row["value"] for row in rows("negatives") if row["domain"] == name]
    refusals = [value for value in values if takes(BY_NAME[name], value) is None]
    record_property("refused", f"{len(refusals)} of {len(values)}")
    assert len(refusals) <= bound * len(values)
    assert name != "user_agent" or not any(value.startswith("Mozilla/5.0 (iPhone") for value in refusals)
