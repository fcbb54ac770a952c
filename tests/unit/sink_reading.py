"""A consumer for the sink's tests: the broker's own, which fails on demand and ends the sink when all is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from threading import Event

    from broker.port import BrokerError, Consumer, Received


@dataclass
class Reading:
    """A consumer between the sink and the broker: it stops the sink when all is read, or fails as told."""

    inner: Consumer
    stop: Event
    consume_errors: list[BrokerError] = field(default_factory=list)
    commit_errors: list[BrokerError] = field(default_factory=list)
    commits: int = 0
    idle: int = 0

    def consume(self, *, timeout: float, most: int = 500) -> list[Received]:
        """Hand out what the broker does; stop the sink after two empty rounds past the last failure."""
        if self.consume_errors:
            raise self.consume_errors.pop(0)
        batch = self.inner.consume(timeout=timeout, most=most)
        self.idle = 0 if batch or self.commit_errors else self.idle + 1
        if self.idle > 8:
            self.stop.set()
        return batch

    def commit(self, batch: Sequence[Received]) -> None:
        """Commit at the broker, or fail as told."""
        if self.commit_errors:
            raise self.commit_errors.pop(0)
        self.commits += 1
        self.inner.commit(batch)

    def postpone(self, message: Received) -> None:
        """As the broker does."""
        self.inner.postpone(message)

    def resume(self) -> None:
        """As the broker does."""
        self.inner.resume()

    def lag(self) -> int:
        """As the broker says."""
        return self.inner.lag()

    def close(self, *, timeout: float = 5.0) -> None:
        """Leave the group."""
        self.inner.close(timeout=timeout)
