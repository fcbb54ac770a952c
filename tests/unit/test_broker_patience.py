"""Waiting for a broker: twice as long each time, told once, and ended by a stop."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from broker.patience import Patience, patiently
from broker.port import BrokerError, Exhausted, Misused, Refused, TooLarge, Unavailable

SHORT = Patience(0.001, 0.004)


def script(*steps: object) -> Callable[[], object]:
    """Make a call that raises or returns one step after the other."""
    rest: Iterator[object] = iter(steps)

    def call() -> object:
        step = next(rest)
        if isinstance(step, Exception):
            raise step
        return step

    return call


class Heard:
    """What was told, and how many failures were heard of."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.failures = 0

    def failed(self) -> None:
        """Count one."""
        self.failures += 1


def test_waits_double_up_to_a_limit() -> None:
    """The wait doubles with each failure, and stays at the limit however many there are."""
    patience = Patience(0.2, 5.0)
    assert [patience.wait(n) for n in (1, 2, 3, 4, 5, 6)] == [0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert patience.wait(10**9) == 5.0


def test_what_works_at_once_tells_nothing() -> None:
    """A call that works is called once, and nothing is said."""
    heard = Heard()
    result = patiently(script("done"), stop=threading.Event(), tell=heard.lines.append, failed=heard.failed)
    assert (result, heard.lines, heard.failures) == ("done", [], 0)


def test_transient_errors_are_waited_out_and_told_once() -> None:
    """Each failure is heard of; the first and the end of them are told."""
    heard, down = Heard(), Unavailable("it is")
    call = script(down, down, down, "done")
    result = patiently(call, stop=threading.Event(), tell=heard.lines.append, failed=heard.failed, patience=SHORT)
    assert (result, heard.failures) == ("done", 3)
    assert heard.lines == ["the broker does not answer: waiting for it", "the broker answers again"]


@pytest.mark.parametrize("error", [Refused, TooLarge, Misused, BrokerError])
def test_permanent_errors_are_raised_at_once(error: type[BrokerError]) -> None:
    """What trying again can't mend is not tried again."""
    heard = Heard()
    with pytest.raises(error):
        patiently(script(error("it is")), stop=threading.Event(), tell=heard.lines.append, failed=heard.failed)
    assert (heard.lines, heard.failures) == ([], 0)


def test_a_defect_is_not_taken_for_a_broker() -> None:
    """Any other exception passes through."""
    with pytest.raises(ZeroDivisionError):
        patiently(script(ZeroDivisionError()), stop=threading.Event(), tell=print)


def test_a_stop_ends_the_waiting_at_once() -> None:
    """Told to stop while it waits, it gives None without another try; told so before, it does not try at all."""
    stop = threading.Event()
    timer = threading.Timer(0.05, stop.set)
    timer.start()
    began = time.monotonic()
    assert patiently(script(Unavailable("it is")), stop=stop, tell=lambda _: None, patience=Patience(30, 30)) is None
    assert time.monotonic() - began < 10
    timer.join()
    assert patiently(script(), stop=stop, tell=print) is None


def test_a_want_of_memory_is_no_absent_broker() -> None:
    """It is waited out too, and told as what it is."""
    heard = Heard()
    assert patiently(script(Exhausted("x"), 1), stop=threading.Event(), tell=heard.lines.append, patience=SHORT) == 1
    assert "memory" in heard.lines[0]
    assert "does not answer" not in heard.lines[0]
