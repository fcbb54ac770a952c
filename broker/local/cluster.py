"""Apache Kafka on this machine: one node by default, or three; KRaft, SASL/SCRAM, ACLs, nothing open.

Under `folder`: `secret` (the super user's password, mode 0600), `cluster-id`, `node-<n>/` (settings and data) and
`logs/`. The data is formatted once and taken up again at the next start.
"""

from __future__ import annotations

import contextlib
import secrets
import time
import uuid
from base64 import urlsafe_b64encode
from typing import TYPE_CHECKING, Self

from broker.connect import connect
from broker.local import checks, jvm
from broker.local.errors import LocalKafkaError
from broker.local.java import jars
from broker.local.layout import HOST, SUPER_USER, Node, server_properties
from broker.local.lock import Lock, Taken
from broker.local.secret import kept, write_secret
from broker.port import BrokerError, Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

START_WITHIN = 60.0


def _say_nothing(_: str) -> None:
    pass


class LocalCluster:
    """One cluster of `nodes` combined brokers and controllers, owned by this process: it never outlives it.

    `ports` are the client ports, one a node; free ones are taken when none are given. `settings` are Kafka's own, and
    come after ours.
    """

    def __init__(
        self,
        folder: Path,
        nodes: int = 1,
        ports: Sequence[int] | None = None,
        heap: str = "512m",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        """Keep the wishes; nothing is written or started before `start`."""
        if ports is not None and len(ports) != nodes:
            raise LocalKafkaError(f"{nodes} nodes need {nodes} ports, {len(ports)} given")
        self.folder = folder.absolute()
        self.heap = heap
        self._settings = dict(settings or {})
        self._ports = ports
        self._count = nodes
        self._nodes: list[Node] = []
        self._running: dict[int, jvm.Jvm] = {}
        self._password = ""
        self._lock: Lock | None = None

    @property
    def bootstrap(self) -> str:
        """Every node's address."""
        return ",".join(f"{HOST}:{node.port}" for node in self._nodes)

    @property
    def admin(self) -> Connection:
        """The super user's way in."""
        return self.connection(SUPER_USER, self._password)

    def connection(self, username: str, password: str) -> Connection:
        """Give somebody's way in; the user must have been created."""
        return Connection(self.bootstrap, username, password)

    def alive(self) -> bool:
        """Say whether every node's process runs."""
        return bool(self._running) and all(process.alive() for process in self._running.values())

    def start(self, tell: Callable[[str], None] = _say_nothing) -> None:
        """Fetch what is missing, format what is new, start every node, return when the cluster answers.

        Raises:
            LocalKafkaError: with what to do about it; nothing is left running.
        """
        if self._running:
            raise LocalKafkaError("this cluster was started already")
        classpath = jars(tell)
        checks.memory(self.heap, self._count)
        try:
            self._take()
            self._lay_out()
            self._format(classpath, tell)
            tell(f"Starting Apache Kafka ({self._count} {'node' if self._count == 1 else 'nodes'})")
            for node in self._nodes:
                self.start_node(node.id, classpath)
            self._wait_until_up()
        except OSError as error:
            self.stop()
            raise LocalKafkaError(checks.disk_trouble(error, self.folder)) from error
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop every node; harmless when nothing runs."""
        for process in self._running.values():
            process.release()
        for process in self._running.values():
            process.wait()
        self._running.clear()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def start_node(self, number: int, classpath: Sequence[Path] | None = None) -> None:
        """Start one node (1, 2, …) of a cluster that was laid out, without waiting for it."""
        node = self._node(number)
        arguments = [*jvm.options(self.heap, self.folder), "kafka.Kafka", str(node.settings)]
        self._running[number] = jvm.Jvm(
            node.folder, arguments, classpath or jars(_say_nothing), self.folder / "logs" / f"node-{number}.log"
        )

    def kill_node(self, number: int) -> None:
        """Kill one node at once, as a crash would."""
        self._running.pop(number).kill()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def _node(self, number: int) -> Node:
        return next(node for node in self._nodes if node.id == number)

    def _take(self) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)  # messages lie here, content among them
        try:
            self._lock = Lock(self.folder / "lock")
        except Taken:
            raise LocalKafkaError(
                f"Kafka runs on {self.folder} already: stop it with `tidegate down` or `tidegate broker down`"
            ) from None

    def _lay_out(self) -> None:
        """Choose ports, write secret and settings."""
        (self.folder / "logs").mkdir(parents=True, exist_ok=True)
        checks.disk(self.folder)
        checks.same_shape(self.folder, self._count)
        clients, controllers = checks.ports(self._ports, self._count)
        self._ports = clients  # a second start is found where the first one was
        self._nodes = [
            Node(number, client, controller, self.folder / f"node-{number}")
            for number, client, controller in zip(range(1, self._count + 1), clients, controllers, strict=True)
        ]
        if not (self.folder / "secret").exists() and any(
            (node.data / "meta.properties").exists() for node in self._nodes
        ):
            raise LocalKafkaError(f"{self.folder / 'secret'} is gone, and with it the way in: delete {self.folder}")
        self._password = kept(self.folder / "secret", lambda: secrets.token_urlsafe(24))
        for node in self._nodes:
            node.folder.mkdir(exist_ok=True)
            write_secret(node.settings, server_properties(node, self._nodes, self._password, self._settings))

    def _format(self, classpath: Sequence[Path], tell: Callable[[str], None]) -> None:
        """Format the nodes that are new, with the super user's SCRAM entry; the password is on no command line."""
        cluster_id = kept(self.folder / "cluster-id", _new_cluster_id)
        new = [node for node in self._nodes if not (node.data / "meta.properties").exists()]
        if not new:
            return
        tell("Formatting Apache Kafka's data folder")
        user = f"SCRAM-SHA-512=[name={SUPER_USER},password={self._password}]"
        tool = ["kafka.tools.StorageTool", "format", "--cluster-id", cluster_id, "--add-scram", user]
        formats = [
            jvm.Jvm(
                node.folder,
                [*jvm.options("128m", self.folder), *tool, "--config", str(node.settings)],
                classpath,
                self.folder / "logs" / f"format-{node.id}.log",
            )
            for node in new
        ]
        for process in formats:
            if process.wait(START_WITHIN) != 0:
                raise LocalKafkaError(
                    f"Kafka's data folder could not be formatted{process.last_words()}: see {process.log}"
                )

    def _wait_until_up(self) -> None:
        """Return when the controller knows every broker and the super user can log in."""
        until = time.monotonic() + START_WITHIN
        while True:
            self._check_alive()
            if all(checks.answers(HOST, node.port) for node in self._nodes):
                with contextlib.suppress(BrokerError), contextlib.closing(connect(self.admin).admin()) as admin:
                    if admin.brokers() == self._count:
                        return
            if time.monotonic() > until:
                raise LocalKafkaError(f"Kafka did not answer within {START_WITHIN:.0f} s: see {self.folder / 'logs'}")
            time.sleep(0.05)

    def _check_alive(self) -> None:
        for process in self._running.values():
            if not process.alive():
                raise LocalKafkaError(f"Kafka died while starting{process.last_words()}: see {process.log}")


def _new_cluster_id() -> str:
    """Make an id as Kafka does: a UUID in base64, none that a command line takes for an option."""
    while (made := urlsafe_b64encode(uuid.uuid4().bytes).decode("ascii").rstrip("=")).startswith("-"):
        pass
    return made
