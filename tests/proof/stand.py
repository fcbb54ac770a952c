"""A collector on a Kafka of its own, as the proofs treat them: stopped, killed, flooded, watched."""

from __future__ import annotations

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self

import httpx
import psutil

from broker.local.cluster import LocalCluster
from broker.port import Received
from deploy.cluster import named_elsewhere
from deploy.demo.haystacks import read_topics
from deploy.errors import Problem
from deploy.services import COLLECTOR
from deploy.stack import Stack
from deploy.supervisor import Policy

RESTARTED: Final = Policy(restarts=1000, first_wait=0.05, longest_wait=0.2)
SETTLED: Final = 3.0  # seconds between two looks that have to be the same


@dataclass(slots=True)
class Watched:
    """What a collector's process took: at first, at most, at last. Memory is resident, in bytes."""

    memory: list[int] = field(default_factory=list)
    files: list[int] = field(default_factory=list)

    @property
    def megabytes(self) -> tuple[float, float, float]:
        """Memory at first, at most, at last, in MB."""
        return self.memory[0] / 1e6, max(self.memory) / 1e6, self.memory[-1] / 1e6


class Stand:
    """A collector, and the Kafka behind it, which are ours to treat badly; a context manager."""

    def __init__(self, folder: Path) -> None:
        """Keep the wishes."""
        if named_elsewhere():
            raise Problem("this needs a Kafka of its own: unset TIDEGATE_KAFKA_BOOTSTRAP")
        self.stack = Stack(folder, collector_port=0, policy=RESTARTED, services=(COLLECTOR,))
        self._tallies: dict[int, Mapping[str, int]] = {}
        self._done = threading.Event()
        self._teller = threading.Thread(target=self._tally, name="tally", daemon=True)

    def __enter__(self) -> Self:
        """Start all."""
        self.stack.start()
        self._teller.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all."""
        self._done.set()
        if self._teller.is_alive():
            self._teller.join()
        self.stack.stop()

    @property
    def url(self) -> str:
        """Where the collector listens."""
        return self.stack.collector_url

    @property
    def pid(self) -> int | None:
        """The collector's process; None while there is none."""
        return self.stack.services()["collector"].pid

    def kill(self) -> None:
        """Kill the collector with -9; returns once another one runs."""
        before = self.pid
        self.stack.kill("collector")
        until = time.monotonic() + 60
        while self.pid in (None, before) or not self.stack.services()["collector"].ready:
            if time.monotonic() > until:
                raise TimeoutError("the collector did not come back")
            time.sleep(0.02)

    def kafka_away(self, seconds: float) -> float:
        """Stop Kafka for so long at least; gives how long it was away in fact."""
        local = self._kafka()
        began = time.monotonic()
        local.stop()
        time.sleep(max(0.0, seconds - (time.monotonic() - began)))
        local.start()
        return time.monotonic() - began

    def spilled(self) -> int:
        """How many bytes wait in the spill's folder."""
        total = 0
        for path in (self.stack.folder.root / "spill").glob("*.spill"):
            with contextlib.suppress(OSError):
                total += path.stat().st_size
        return total

    def said(self) -> bytes:
        """Everything that the collector wrote out so far."""
        return self.stack.folder.log("collector").read_bytes()

    def counts(self) -> Counter[str]:
        """Add up what all collectors of this run counted, each to its last beat: a killed one says up to 1 s less."""
        total: Counter[str] = Counter()
        for counts in list(self._tallies.values()):
            total.update({name: count for name, count in counts.items() if name != "spill_bytes"})
        return total

    def ready(self) -> bool:
        """Whether the collector says that it takes requests."""
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == httpx.codes.OK
        return False

    def settled(self, within: float = 300) -> dict[str, list[Received]]:
        """Give all topics once the spill is empty and nothing more comes."""
        until, before = time.monotonic() + within, dict[str, int]()
        while True:
            if time.monotonic() > until:
                raise TimeoutError("it did not settle in time")
            time.sleep(SETTLED)
            with contextlib.closing(self.stack.broker("admin").admin()) as admin:
                sizes = admin.sizes()
            if sizes == before and not self.spilled():
                return read_topics(self.stack.broker("admin"), sizes, timeout=within)
            before = sizes

    @contextlib.contextmanager
    def watched(self, every: float = 0.2) -> Iterator[Watched]:
        """Look at the collector's memory and open files, again and again."""
        process, seen, done = psutil.Process(self.pid), Watched(), threading.Event()

        def look() -> None:
            with contextlib.suppress(psutil.Error):
                seen.memory.append(process.memory_info().rss)
                seen.files.append(process.num_fds())

        def again() -> None:
            while not done.wait(every):
                look()

        look()
        watcher = threading.Thread(target=again, name="watch", daemon=True)
        watcher.start()
        try:
            yield seen
        finally:
            done.set()
            watcher.join()
            look()

    def _kafka(self) -> LocalCluster:
        kafka = self.stack._kafka
        assert kafka is not None
        assert kafka.local is not None
        return kafka.local

    def _tally(self) -> None:
        while not self._done.wait(0.2):
            state = self.stack.services().get("collector")
            if state is not None and state.pid is not None:
                self._tallies[state.pid] = state.counts
