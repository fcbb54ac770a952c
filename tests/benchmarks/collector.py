"""What an event costs in the collector, from the body's last byte to Kafka's acknowledgement, beside a naive chain.

    python -m tests.benchmarks.collector [ROUNDS]

Processor time of the serving process, all its threads, in microseconds an event: `tidegate collector` as it is started
anywhere, and tests/benchmarks/naive.py, each with both Kafka drivers. The four serve the same bodies of unique events
in turn, ROUNDS times (5 unless told), on one real Kafka; shown are medians, and the medians of each round's ratios, as
a busy machine slows all alike. Exit code 1 when a goal is missed. Then where the
collector's share goes.
"""

from __future__ import annotations

import contextlib
import http.client
import os
import queue
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from typing import Final
from uuid import UUID

from broker.connect import connect
from broker.local.cluster import LocalCluster
from broker.port import Connection, Driver
from collector.otlp import encode_logs
from collector.records import LogRecord, Value
from deploy.keys import ensure
from deploy.topology import plan, read
from schemas.domains.pseudonyms import is_random_id
from tests.benchmarks.collector_stages import stages, within
from tests.unit.gate_samples import record

ROOT: Final = Path(__file__).parents[2]
# Records a request -> requests a round: each about a second's work.
SIZES: Final = {1: 600, 10: 300, 100: 100, 256: 60, 512: 30}
GOAL_AT: Final = 256
SAME, FAST = 1.0, 0.5  # the goals: the collector's cost over the naive chain's
HARDEST: Final = "naive kafka-python"
CONNECTIONS: Final = 4
DRIVERS: Final[tuple[Driver, ...]] = ("kafka-python", "confluent")
HEADERS: Final = {"content-type": "application/x-protobuf"}
_PORT: Final = re.compile(r"http://127\.0\.0\.1:(\d+)/v1/logs")
_TICKS: Final = os.sysconf("SC_CLK_TCK")
Times = Mapping[tuple[str, str, int], list[float]]  # chain, driver, size -> microseconds an event, one a round


