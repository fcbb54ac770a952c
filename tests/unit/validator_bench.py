"""A validator at work on an in-memory cluster, its clients at hand for what a test wants to go wrong."""

from __future__ import annotations

import threading
from collections.abc import Sequence

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryConsumer
from broker.patience import Patience
from broker.port import Producer, Received
from consumers.validator.progress import Progress
from consumers.validator.service import GROUP, READS, Policy, Validator
from tests.unit.gate_samples import ML_KEY, NOW, catalogue
from tests.unit.gate_stack import RECIPIENT

POLICY = Policy(
    catalogue(), RECIPIENT, ML_KEY, batch=7, poll=0.02, patience=Patience(0.001, 0.002), clock=lambda: NOW / 1_000_000
)


class _UntilEmpty(MemoryConsumer):
    """Sets an event when there is nothing left to read."""

    def __init__(self, broker: MemoryBroker, topics: Sequence[str], group: str | None, empty: threading.Event) -> None:
        super().__init__(broker._open(), topics, group)
        self.empty = empty

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out messages."""
        batch = super().consume(timeout=timeout, most=most)
        if not batch and not self._postponed:
            self.empty.set()
        return batch


class Bench(MemoryBroker):
    """A validator at work; it is stopped once it has nothing left to read, or by what goes wrong.

    To its validator it is the broker: it hands out the clients made here, and another consumer after a trip.
    """

    def __init__(self, broker: MemoryBroker, policy: Policy = POLICY) -> None:
        super().__init__()
        self._cluster, self._user = broker._cluster, "validator"
        self.broker, self.policy = broker, policy
        self.stop, self.progress, self.told = threading.Event(), Progress(), list[str]()
        self.reader: MemoryConsumer | None = self.consumer(READS, group=GROUP)
        self.writer: Producer = super().producer()
        self.readers = 0

    def producer(self) -> Producer:  # type: ignore[override]
        """Hand out the writer."""
        return self.writer

    def consumer(self, topics: Sequence[str], *, group: str | None) -> MemoryConsumer:
        """Hand out the reader that was made first, then new ones."""
        first, self.reader = getattr(self, "reader", None), None
        self.readers = getattr(self, "readers", 0) + 1
        return first or _UntilEmpty(self, topics, group, self.stop)

    def run(self) -> None:
        """Work until there is nothing left, and leave the group."""
        Validator(self, self.policy, stop=self.stop, tell=self.told.append, progress=self.progress).run()

    def counts(self) -> dict[str, int]:
        """Read the counts."""
        return dict(self.progress.read()[1])
