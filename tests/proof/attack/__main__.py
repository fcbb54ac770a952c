"""`make attack`: start a stack on Apache Kafka, attack it, search what it leaves behind, and say what was found.

Exit codes: 0 nothing was found, 1 something was, 2 it could not be run.
"""

from __future__ import annotations

import argparse
import contextlib
import secrets
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

from broker.port import BrokerError
from deploy.cluster import named_elsewhere
from deploy.errors import Problem
from deploy.stack import Stack
from tests.proof.attack import report
from tests.proof.attack.look import Outcome
from tests.proof.attack.suite import carry_out

DOCS = Path(__file__).parents[3] / "docs" / "proof"


def main() -> int:
    """Run; returns the exit code."""
    parser = argparse.ArgumentParser(prog="make attack", description=__doc__)
    parser.add_argument("--seed", type=int, help="repeat the run with this seed")
    parser.add_argument("--into", type=Path, default=DOCS, help="folder for attack.md and attack.json")
    given = parser.parse_args()
    console, started = Console(), time.monotonic()
    seed = given.seed if given.seed is not None else secrets.randbelow(10**6)

    def say(line: str) -> None:
        console.print(f"[dim]{time.monotonic() - started:5.1f} s[/]  {line}", highlight=False)

    if named_elsewhere():
        print("Error: the suite attacks a Kafka of its own: unset TIDEGATE_KAFKA_BOOTSTRAP", file=sys.stderr)
        return 2
    try:
        outcome = _run(seed, say)
    except (Problem, BrokerError, TimeoutError) as problem:
        print(f"Error: {problem}", file=sys.stderr)
        return 2
    seconds = time.monotonic() - started
    given.into.mkdir(parents=True, exist_ok=True)
    (given.into / "attack.md").write_text(report.page(outcome, seed, seconds), encoding="utf-8")
    (given.into / "attack.json").write_text(report.as_json(report.facts(outcome, seed, seconds)), encoding="utf-8")
    _show(console, outcome)
    return 0 if outcome.clean else 1


def _run(seed: int, say: report.Say) -> Outcome:
    with contextlib.ExitStack() as opened:
        scratch = opened.enter_context(tempfile.TemporaryDirectory(prefix="attack-"))
        stack = opened.enter_context(Stack(Path(scratch) / "data", collector_port=0))
        say("Apache Kafka, collector, validator and sink are up")
        return carry_out(stack, seed, say=say)


def _show(console: Console, outcome: Outcome) -> None:
    drawn = Table(box=None, pad_edge=False)
    for column in ("place", "form", *report.COLUMNS):
        drawn.add_column(column, justify="left" if column in {"place", "form"} else "right")
    for row in report.table(outcome):
        drawn.add_row(*row)
    console.print(drawn)
    for verdict in outcome.verdicts:
        if verdict.surprise:
            console.print(f"[red]✗[/] taken, and was to be refused: {verdict.case.place}: {verdict.case.name}")
        if verdict.astray:
            console.print(f"[red]✗[/] refused, and not for its reason: {verdict.case.name}", highlight=False)
    for each in outcome.landed:
        mark = "[green]✓[/]" if each.holds else "[red]✗[/]"
        console.print(f"{mark} {each.event}: {each.due} to arrive, {each.telemetry} and {each.ml} did", highlight=False)
    for found in outcome.found:
        console.print(f"[red]✗[/] {found.case} at {found.place} ({found.part}), {found.shape}", highlight=False)
    proof = outcome.proof
    seen = proof.planted - len(proof.missed)
    console.print(f"planted {proof.planted}, seen {seen}; at home {outcome.at_home} of {outcome.homes}")
    console.print("[green]✓ 0 findings[/]" if outcome.clean else "[red]✗ not clean[/]")


if __name__ == "__main__":
    sys.exit(main())
