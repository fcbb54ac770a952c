"""The command: `python -m tests.proof.leak`. Exits 0 when every goal is met, 1 when one is missed, 2 on misuse."""

from __future__ import annotations

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console

from tests.proof.leak import page
from tests.proof.leak.corpus import load
from tests.proof.leak.measure import measure
from tests.proof.leak.plot import draw
from tests.proof.leak.report import compared, goals
from tests.proof.leak.rivals import rivals

DOCS = Path(__file__).parents[3] / "docs" / "proof"


def main() -> int:
    """Measure, show, write."""
    asked = argparse.ArgumentParser("leakbench", description="How much gets through the gate, and what it costs.")
    asked.add_argument("--data", type=Path, help="folder of positives.jsonl and negatives.jsonl [../shared/data]")
    asked.add_argument("--each", type=int, default=200, help="values a disguise [200]")
    asked.add_argument("--out", type=Path, default=DOCS, help="where page, figures and plot are written [docs/proof]")
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
    page.write(result, options.out, datetime.now(UTC).date())
    draw(compared(result), options.out / "leak.svg")
    console.print(f"written to {options.out}: leak.md, leak.json, leak.svg; {result.seconds:.0f} s")
    return 0 if all(goal.met for goal in goals(result)) else 1


if __name__ == "__main__":
    sys.exit(main())
