"""`tidegate up` as a library: Kafka, collector, validator and sink together, each with its own credential and keys."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Literal, Self

from broker.connect import connect
from deploy import cluster, credentials, keys, topology
from deploy.child import Spec
from deploy.errors import Problem
from deploy.folder import Folder
from deploy.lock import Lock
from deploy.ports import free
from deploy.services import COLLECTOR, SERVICES, Service, environment
from deploy.states import explained
from deploy.supervisor import Policy, Supervisor

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from broker.port import Broker
    from deploy.cluster import Kafka
    from deploy.states import ServiceState

COLLECTOR_PORT = 4318
MOST_WORKERS = 64


def _say_nothing(_: str) -> None:
    pass


class Stack:
    """One stack on one data folder; a context manager. Port 0 takes a free one, and so does no Kafka port."""

    def __init__(
        self,
        data_dir: Path,
        nodes: int = 1,
        *,
        kafka_port: int | None = None,
        collector_port: int = COLLECTOR_PORT,
        grpc_port: int | Literal["off"] = 0,
        host: str = "127.0.0.1",
        workers: int = 1,
        catalog: Path | None = None,
        settings: Mapping[str, str] | None = None,
        config: Path | None = None,
        tls: bool = False,
        tell: Callable[[str], None] = _say_nothing,
        policy: Policy | None = None,
        services: Sequence[Service] = SERVICES,
    ) -> None:
        """Keep the wishes; nothing is written or started before `start`. `tell` is called from other threads too.

        `settings` are variables for the collector, without their prefix; `config` is its settings file; with `tls` one
        of the two switches TLS on.
        """
        self.folder = Folder(data_dir.absolute())
        self._nodes, self._kafka_port = nodes, kafka_port
        self._host, self._port, self._grpc_port, self._workers = host, collector_port, grpc_port, workers
        self._settings, self._config, self._tls = dict(settings or {}), config, tls
        self._catalog = catalog.absolute() if catalog else None
        self._tell, self._policy, self._services = tell, policy, services
        self._open = contextlib.ExitStack()
        self._lock: Lock | None = None
        self._kafka: Kafka | None = None
        self._supervisor: Supervisor | None = None
        self._passwords: dict[str, str] = {}

    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return self._running.admin.bootstrap

    @property
    def collector_url(self) -> str:
        """Where the collector takes OTLP/HTTP; an SDK appends /v1/logs."""
        host = f"[{self._host}]" if ":" in self._host else self._host
        return f"http{'s' if self._tls else ''}://{host}:{self._port}"

    @property
    def grpc_address(self) -> str:
        """Where the collector takes OTLP/gRPC; empty where it does not."""
        if self._grpc_port == "off":
            return ""
        return f"{self._host}:{self._grpc_port}"

    @property
    def _running(self) -> Kafka:
        if self._kafka is None:
            raise Problem("the stack is not up")
        return self._kafka

    def start(self) -> None:
        """Start everything, return when every service is ready.

        Raises:
            AlreadyUp, Problem, BrokerError: with what to do about it; nothing is left running.
        """
        try:
            self._start()
        except BaseException:
            self.stop()
            raise

    def _start(self) -> None:
        self._lock = Lock(self.folder.stack)
        self._open.callback(self._lock.release)
        self._port = free(self._host, self._port, "--port")
        if self._grpc_port != "off":
            self._grpc_port = free(self._host, self._grpc_port, "--grpc-port")
        made = keys.ensure(self.folder.keys)
        self._kafka = kafka = self._open.enter_context(
            cluster.opened(self.folder, self._nodes, self._kafka_port, self._tell)
        )
        self._lock.tell(bootstrap=kafka.admin.bootstrap, local=not kafka.elsewhere, collector_url=self.collector_url)
        self._tell(f"Kafka is ready at {kafka.admin.bootstrap}")
        self._apply_topology(kafka)
        self._supervisor = Supervisor(
            [self._spec(service, made) for service in self._services], self._tell, self._policy
        )
        self._open.callback(self._supervisor.stop)
        self._supervisor.start()
        self._lock.tell(phase="up", restarts={service.name: 0 for service in self._services})

    def stop(self) -> None:
        """Stop everything, services first; harmless when nothing runs."""
        if self._lock is not None:
            self._lock.tell(phase="stopping")
            self._lock = None
        self._open.close()
        self._kafka = None

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Stop."""
        self.stop()

    def check(self) -> None:
        """Raise `Problem` when the stack can't go on: a service that keeps dying, or Kafka gone."""
        if self._supervisor is None or self._lock is None:
            raise Problem("the stack is not up")
        if self._supervisor.failed is not None:
            raise self._supervisor.failed
        if not self._running.alive():
            raise Problem(f"Kafka died: see {self.folder.kafka / 'logs'}")
        restarts = {name: state.restarts for name, state in self.services().items()}
        if restarts != self._lock.state.restarts:
            self._lock.tell(restarts=restarts)

    def broker(self, principal: str) -> Broker:
        """Give a principal's way to Kafka; `admin` is the super user."""
        kafka = self._running
        if principal == kafka.admin.username:
            return connect(kafka.admin, kafka.driver)
        if principal not in self._passwords:
            raise Problem(f"no principal {principal}: topology.yaml names {', '.join(sorted(self._passwords))}")
        return connect(kafka.connection(principal, self._passwords[principal]), kafka.driver)

    def services(self) -> dict[str, ServiceState]:
        """Tell how each service is."""
        states = {} if self._supervisor is None else self._supervisor.states()
        return {name: explained(state, self.folder) for name, state in states.items()}

    def counts(self) -> dict[str, dict[str, int]]:
        """Tell each service's counts since it was started, as of its newest beat."""
        return {name: dict(state.counts) for name, state in self.services().items()}

    def kill(self, service: str) -> None:
        """Kill a service at once, as a crash would; it is started again."""
        if self._supervisor is None:
            raise Problem("the stack is not up")
        self._supervisor.kill(service)

    def _apply_topology(self, kafka: Kafka) -> None:
        wanted = topology.read()
        self._passwords = credentials.ensure(self.folder.credentials, wanted.principals)
        with contextlib.closing(connect(kafka.admin, kafka.driver).admin()) as admin:
            report = topology.apply(admin, wanted, self._passwords)
        if report.open_grants:
            raise Problem(topology.too_open(report))
        self._tell(f"topology: {report}")

    def _spec(self, service: Service, made: keys.Keys) -> Spec:
        ports = {"PORT": str(self._port), "GRPC_PORT": str(self._grpc_port)}
        own = {**self._settings, "HOST": self._host, **ports, "WORKERS": str(self._workers)}
        kafka = self._running
        given = environment(
            service,
            self.folder,
            made,
            bootstrap=kafka.admin.bootstrap,
            elsewhere=kafka.elsewhere,
            catalog=self._catalog,
            more=own if service is COLLECTOR else {},
        )
        config = ("--config", str(self._config)) if self._config and service is COLLECTOR else ()
        return Spec(
            service.name,
            (*service.command(), *config),
            given,
            self.folder.log(service.name),
            self.folder.beat(service.name),
        )
