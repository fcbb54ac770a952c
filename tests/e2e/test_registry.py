"""Our topics, decoded by other people's clients through the registry: no client of ours is involved in the decoding."""

from __future__ import annotations

import base64
import contextlib
import json
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import DeserializingConsumer, TopicPartition
from confluent_kafka.schema_registry import (
    SchemaRegistryClient,
    SchemaRegistryError,
    topic_record_subject_name_strategy,
)
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from broker.connect import connect
from broker.port import Connection, Message, Received
from tests.conftest import Kafka
from tests.unit.gate_samples import catalogue, decoded
from tests.unit.registry_samples import CALL_ENDED, TOPICS, dated, golden, one_each

pytestmark = pytest.mark.e2e
ROOT = Path(__file__).parents[2]
TRAINING = "train_ai_system"
PACKAGE = "@kafkajs/confluent-schema-registry@3"
OFFLINE = ("ENOTFOUND", "EAI_AGAIN", "ECONNREFUSED", "ECONNRESET", "ENETUNREACH", "ETIMEDOUT", "ERR_SOCKET_TIMEOUT")
DECODE = """
const { SchemaRegistry } = require('@kafkajs/confluent-schema-registry');
const messages = require('fs').readFileSync(0, 'utf8').split('\\n');
const hex = (key, value) => value && value.type === 'Buffer' ? Buffer.from(value.data).toString('hex') : value;
(async () => {
  const registry = new SchemaRegistry({ host: process.argv[1] });
  for (const message of messages)
    console.log(JSON.stringify(await registry.decode(Buffer.from(message, 'base64')), hex));
})();
"""
Client = Iterator[SchemaRegistryClient]


@contextlib.contextmanager
def command(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run `tidegate registry` as a process; it is gone afterwards."""
    start = "from deploy.commands.registry import command; command()"
    arguments = [sys.executable, "-P", "-c", start, *options]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603 - our own interpreter
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The shipped catalogue's registry, served by the command; told to stop, it ends well."""
    with command("--port", "0") as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        told = re.fullmatch(
            r"registry: serving \d+ schemas of \d+ subjects on (http://127\.0\.0\.1:\d+), read-only\n", line
        )
        assert told is not None, line
        yield told[1]
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=10) == 0
        assert process.stderr.read() == ""


@pytest.fixture(scope="module")
def client(url: str) -> Client:
    """Confluent's own client of it."""
    with SchemaRegistryClient({"url": url}) as opened:
        yield opened


def wanted(message: Received) -> dict[str, Any]:
    """Decode with the frozen text and our own codec: what others must come to."""
    value = message.value or b""
    return dict(dated(catalogue().schemas[int.from_bytes(value[1:5])].avro, decoded(value)))


def test_the_samples_are_of_every_topic_and_event() -> None:
    """The golden cases fill each topic; the messages of every event cover each current schema."""
    assert {message.topic for message in golden()} == set(TOPICS)
    current = set()
    for plan in catalogue().plans.values():
        current |= {plan.schema_id} | ({plan.ml_schema_id} if TRAINING in plan.avro["tidegate"]["purposes"] else set())
    assert {int.from_bytes((message.value or b"")[1:5]) for message in one_each()} == current


@pytest.mark.parametrize("topic", TOPICS)
def test_confluent_s_deserializer_decodes_every_topic(topic: str, client: SchemaRegistryClient) -> None:
    """AvroDeserializer reads each message of a topic, golden ones and one of every event, to the values we wrote."""
    deserialize = AvroDeserializer(client)
    messages = [message for message in (*golden(), *one_each()) if message.topic == topic]
    assert messages
    for message in messages:
        assert deserialize(message.value, SerializationContext(topic, MessageField.VALUE)) == wanted(message)


def test_the_client_finds_its_way(client: SchemaRegistryClient) -> None:
    """Confluent's client lists, looks up and reads with its own methods."""
    assert CALL_ENDED in client.get_subjects()
    latest = client.get_latest_version(CALL_ENDED)
    assert client.get_versions(CALL_ENDED)[-1] == latest.version
    schema = client.get_schema(latest.schema_id or 0)
    assert schema.schema_str == latest.schema.schema_str
    found = client.lookup_schema(CALL_ENDED, schema)
    assert (found.schema_id, found.version) == (latest.schema_id, latest.version)
    assert client.get_version(CALL_ENDED, latest.version or 0).schema_id == latest.schema_id
    assert client.get_global_mode() == client.get_mode(CALL_ENDED) == "READONLY"
    assert client.get_compatibility(CALL_ENDED) == client.get_compatibility() == "FULL_TRANSITIVE"
    assert client.get_contexts() == ["."]


def test_a_client_that_would_write_is_told_how(client: SchemaRegistryClient) -> None:
    """Registering, deleting, configuring: Confluent's client raises its own error with our sentence."""
    schema = client.get_schema(client.get_latest_version(CALL_ENDED).schema_id or 0)
    writes: list[Callable[[], object]] = [
        lambda: client.register_schema(f"{CALL_ENDED}2", schema),
        lambda: client.delete_subject(CALL_ENDED),
        lambda: client.set_compatibility(CALL_ENDED, "NONE"),
        lambda: client.update_global_mode("READWRITE"),
    ]
    for write in writes:
        with pytest.raises(SchemaRegistryError, match="tidegate register") as told:
            write()
        assert (told.value.http_status_code, told.value.error_code) == (405, 42205)


