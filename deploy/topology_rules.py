"""What a topology must keep, whatever its file says: a table of small named checks, each with the defect it finds.

The permissions of DESIGN section 6 stand here a second time, on purpose: the file says what is granted, this module
what may be granted at all.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, NamedTuple

from deploy.topology_model import Role

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from deploy.topology_model import Topology

FILE = "topology.yaml"
SUPER_USER = "admin"


class May(NamedTuple):
    """The roles that may write and read a topic."""

    write: frozenset[Role]
    read: frozenset[Role]


_COLLECTOR = frozenset({Role.COLLECTOR})
_TELEMETRY = May(_COLLECTOR, frozenset({Role.VALIDATOR, Role.ANALYTICS}))
TOPICS = {
    "telemetry.usage": _TELEMETRY,
    "telemetry.diagnostic": _TELEMETRY,
    "customer.content": May(_COLLECTOR, frozenset({Role.PRODUCT})),
    "ml.eligible": May(frozenset({Role.VALIDATOR}), frozenset({Role.ML, Role.ANALYTICS})),
    "quarantine": May(frozenset({Role.COLLECTOR, Role.VALIDATOR}), frozenset({Role.OPERATOR})),
}


class Defect(NamedTuple):
    """What a check found: where, what, and what to do."""

    path: str
    defect: str
    remedy: str


def forbidden_writer(topology: Topology) -> Iterator[Defect]:
    """A principal may write a topic that its role must never write."""
    for name, principal in topology.principals.items():
        for topic in principal.writes:
            may = TOPICS.get(topic)
            if may is not None and principal.role not in may.write:
                yield Defect(
                    f"$.principals.{name}.writes",
                    f"`{name}` ({principal.role}) may write {topic}, which is for {_list(may.write)} alone.",
                    "Take the topic out of its list.",
                )


def forbidden_reader(topology: Topology) -> Iterator[Defect]:
    """A principal may read a topic that its role must never read, such as an ML one customer.content."""
    for name, principal in topology.principals.items():
        for topic in principal.reads:
            may = TOPICS.get(topic)
            if may is not None and principal.role not in may.read:
                yield Defect(
                    f"$.principals.{name}.reads",
                    f"`{name}` ({principal.role}) may read {topic}, which is for {_list(may.read)} alone.",
                    "Take the topic out of its list.",
                )


def unknown_topic(topology: Topology) -> Iterator[Defect]:
    """A topic is declared or granted that no rule knows."""
    for topic in topology.topics:
        if topic not in TOPICS:
            yield Defect(
                f"$.topics.{topic}",
                f"No rule knows the topic {topic}, so nobody can say who may touch it.",
                "Correct the name, or give it its rule in deploy/topology_rules.py.",
            )
    for name, principal in topology.principals.items():
        for topic in (*principal.reads, *principal.writes):
            if topic not in topology.topics:
                yield Defect(
                    f"$.principals.{name}", f"`{name}` is granted {topic}, which is not declared.", "Correct the name."
                )


def missing_topic(topology: Topology) -> Iterator[Defect]:
    """One of Tidegate's topics is not declared."""
    for topic in TOPICS:
        if topic not in topology.topics:
            yield Defect("$.topics", f"The topic {topic} is missing.", "Declare it.")


def one_gate(topology: Topology) -> Iterator[Defect]:
    """There is not exactly one collector, or not exactly one validator, under its own name."""
    for role in (Role.COLLECTOR, Role.VALIDATOR):
        names = sorted(name for name, principal in topology.principals.items() if principal.role is role)
        if names != [role.value]:
            yield Defect(
                "$.principals",
                f"The role {role} belongs to {', '.join(names) or 'nobody'}; it is for the principal `{role}` alone.",
                "Give it to that one.",
            )


def super_user(topology: Topology) -> Iterator[Defect]:
    """The super user is named as a principal: no grant binds it."""
    if SUPER_USER in topology.principals:
        yield Defect(
            f"$.principals.{SUPER_USER}",
            f"`{SUPER_USER}` is the super user; no grant binds it.",
            "Choose another name.",
        )


def shared_group(topology: Topology) -> Iterator[Defect]:
    """Two principals may join one consumer group: either could commit the other's messages away."""
    for group, count in Counter(group for p in topology.principals.values() for group in p.groups).items():
        if count > 1:
            yield Defect("$.principals", f"The group {group} is granted {count} times.", "Give each its own group.")


def repeated_grant(topology: Topology) -> Iterator[Defect]:
    """A topic stands twice in one list."""
    for name, principal in topology.principals.items():
        for kind, topics in (("reads", principal.reads), ("writes", principal.writes)):
            for topic, count in Counter(topics).items():
                if count > 1:
                    yield Defect(f"$.principals.{name}.{kind}", f"{topic} stands there {count} times.", "Leave one.")


def idle_principal(topology: Topology) -> Iterator[Defect]:
    """A principal has a password and nothing it may do."""
    for name, principal in topology.principals.items():
        if not principal.reads and not principal.writes:
            yield Defect(f"$.principals.{name}", f"`{name}` is granted nothing.", "Grant something, or remove it.")


def senders_clock(topology: Topology) -> Iterator[Defect]:
    """A topic that must carry no bit of the producer's choice takes the producer's timestamps."""
    for topic in ("ml.eligible", "quarantine"):
        spec = topology.topics.get(topic)
        if spec is not None and spec.settings.message_timestamp_type != "LogAppendTime":
            yield Defect(
                f"$.topics.{topic}.settings",
                f"{topic} takes its producer's timestamps, which can carry bits of its choice.",
                "Set message.timestamp.type to LogAppendTime.",
            )


def recompressed(topology: Topology) -> Iterator[Defect]:
    """A broker compresses anew what comes: it decompresses for that without a bound, and a small batch can end it."""
    for name, spec in topology.topics.items():
        if spec.settings.compression_type != "producer":
            yield Defect(
                f"$.topics.{name}.settings",
                f"The broker would decompress what comes for {name} on its own heap, without a bound.",
                "Set compression.type to producer.",
            )


def unbounded_quarantine(topology: Topology) -> Iterator[Defect]:
    """Quarantine grows with whatever is refused, and has no bound in bytes."""
    spec = topology.topics.get("quarantine")
    if spec is not None and spec.settings.retention_bytes is None:
        yield Defect(
            "$.topics.quarantine.settings",
            "Whoever sends what is refused decides how much disk quarantine takes.",
            "Set retention.bytes.",
        )


CHECKS: dict[str, Callable[[Topology], Iterator[Defect]]] = {
    "topology/forbidden-writer": forbidden_writer,
    "topology/forbidden-reader": forbidden_reader,
    "topology/unknown-topic": unknown_topic,
    "topology/missing-topic": missing_topic,
    "topology/one-gate": one_gate,
    "topology/super-user": super_user,
    "topology/shared-group": shared_group,
    "topology/repeated-grant": repeated_grant,
    "topology/idle-principal": idle_principal,
    "topology/senders-clock": senders_clock,
    "topology/recompressed": recompressed,
    "topology/unbounded-quarantine": unbounded_quarantine,
}


def _list(roles: frozenset[Role]) -> str:
    return " and ".join(sorted(roles))
