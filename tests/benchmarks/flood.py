"""What a stream of nothing but leaks costs either service, beside a clean one: processor time a record, as a ratio.

    python -m tests.benchmarks.flood [ROUNDS]

The services' own work without Kafka: judge, seal, produce to the in-memory broker. Clean and leaking batches take
turns, ROUNDS times (20 unless told); shown is the median of each round's ratio, for the goal of less than 3.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import replace

from broker.port import Message, Received
from collector.records import LogRecord
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.validator.breaker import Fuse
from tests.unit.gate_samples import CANARY, NOW, TELEMETRY_KEY, catalogue, message, received, record
from tests.unit.gate_stack import RECIPIENT, stack
from tests.unit.validator_bench import POLICY, Bench

RECORDS = 256  # a request, or a poll
GOAL = 3.0
Work = Callable[[], object]


def request(n: int, *, leaking: bool) -> list[LogRecord]:
    """Make a request of records that all differ; a leaking one has a chat line in an attribute nobody declared."""
    extra = {"last.message": f"{CANARY} {n}"} if leaking else {}
    return [record("call.ended", {"call.duration": m, **extra}, time=(NOW - n) * 1000 - m) for m in range(RECORDS)]


def poll(n: int, *, leaking: bool) -> list[Received]:
    """Make a poll's messages; leaking ones hold text in a field, behind a frame that is right."""
    clean = [message("call.ended", {"call.duration": m}, time=(NOW - n) * 1000 - m) for m in range(RECORDS)]
    return [received((each.value or b"") + CANARY.encode()) for each in clean] if leaking else clean


def collector(rounds: int) -> list[tuple[float, float]]:
    """Time a gateway, a clean request and a leaking one in turn."""
    policy = CollectorPolicy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, stack().as_user("collector"), print)

    def take(n: int, *, leaking: bool) -> float:
        records = request(n, leaking=leaking)
        return timed(lambda: asyncio.run(gateway.take(records)))

    times = [(take(n, leaking=False), take(n, leaking=True)) for n in range(rounds)]
    gateway.close()
    return times


def validator(rounds: int) -> list[tuple[float, float]]:
    """Time a validator, a clean poll and a leaking one in turn; its breaker is off, as it would end the stream."""

    def carry(n: int, *, leaking: bool) -> float:
        batch = poll(n, leaking=leaking)
        return timed(lambda: carried(batch))

    return [(carry(n, leaking=False), carry(n, leaking=True)) for n in range(rounds)]


def carried(batch: Sequence[Received]) -> None:
    """Write a batch to its topic and have it carried."""
    broker = stack()
    for each in batch:
        broker._cluster.append(Message(each.topic, each.value, each.key))
    Bench(broker, replace(POLICY, batch=RECORDS, fuse=Fuse(share=1.0))).run()


def timed(work: Work) -> float:
    """Give the processor time of all threads, in microseconds a record."""
    began = time.process_time()
    work()
    return (time.process_time() - began) / RECORDS * 1_000_000


def main(rounds: int) -> int:
    """Print a line a service; 1 when the goal is missed."""
    met = True
    print(f"{'':12}{'clean µs':>10}{'leaking µs':>12}{'ratio':>8}   goal < {GOAL:g}")
    for service in (collector, validator):
        times = service(rounds)
        ratio = statistics.median(leaking / clean for clean, leaking in times)
        clean, leaking = (statistics.median(column) for column in zip(*times, strict=True))
        met &= ratio < GOAL
        print(f"{service.__name__:12}{clean:10.0f}{leaking:12.0f}{ratio:8.2f}")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 20))
