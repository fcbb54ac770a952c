"""Sends the collector four times what it can take, for a minute, with large, middle and small requests.

    python -m tests.proof.overload

Exit code 1 where a goal is missed. Writes docs/proof/overload.md.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from collector.limits import DEFAULT
from tests.proof.goals import Goal, shown
from tests.proof.goals import told as as_json
from tests.proof.overload.trial import Outcome, Setting, run
from tests.proof.pages import table, write
from tests.proof.stand import Stand

SIZES: Final = (512, 100, 10)  # records a request: what an SDK sends at most, and less
P99, RECOVERY = 1.0, 5.0  # seconds
_FULL: Final = Setting()
WHAT: Final = f"""First the capacity is measured: {_FULL.lines} connections, on each the next request when the last one
is answered, for {_FULL.measure:g} s. Then requests come at {_FULL.times:g} times that rate for {_FULL.seconds:g} s,
whatever the answers are: on a free connection or one more, on no more than {_FULL.most}. A time is counted from the
moment a request was due, so a load that is late makes it longer. What was due while every connection waited for its
answer was not sent, and the share that was is told. Requests are made beforehand, on raw sockets; load, Kafka and the
collector share the machine's processors, and the load's own share of one is told.

The memory's cap is what the process took before the load and {DEFAULT.held // 2**20} MiB, the room for bodies
(`limits.held`). The collector is itself again when `/readyz` says so and a request is answered 200 within half a
second."""


def goals(outcomes: Sequence[Outcome]) -> list[Goal]:
    """Judge the figures: the worst of all runs counts."""
    strange = sum(each.strange for each in outcomes)
    p99 = max(each.answers.percentile(0.99) for each in outcomes)
    room = max(each.seen.megabytes[1] - each.cap for each in outcomes)
    recovered = max(each.recovered for each in outcomes)
    return [
        Goal("memory stays under its cap", f"{-room:.0f} MB left at the peak", room < 0),
        Goal("every answer is 200, 429 or 503", f"{strange} others or none", strange == 0),
        Goal(f"p99 of the accepted under {P99:g} s", f"{p99:.2f} s", p99 < P99),
        Goal(f"itself again within {RECOVERY:g} s", f"{recovered:.2f} s", recovered < RECOVERY),
    ]


def figures(outcome: Outcome) -> Mapping[str, str]:
    """Write a run's figures."""
    answers, setting = outcome.answers, outcome.setting
    first, most, last = outcome.seen.megabytes
    statuses = ", ".join(f"{status or 'none'}: {count:,}" for status, count in sorted(answers.statuses.items()))
    return {
        "records a request": f"{setting.records}",
        "capacity, requests a second": f"{outcome.capacity:,.0f}",
        "capacity, records a second": f"{outcome.capacity * setting.records:,.0f}",
        "due": f"{outcome.due:,}",
        "sent of these": f"{outcome.sent / outcome.due:.0%}",
        "that is, times the capacity": f"{outcome.sent / setting.seconds / outcome.capacity:.1f}",
        "answers": statuses,
        "taken, of the capacity": f"{outcome.taken / setting.seconds / outcome.capacity:.0%}",
        "accepted: p50, p99, longest": _times(outcome, 200),
        "503: p50, p99, longest": _times(outcome, 503),
        "memory before, at most, after": f"{first:.0f}, {most:.0f}, {last:.0f} MB",
        "its cap": f"{outcome.cap:.0f} MB",
        "itself again after": f"{outcome.recovered:.2f} s",
        "the load's share of a processor": f"{outcome.load:.0%}",
    }


def _times(outcome: Outcome, status: int) -> str:
    times = (outcome.answers.percentile(share, status) for share in (0.5, 0.99, 1.0))
    return ", ".join(f"{seconds:.2f}" for seconds in times) + " s"


def main() -> int:
    """Run it, print and write the figures."""
    with tempfile.TemporaryDirectory() as folder, Stand(Path(folder) / "stack") as stand:
        outcomes = [run(stand, replace(_FULL, records=size)) for size in SIZES]
    told = [figures(outcome) for outcome in outcomes]
    judged = goals(outcomes)
    names = list(told[0])
    runs = table(
        (names[0], *(each[names[0]] for each in told)), [[name, *(each[name] for each in told)] for name in names[1:]]
    )
    print(f"{shown(judged)}\n\n{runs}")
    results = {"goals": as_json(judged), "runs": told}
    write("overload", "Overload", (WHAT, shown(judged), runs), results, again="make overload")
    return int(not all(it.met for it in judged))


if __name__ == "__main__":
    sys.exit(main())
