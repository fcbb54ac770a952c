"""What a stream of nothing but leaks costs either service, beside a clean one: processor time a record, as a ratio.

    python -m tests.benchmarks.flood [ROUNDS]

The services' own work without Kafka: judge, seal, produce to the in-memory broker. Clean and leaking batches take
turns, ROUNDS times (20 unless told); shown is the median of each round's ratio, for the goal of less than 3. Writes
docs/proof/flood.md and flood.json.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

from broker.port import Message, Received
from collector.records import LogRecord
from collector.service import Gateway
from collector.service import Policy as CollectorPolicy
from consumers.validator.breaker import Fuse
from tests.proof.goals import Goal, shown, told
from tests.proof.pages import table, write
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
    print(f"{'':12}{'clean µs':>10}{'leaking µs':>12}{'ratio':>8}   goal < {GOAL:g}")
    costs = []
    for service in (collector, validator):
        cost = cost_of(service.__name__, service(rounds))
        print(f"{cost.service:12}{cost.clean:10.0f}{cost.leaking:12.0f}{cost.ratio:8.2f}")
        costs.append(cost)
    page(costs, rounds)
    return 0 if all(cost.goal.met for cost in costs) else 1


@dataclass(frozen=True, slots=True)
class Cost:
    """What a record costs a service, in microseconds of processor time; medians of the rounds."""

    service: str
    clean: float
    leaking: float
    ratio: float

    @property
    def goal(self) -> Goal:
        """Hold the ratio against the goal."""
        return Goal(f"{self.service}: less than {GOAL:g} times a clean stream", f"{self.ratio:.2f}", self.ratio < GOAL)


def cost_of(service: str, times: Sequence[tuple[float, float]]) -> Cost:
    """Give the medians of the rounds, and that of their ratios."""
    clean, leaking = (statistics.median(column) for column in zip(*times, strict=True))
    return Cost(service, clean, leaking, statistics.median(leaking / clean for clean, leaking in times))


def page(costs: Sequence[Cost], rounds: int) -> None:
    """Write the page and its JSON."""
    text = (
        "What a stream of nothing but leaks costs either service, beside a clean one: a flood must not be a way to "
        f"bring it down. {rounds} rounds, in each a clean batch of {RECORDS} records and a leaking one; the services' "
        "own work, without Kafka: judge, seal, produce into memory. Medians."
    )
    rows = [(it.service, f"{it.clean:.0f}", f"{it.leaking:.0f}", f"{it.ratio:.2f}") for it in costs]
    figures = table(("service", "clean, µs a record", "leaking, µs a record", "ratio"), rows)
    goals = [cost.goal for cost in costs]
    results = {"goals": told(goals), "costs": [asdict(cost) for cost in costs], "rounds": rounds}
    write("flood", "Flood", (text, shown(goals), figures), results, again="make flood")


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 20))