@dataclass(frozen=True)
class Served:
    """A chain that serves."""

    chain: str
    driver: str
    process: subprocess.Popen[str]
    port: int

    def seconds(self) -> float:
        """Give the processor time of the process so far, user and system, dead threads too."""
        fields = Path(f"/proc/{self.process.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS


class Bodies:
    """Makes requests of events that all differ: moments, ids, sessions, numbers."""

    def __init__(self, seed: int = 7) -> None:
        """Begin a series."""
        self._random = Random(seed)  # noqa: S311 - a simulation

    def records(self, size: int) -> list[LogRecord]:
        """Make a request's records: one app, one session."""
        origin = record("call.ended", {"session.id": self._id(), "call.speech.ratio": 0.5}).resource
        return [replace(self._record(), resource=origin) for _ in range(size)]

    def _record(self) -> LogRecord:
        random = self._random
        changes: dict[str, Value] = {
            "call.id": self._id(),
            "user.id": self._id(),
            "call.duration": random.randrange(86_400),
            "call.participant.peak_count": random.randrange(1000),
            "call.speech.ratio": random.random(),
        }
        now = time.time_ns()
        return record("call.ended", changes, time=now - random.randrange(10**10), observed_time=now)

    def _id(self) -> str:
        while not is_random_id(made := str(UUID(int=self._random.getrandbits(128), version=4))):
            pass
        return made


@contextlib.contextmanager
def serving(chain: str, driver: str, connection: Connection, folder: Path) -> Iterator[Served]:
    """Start a chain in a process of its own."""
    keys = ensure(folder / "keys")
    environment = {
        **os.environ,
        "TIDEGATE_KAFKA_BOOTSTRAP": connection.bootstrap,
        "TIDEGATE_KAFKA_USERNAME": str(connection.username),
        "TIDEGATE_KAFKA_PASSWORD": str(connection.password),
        "TIDEGATE_KAFKA_DRIVER": driver,
        "TIDEGATE_DATA_DIR": str(folder),
        "TIDEGATE_TELEMETRY_KEY_FILE": str(keys.telemetry),
        "TIDEGATE_QUARANTINE_RECIPIENT_FILE": str(keys.recipient),
        "TIDEGATE_STORAGE_KEY_FILE": str(keys.storage),
    }
    ours = ("-m", "deploy.cli", "collector", "--port", "0", "--grpc-port", "off")
    naive = ("-m", "tests.benchmarks.naive", driver)
    command = [sys.executable, *(ours if chain == "tidegate" else naive)]
    process = subprocess.Popen(  # noqa: S603 - our own
        command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        assert process.stdout is not None
        said = (_PORT.search(line) for line in process.stdout)
        yield Served(chain, driver, process, next(int(port[1]) for port in said if port))
    finally:
        process.terminate()
        process.wait(30)


def sent(port: int, bodies: Sequence[bytes]) -> None:
    """Send bodies over a few connections; each must be answered 200 without a partial success."""
    left: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    for body in bodies:
        left.put(body)
    wrong: list[object] = []

    def work() -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        with contextlib.closing(connection), contextlib.suppress(queue.Empty):
            while not wrong:
                connection.request("POST", "/v1/logs", left.get_nowait(), HEADERS)
                answer = connection.getresponse()
                content = answer.read()
                if answer.status != http.client.OK or content:
                    wrong.append((answer.status, content))

    threads = [threading.Thread(target=work) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if wrong:
        raise RuntimeError(f"a request was not taken whole: {wrong[0]}")


def cost(of: Served, bodies: Sequence[bytes], size: int) -> float:
    """Give what serving bodies takes, in microseconds an event."""
    before = of.seconds()
    sent(of.port, bodies)
    return (of.seconds() - before) / (len(bodies) * size) * 1e6


def measure(served: Sequence[Served], rounds: int) -> Times:
    """Have all of them serve the same, in turn, round after round; whose turn comes first goes round too."""
    made = Bodies()
    times: dict[tuple[str, str, int], list[float]] = {}
    for of in served:  # connections, caches, the producer's first look at the topics
        sent(of.port, [encode_logs(made.records(10)) for _ in range(20)])
    for number in range(rounds):
        for size, requests in SIZES.items():
            bodies = [encode_logs(made.records(size)) for _ in range(requests)]
            for of in (*served[number % len(served) :], *served[: number % len(served)]):
                times.setdefault((of.chain, of.driver, size), []).append(cost(of, bodies, size))
        print(f"\rround {number + 1} of {rounds}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    return times


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """Give the median of each round's ratio."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))


def report(times: Times) -> bool:
    """Print a line a size; True when both goals are met."""
    print(f"{'CPU µs an event':16}{'kafka-python':>26}{'confluent':>28}{'confluent over':>20}")
    names = ("naive", "ours", "ratio")
    print(
        f"{'records':16}{names[0]:>8}{names[1]:>8}{names[2]:>10}{names[0]:>10}{names[1]:>8}{names[2]:>10}{HARDEST:>20}"
    )
    for size in SIZES:
        line = f"{size:<16}"
        for driver, width in zip(DRIVERS, (8, 10), strict=True):
            naive, ours = times["naive", driver, size], times["tidegate", driver, size]
            line += f"{statistics.median(naive):{width}.0f}{statistics.median(ours):8.0f}{ratio(ours, naive):10.2f}"
        print(line + f"{ratio(times['tidegate', 'confluent', size], times['naive', 'kafka-python', size]):20.2f}")
    same = [ratio(times["tidegate", driver, GOAL_AT], times["naive", driver, GOAL_AT]) for driver in DRIVERS]
    fast = ratio(times["tidegate", "confluent", GOAL_AT], times["naive", "kafka-python", GOAL_AT])
    print(f"\nat {GOAL_AT}, over the naive chain with the same driver: {same[0]:.2f}, {same[1]:.2f}   goal {SAME:g}")
    print(f"at {GOAL_AT}, with confluent, over the naive chain with kafka-python: {fast:.2f}   goal {FAST:g}")
    return max(same) <= SAME and fast <= FAST


def where(times: Times, connection: Connection) -> None:
    """Print where the collector's share goes; what no stage takes is HTTP, and threads that wait for each other."""
    made = Bodies(8)
    requests = [made.records(GOAL_AT) for _ in range(10)]
    print(f"\nwhere it goes, at {GOAL_AT}, µs an event")
    for driver in DRIVERS:
        parts = dict(stages(requests, connection, driver))
        whole = statistics.median(times["tidegate", driver, GOAL_AT])
        parts["HTTP, threads, counts"] = whole - sum(parts.values())
        told = ", ".join(f"{name} {cost:.1f}" for name, cost in parts.items())
        print(f"  {driver}: {whole:.0f} = {told}")
    print("  of judging: " + ", ".join(f"{name} {cost:.1f}" for name, cost in within(requests[0]).items()))


def main(rounds: int) -> int:
    """Measure and print."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        cluster = stack.enter_context(LocalCluster(folder / "kafka"))
        with connect(cluster.admin) as broker:
            broker.admin().create_topics(plan(read(), 1).topics)
        chains = [(chain, driver) for driver in DRIVERS for chain in ("naive", "tidegate")]
        served = [
            stack.enter_context(serving(chain, driver, cluster.admin, folder / f"{chain}-{driver}"))
            for chain, driver in chains
        ]
        times = measure(served, rounds)
        met = report(times)
        where(times, cluster.admin)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 5))
