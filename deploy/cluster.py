"""The Kafka of a stack: Apache Kafka on this machine, or the cluster that `TIDEGATE_KAFKA_BOOTSTRAP` names."""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from broker.local import daemon
from broker.local.cluster import LocalCluster
from broker.local.layout import SUPER_USER
from broker.port import Connection
from broker.settings import BadSetting, KafkaSettings, load
from deploy import credentials, lock
from deploy.errors import Problem
from deploy.ports import free

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from broker.port import Driver
    from deploy.folder import Folder

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Kafka:
    """A cluster that answers; `admin` is the super user's way in."""

    admin: Connection
    driver: Driver
    local: LocalCluster | None = None  # ours to start and to stop
    elsewhere: bool = False  # named by the environment, and reached as it says

    def connection(self, principal: str, password: str) -> Connection:
        """Give a principal's way in."""
        return replace(self.admin, username=principal, password=password)

    def alive(self) -> bool:
        """Say whether its processes run, as far as they are ours to know."""
        return self.local is None or self.local.alive()


def named_elsewhere() -> bool:
    """Say whether the environment names a cluster."""
    return "TIDEGATE_KAFKA_BOOTSTRAP" in os.environ


@contextlib.contextmanager
def opened(folder: Folder, nodes: int, port: int | None, tell: Callable[[str], None]) -> Iterator[Kafka]:
    """Give the cluster that is named, or the local one that is up, or start one, which is stopped at the end.

    Raises:
        Problem, BrokerError: with what to do about it.
    """
    if named_elsewhere():
        yield elsewhere(folder.root)
        return
    if daemon.status(folder.root) is not None:
        tell("Using the Kafka that `tidegate broker up` started; it stays up afterwards")
        yield Kafka(daemon.admin(folder.root), _driver())
        return
    ports = None if port is None else [free(HOST, port and port + node, "--kafka-port") for node in range(nodes)]
    local = LocalCluster(folder.kafka, nodes, ports)
    try:
        local.start(tell)
        yield Kafka(local.admin, _driver(), local)
    finally:
        local.stop()


def running(folder: Folder) -> Kafka:
    """Give the local cluster that is up on this folder, by itself or in a stack.

    Raises:
        Problem: none is.
    """
    if daemon.status(folder.root) is not None:
        return Kafka(daemon.admin(folder.root), _driver())
    state = lock.read(folder.stack)
    if state is None or not state.bootstrap or not state.local:
        raise Problem("no local Kafka is up on this data folder: `tidegate up` starts one, --bootstrap names another")
    password = credentials.read_private(folder.kafka / "secret")
    return Kafka(Connection(state.bootstrap, SUPER_USER, password), _driver())


def elsewhere(
    data_dir: Path, bootstrap: str | None = None, username: str | None = None, password_file: Path | None = None
) -> Kafka:
    """Give the cluster that the environment names; what is given comes before it.

    Raises:
        Problem: a setting is missing or wrong.
    """
    try:
        settings = load(
            KafkaSettings,
            data_dir=data_dir,
            kafka_bootstrap=bootstrap,
            kafka_username=username,
            kafka_password_file=password_file,
        )
        return Kafka(settings.connection(), settings.kafka_driver, elsewhere=True)
    except BadSetting as error:
        raise Problem(str(error)) from None


def _driver() -> Driver:
    drivers: dict[str, Driver] = {"kafka-python": "kafka-python", "confluent": "confluent"}
    driver = drivers.get(os.environ.get("TIDEGATE_KAFKA_DRIVER") or "kafka-python")
    if driver is None:
        raise Problem(f"TIDEGATE_KAFKA_DRIVER: choose one of {', '.join(drivers)}")
    return driver
