"""How often a random id is taken for text, and how often text in an id's form is not.

    python tests/benchmarks/ids.py [DRAWS]

DRAWS ids of each usual form (200,000 unless told), with the 95 % interval; the goal is below one in a thousand. Texts
are the lines of this project's own documents, cut to the length of an id.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

from schemas.domains.pseudonyms import is_random_id
from tests.unit.id_forms import FORMS, disguised, false_alarms, wilson

GOAL = 1e-3
DOCS = Path(__file__).parents[2] / "docs"


def alarms(draws: int) -> bool:
    """Print a line a form; True when each one's interval lies below the goal."""
    print(f"{'random ids taken for text':28}{'of':>9}{'':>7}{'share':>10}   95 % interval")
    met = True
    for form in FORMS:
        hits = false_alarms(form, draws)
        low, high = wilson(hits, draws, 1.96)
        met &= high < GOAL
        print(f"{form:28}{draws:9,}{hits:7}{hits / draws:10.5f}   {low:.5f} to {high:.5f}")
    return met


def misses() -> None:
    """Print a line a disguise: of how many texts in it were taken for an id."""
    tried: Counter[str] = Counter()
    taken: Counter[str] = Counter()
    lines = [line for page in sorted(DOCS.glob("*.md")) for line in page.read_text("utf-8").splitlines()]
    for line in lines:
        for name, text in disguised(line.strip("#|-*` ")):
            tried[name] += 1
            taken[name] += is_random_id(text)
    print(f"\n{'text taken for a random id':28}{'of':>9}{'':>7}{'share':>10}   95 % interval")
    for name, count in tried.items():
        low, high = wilson(taken[name], count, 1.96)
        print(f"{name:28}{count:9,}{taken[name]:7}{taken[name] / count:10.5f}   {low:.5f} to {high:.5f}")


if __name__ == "__main__":
    is_met = alarms(int(sys.argv[1]) if sys.argv[1:] else 200_000)
    misses()
    sys.exit(0 if is_met else 1)
