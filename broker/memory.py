"""The in-process driver: the same contract without Kafka, for unit tests and dry runs. Thread safe.

    broker = MemoryBroker()
    broker.admin().create_topics([Topic("usage")])
    broker.admin().set_grants([Grant("collector", "WRITE", "TOPIC", "usage")])
    broker.as_user("collector").producer().produce([Message("usage", b"…")], timeout=1)

A user's rights are checked as Kafka's authoriser does; whoever opens `MemoryBroker()` itself is the super user.
`broker.available = False` plays a cluster that is gone.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Self

from broker.memory_clients import MemoryAdmin, MemoryConsumer, MemoryProducer
from broker.memory_cluster import Cluster, View
from broker.port import SAYS, Unauthenticated

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def _milliseconds() -> int:
    return time.time_ns() // 1_000_000


class MemoryBroker:
    """A cluster in this process, as one user sees it."""

    def __init__(self, *, now: Callable[[], int] = _milliseconds) -> None:
        """Start an empty cluster, as its super user."""
        self._cluster = Cluster(now)
        self._user: str | None = None
        self._password: str | None = None

    def as_user(self, name: str, password: str | None = None) -> MemoryBroker:
        """Give the same cluster as `name` sees it; a password, where given, is checked as a client opens."""
        view = MemoryBroker()
        view._cluster, view._user, view._password = self._cluster, name, password
        return view

    @property
    def available(self) -> bool:
        """Whether the cluster answers."""
        return self._cluster.available

    @available.setter
    def available(self, available: bool) -> None:
        with self._cluster.lock:
            self._cluster.available = available
            self._cluster.written.notify_all()

    def producer(self) -> MemoryProducer:
        """Open a producer."""
        return MemoryProducer(self._open())

    def consumer(self, topics: Sequence[str], *, group: str | None) -> MemoryConsumer:
        """Open a consumer; every topic must exist."""
        return MemoryConsumer(self._open(), topics, group)

    def admin(self) -> MemoryAdmin:
        """Open an admin."""
        return MemoryAdmin(self._open())

    def __enter__(self) -> Self:
        """Nothing to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to do: what was opened is garbage like any other."""

    def _open(self) -> View:
        with self._cluster.lock:
            self._cluster.check_available()
            known = self._cluster.passwords
            if self._password is not None and (self._user is None or known.get(self._user) != self._password):
                raise Unauthenticated(SAYS[Unauthenticated])
            return View(self._cluster, self._user)
