"""What a second worker brings on this machine, and how evenly connections come to workers: on real Kafka, in one run.

    python -m tests.benchmarks.workers [ROUNDS]

Collectors of one worker and of two take turns, ROUNDS times (3 unless told), each under the same load: SENDERS
connections that are kept, requests of RECORDS. Shown are records a second, the processor time of the workers, the
median of each round's ratio, and the busiest worker's part: of those few connections, and of MANY that are used once.
Kafka and the senders have the same cores: where the workers get no more of them, a second one can bring nothing.
"""

from __future__ import annotations

import contextlib
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx
import psutil

from collector.otlp import encode_logs
from deploy.keys import Keys
from deploy.services import COLLECTOR, environment
from deploy.stack import Stack
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import record

RECORDS: Final = 256  # a request
SENDERS: Final = 8
MANY: Final = 400
WARM: Final = 2.0  # seconds
SECONDS: Final = 8.0
_RECEIVED: Final = re.compile(r'^tidegate_collector_received_total(?:\{worker="\d+"\})? (\S+)$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Measured:
    """One collector's turn."""

    rate: float  # records a second
    cores: float  # that its workers had
    few: float  # the busiest worker's part, of connections that are kept
    many: float  # … and of those that are used once


@contextlib.contextmanager
def collector(stack: Stack, workers: int) -> Iterator[tuple[str, psutil.Process]]:
    """Run a collector of so many workers."""
    more = {"PORT": "0", "GRPC_PORT": "off", "WORKERS": str(workers)}
    given = environment(COLLECTOR, stack.folder, Keys(stack.folder.keys), bootstrap=stack.bootstrap, more=more)
    process = subprocess.Popen(COLLECTOR.command(), env=given, stderr=subprocess.PIPE, text=True)  # noqa: S603 - ours
    assert process.stderr
    try:
        line = next((line for line in process.stderr if "taking OTLP on" in line), "")
        yield line.partition("taking OTLP on ")[2].partition("/v1/logs")[0], psutil.Process(process.pid)
    finally:
        process.terminate()
        process.communicate()


def cpu(process: psutil.Process) -> float:
    """Tell the processor time of a collector, all its workers with it, in seconds."""
    times = [each.cpu_times() for each in (process, *process.children())]
    return sum(each.user + each.system for each in times)


def received(url: str, workers: int, least: int) -> list[float]:
    """Tell how many records each worker has received; waits until they have told of so many."""
    while True:
        found = [float(count) for count in _RECEIVED.findall(httpx.get(f"{url}/metrics", timeout=30).text)]
        if sum(found) >= least:
            return [*found, *[0.0] * (workers - len(found))]
        time.sleep(0.2)


def measured(stack: Stack, workers: int, body: bytes) -> Measured:
    """Give a collector its turn."""
    taken, stop = [0] * SENDERS, threading.Event()

    def send(sender: int, url: str) -> None:
        with httpx.Client(timeout=30) as client:
            while not stop.is_set():
                if client.post(f"{url}/v1/logs", content=body, headers=HEADERS).status_code == httpx.codes.OK:
                    taken[sender] += RECORDS

    with collector(stack, workers) as (url, process):
        one = encode_logs([record("call.ended")])
        for _ in range(MANY):
            httpx.post(f"{url}/v1/logs", content=one, headers=HEADERS, timeout=30).raise_for_status()
        once = received(url, workers, MANY)
        threads = [threading.Thread(target=send, args=(sender, url)) for sender in range(SENDERS)]
        for thread in threads:
            thread.start()
        time.sleep(WARM)
        began, before, spent = time.monotonic(), sum(taken), cpu(process)
        time.sleep(SECONDS)
        after, used, lasted = sum(taken), cpu(process) - spent, time.monotonic() - began
        stop.set()
        for thread in threads:
            thread.join()
        kept = [now - then for now, then in zip(received(url, workers, MANY + sum(taken)), once, strict=True)]
    return Measured((after - before) / lasted, used / lasted, max(kept) / sum(kept), max(once) / sum(once))


def main(rounds: int) -> int:
    """Print a line a turn, and the medians."""
    now = time.time_ns()
    app = record("call.ended").resource
    ended = (record("call.ended", {"call.duration": n}, time=now - n, resource=app) for n in range(RECORDS))
    body = encode_logs(list(ended))
    found: dict[int, list[Measured]] = {1: [], 2: []}
    with tempfile.TemporaryDirectory() as folder, Stack(Path(folder), services=()) as stack:
        print(f"{'workers':>8}{'records/s':>12}{'cores':>8}{f'busiest of {SENDERS}':>15}{f'busiest of {MANY}':>17}")
        for _ in range(rounds):
            for workers, turns in found.items():
                turn = measured(stack, workers, body)
                turns.append(turn)
                print(f"{workers:8}{turn.rate:12.0f}{turn.cores:8.2f}{turn.few:15.0%}{turn.many:17.0%}", flush=True)
    rate = statistics.median(two.rate / one.rate for one, two in zip(*found.values(), strict=True))
    cores = statistics.median(two.cores / one.cores for one, two in zip(*found.values(), strict=True))
    print(f"two over one: {rate:.2f} of records a second, with {cores:.2f} of processor time")
    return 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if sys.argv[1:] else 3))
