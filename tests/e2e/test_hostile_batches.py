"""Batches that a producer with the right to write can send and no service can read, on real Kafka: they stop nobody."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Producer
from kafka import KafkaProducer  # type: ignore[attr-defined,unused-ignore]

from deploy.services import SINK, VALIDATOR
from deploy.stack import Stack
from schemas.quarantine import open_sealed
from tests.e2e.test_validator import count, everything, fresh, reasons
from tests.unit.gate_samples import CANARY, SNEAKY, decoded
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
USAGE = "telemetry.usage"
CODECS = ("gzip", "lz4", "zstd")
BOMB = bytes(100_000_000)
DRIVERS = ("kafka-python", "confluent")
READS = """
import json, sys
from broker.connect import connect
from broker.port import Connection
connection = Connection(*sys.argv[1:4])
with connect(connection, sys.argv[4]) as broker:
    consumer, read = broker.consumer(["telemetry.usage"], group=None), []
    consumer.consume(timeout=0.1, most=1)
    before = peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
    while batch := consumer.consume(timeout=2):
        read += [[each.unreadable and each.unreadable.why, len(each.value or b"")] for each in batch]
    peak = int(open("/proc/self/status").read().split("VmHWM:")[1].split()[0])
print(json.dumps({"grown": (peak - before) // 1024, "read": len(read)}))
"""


@pytest.fixture(scope="module", name="stack")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Kafka, the validator and the sink."""
    with Stack(tmp_path_factory.mktemp("hostile"), collector_port=0, services=(VALIDATOR, SINK)) as up:
        yield up


class NoText(str):
    """A header's key that is no UTF-8 on the wire."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        """Give bytes that no text has."""
        return b"\xff\xfe"


def stock(stack: Stack, codec: str, *values: bytes, partition: int) -> None:
    """Write with a stock producer and the collector's credential, in one batch."""
    settings = {
        "bootstrap.servers": stack.bootstrap,
        "security.protocol": "SASL_PLAINTEXT",
        "sasl.mechanism": "SCRAM-SHA-512",
        "sasl.username": "collector",
        "sasl.password": (stack.folder.credentials / "collector").read_text().strip(),
        "compression.type": codec,
        "message.max.bytes": 1_000_000_000,
        "batch.size": 1_000_000_000,
        "linger.ms": 200,
    }
    failed: list[Any] = []

    def reported(error: object, _: object) -> None:
        if error is not None:
            failed.append(error)

    producer = Producer(settings)
    for value in values:
        producer.produce(USAGE, value, partition=partition, on_delivery=reported)
    assert producer.flush(60) == 0
    assert failed == []


def total(stack: Stack, service: str, name: str) -> int:
    """Read a count."""
    return stack.counts()[service].get(name, 0)


def test_snappy_is_read_like_any_other(stack: Stack) -> None:
    """A stock producer in snappy: its events are carried, its words are refused, and nobody dies."""
    before = count(stack, "eligible"), count(stack, "refused.not_framed")
    for partition in range(3):
        stock(stack, "snappy", fresh(partition), b"a" * 5000, partition=partition)
    eventually(lambda: count(stack, "eligible") == before[0] + 3)
    assert count(stack, "refused.not_framed") == before[1] + 3
    assert {name: state.restarts for name, state in stack.services().items()} == {"validator": 0, "sink": 0}


def test_a_batch_that_no_one_can_read_is_stepped_over(stack: Stack) -> None:
    """Bombs in each codec and a header that is no text, in every partition, before events: sealed, and carried."""
    before = count(stack, "eligible")
    for partition in range(3):
        for codec in CODECS:
            stock(stack, codec, f"{CANARY} {codec}".encode(), BOMB, partition=partition)
        spoil_a_header(stack, partition)
        stock(stack, "lz4", fresh(10 + partition), partition=partition)
    bad = 3 * (len(CODECS) + 1)
    eventually(lambda: count(stack, "eligible") == before + 3)
    eventually(lambda: total(stack, "sink", "skipped.unreadable") == bad)
    assert count(stack, "refused.unreadable") == reasons(stack)["unreadable"] == bad
    identity = (stack.folder.keys / "quarantine-identity.txt").read_text()
    opened = [open_sealed(decoded(each.value or b"")["sealed"], identity) for each in everything(stack, "quarantine")]
    assert sum(len(items) for form, items in opened if form == "kafka.batch") == bad
    assert {name: state.restarts for name, state in stack.services().items()} == {"validator": 0, "sink": 0}
    logs = "".join(path.read_text() for path in stack.folder.logs.glob("*.log"))
    assert "stepped over batches of telemetry.usage/0" in logs
    assert "does not answer" not in logs
    assert SNEAKY not in logs


def test_a_bomb_costs_the_services_little(stack: Stack) -> None:
    """300 MB have gone by in each partition; neither service has had more than a few batches of ours at once."""
    for name in ("validator", "sink"):
        pid = stack.services()[name].pid
        peak = int(Path(f"/proc/{pid}/status").read_text().split("VmHWM:")[1].split()[0]) // 1024
        assert peak < 250, f"{name}: {peak} MB"


@pytest.mark.parametrize("driver", DRIVERS)
def test_either_driver_reads_on(stack: Stack, driver: str) -> None:
    """A consumer of either driver gets to the end, within memory."""
    password = (stack.folder.credentials / "validator").read_text().strip()
    arguments = [sys.executable, "-c", READS, stack.bootstrap, "validator", password, driver]
    ran = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own
    told = json.loads(ran.stdout)
    assert told["read"] == count(stack, "judged")
    assert told["grown"] < 120


def test_many_small_batches_that_grow_to_their_bound(stack: Stack) -> None:
    """Each within the bound, together two gigabytes: polls take no more than their share of them, and go on."""
    before = count(stack, "refused.oversize"), count(stack, "eligible")
    many = 250
    for _ in range(many):
        stock(stack, "zstd", bytes(8_500_000), partition=1)
    stock(stack, "lz4", fresh(77), partition=1)
    eventually(lambda: count(stack, "eligible") == before[1] + 1, within=120)
    assert count(stack, "refused.oversize") == before[0] + many
    test_a_bomb_costs_the_services_little(stack)


def spoil_a_header(stack: Stack, partition: int) -> None:
    """Write a message whose header's key is no UTF-8."""
    producer: Any = KafkaProducer(
        bootstrap_servers=stack.bootstrap,
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username="collector",
        sasl_plain_password=(stack.folder.credentials / "collector").read_text().strip(),
    )
    producer.send(USAGE, CANARY.encode(), headers=[(NoText("k"), b"v")], partition=partition).get(30)
    producer.close()
