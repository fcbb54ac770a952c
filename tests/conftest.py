"""What every test may ask for: one real Kafka per run, and topics and users of its own on it."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
from dataclasses import dataclass, fields, is_dataclass
from typing import TYPE_CHECKING, Protocol

import pytest
from hypothesis import HealthCheck, settings

from broker.connect import connect
from broker.local.cluster import LocalCluster
from broker.port import Connection, Grant, Topic

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from broker.port import Admin


# A busy machine is no defect: an example may take as long as the test's own timeout.
settings.register_profile("tidegate", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("tidegate")


def pytest_configure(config: pytest.Config) -> None:
    """Let one warning pass: kafka-python reads its schemas in a way that Python 3.11 and 3.12 call deprecated."""
    config.addinivalue_line("filterwarnings", "ignore:(read|open)_text is deprecated:DeprecationWarning")


def pytest_assertrepr_compare(op: str, left: object, right: object) -> list[str] | None:
    """Explain a comparison of what hides something by the fields that differ: pytest would show what is hidden."""
    if not _hides(left) and not _hides(right):
        return None
    return [f"{type(left).__name__} {op} {type(right).__name__}", *_differences(left, right, "it")]


def _hides(thing: object) -> bool:
    if isinstance(thing, (list, tuple)):
        return any(map(_hides, thing))
    if isinstance(thing, dict):
        return any(map(_hides, thing.values()))
    return is_dataclass(thing) and any(not field.repr for field in fields(thing))


def _differences(left: object, right: object, where: str) -> Iterator[str]:
    """Name the places that differ; of what stands there, nothing."""
    if isinstance(left, (list, tuple)) and isinstance(right, (list, tuple)) and len(left) == len(right):
        for at, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from _differences(one, other, f"{where}[{at}]")
    elif is_dataclass(left) and type(left) is type(right):
        for field in fields(left):
            if getattr(left, field.name) != getattr(right, field.name):
                yield f"{where}.{field.name} differs"
    elif left != right:
        yield f"{where} differs"


class Kafka(Protocol):
    """A cluster for tests: one started here, or the one that `TIDEGATE_KAFKA_BOOTSTRAP` names."""

    @property
    def bootstrap(self) -> str:
        """Its addresses."""

    @property
    def admin(self) -> Connection:
        """Its super user's way in."""

    def connection(self, username: str, password: str) -> Connection:
        """Somebody's way in."""


@dataclass(frozen=True)
class _Given:
    """A cluster somebody else runs. Tests leave topics, users and rules on it: give them one of their own."""

    admin: Connection

    @property
    def bootstrap(self) -> str:
        return self.admin.bootstrap

    def connection(self, username: str, password: str) -> Connection:
        return Connection(self.bootstrap, username, password)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kafka]:
    """Real Apache Kafka, one node, started once a run; gone with it, however it ends."""
    bootstrap = os.environ.get("TIDEGATE_KAFKA_BOOTSTRAP")
    if bootstrap:
        username, password = os.environ["TIDEGATE_KAFKA_USERNAME"], os.environ["TIDEGATE_KAFKA_PASSWORD"]
        yield _Given(Connection(bootstrap, username, password))
        return
    with LocalCluster(tmp_path_factory.mktemp("kafka")) as cluster:
        yield cluster


@pytest.fixture(scope="session")
def kafka_admin(kafka: Kafka) -> Iterator[Admin]:
    """The super user's admin on it."""
    with contextlib.closing(connect(kafka.admin).admin()) as admin:
        yield admin


@pytest.fixture(scope="session")
def unique() -> Callable[[str], str]:
    """Make names that no other test has: `unique("usage")` gives `usage-3-9f2c`."""
    numbers = itertools.count()
    return lambda stem: f"{stem}-{next(numbers)}-{secrets.token_hex(2)}"


@pytest.fixture(scope="session")
def new_topic(kafka_admin: Admin, unique: Callable[[str], str]) -> Callable[..., str]:
    """Create a topic of one's own: `new_topic(partitions=3, settings={…})` gives its name."""

    def make(stem: str = "topic", *, partitions: int = 1, settings: dict[str, str] | None = None) -> str:
        name = unique(stem)
        kafka_admin.create_topics([Topic(name, partitions, 1, settings or {})])
        return name

    return make


@pytest.fixture(scope="session")
def new_user(kafka: Kafka, kafka_admin: Admin, unique: Callable[[str], str]) -> Callable[..., Connection]:
    """Create a user of one's own: `new_user(("WRITE", "TOPIC", name), …)` gives the way in."""

    def make(*rules: tuple[str, str, str]) -> Connection:
        name, password = unique("user"), secrets.token_hex(8)
        kafka_admin.create_users({name: password})
        grants = {Grant(name, operation, resource, on) for operation, resource, on in rules}  # type: ignore[arg-type]
        kafka_admin.set_grants(sorted(kafka_admin.grants() | grants))
        return kafka.connection(name, password)

    return make
