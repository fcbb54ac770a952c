"""What a record costs in either gate, as ratios within one interleaved run, and where the time goes.

    python -m tests.benchmarks.gate [ROUNDS]

The units are fastavro encoding the same record, and `json.loads` of the record's OTLP/JSON. Each work is timed in
turn, ROUNDS times (40 unless told); shown is the median of each round's ratios, as a busy machine slows all alike.
"""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import fastavro

from collector.otlp_json import decode_logs
from collector.pipeline import gate
from consumers.validator.journey import judge
from tests.unit.gate_samples import CONTEXT, ML_KEY, NOW, catalogue, decoded, message, record
from tests.unit.otlp_strategies import to_json

EVENTS = ("call.ended", "call.quality", "api.request", "chat.message")
RECORDS = 100  # a round
Work = Callable[[], object]


def works(event: str) -> dict[str, Work]:
    """Give what is timed of an event: gate, judge (where it has a part in it), the units, and the decoder for scale."""
    made, came, plan = record(event), message(event), catalogue().plans[event]
    value, text = decoded(came.value or b""), to_json([made])
    schema = fastavro.parse_schema(dict(plan.avro))
    records = [replace(made, time=made.time + n) for n in range(RECORDS)]

    def avro() -> None:
        for _ in range(RECORDS):
            fastavro.schemaless_writer(io.BytesIO(), schema, value)

    def parse() -> None:
        for _ in range(RECORDS):
            json.loads(text)

    def decode() -> None:
        for _ in range(RECORDS):
            decode_logs(text)

    of: dict[str, Work] = {"avro": avro, "json": parse, "decode": decode}
    of["gate"] = lambda: gate(records, catalogue(), CONTEXT)
    if plan.ml_codec is not None:
        of["judge"] = lambda: judge([came] * RECORDS, catalogue(), ML_KEY, NOW)
    return of


def measure(of: dict[str, Work], rounds: int) -> dict[str, list[float]]:
    """Time each in turn, round after round; seconds a record."""
    times: dict[str, list[float]] = {name: [] for name in of}
    for _ in range(rounds):
        for name, work in of.items():
            began = time.perf_counter()
            work()
            times[name].append((time.perf_counter() - began) / RECORDS)
    return times


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Give the median ratio of two series."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))


def table(rounds: int) -> None:
    """Print one line an event and gate."""
    print(f"{'':22}{'x fastavro':>11}{'x json.loads':>14}{'us a record':>13}")
    for event in EVENTS:
        times = measure(works(event), rounds)
        for name in [name for name in ("decode", "gate", "judge") if name in times]:
            to_avro, to_json_ = ratio(times[name], times["avro"]), ratio(times[name], times["json"])
            print(f"{event:14}{name:8}{to_avro:11.1f}{to_json_:14.1f}{statistics.median(times[name]) * 1e6:13.0f}")


def where(name: str, work: Work, most: int = 8) -> None:
    """Print the functions in which a gate spends its time, the profiler's own cost included."""
    profile = cProfile.Profile()
    for _ in range(10):
        profile.runcall(work)
    stats = pstats.Stats(profile).get_stats_profile()
    print(f"\nwhere {name} of call.ended spends its time:")
    rows = sorted(stats.func_profiles.items(), key=lambda row: -row[1].tottime)
    for function, row in rows[:most]:
        print(f"  {row.tottime / stats.total_tt:6.1%}  {Path(row.file_name).name}: {function}")


if __name__ == "__main__":
    table(int(sys.argv[1]) if sys.argv[1:] else 40)
    ended = works("call.ended")
    for side in ("gate", "judge"):
        where(side, ended[side])
