"""Group commit: when others may be judged, so that requests wait at the door and not behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from broker.port import BrokerError, Message
from collector.grouping import GROUP_BYTES, LEADERS, LINE_BYTES, Grouping, _Ticket
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


def test_who_is_acknowledged_is_answered_whatever_is_carried_meanwhile() -> None:
    """A request that went with another's group leads nobody: the produce that it led might hang."""
    held = {name: threading.Event() for name in ("first", "second", "group", "last")}
    going = dict.fromkeys(held, 0)

    def produce(messages: Sequence[Message], _: float) -> None:
        name = messages[0].topic
        going[name] += 1
        held[name].wait(20)

    grouping = Grouping(produce)
    with ThreadPoolExecutor(12) as threads:

        def send(topic: str, waiting: int) -> Future[BrokerError | None]:
            sent = threads.submit(grouping.carry, [Message(topic, b"")], 20, lambda: None)
            eventually(lambda: going[topic] or grouping.waiting == waiting)
            return sent

        for topic in ("first", "second"):
            send(topic, 1)
            eventually(lambda topic=topic: going[topic])  # type: ignore[misc]
        group = [send("group", number) for number in range(1, 9)]
        held["first"].set()
        eventually(lambda: going["group"])
        last = send("last", 1)
        held["second"].set()
        eventually(lambda: going["last"])
        held["group"].set()
        assert [each.result(20) for each in group] == [None] * 8
        assert not last.done()
        held["last"].set()
        assert last.result(20) is None


def test_a_defect_in_others_group_leaves_no_request_behind() -> None:
    """Whoever led it is told, and what it sent waits for no turn any more: its time would be that of the next group."""

    def produce(_: Sequence[Message], __: float) -> None:
        raise ValueError("a defect")

    grouping = Grouping(produce)
    grouping._waiting.append(_Ticket([Message("topic", bytes(GROUP_BYTES))], GROUP_BYTES, float("inf")))
    with pytest.raises(ValueError, match="a defect"):
        grouping.carry([Message("topic", b"")], 20, lambda: None)
    assert grouping.waiting == 0
