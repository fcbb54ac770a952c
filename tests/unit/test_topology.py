"""The topology keeps DESIGN section 6, whatever its file says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from broker.port import Grant, Topic
from deploy import topology
from deploy.errors import Problem
from deploy.topology_model import Topology
from deploy.topology_rules import CHECKS, TOPICS
from schemas.textfile import read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

REAL: dict[str, Any] = read_yaml(topology.FILE, "topology.yaml")
PASSWORDS = dict.fromkeys(REAL["principals"], "p")


def changed(change: Callable[[dict[str, Any]], object]) -> Topology:
    """The real topology after a change, before any rule looked at it."""
    raw = read_yaml(topology.FILE, "topology.yaml")
    change(raw)
    return Topology.model_validate(raw)


def test_the_real_topology_keeps_every_rule() -> None:
    """The topology that we ship is read, and holds the topics of DESIGN section 6."""
    read = topology.read()
    assert set(read.topics) == set(TOPICS)
    assert set(read.principals) == {"collector", "validator", "analytics", "trainer", "product", "quarantine-operator"}


def test_only_the_validator_writes_ml_eligible() -> None:
    """Of all grants, the one that writes ml.eligible is the validator's; only product reads customer.content."""
    grants = topology.plan(topology.read(), 1).grants
    assert [g.principal for g in grants if g.name == "ml.eligible" and g.operation == "WRITE"] == ["validator"]
    assert [g.principal for g in grants if g.name == "customer.content" and g.operation == "READ"] == ["product"]
    assert [g.principal for g in grants if g.name == "quarantine" and g.operation == "READ"] == ["quarantine-operator"]
    for kind in ("telemetry.usage", "telemetry.diagnostic", "customer.content"):
        assert [g.principal for g in grants if g.name == kind and g.operation == "WRITE"] == ["collector"]


def _grant(name: str, kind: str, topic: str) -> Callable[[dict[str, Any]], object]:
    return lambda raw: raw["principals"][name].setdefault(kind, []).append(topic)


BROKEN: list[tuple[str, Callable[[dict[str, Any]], object], str]] = [
    *(
        ("topology/forbidden-writer", _grant(name, "writes", "ml.eligible"), "$.principals." + name)
        for name in ("collector", "analytics", "trainer", "product", "quarantine-operator")
    ),
    *(
        ("topology/forbidden-writer", _grant("validator", "writes", topic), "$.principals.validator")
        for topic in ("telemetry.usage", "telemetry.diagnostic", "customer.content")
    ),
    ("topology/forbidden-writer", _grant("analytics", "writes", "quarantine"), "$.principals.analytics"),
    *(
        ("topology/forbidden-reader", _grant(name, "reads", "customer.content"), "$.principals." + name)
        for name in ("collector", "validator", "analytics", "trainer", "quarantine-operator")
    ),
    ("topology/forbidden-reader", _grant("trainer", "reads", "telemetry.usage"), "$.principals.trainer"),
    *(
        ("topology/forbidden-reader", _grant(name, "reads", "quarantine"), "$.principals." + name)
        for name in ("collector", "validator", "analytics", "trainer", "product")
    ),
    ("topology/forbidden-reader", _grant("product", "reads", "ml.eligible"), "$.principals.product"),
    (
        "topology/unknown-topic",
        lambda raw: raw["topics"].update({"telemetry.extra": raw["topics"]["telemetry.usage"]}),
        "$.topics.telemetry.extra",
    ),
    ("topology/unknown-topic", _grant("trainer", "reads", "ml.eligibel"), "$.principals.trainer"),
    (
        "topology/missing-topic",
        lambda raw: (
            (raw["topics"].pop("quarantine"), raw["principals"].pop("quarantine-operator"))
            and [p["writes"].remove("quarantine") for p in raw["principals"].values() if "writes" in p]
        ),
        "$.topics",
    ),
    (
        "topology/one-gate",
        lambda raw: raw["principals"].update(extra=raw["principals"]["validator"] | {"groups": []}),
        "$",
    ),
    (
        "topology/one-gate",
        lambda raw: raw["principals"].update(gate=raw["principals"].pop("collector")),
        "$.principals",
    ),
    (
        "topology/super-user",
        lambda raw: raw["principals"].update(admin={"role": "ml", "reads": ["ml.eligible"]}),
        "$.principals.admin",
    ),
    ("topology/shared-group", lambda raw: raw["principals"]["trainer"].update(groups=["validator"]), "$.principals"),
    ("topology/repeated-grant", _grant("trainer", "reads", "ml.eligible"), "$.principals.trainer.reads"),
    ("topology/idle-principal", lambda raw: raw["principals"].update(idle={"role": "ml"}), "$.principals.idle"),
    *(
        (
            "topology/senders-clock",
            lambda raw, topic=topic: raw["topics"][topic]["settings"].pop("message.timestamp.type"),
            f"$.topics.{topic}.settings",
        )
        for topic in ("ml.eligible", "quarantine")
    ),
    *(
        (
            "topology/recompressed",
            lambda raw, codec=codec: raw["topics"]["telemetry.usage"]["settings"].update({"compression.type": codec}),
            "$.topics.telemetry.usage.settings",
        )
        for codec in ("uncompressed", "zstd")
    ),
    (
        "topology/unbounded-quarantine",
        lambda raw: raw["topics"]["quarantine"]["settings"].pop("retention.bytes"),
        "$.topics.quarantine.settings",
    ),
]


