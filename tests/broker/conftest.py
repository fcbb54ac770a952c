"""The three drivers, each with a cluster of its own kind under it."""

from __future__ import annotations

import contextlib
import socket
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, cast

import pytest

from broker.connect import connect
from broker.memory import MemoryBroker
from broker.port import Connection, Grant, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from broker.port import Broker, Driver

Rule = tuple[str, str, str]


class AtMost(Protocol):
    """Bounds a block, in seconds: `with at_most(2): …` fails when it took longer."""

    def __call__(self, seconds: float) -> contextlib.AbstractContextManager[None]:
        """Give the bound."""


class Stand(Protocol):
    """A driver and its cluster. `gone` has none: nobody listens there."""

    root: Broker
    gone: Broker

    def topic(self, stem: str = "topic", *, partitions: int = 1, settings: dict[str, str] | None = None) -> str:
        """Create a topic, give its name."""

    def user(self, *rules: Rule) -> Broker:
        """Create a user with these rights, give the cluster as it sees it."""

    def wrong_password(self) -> Broker:
        """Give the cluster as somebody sees it who mistyped."""


class _MemoryStand:
    def __init__(self, unique: Callable[[str], str]) -> None:
        self._unique = unique
        self.root: Broker = MemoryBroker()
        gone = MemoryBroker()
        gone.available = False
        self.gone: Broker = gone

    def topic(self, stem: str = "topic", *, partitions: int = 1, settings: dict[str, str] | None = None) -> str:
        name = self._unique(stem)
        self.root.admin().create_topics([Topic(name, partitions, 1, settings or {})])
        return name

    def user(self, *rules: Rule) -> Broker:
        name = self._unique("user")
        admin = self.root.admin()
        admin.create_users({name: "right"})
        new = {Grant(name, operation, resource, on) for operation, resource, on in rules}  # type: ignore[arg-type]
        admin.set_grants(sorted(admin.grants() | new))
        return cast("MemoryBroker", self.root).as_user(name, "right")

    def wrong_password(self) -> Broker:
        name = self._unique("user")
        self.root.admin().create_users({name: "right"})
        return cast("MemoryBroker", self.root).as_user(name, "wrong")


class _KafkaStand:
    def __init__(self, request: pytest.FixtureRequest, driver: Driver, opened: contextlib.ExitStack) -> None:
        self._driver, self._opened = driver, opened
        self._new_user: Callable[..., Connection] = request.getfixturevalue("new_user")
        self.topic: Callable[..., str] = request.getfixturevalue("new_topic")
        self.root = self._open(request.getfixturevalue("kafka").admin)
        self.gone = self._open(Connection(f"127.0.0.1:{_closed_port()}", "nobody", "x", open_within=1.0))

    def user(self, *rules: Rule) -> Broker:
        return self._open(self._new_user(*rules))

    def wrong_password(self) -> Broker:
        return self._open(replace(self._new_user(), password="wrong"))

    def _open(self, connection: Connection) -> Broker:
        return self._opened.enter_context(connect(connection, self._driver))


def _closed_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


_REAL = [pytest.param(driver, marks=pytest.mark.kafka) for driver in ("kafka-python", "confluent")]


@pytest.fixture(params=["memory", *_REAL])
def stand(request: pytest.FixtureRequest, unique: Callable[[str], str]) -> Iterator[Stand]:
    """Each driver in turn."""
    with contextlib.ExitStack() as opened:
        if request.param == "memory":
            yield _MemoryStand(unique)
        else:
            yield cast("Stand", _KafkaStand(request, request.param, opened))


@pytest.fixture(params=_REAL)
def driver(request: pytest.FixtureRequest) -> Driver:
    """Each driver that talks to a real Kafka."""
    return cast("Driver", request.param)


@pytest.fixture
def at_most() -> AtMost:
    """Bound how long a block may take."""

    @contextlib.contextmanager
    def bound(seconds: float) -> Iterator[None]:
        start = time.monotonic()
        yield
        took = time.monotonic() - start
        assert took <= seconds, f"took {took:.2f} s, {seconds} s allowed"

    return bound