def test_a_serializer_that_does_not_register_writes_what_we_read(client: SchemaRegistryClient) -> None:
    """AvroSerializer, told to look up only, frames with the registered id, whichever text it is given."""
    [message] = [each for each in one_each() if each.topic == "telemetry.usage" and "reason" in wanted(each)][:1]
    number = int.from_bytes((message.value or b"")[1:5])
    config = {"auto.register.schemas": False, "subject.name.strategy": topic_record_subject_name_strategy}
    for text in (catalogue().schemas[number].text, client.get_schema(number).schema_str):
        serialize = AvroSerializer(client, text, conf=config)
        assert serialize(wanted(message), SerializationContext(message.topic, MessageField.VALUE)) == message.value


@pytest.mark.kafka
def test_confluent_s_consumer_decodes_from_real_kafka(
    kafka: Kafka,
    client: SchemaRegistryClient,
    new_topic: Callable[..., str],
    new_user: Callable[..., Connection],
    unique: Callable[[str], str],
) -> None:
    """Messages of all five topics, through real Kafka, read by Confluent's consumer as a user who may only read."""
    names = {topic: new_topic(topic) for topic in TOPICS}
    with connect(kafka.admin) as broker, contextlib.closing(broker.producer()) as producer:
        producer.produce([Message(names[each.topic], each.value, each.key) for each in golden()], timeout=30)
    group = unique("reader")  # never joined, but librdkafka asks for its coordinator, and its poll raises a refusal
    reader = new_user(("READ", "GROUP", group), *(("READ", "TOPIC", name) for name in names.values()))
    consumer = DeserializingConsumer(
        {
            "bootstrap.servers": reader.bootstrap,
            "security.protocol": reader.security_protocol,
            "sasl.mechanism": reader.mechanism,
            "sasl.username": reader.username,
            "sasl.password": reader.password,
            "group.id": group,
            "enable.auto.commit": False,
            "value.deserializer": AvroDeserializer(client),
        }
    )
    found: dict[str, list[Any]] = {topic: [] for topic in TOPICS}
    topic_of = {name: topic for topic, name in names.items()}
    with contextlib.closing(consumer):
        consumer.assign([TopicPartition(name, 0, 0) for name in names.values()])
        for _ in golden():
            message = consumer.poll(30)
            assert message is not None, "not every message was read"
            found[topic_of[message.topic() or ""]].append(message.value())
    for topic in TOPICS:
        assert found[topic] == [wanted(message) for message in golden() if message.topic == topic]


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the KafkaJS registry client, fetched with npm; skips where node, npm or the network is not."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    folder = tmp_path_factory.mktemp("node")
    options = ["--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--fetch-retries=0"]
    try:
        fetched = subprocess.run(  # noqa: S603 - the npm of this machine
            [npm, "install", *options, PACKAGE], cwd=folder, capture_output=True, text=True, timeout=60, check=False
        )
    except subprocess.TimeoutExpired:
        pytest.skip("npm did not fetch the KafkaJS client within a minute")
    if any(code in fetched.stderr for code in OFFLINE):
        pytest.skip("npm has no network")
    assert fetched.returncode == 0, fetched.stderr
    return folder


def test_kafkajs_decodes_every_topic(node: Path, url: str) -> None:
    """The KafkaJS client, avsc under it, reads the golden messages of every topic to the values we wrote."""
    told = decoded_by_node(node, url, [message.value or b"" for message in golden()])
    assert told == [plain(decoded(message.value or b"")) for message in golden()]


def decoded_by_node(folder: Path, url: str, messages: Sequence[bytes]) -> list[Any]:
    """Decode messages with the KafkaJS client."""
    done = subprocess.run(  # noqa: S603 - the node of this machine
        [str(shutil.which("node")), "-e", DECODE, url],
        cwd=folder,
        input="\n".join(base64.b64encode(message).decode() for message in messages),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def plain(value: Any) -> Any:  # noqa: ANN401 - a decoded Avro value, as JSON
    """Give a value as JavaScript tells it: bytes in hex."""
    if isinstance(value, dict):
        return {name: plain(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [plain(inner) for inner in value]
    return value.hex() if isinstance(value, bytes) else value


def test_a_taken_port_is_one_line() -> None:
    """A port that is taken ends the command with exit code 2 and one line that says what to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken, command("--port", str(taken.getsockname()[1])) as process:
        assert process.wait(timeout=20) == 2
        assert process.stderr is not None
        line = process.stderr.read()
    assert re.fullmatch(r"Error: cannot listen on 127\.0\.0\.1:\d+: .*choose another port.*\n", line)


def test_an_empty_registry_is_one_line(tmp_path: Path) -> None:
    """A catalogue in which nothing is registered ends the command with exit code 2 and says what to run."""
    with command("--catalog", str(tmp_path)) as process:
        assert process.wait(timeout=20) == 2
        assert process.stderr is not None
        line = process.stderr.read()
    assert line == f"Error: nothing is registered in {tmp_path}: run `tidegate register --catalog {tmp_path}` first\n"