@pytest.mark.parametrize(("rule", "change", "path"), BROKEN)
def test_a_broken_rule_is_one_clear_finding(rule: str, change: Callable[[dict[str, Any]], object], path: str) -> None:
    """A topology that breaks a rule yields exactly that finding, with where it is and what to do."""
    (finding,) = topology.check(changed(change))
    assert finding.rule == rule
    assert finding.path.startswith(path)
    assert finding.defect
    assert finding.remedy


def test_every_rule_is_broken_once() -> None:
    """No rule goes without a topology in which it fires."""
    assert {rule for rule, _, _ in BROKEN} == set(CHECKS)


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("version: 1\nversion: 1\n", "structure/duplicate-key"),
        ("topics:\n  quarantine: 1\n  quarantine: 2\n", "structure/duplicate-key"),
        ("version: 1\ntopics: {}\nprincipals: {}\nextra: 1\n", "topology/structure"),
        ("version: 2\ntopics: {}\nprincipals: {}\n", "topology/structure"),
        ("version: 1\ntopics: {'*': {}}\nprincipals: {}\n", "topology/structure"),
        ("version: 1\ntopics: {}\nprincipals: {'../x': {role: ml}}\n", "topology/structure"),
        ("version: 1\ntopics: {}\nprincipals: {a: {role: root}}\n", "topology/structure"),
        ("version: 1\ntopics: {}\nprincipals: {a: {role: ml, reads: ['*']}}\n", "topology/structure"),
        ("version: 1\ntopics: {}\nprincipals: {}\n", "topology/missing-topic"),
    ],
)
def test_a_file_that_is_no_topology_is_refused(text: str, rule: str, tmp_path: Path) -> None:
    """A key twice, an unknown key, a wildcard or a strange name is refused as a whole, by file name and rule."""
    file = tmp_path / "mine.yaml"
    file.write_text(text, "utf-8")
    with pytest.raises(topology.TopologyInvalid, match=rule) as caught:
        topology.read(file)
    assert {finding.file for finding in caught.value.findings} == {"mine.yaml"}


@pytest.mark.parametrize(("nodes", "replicas", "in_sync"), [(1, 1, "1"), (2, 2, "1"), (3, 3, "2"), (5, 3, "2")])
def test_replication_follows_the_nodes(nodes: int, replicas: int, in_sync: str) -> None:
    """A topic has as many replicas as the cluster can hold, at most three, and one of them may be away."""
    topics = topology.plan(topology.read(), nodes).topics
    assert {topic.replication for topic in topics} == {replicas}
    assert {topic.settings["min.insync.replicas"] for topic in topics} == {in_sync}


def test_large_messages_are_for_content_and_quarantine() -> None:
    """Content and quarantine take 9 MiB a message, the others one."""
    sizes = {t.name: t.settings["max.message.bytes"] for t in topology.plan(topology.read(), 1).topics}
    assert {name for name, size in sizes.items() if size == "9437184"} == {"customer.content", "quarantine"}
    assert set(sizes.values()) == {"9437184", "1048576"}


