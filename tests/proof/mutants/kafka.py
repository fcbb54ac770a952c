"""Who may touch which topic, what the drivers are told, who holds which key, and what lies below the house."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

TOPOLOGY = ("tests/unit/test_topology.py",)
RULES = "deploy/topology_rules.py"
LOGS = ("tests/unit/test_broker_logs.py",)
FLOORS = ("tests/unit/test_floors.py",)
FLOOR = "tests/unit/test_floors.py"
INFLATE = ("tests/unit/test_broker_inflate.py",)
BATCHES = ("tests/unit/test_broker_batches.py",)
READING = "broker/kafka_python_records.py"
QUERY = ("tests/unit/test_consumers_query.py",)

MUTANTS: Final = (
    Mutant(
        "writer", "P9", "any principal may be granted writing ml.eligible", f"{RULES}:forbidden_writer",
        "principal.role not in may.write", "False", TOPOLOGY,
    ),
    Mutant(
        "reader", "P9", "an ML principal may be granted reading customer.content", f"{RULES}:forbidden_reader",
        "principal.role not in may.read", "False", TOPOLOGY,
    ),
    Mutant(
        "one-writer-of-ml", "P9", "the collector may write ml.eligible", f"{RULES}:TOPICS",
        '"ml.eligible": May(frozenset({Role.VALIDATOR})',
        '"ml.eligible": May(frozenset({Role.VALIDATOR, Role.COLLECTOR})', TOPOLOGY,
    ),
    Mutant(
        "content-readers", "P9", "a trainer may read customer.content", f"{RULES}:TOPICS",
        "May(_COLLECTOR, frozenset({Role.PRODUCT}))", "May(_COLLECTOR, frozenset({Role.PRODUCT, Role.ML}))", TOPOLOGY,
    ),
    Mutant(
        "quarantine-readers", "P9", "a service may read quarantine", f"{RULES}:TOPICS",
        "frozenset({Role.OPERATOR})", "frozenset({Role.OPERATOR, Role.VALIDATOR})", TOPOLOGY,
    ),
    Mutant(
        "topic-known", "P9", "a topic without a rule is made", f"{RULES}:unknown_topic",
        "if topic not in TOPICS:", "if False:", TOPOLOGY,
    ),
    Mutant(
        "gate-alone", "P9", "a second principal has the validator's role", f"{RULES}:one_gate",
        "names != [role.value]", "not names", TOPOLOGY,
    ),
    Mutant(
        "super-user", "P9", "a principal is the super user", f"{RULES}:super_user",
        "SUPER_USER in topology.principals", "False", TOPOLOGY,
    ),
    Mutant(
        "groups-apart", "P9", "one principal commits another's messages away", f"{RULES}:shared_group",
        "count > 1", "False", TOPOLOGY,
    ),
    Mutant(
        "broker-no-codec", "P10", "a batch of 6 KB, decompressed by the broker, ends Kafka", f"{RULES}:recompressed",
        'spec.settings.compression_type != "producer"', "False", TOPOLOGY,
    ),
    Mutant(
        "quarantine-bytes", "P11", "who sends what is refused fills the disk", f"{RULES}:unbounded_quarantine",
        "spec.settings.retention_bytes is None", "False", TOPOLOGY,
    ),
    Mutant(
        "bomb-gzip", "P11", "a bomb in gzip takes all memory", "broker/inflate.py:_gzip",
        "decompress(data, most + 1)", "decompress(data)", INFLATE,
    ),
    Mutant(
        "bomb-lz4", "P11", "a bomb in lz4 takes all memory", "broker/inflate.py:_lz4",
        "max_length=most + 1", "max_length=-1", INFLATE,
    ),
    Mutant(
        "bomb-zstd", "P11", "a bomb in zstd takes all memory", "broker/inflate.py:_zstd",
        "reader.read(most + 1)", "reader.read()", INFLATE,
    ),
    Mutant(
        "bomb-zstd-window", "P11", "a frame of zstd asks for any window", "broker/inflate.py:_zstd",
        "max_window_size=WINDOW", "", INFLATE,
    ),
    Mutant(
        "bomb-snappy", "P11", "a bomb in snappy takes all memory", "broker/inflate.py:_snappy",
        "if size > left:", "if False:", INFLATE,
    ),
    Mutant(
        "batch-bound", "P11", "a batch grows beyond what is allowed", "broker/inflate.py:inflated",
        "len(plain) > most", "False", INFLATE,
    ),
    Mutant(
        "batch-bad", "P10", "a batch that can't be read is asked for again, for ever", f"{READING}:Batch.__iter__",
        'why = "form"', "raise", BATCHES,
    ),
    Mutant(
        "batch-codec", "P10", "an unknown codec ends every service that reads", f"{READING}:Batch._open",
        'return "codec"', "raise", BATCHES,
    ),
    Mutant(
        "batch-checksum", "P10", "a batch whose checksum does not hold is asked for again, for ever",
        f"{READING}:Batch.validate_crc", "return True", "return self._is_whole", BATCHES,
    ),
    Mutant(
        "batch-headers", "P11", "a message of headers alone takes all memory", f"{READING}:Batch._read_msg",
        "length > LONG", "False", BATCHES,
    ),
    Mutant(
        "poll-bound", "P11", "many batches, each within its bound, take all memory", f"{READING}:Purse.pay",
        'self.left -= len(record.value or b"") + len(record.key or b"")', "pass", BATCHES,
    ),
    Mutant(
        "memory-told", "P10", "a want of memory is told as a broker that is away", "broker/patience.py:patiently",
        "isinstance(error, Exhausted)", "False", ("tests/unit/test_broker_patience.py",),
    ),
    Mutant(
        "sink-unreadable", "P10", "the bytes of a batch are taken for an event's", "consumers/sink/rows.py:Rows.of",
        "received.unreadable is not None", "False", ("tests/unit/test_sink_service.py",),
    ),
    Mutant(
        "broker-clock", "P5", "the producer chooses the timestamps of ml.eligible", f"{RULES}:senders_clock",
        'message_timestamp_type != "LogAppendTime"', "message_timestamp_type is None", TOPOLOGY,
    ),
    Mutant(
        "grants-exact", "P9", "a grant somebody added by hand stays", "deploy/topology.py:_is_ours",
        "grant.principal in target.users", "False", TOPOLOGY,
    ),
    Mutant(
        "grants-open", "P9", "a stranger's rule on every topic is not reported", "deploy/topology.py:apply",
        'grant.name == "*"', "False", TOPOLOGY,
    ),
    Mutant(
        "log-debug", "P7", "kafka-python's debug lines show keys and values",
        "broker/kafka_python_common.py:_NoContent.filter", "record.levelno < logging.INFO", "False", LOGS,
    ),
    Mutant(
        "log-bytes", "P7", "kafka-python's error lines show whole responses",
        "broker/kafka_python_common.py:_NoContent.filter", "isinstance(record.args, tuple)", "False", LOGS,
    ),
    Mutant(
        "log-children", "P7", "the filter binds kafka-python's root logger alone",
        "broker/kafka_python_common.py:quiet_logs", 'name.startswith("kafka.")', "False", LOGS,
    ),
    Mutant(
        "settings-silent", "P7", "a wrong setting is shown with its value", "broker/settings.py:KafkaSettings",
        "kafka_password: SecretStr | None", "kafka_password: str | None", ("tests/unit/test_broker_settings.py",),
    ),
    Mutant(
        "memory-rights", "P9", "the broker of the tests forgets rights, and with it every test that relies on them",
        "broker/memory_clients.py:MemoryProducer.produce",
        'self._view.check_may("WRITE", "TOPIC", message.topic)', "pass",
        ("tests/broker/test_contract_failures.py::test_a_forbidden_write_is_refused_by_the_broker[memory]",),
    ),
    Mutant(
        "one-key-each", "P8", "a service holds both pseudonym keys", "deploy/services.py:COLLECTOR",
        '"QUARANTINE_RECIPIENT_FILE": "recipient"', '"QUARANTINE_RECIPIENT_FILE": "recipient", "ML_KEY_FILE": "ml"',
        ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "up-hands-on", "P1", "`up` drops the collector's settings, those that guard its door too",
        "deploy/handed_on.py:handed_on", "if PREFIX + name in outer", "if False",
        ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "up-own-keys", "P8", "a key is set that `up` does not use, and nobody hears of it", "deploy/handed_on.py:check",
        "wanted.absolute() != own.absolute()", "False", ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "up-own-credentials", "P8", "the file of `up` gives the collector another Kafka user",
        "deploy/handed_on.py:check", 'if origins[name] == "file":', "if False:",
        ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "no-identity", "P8", "a service can open quarantine", "deploy/services.py:VALIDATOR",
        '"QUARANTINE_RECIPIENT_FILE": "recipient"', '"QUARANTINE_RECIPIENT_FILE": "identity"',
        ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "surroundings", "P8", "a service sees all of the environment, others' secrets too",
        "deploy/services.py:environment", "if name in SURROUNDINGS or name.startswith(own)", "if name",
        ("tests/unit/test_deploy_services.py",),
    ),
    Mutant(
        "secret-modes", "P8", "a secret that others may read is taken", "deploy/credentials.py:read_private",
        "mode & (stat.S_IRWXG | stat.S_IRWXO)", "False", ("tests/unit/test_deploy_credentials.py",),
    ),
    Mutant(
        "secret-mode-made", "P8", "a new secret may be read by others", "deploy/credentials.py:_aside",
        "0o600", "0o644", ("tests/unit/test_deploy_credentials.py",),
    ),
    Mutant(
        "keys-kept", "P8", "keys are written over", "deploy/keys.py:new",
        "if path.exists()", "if False", ("tests/unit/test_deploy_credentials.py",),
    ),
    Mutant(
        "query-no-files", "P13", "a query reads any file", "consumers/query.py:_LOCKS",
        "enable_external_access = false", "enable_external_access = true", QUERY,
    ),
    Mutant(
        "query-locked", "P13", "a query opens the lock again", "consumers/query.py:_LOCKS",
        "lock_configuration = true", "lock_configuration = false", QUERY,
    ),
    Mutant(
        "sink-no-content", "P13", "content put on a telemetry topic by hand becomes a row",
        "consumers/sink/rows.py:Rows._of",
        " or table.topic != received.topic", "", ("tests/unit/test_sink_rows.py", "tests/unit/test_sink_service.py"),
    ),
    Mutant(
        "sink-durable", "P10", "offsets are committed for rows that are not written",
        "consumers/sink/service.py:_Sink.flush",
        "for (table, _), rows in self",
        "self.consumer.commit(list(self.gathered.last.values()))\n        for (table, _), rows in self",
        ("tests/unit/test_sink_service.py",),
    ),
    Mutant(
        "floors", "P12", "a room imports one that is not below it", f"{FLOOR}:upward_or_sideways",
        "other not in BELOW[room]", "False", FLOORS,
    ),
    Mutant(
        "floors-apart", "P12", "the sink and the validator know each other", f"{FLOOR}:upward_or_sideways",
        "within(source, here) and within(target, there)", "False", FLOORS,
    ),
    Mutant(
        "one-door", "P12", "a foreign library comes in beside its door", f"{FLOOR}:beside_the_door",
        "for files in doors", "for files in [['*']]", FLOORS,
    ),
    Mutant(
        "no-import-by-name", "P12", "an import by name passes every rule", f"{FLOOR}:by_name",
        'target == "<by name>"', "False", FLOORS,
    ),
    Mutant(
        "imports-inside", "P12", "an import inside a function is not seen", f"{FLOOR}:imports",
        "in ast.walk(tree)", "in tree.body", FLOORS,
    ),
)  # fmt: skip
