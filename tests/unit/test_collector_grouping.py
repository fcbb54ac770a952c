"""Group commit: when others may be judged, so that requests wait at the door and not behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from broker.port import BrokerError, Message
from collector.grouping import LEADERS, LINE_BYTES, Grouping
from tests.waiting import eventually

LARGE, SMALL = LINE_BYTES, 10  # bytes of a message


class Line:
    """A grouping whose produces wait until they are let go, and whose requests' hands are free."""

    def __init__(self, threads: ThreadPoolExecutor) -> None:
        self.go, self.judged = threading.Event(), list[str]()
        self._going = threading.Semaphore(0)
        self._threads, self.grouping = threads, Grouping(self._produce)

    def lead(self) -> None:
        """Have as many produces on their way as may be."""
        for number in range(LEADERS):
            self.send(f"leader {number}", LARGE)
            assert self._going.acquire(timeout=10)

    def send(self, name: str, size: int) -> Future[BrokerError | None]:
        """Send a request of one message; returns once it waits, or goes."""
        before, message = self.grouping.waiting, Message("topic", bytes(size))
        sent = self._threads.submit(self.grouping.carry, [message], 20, lambda: self.judged.append(name))
        if name.startswith("leader"):
            return sent
        eventually(lambda: self.grouping.waiting == before + 1)
        return sent

    def _produce(self, _: Sequence[Message], __: float) -> None:
        self._going.release()
        self.go.wait(20)


@pytest.fixture(name="line")
def open_line() -> Iterator[Line]:
    """Give a line, and let all go in the end."""
    with ThreadPoolExecutor(LEADERS + 4) as threads:
        line = Line(threads)
        yield line
        line.go.set()


def test_who_waits_behind_many_keeps_its_hands_until_it_goes(line: Line) -> None:
    """Nobody is judged while much waits to be carried; once it goes, others are."""
    line.lead()
    leaders = [f"leader {number}" for number in range(LEADERS)]
    assert sorted(line.judged) == leaders  # they go
    sent = [line.send("large", LARGE), line.send("small", SMALL)]
    assert sorted(line.judged) == leaders
    line.go.set()
    assert [each.result(20) for each in sent] == [None, None]
    assert sorted(line.judged) == ["large", *leaders, "small"]  # each once


def test_few_who_wait_keep_nobody(line: Line) -> None:
    """Small requests let go of their hands at once, so that many share a produce."""
    line.lead()
    for number in range(3):
        line.send(f"small {number}", SMALL)
    eventually(lambda: len(line.judged) == LEADERS + 3)
