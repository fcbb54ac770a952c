"""Sends a collector 100,000 spoilt requests and every kind of bad connection, while good requests go on all along.

    python -m tests.proof.badinput [--seed SEED]

Exit code 1 where a goal is missed. Writes docs/proof/badinput.md.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from collector.connection import DEFAULT
from collector.limits import DEFAULT as LIMITS
from tests.proof.badinput.rude import WITHIN, Ended
from tests.proof.badinput.trial import EVERY, FILES, READ, Outcome, Setting, run, started
from tests.proof.goals import Goal, shown
from tests.proof.goals import told as as_json
from tests.proof.pages import table, write

GROWTH: Final = 16.0  # MB: what the heap's own moods come to
QUICK: Final = 1.0  # seconds: p99 of the good requests
WHAT: Final = f"""All at a running collector over real sockets, with Apache Kafka behind it. It may have {FILES:,} files
open, and {DEFAULT.connections} connections by its own bound.

Spoilt requests are golden requests of logs, spans and metrics with a canary in every text, changed in their tree, in
their protobuf field by field, in their bytes, in their coding, or in what their heads say; in all three codings and
plain. Then connections that send a byte a second, end half-way, lie about their length, bring a gigabyte packed into a
megabyte or less, or four million empty records in 8 KiB; then those that say nothing. All along a good request of ten
records comes every {EVERY:g} s, each on a connection of its own, from the process that also sends all the bad ones, so
its times are rather too long. Good requests have a token, bad ones another: as on every address but the machine's own.

A connection hangs when it is open after {WITHIN:g} s. The canary is looked for, as it is, in hex, in lower case and
backwards, in every answer and in all that the collector wrote to stdout and stderr. A tenth of everything is sent
beforehand; memory is compared with what it was after that, files with what they were at first. The memory's cap is
what the process took at first, the room for bodies ({LIMITS.held // 2**20} MiB), and {READ // 2**20} MiB, the
most that is made of one body while it is read: one is decoded at a time."""


def goals(outcome: Outcome) -> list[Goal]:
    """Judge the figures."""
    good, files = outcome.seen.good, outcome.watched.files
    p99 = good.percentile(0.99)
    sent = sum(good.statuses.values())
    return [
        Goal("no crash", f"{outcome.restarts} restarts, {outcome.defects} defects told",
             not outcome.restarts and not outcome.defects),
        Goal("no hang", f"{outcome.hangs} connections", not outcome.hangs),
        Goal("every answer is one of ours", f"{outcome.strange} others or none", not outcome.strange),
        Goal("no growth", f"{outcome.growth:+.1f} MB, {files[-1] - files[0]:+d} files",
             outcome.growth < GROWTH and files[-1] <= files[0] + 2),
        Goal("memory stays under its cap", f"{outcome.room:.0f} MB left at the peak", outcome.room > 0),
        Goal("no content in any output", f"{outcome.canaries} canaries", not outcome.canaries),
        Goal("good requests are served all along", f"{sent - outcome.unserved:,} of {sent:,}",
             sent > 0 and not outcome.unserved),
        Goal(f"and soon: p99 under {QUICK:g} s", f"{p99:.2f} s", p99 < QUICK),
    ]  # fmt: skip


def figures(outcome: Outcome) -> list[tuple[str, str]]:
    """Write what came of each kind."""
    good, memory = outcome.seen.good, outcome.watched.memory
    times = ", ".join(f"{good.percentile(share):.3f}" for share in (0.5, 0.99, 1.0))
    return [
        ("spoilt requests", f"{sum(outcome.seen.mutated.values()):,}: {_statuses(outcome.seen.mutated)}"),
        *((kind, _ends(several)) for kind, several in outcome.seen.ended.items()),
        ("good requests", f"{sum(good.statuses.values()):,}: {_statuses(good.statuses)}"),
        ("of these answered 200: p50, p99, longest", f"{times} s"),
        ("memory at first, after the first round, at most, at last",
         ", ".join(f"{size / 1e6:.0f}" for size in (memory[0], outcome.warm, max(memory), memory[-1])) + " MB"),
        ("files open at first, at most, at last",
         ", ".join(str(of(outcome.watched.files)) for of in (lambda it: it[0], max, lambda it: it[-1]))),
        ("the whole run", f"{outcome.seconds:.0f} s"),
    ]  # fmt: skip


def _statuses(counts: Counter[int]) -> str:
    return ", ".join(f"{status or 'no answer'}: {count:,}" for status, count in sorted(counts.items()))


def _ends(several: Sequence[Ended]) -> str:
    longest = max(each.seconds for each in several)
    return f"{len(several):,}: {_statuses(Counter(each.status for each in several))}; longest {longest:.1f} s"


def main(arguments: list[str]) -> int:
    """Run it, print and write the figures."""
    parser = argparse.ArgumentParser(prog="make badinput")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    seed = parser.parse_args(arguments).seed
    with tempfile.TemporaryDirectory() as folder, started(Path(folder) / "stack") as (stand, senders):
        outcome = run(stand, senders, Setting(), seed)
    judged, rows = goals(outcome), table(("what", "how many, and what came of them"), figures(outcome))
    print(f"{shown(judged)}\n\n{rows}")
    results = {"goals": as_json(judged), "seed": seed, "figures": dict(figures(outcome))}
    write("badinput", "Bad input", (WHAT, shown(judged), rows), results, again=f"make badinput SEED={seed}")
    return int(not all(it.met for it in judged))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
