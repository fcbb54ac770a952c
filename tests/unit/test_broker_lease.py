"""A client in which anything failed is dropped whole, and nobody else suffers for it."""

from __future__ import annotations

import threading
import time

import pytest

from broker.lease import Leases, within
from broker.port import Misused, Unavailable


class Client:
    """Counts its deaths."""

    def __init__(self) -> None:
        self.dead = threading.Event()


def leases() -> tuple[Leases[Client], list[Client]]:
    """Make a lender and the list of what it opened."""
    opened: list[Client] = []

    def open_(_: float) -> Client:
        opened.append(Client())
        return opened[-1]

    return Leases(open_, lambda client: client.dead.set(), within=1.0), opened


def later() -> float:
    """Give a deadline far enough."""
    return time.monotonic() + 5


def test_one_client_serves_until_something_fails() -> None:
    """Without failures everybody gets the same client."""
    lender, opened = leases()
    for _ in range(3):
        with lender.lend(later()) as client:
            assert client is opened[0]
    assert len(opened) == 1
    assert not opened[0].dead.is_set()


def test_a_failure_retires_the_client() -> None:
    """After a failure the next user gets a fresh client, and the old one is killed."""
    lender, opened = leases()
    with pytest.raises(Unavailable), lender.lend(later()):
        raise Unavailable("x")
    assert opened[0].dead.wait(2)
    with lender.lend(later()) as client:
        assert client is opened[1]


def test_a_retired_client_lives_until_its_last_user_left() -> None:
    """Another's failure does not end a batch that is under way."""
    lender, opened = leases()
    with lender.lend(later()) as mine:
        with pytest.raises(Unavailable), lender.lend(later()):
            raise Unavailable("x")
        with lender.lend(later()) as fresh:
            assert fresh is not mine
        assert not opened[0].dead.wait(0.2)
    assert opened[0].dead.wait(2)
    assert not opened[1].dead.is_set()


def test_closing_kills_and_ends_lending() -> None:
    """After closing nobody gets a client."""
    lender, opened = leases()
    lender.close(1.0)
    lender.close(1.0)
    assert opened[0].dead.is_set()
    with pytest.raises(Misused, match="closed"), lender.lend(later()):
        pass


def test_within_bounds_what_hangs_and_swallows_what_fails() -> None:
    """Work that hangs is left behind when the time is up; work that fails has come to its end."""
    release = threading.Event()
    start = time.monotonic()
    assert not within(0.1, release.wait)
    assert time.monotonic() - start < 1
    release.set()
    assert within(2.0, lambda: 1 / 0)