class Cluster:
    """What an `Admin` holds, without Kafka; the same operations against Kafka itself are in tests/e2e."""

    def __init__(self, *grants: Grant) -> None:
        """Begin with somebody else's rules."""
        self.held: dict[str, Topic] = {}
        self.passwords: dict[str, str] = {}
        self.rules = set(grants)

    def topics(self) -> dict[str, Topic]:
        """Give the topics."""
        return dict(self.held)

    def create_topics(self, topics: Sequence[Topic]) -> list[str]:
        """Keep the topics; names those that differ."""
        new = [topic for topic in topics if self.held.get(topic.name) != topic]
        self.held.update({topic.name: topic for topic in new})
        return [topic.name for topic in new]

    def create_users(self, passwords: Mapping[str, str]) -> None:
        """Keep the passwords."""
        self.passwords.update(passwords)

    def users(self) -> set[str]:
        """Name the users."""
        return set(self.passwords)

    def grants(self) -> set[Grant]:
        """Give the rules."""
        return set(self.rules)

    def set_grants(self, grants: Sequence[Grant]) -> tuple[int, int]:
        """Replace the rules."""
        before, self.rules = self.rules, set(grants)
        return len(self.rules - before), len(before - self.rules)

    def brokers(self) -> int:
        """One node."""
        return 1

    def sizes(self) -> dict[str, int]:
        """Give nothing: nobody wrote."""
        return {}

    def purge(self, topic: str, before: int) -> int:
        """Delete nothing: nobody wrote."""
        del topic, before
        return 0

    def close(self) -> None:
        """Let go of nothing."""


def test_the_second_time_there_is_nothing_to_do() -> None:
    """Applying makes topics, users and grants; applying again changes nothing."""
    cluster, read = Cluster(), topology.read()
    first = topology.apply(cluster, read, PASSWORDS)
    assert set(first.topics) == set(TOPICS)
    assert set(first.users) == set(PASSWORDS)
    assert (first.added, first.removed) == (len(topology.plan(read, 1).grants), 0)
    assert first.changed
    assert not topology.apply(cluster, read, PASSWORDS).changed


def test_a_changed_retention_reaches_the_topic_that_is_there(tmp_path: Path) -> None:
    """Quarantine for three days: the next apply sets it on the live topic, and nothing else."""
    shorter, cluster = tmp_path / "topology.yaml", Cluster()
    text = topology.FILE.read_text("utf-8")
    shorter.write_text(text.replace("retention.ms: 1209600000", "retention.ms: 259200000"), "utf-8")
    topology.apply(cluster, topology.read(), PASSWORDS)
    assert topology.apply(cluster, topology.read(shorter), PASSWORDS).topics == ("quarantine",)
    settings = cluster.held["quarantine"].settings
    assert (settings["retention.ms"], settings["segment.ms"]) == ("259200000", "86400000")


def test_a_rule_too_many_on_ours_is_removed_and_others_stay() -> None:
    """A stranger's rule on our topic and our principal's rule elsewhere go; a stranger's own rules stay."""
    intruder = Grant("intruder", "WRITE", "TOPIC", "ml.eligible")
    grown = Grant("collector", "READ", "TOPIC", "elsewhere")
    thief = Grant("intruder", "READ", "GROUP", "validator")
    stranger = Grant("stranger", "READ", "TOPIC", "elsewhere")
    cluster, read = Cluster(intruder, grown, thief, stranger), topology.read()
    report = topology.apply(cluster, read, PASSWORDS)
    assert cluster.rules == {*topology.plan(read, 1).grants, stranger}
    assert report.removed == 3
    assert report.open_grants == ()


def test_a_strangers_rule_on_every_topic_is_reported() -> None:
    """A rule of somebody else's on all topics opens ours too: it is not deleted, it is told."""
    wild = Grant("stranger", "WRITE", "TOPIC", "*")
    cluster = Cluster(wild)
    assert topology.apply(cluster, topology.read(), PASSWORDS).open_grants == (wild,)
    assert wild in cluster.rules


def test_a_missing_credential_stops_before_anything_is_made() -> None:
    """Without every principal's password nothing is applied, and the missing ones are named."""
    cluster = Cluster()
    with pytest.raises(Problem, match="trainer"):
        topology.apply(cluster, topology.read(), {name: "p" for name in PASSWORDS if name != "trainer"})
    assert not cluster.held
