"""The command: `python -m tests.proof.leak`. Exits 0 when every goal is met, 1 when one is missed, 2 on misuse."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from rich.console import Console

from tests.proof.leak import page
from tests.proof.leak.corpus import Corpus, load
from tests.proof.leak.measure import measure
from tests.proof.leak.plot import draw
from tests.proof.leak.report import compared, goals
from tests.proof.leak.rivals import rivals
from tests.proof.pages import run_of

ROOT = Path(__file__).parents[3]
DOCS, ELSEWHERE = ROOT / "docs" / "proof", ROOT / ".tidegate" / "proof"
OTHERS = (
    "These are not the corpora that docs/proof/leak.md was measured with, so its figures can't be held against these. "
    "leak.md says where those come from."
)


def place(corpus: Corpus, asked: Path | None) -> Path:
    """Say where to write: over the committed page only what was measured with its corpora, unless asked."""
    return asked or (DOCS if corpus.committed else ELSEWHERE)


def main() -> int:
    """Measure, show, write."""
    asked = argparse.ArgumentParser("leakbench", description="How much gets through the gate, and what it costs.")
    asked.add_argument("--data", type=Path, help="folder of positives.jsonl and negatives.jsonl [../shared/data]")
    asked.add_argument("--each", type=int, default=200, help="values a disguise [200]")
    asked.add_argument(
        "--out",
        type=Path,
        help="where page, figures and plot are written [docs/proof; .tidegate/proof for other corpora]",
    )
    options = asked.parse_args()
    console = Console(width=None if sys.stdout.isatty() else 150)
    data = options.data or (Path(os.environ["TIDEGATE_LEAK_DATA"]) if os.environ.get("TIDEGATE_LEAK_DATA") else None)
    try:
        corpus = load(data)
    except FileNotFoundError:
        console.print("There is no positives.jsonl or negatives.jsonl in the folder that --data names.")
        return 2
    with console.status("measuring") as status:
        result = measure(corpus, max(1, options.each), rivals(), lambda what: status.update(f"measuring {what}"))
    page.show(result, console)
    out = place(corpus, options.out)
    page.write(result, out, run_of())
    draw(compared(result), out / "leak.svg")
    if not corpus.committed:
        console.print(OTHERS)
    console.print(f"written to {out}: leak.md, leak.json, leak.svg; {result.seconds:.0f} s")
    return 0 if all(goal.met for goal in goals(result)) else 1


if __name__ == "__main__":
    sys.exit(main())
