"""What a local cluster looks like: its nodes, their ports and their settings. Values only, nothing is started."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

HOST = "127.0.0.1"
SUPER_USER = "admin"


@dataclass(frozen=True, slots=True)
class Node:
    """One combined broker and controller; `folder` holds its log, settings and data."""

    id: int
    port: int
    controller_port: int
    folder: Path

    @property
    def settings(self) -> Path:
        """Its server.properties: holds the super user's password, mode 0600."""
        return self.folder / "server.properties"

    @property
    def data(self) -> Path:
        """Where Kafka keeps its logs."""
        return self.folder / "data"


def server_properties(node: Node, nodes: Sequence[Node], password: str, given: Mapping[str, str] | None = None) -> str:
    """Render a node's settings.

    One SASL listener serves clients and brokers (SCRAM-SHA-512); the controller's, also on loopback, takes PLAIN with
    the super user's password alone, since SCRAM users are known only once a controller leads. No way in around ACLs.
    """
    replicas = min(3, len(nodes))
    in_sync = 2 if replicas > 2 else 1  # noqa: PLR2004 - three copies can spare one
    account = f'username="{SUPER_USER}" password="{password}"'
    scram = f"org.apache.kafka.common.security.scram.ScramLoginModule required {account};"
    plain = (
        f'org.apache.kafka.common.security.plain.PlainLoginModule required {account} user_{SUPER_USER}="{password}";'
    )
    settings = {
        "process.roles": "broker,controller",
        "node.id": node.id,
        "controller.quorum.voters": ",".join(f"{n.id}@{HOST}:{n.controller_port}" for n in nodes),
        "log.dirs": node.data,
        # Who may come in, and how
        "listeners": f"CLIENT://{HOST}:{node.port},CONTROLLER://{HOST}:{node.controller_port}",
        "advertised.listeners": f"CLIENT://{HOST}:{node.port}",
        "inter.broker.listener.name": "CLIENT",
        "controller.listener.names": "CONTROLLER",
        "listener.security.protocol.map": "CLIENT:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT",
        "sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "sasl.mechanism.inter.broker.protocol": "SCRAM-SHA-512",
        "sasl.mechanism.controller.protocol": "PLAIN",
        "listener.name.client.sasl.enabled.mechanisms": "SCRAM-SHA-512",
        "listener.name.client.scram-sha-512.sasl.jaas.config": scram,
        "listener.name.controller.sasl.enabled.mechanisms": "PLAIN",
        "listener.name.controller.plain.sasl.jaas.config": plain,
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{SUPER_USER}",
        "auto.create.topics.enable": "false",
        # How many copies
        "default.replication.factor": replicas,
        "min.insync.replicas": in_sync,
        "offsets.topic.replication.factor": replicas,
        "transaction.state.log.replication.factor": replicas,
        "transaction.state.log.min.isr": in_sync,
        "share.coordinator.state.topic.replication.factor": replicas,
        "share.coordinator.state.topic.min.isr": in_sync,
        # Small and quick: one machine, few clients
        "offsets.topic.num.partitions": 4,
        "transaction.state.log.num.partitions": 4,
        "share.coordinator.state.topic.num.partitions": 4,
        "group.initial.rebalance.delay.ms": 0,
        "num.network.threads": 2,
        "num.io.threads": 4,
        "background.threads": 2,
        "num.recovery.threads.per.data.dir": 1,
        "log.cleaner.dedupe.buffer.size": 16 * 1024 * 1024,
        "group.coordinator.threads": 1,
        # Nine seconds by default: so long would a dead node be missed, and one that crashed be kept from coming back
        "broker.session.timeout.ms": 3000,
        "broker.heartbeat.interval.ms": 500,
    }
    return "".join(f"{key}={value}\n" for key, value in {**settings, **(given or {})}.items())
