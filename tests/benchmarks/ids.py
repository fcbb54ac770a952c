"""How often a random id is taken for text, and how often text in an id's form is not.

    python -m tests.benchmarks.ids [--write] [--data FOLDER]

200,000 ids of each usual form, drawn from a fixed seed, with the 95 % interval; the goal is below one in a thousand.
Texts are the content values of the corpus beside the project, or else what packages bring. `--write` puts both tables
into docs/domains.md, the second only from the corpus: tests compare the page with what is measured.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from schemas.domains.pseudonyms import is_random_id
from tests.proof.leak.corpus import Corpus, load
from tests.proof.pages import table
from tests.unit.id_forms import FORMS, disguised, false_alarms, wilson

DRAWS: Final = 200_000
GOAL: Final = 1e-3
PAGE: Final = Path(__file__).parents[2] / "docs" / "domains.md"
Row = tuple[str, int, int]  # what, how many were tried, how many of them count


def alarms(forms: Iterable[str] = FORMS) -> Iterator[Row]:
    """Count by form the random ids that are taken for text."""
    for form in forms:
        yield form, DRAWS, false_alarms(form, DRAWS)


def misses(texts: Iterable[str]) -> Iterator[Row]:
    """Count by disguise the texts that are taken for a random id; one that is too short for a form is not tried."""
    tried: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    for text in texts:
        for name, made in (("as it stands", text), *disguised(text)):
            tried[name] += 1
            taken[name] += is_random_id(made)
    yield from ((name, count, taken[name]) for name, count in tried.items())


def texts_of(corpus: Corpus) -> list[str]:
    """Give every content value that is written in characters."""
    return [row.value for row in corpus.positives if isinstance(row.value, str)]


def alarm_table(rows: Iterable[Row]) -> str:
    """Write the first table."""
    shown = ((what, str(hits), *_share(hits, tried, 3)) for what, tried, hits in rows)
    return table(("form", "refused", "share", "95 % interval"), shown)


def pass_table(rows: Iterable[Row]) -> str:
    """Write the second."""
    shown = ((what, f"{tried:,}", f"{hits:,}", *_share(hits, tried, 2)) for what, tried, hits in rows)
    return table(("disguise", "texts", "pass", "share", "95 % interval"), shown)


def _share(hits: int, tried: int, digits: int) -> tuple[str, str]:
    low, high = (100 * bound for bound in wilson(hits, tried, 1.96))
    return f"{100 * hits / tried:.{digits}f} %", f"{low:.{digits}f} to {high:.{digits}f} %"


def section(page: str, name: str) -> str:
    """Give what stands between a measured table's markers: the day of the run, and the table."""
    return page.partition(f"<!-- measured: {name} -->\n")[2].partition(f"\n<!-- end of {name} -->")[0]


def written(page: str, name: str, text: str) -> str:
    """Put a table between its markers, with the day where it changes."""
    old, (before, after) = section(page, name), (f"<!-- measured: {name} -->\n", f"\n<!-- end of {name} -->")
    assert before + old + after in page, f"docs/domains.md has no section {name}"
    if old.partition("\n\n")[2] == text:
        return page
    made = f"Measured on {datetime.now(UTC):%Y-%m-%d}:\n\n{text}"
    return page.replace(before + old + after, before + made + after)


def main() -> int:
    """Measure, show, and write where asked; gives the exit code."""
    parser = argparse.ArgumentParser(description="Random ids taken for text, and text taken for random ids.")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/domains.md")
    parser.add_argument("--data", type=Path, help="folder of positives.jsonl and negatives.jsonl [../shared/data]")
    given = parser.parse_args()
    corpus = load(given.data)
    ids, texts = list(alarms()), list(misses(texts_of(corpus)))
    tables = {"ids": alarm_table(ids), "disguises": pass_table(texts)}
    print(*(re.sub(r" *\| *", "  ", text) for text in tables.values()), sep="\n\n")
    if given.write:
        page = PAGE.read_text("utf-8")
        page = written(page, "ids", tables["ids"])
        PAGE.write_text(
            written(page, "disguises", tables["disguises"]) if corpus.source == "corpora" else page, "utf-8"
        )
    return int(any(wilson(hits, tried, 1.96)[1] >= GOAL for _, tried, hits in ids))


if __name__ == "__main__":
    sys.exit(main())
