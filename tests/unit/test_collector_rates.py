"""Token buckets: no more than the rate in the long run, a burst at once, and every request can be taken some day."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collector.rates import LONGEST, Rates, TooFast
from collector.senders import ANYONE, Rate, Sender


@dataclass
class Clock:
    """A clock that is set by hand."""

    now: float = 1000.0

    def __call__(self) -> float:
        """Tell the time."""
        return self.now


def wait(rates: Rates, sender: Sender, number: int) -> int:
    """Take records; the seconds to wait when they are not taken, 0 when they are."""
    try:
        rates.take_records(sender, number)
    except TooFast as later:
        return later.seconds
    return 0


SENDER = Sender("one", rate=Rate(records=100, burst=2))


def test_a_burst_then_the_rate() -> None:
    """Two seconds' worth may come at once; then as many as the time that has gone allows."""
    clock = Clock()
    rates = Rates(clock)
    assert [wait(rates, SENDER, 50) for _ in range(5)] == [0, 0, 0, 0, 1]
    clock.now += 0.4
    assert wait(rates, SENDER, 50) == 1
    clock.now += 0.1
    assert [wait(rates, SENDER, 50), wait(rates, SENDER, 1)] == [0, 1]


@pytest.mark.parametrize("parts", [1, 2, 3, 16])
def test_parts_add_up_to_the_rate(parts: int) -> None:
    """Of several workers each gives its part of burst and rate: all of them together give what one alone would."""
    clock = Clock()
    workers = [Rates(clock, parts=parts) for _ in range(parts)]

    def taken() -> int:
        return sum(wait(rates, SENDER, 1) == 0 for rates in workers for _ in range(300))

    assert taken() == 200 // parts * parts
    clock.now += 10
    assert taken() == 200 // parts * parts
    clock.now += 0.5
    assert 50 - parts <= taken() <= 50 + parts


def test_what_is_not_taken_costs_nothing() -> None:
    """A sender that is told to wait does not wait longer for having asked."""
    clock = Clock()
    rates = Rates(clock)
    assert wait(rates, SENDER, 200) == 0
    assert [wait(rates, SENDER, 100) for _ in range(100)] == [1] * 100
    clock.now += 1
    assert wait(rates, SENDER, 100) == 0


def test_a_request_larger_than_the_burst_is_taken_when_all_is_full() -> None:
    """It leaves a debt, and the wait is never told as longer than what a stock SDK waits."""
    clock = Clock()
    rates = Rates(clock)
    assert wait(rates, SENDER, 5000) == 0
    assert wait(rates, SENDER, 1) == LONGEST
    with pytest.raises(TooFast):
        rates.admit(SENDER)
    clock.now += 47.9
    assert wait(rates, SENDER, 1) == 1
    clock.now += 0.2
    assert wait(rates, SENDER, 1) == 0


def test_senders_do_not_share_their_buckets() -> None:
    """What one has used up, another has not; records and bytes are counted apart."""
    rates = Rates(Clock())
    both = Sender("two", rate=Rate(records=1, bytes=1000, burst=1))
    assert wait(rates, SENDER, 200) == 0
    assert [wait(rates, both, 1), wait(rates, both, 1)] == [0, 1]
    rates.take_bytes(both, 999)
    with pytest.raises(TooFast):
        rates.take_bytes(both, 2)
    assert wait(rates, SENDER, 1) == 1


def test_without_a_rate_nothing_is_counted() -> None:
    """By default everything comes in."""
    rates = Rates(Clock())
    rates.admit(ANYONE)
    rates.take_bytes(ANYONE, 10**12)
    assert [wait(rates, ANYONE, 10**9) for _ in range(10)] == [0] * 10


def test_a_changed_rate_begins_anew() -> None:
    """When the tokens file gives a sender another rate, it holds from the next request on."""
    rates = Rates(Clock())
    assert wait(rates, SENDER, 200) == 0
    assert wait(rates, Sender("one", rate=Rate(records=10, burst=1)), 10) == 0
    assert wait(rates, Sender("one", rate=Rate(records=10, burst=1)), 1) == 1


@given(
    rate=st.integers(1, 1000),
    burst=st.floats(1, 10),
    steps=st.lists(st.tuples(st.floats(0, 5), st.integers(0, 2000)), max_size=60),
)
def test_no_more_than_rate_and_burst(rate: int, burst: float, steps: list[tuple[float, int]]) -> None:
    """Whatever comes and when: what was taken is at most rate x time, one burst, and one request's debt."""
    clock = Clock()
    rates, sender = Rates(clock), Sender("any", rate=Rate(records=rate, burst=burst))
    taken, largest = 0, 0
    for pause, number in steps:
        clock.now += pause
        if wait(rates, sender, number) == 0:
            taken, largest = taken + number, max(largest, number)
    assert taken <= rate * (clock.now - 1000) + rate * burst + largest + 1e-6
