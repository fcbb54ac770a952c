"""The shipped topology on an in-memory broker, with the rights it gives; and how the tests look into it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from broker.memory import MemoryBroker
from broker.memory_clients import MemoryProducer
from broker.port import Message, Received
from deploy.topology import plan, read
from schemas.quarantine import Recipient, new_identity, open_sealed
from tests.unit.gate_samples import decoded

IDENTITY, _PUBLIC = new_identity()
RECIPIENT = Recipient(_PUBLIC)


def stack() -> MemoryBroker:
    """Make a cluster of one node with Tidegate's topics and grants, as its super user sees it."""
    broker, wanted = MemoryBroker(), plan(read(), 1)
    broker.admin().create_topics(wanted.topics)
    broker.admin().set_grants(wanted.grants)
    return broker


def held(broker: MemoryBroker, topic: str) -> list[Received]:
    """Read all of a topic, in the order of its partitions."""
    consumer = broker.consumer([topic], group=None)
    messages: list[Received] = []
    while batch := consumer.consume(timeout=0):
        messages += batch
    return messages


def sealed(message: Received) -> tuple[dict[str, Any], list[bytes]]:
    """Open a quarantine message: what stands outside the seal, and the items inside."""
    outside = decoded(message.value or b"")
    _, items = open_sealed(outside["sealed"], IDENTITY)
    return outside, items


class Failing(MemoryProducer):
    """A producer whose calls first go through `before`, which may raise; `written` decides whether it writes then."""

    def __init__(self, of: MemoryProducer, before: Callable[[], None], *, written: bool = False) -> None:
        super().__init__(of._view)
        self._before = before
        self._written = written

    def produce(self, messages: Sequence[Message], *, timeout: float) -> None:
        """Write, unless `before` raises; with `written`, all the same: it is the acknowledgement that is lost then."""
        try:
            self._before()
        except Exception:
            if self._written:
                super().produce(messages, timeout=timeout)
            raise
        super().produce(messages, timeout=timeout)
