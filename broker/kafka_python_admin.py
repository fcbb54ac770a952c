"""kafka-python's admin behind our port: topics, users, rules. Every call may be repeated."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from kafka import TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    AlterConfigOp,
    ConfigResource,
    ConfigResourceType,
    KafkaAdminClient,
    OffsetSpec,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
    ScramMechanism,
    UserScramCredentialUpsertion,
)
from kafka.errors import KafkaError, TopicAlreadyExistsError

from broker.kafka_python_common import settings
from broker.kafka_python_errors import ours
from broker.kafka_python_net import open_client
from broker.lease import within
from broker.port import Grant, Misused, Refused, Topic

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from broker.port import Connection

_EVERY_RULE = ACLFilter(
    None,
    None,
    ACLOperation.ANY,
    ACLPermissionType.ANY,
    ResourcePatternFilter(ResourceType.ANY, None, ACLResourcePatternType.ANY),
)
SCRAM_ITERATIONS = 8192


class KafkaPythonAdmin:
    """Creates what a topology asks for."""

    def __init__(self, connection: Connection) -> None:
        """Connect."""
        self._closed = False
        self._admin = open_client(KafkaAdminClient, settings(connection))

    def topics(self) -> dict[str, Topic]:
        """Existing topics with the settings of their own."""
        self._check_open()
        with ours("could not list topics"):
            described = [t for t in self._admin.describe_topics() if not t["is_internal"] and not t["error_code"]]
            names = [topic["name"] for topic in described]
            asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
            configs = self._admin.describe_configs(asked, config_filter="all").get("topic", {}) if asked else {}
        return {
            topic["name"]: Topic(
                topic["name"],
                partitions=len(topic["partitions"]),
                replication=len(topic["partitions"][0]["replica_nodes"]),
                settings={
                    key: config["value"]
                    for key, config in sorted(configs[topic["name"]].items())
                    if config["config_source"] == "DYNAMIC_TOPIC_CONFIG"
                },
            )
            for topic in described
        }

    def create_topics(self, topics: Sequence[Topic]) -> list[str]:
        """Create or mend; returns the names that changed."""
        existing = self.topics()
        return [topic.name for topic in topics if self._mend(topic, existing.get(topic.name))]

    def _mend(self, topic: Topic, found: Topic | None) -> bool:
        with ours(f"could not create or change the topic {topic.name}"):
            if found is None:
                self._create(topic)
                return True
            if found.partitions > topic.partitions:
                raise Misused(f"topic {topic.name} has {found.partitions} partitions, which cannot become fewer")
            if found.partitions < topic.partitions:
                self._admin.create_partitions({topic.name: topic.partitions})
                self._admin.wait_for_topics([topic.name])
            set_to: dict[str, Any] = dict(topic.settings)
            set_to |= dict.fromkeys(found.settings.keys() - topic.settings.keys(), (AlterConfigOp.DELETE, None))
            if dict(found.settings) != dict(topic.settings):
                answer = self._admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic.name, set_to)])
                if answer["topic"][topic.name] != "OK":
                    raise Misused(f"the broker does not take these settings of topic {topic.name}")
        return found.partitions != topic.partitions or dict(found.settings) != dict(topic.settings)

    def _create(self, topic: Topic) -> None:
        wish = {
            "num_partitions": topic.partitions,
            "replication_factor": topic.replication,
            "configs": dict(topic.settings),
        }
        try:
            self._admin.create_topics({topic.name: wish})
        except TopicAlreadyExistsError:
            return
        finally:
            self._admin.wait_for_topics([topic.name])

    def create_users(self, passwords: Mapping[str, str]) -> None:
        """Create users or set their passwords anew."""
        self._check_open()
        with ours("could not create users"):
            upserts = [
                UserScramCredentialUpsertion(name, ScramMechanism.SCRAM_SHA_512, password, iterations=SCRAM_ITERATIONS)
                for name, password in passwords.items()
            ]
            answers = self._admin.alter_user_scram_credentials(upserts) if upserts else {}
        for name, error in answers.items():
            if error is not None:
                raise Refused(f"the broker does not take the user {name}")

    def users(self) -> set[str]:
        """Names of the SCRAM users."""
        self._check_open()
        with ours("could not list users"):
            return set(self._admin.describe_user_scram_credentials())

    def grants(self) -> set[Grant]:
        """Every ALLOW rule on a literal resource."""
        return {grant for rule in self._rules() if (grant := _grant(rule)) is not None}

    def set_grants(self, grants: Sequence[Grant]) -> tuple[int, int]:
        """Make the rules exactly these; a rule that is no `Grant` (a DENY, a prefix, a host) goes too."""
        rules = {rule: _grant(rule) for rule in self._rules()}
        surplus = [rule for rule, grant in rules.items() if grant is None or grant not in set(grants)]
        missing = sorted(set(grants) - set(rules.values()))
        with ours("could not set the rules"):
            if missing:
                failed = self._admin.create_acls([_rule(grant) for grant in missing])["failed"]
                _raise_first(failed)
            if surplus:
                _raise_first([error for _, _, error in self._admin.delete_acls(surplus)])
        return len(missing), len(surplus)

    def brokers(self) -> int:
        """Count the brokers that are up."""
        self._check_open()
        with ours("could not list brokers"):
            return len(self._admin.describe_cluster()["brokers"])

    def sizes(self) -> dict[str, int]:
        """Messages held, per topic."""
        places = [TopicPartition(t.name, number) for t in self.topics().values() for number in range(t.partitions)]
        if not places:
            return {}
        with ours("could not tell sizes"):
            first = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.EARLIEST))
            last = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
        sizes: dict[str, int] = {}
        for place in places:
            sizes[place.topic] = sizes.get(place.topic, 0) + last[place].offset - first[place].offset
        return sizes

    def purge(self, topic: str, before: int) -> int:
        """Delete what is older."""
        self._check_open()
        known = self.topics().get(topic)
        if known is None:
            raise Misused(f"there is no topic {topic}")
        places = [TopicPartition(topic, number) for number in range(known.partitions)]
        held = self.sizes()[topic]
        with ours("could not purge"):
            found = self._admin.list_partition_offsets(dict.fromkeys(places, before))
            ends = self._admin.list_partition_offsets(dict.fromkeys(places, OffsetSpec.LATEST))
            upto = {p: found[p].offset if found[p].offset >= 0 else ends[p].offset for p in places}  # -1: all are older
            self._admin.delete_records(upto)
        return max(0, held - self.sizes()[topic])

    def close(self) -> None:
        """Let go."""
        if not self._closed:
            self._closed = True
            within(5.0, self._admin.close)

    def _rules(self) -> list[ACL]:
        self._check_open()
        with ours("could not list the rules"):
            rules, _ = self._admin.describe_acls(_EVERY_RULE)
        return cast("list[ACL]", rules)

    def _check_open(self) -> None:
        if self._closed:
            raise Misused("this admin is closed")


def _grant(rule: ACL) -> Grant | None:
    """Give the rule as a grant, or None when it is none."""
    on = rule.resource_pattern
    if rule.permission_type != ACLPermissionType.ALLOW or on.pattern_type != ACLResourcePatternType.LITERAL:
        return None
    if rule.host != "*" or not rule.principal.startswith("User:"):
        return None
    return Grant(rule.principal.removeprefix("User:"), rule.operation.name, on.resource_type.name, on.resource_name)


def _rule(grant: Grant) -> ACL:
    pattern = ResourcePattern(ResourceType[grant.resource], grant.name, ACLResourcePatternType.LITERAL)
    return ACL(f"User:{grant.principal}", "*", ACLOperation[grant.operation], ACLPermissionType.ALLOW, pattern)


def _raise_first(errors: Sequence[type[KafkaError]]) -> None:
    for error in errors:
        if getattr(error, "errno", 0):
            raise error
