"""Stops Kafka and kills the collector while stock SDKs send 200,000 records; looks for each that was answered 200.

    python -m tests.proof.noloss [--seed SEED]

Exit code 1 where a record that was answered 200 is not in its topic, or its copies don't collapse by event id. Writes
docs/proof/noloss.md.
"""

from __future__ import annotations

import argparse
import secrets
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.proof.noloss.trial import Outcome, Setting, run
from tests.proof.pages import table, write
from tests.proof.stand import Stand

WHAT: Final = """{clients} app processes send {records:,} records through the stock OpenTelemetry SDK for Python (its
OTLP/HTTP exporters as they are: logs in batches, some spans and points of metrics) at an even pace for {seconds:g} s.
Meanwhile Kafka is stopped {outages} times, for {away:g} s and the time it takes to come up, and the collector is killed
with `kill -9` {kills} times at random moments, once in each of Kafka's absences. Answered 200 is what the SDK's
exporter calls a success. Afterwards the topics are read whole, and every such record is looked for by the pseudonym of
its id.

A record may be in the topic several times: an answer that was lost makes an SDK send again, and a batch of the spill is
brought again when the collector died between Kafka's acknowledgement and its own note. All copies of a record must have
one event id, which is what the tables collapse by. What the SDK gave up after its time was never answered 200."""


def rows(outcome: Outcome) -> list[tuple[str, str]]:
    """Write the figures."""
    chaos, setting = outcome.chaos, outcome.setting
    told: list[tuple[str, str]] = [
        ("records sent", f"{setting.records:,}"),
        ("Kafka away", " and ".join(f"{seconds:.0f} s" for seconds in chaos.away)),
        ("collector killed", f"{chaos.kills}"),
        ("of these while records waited in the spill", f"{chaos.kills_over_spill}"),
        ("most bytes in the spill", f"{chaos.most_spilled:,}"),
        ("requests to the spill, and from it to Kafka (at least)", " and ".join(
            f"{outcome.counts.get(name, 0):,}" for name in ("spilled_requests", "replayed_requests")
        )),
        ("answers by status", ", ".join(f"{status}: {count:,}" for status, count in sorted(outcome.answers.items()))),
    ]  # fmt: skip
    for signal, found in outcome.found.items():
        told += [
            (f"{signal}: answered 200", f"{found.taken:,}"),
            (f"{signal}: given up by the SDK", f"{found.given_up:,}"),
            (f"{signal}: answered 200 and lost", f"{found.lost:,}"),
            (f"{signal}: copies beyond the first", f"{found.copies:,}"),
            (f"{signal}: records whose copies have several event ids", f"{found.uncollapsed:,}"),
        ]
    return told


def main(arguments: list[str]) -> int:
    """Run it, print and write the figures."""
    parser = argparse.ArgumentParser(prog="make noloss")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    seed = parser.parse_args(arguments).seed
    with tempfile.TemporaryDirectory() as folder, Stand(Path(folder) / "stack") as stand:
        outcome = run(stand, Setting(), seed, Path(folder))
    told = rows(outcome)
    print("\n".join(f"{count:>24}  {what}" for what, count in told))
    setting = outcome.setting
    said = WHAT.format(**asdict(setting) | {"records": setting.records, "outages": len(setting.outages)})
    results = {
        "records": setting.records, "taken": outcome.taken, "lost": outcome.lost, "seed": seed,
        "found": {signal: asdict(found) for signal, found in outcome.found.items()},
        "chaos": asdict(outcome.chaos), "answers": dict(outcome.answers), "partial": outcome.partial,
    }  # fmt: skip
    write("noloss", "No loss", (said, table(("what", "how many"), told)), results, again=f"make noloss SEED={seed}")
    return int(outcome.lost > 0 or outcome.partial > 0 or not outcome.taken)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
