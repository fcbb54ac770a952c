"""The topology: read it, check it, plan it for a cluster, apply it. Applying twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from pydantic import ValidationError

from broker.port import Grant, Topic
from deploy.errors import Problem
from deploy.topology_model import Settings, Topology
from deploy.topology_rules import CHECKS
from schemas.findings import Finding
from schemas.textfile import Unreadable, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from broker.port import Admin

FILE = Path(__file__).with_name("topology.yaml")


class TopologyInvalid(Problem):
    """The topology can't be used; `findings` says everything that is wrong with it."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        """Sort the findings and put one a line."""
        self.findings = tuple(sorted(findings))
        super().__init__("\n".join(map(str, self.findings)))


class Plan(NamedTuple):
    """What a cluster should hold."""

    topics: tuple[Topic, ...]
    users: tuple[str, ...]
    grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True)
class Report:
    """What applying changed. `open_grants` are rules on every topic (`*`) that others made: they open ours too."""

    topics: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    added: int = 0
    removed: int = 0
    open_grants: tuple[Grant, ...] = field(default=())

    @property
    def changed(self) -> bool:
        """False when there was nothing to do."""
        return bool(self.topics or self.users or self.added or self.removed)

    def __str__(self) -> str:
        """One line for people."""
        if not self.changed:
            return "nothing to do"
        parts = (
            (len(self.topics), "topics made or changed"),
            (len(self.users), "users made"),
            (self.added, "grants added"),
            (self.removed, "grants removed"),
        )
        return ", ".join(f"{count} {what}" for count, what in parts if count)


def read(path: Path = FILE) -> Topology:
    """Read a topology that keeps every rule.

    Raises:
        TopologyInvalid: with everything that is wrong.
    """
    try:
        topology = Topology.model_validate(read_yaml(path, path.name))
    except Unreadable as error:
        raise TopologyInvalid([error.finding]) from None
    except ValidationError as error:
        raise TopologyInvalid(_structure(error, path.name)) from None
    if findings := check(topology, path.name):
        raise TopologyInvalid(findings)
    return topology


def check(topology: Topology, file: str = FILE.name) -> list[Finding]:
    """Find what breaks a rule."""
    return [
        Finding(file, found.path, rule, found.defect, found.remedy)
        for rule, find in CHECKS.items()
        for found in find(topology)
    ]


def _structure(error: ValidationError, file: str) -> list[Finding]:
    return [
        Finding(
            file,
            ".".join(["$", *map(str, detail["loc"])]),
            "topology/structure",
            f"{detail['msg']}.",
            "See deploy/topology_model.py for what may stand there.",
        )
        for detail in error.errors(include_input=False, include_url=False, include_context=False)
    ]


def plan(topology: Topology, nodes: int) -> Plan:
    """Say what a cluster of `nodes` nodes should hold."""
    topics = tuple(
        Topic(name, spec.partitions, replicas, _settings(spec.settings, replicas))
        for name, spec in topology.topics.items()
        for replicas in [min(spec.replication, nodes)]
    )
    grants = tuple(
        sorted(
            grant
            for name, principal in topology.principals.items()
            for grant in (
                *(Grant(name, "READ", "TOPIC", topic) for topic in principal.reads),
                *(Grant(name, "WRITE", "TOPIC", topic) for topic in principal.writes),
                *(Grant(name, "READ", "GROUP", group) for group in principal.groups),
            )
        )
    )
    return Plan(topics, tuple(topology.principals), grants)


def _settings(settings: Settings, replicas: int) -> dict[str, str]:
    values = {name: str(value) for name, value in settings.model_dump(by_alias=True, exclude_none=True).items()}
    values["min.insync.replicas"] = str(min(settings.min_insync_replicas, max(1, replicas - 1)))
    return values


def apply(admin: Admin, topology: Topology, credentials: Mapping[str, str]) -> Report:
    """Bring a cluster to the topology: topics, then users with these passwords, then exactly these grants.

    Passwords are set every time, since a cluster doesn't tell whether it has the same; rules on topics, groups and
    principals that are none of ours stay as they are.
    """
    target = plan(topology, admin.brokers())
    if missing := sorted(set(target.users) - credentials.keys()):
        raise Problem(f"no credential for {', '.join(missing)}: run `tidegate topology apply`, which makes them")
    topics = admin.create_topics(target.topics)
    known = admin.users()
    admin.create_users({name: credentials[name] for name in target.users})
    foreign = [grant for grant in admin.grants() if not _is_ours(grant, target)]
    added, removed = admin.set_grants([*target.grants, *foreign])
    return Report(
        topics=tuple(sorted(topics)),
        users=tuple(name for name in target.users if name not in known),
        added=added,
        removed=removed,
        open_grants=tuple(sorted(grant for grant in foreign if grant.resource == "TOPIC" and grant.name == "*")),
    )


def _is_ours(grant: Grant, target: Plan) -> bool:
    """Tell whether a rule is for the topology to decide: it names a topic, group or principal of ours."""
    return (
        grant.principal in target.users
        or (grant.resource == "TOPIC" and grant.name in {topic.name for topic in target.topics})
        or (grant.resource == "GROUP" and grant.name in {own.name for own in target.grants if own.resource == "GROUP"})
    )


def too_open(report: Report) -> str:
    """Say which rules of others open our topics too, and what to do."""
    who = ", ".join(f"{grant.principal} may {grant.operation}" for grant in report.open_grants)
    return f"the cluster has rules on every topic (`*`), which open ours too: {who}; remove them, then try again"
