"""The whole stack on real Kafka: it comes up, keeps its services apart and alive, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import psutil
import pytest

from broker.port import Message, Refused
from deploy import topology
from deploy.cli import run
from deploy.keys import Keys
from deploy.lock import AlreadyUp
from deploy.stack import Stack
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
TOPOLOGY = topology.read()
PAIRS = [(principal, topic) for principal in TOPOLOGY.principals for topic in TOPOLOGY.topics]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of its own, on free ports."""
    with Stack(tmp_path_factory.mktemp("stack"), collector_port=0) as up:
        yield up


def test_every_service_is_ready(stack: Stack) -> None:
    """A stack that is up has every service running, and says where."""
    stack.check()
    assert {name: state.state for name, state in stack.services().items()} == dict.fromkeys(
        ("collector", "validator", "sink"), "running"
    )
    assert stack.collector_url.startswith("http://127.0.0.1:")
    assert set(stack.counts()) == set(stack.services())


def test_the_topology_is_applied_once(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Applying the topology to the stack's own Kafka finds nothing to do; what is missing it mends and tells."""
    arguments = ["topology", "apply", "--data-dir", str(stack.folder.root)]
    assert run(arguments) == 0
    assert capsys.readouterr().out == "nothing to do\n"
    with closing(stack.broker("admin").admin()) as admin:
        admin.set_grants([grant for grant in admin.grants() if grant.principal != "trainer"])
    assert run(arguments) == 0
    assert capsys.readouterr().out == "2 grants added\n"


@pytest.mark.parametrize(("principal", "topic"), PAIRS)
def test_the_broker_refuses_what_the_topology_does_not_grant(stack: Stack, principal: str, topic: str) -> None:
    """Each principal with its own credentials: what it is not granted, Kafka itself refuses to write and to read."""
    granted = TOPOLOGY.principals[principal]
    broker = stack.broker(principal)
    if topic not in granted.writes:
        with pytest.raises(Refused), closing(broker.producer()) as producer:
            producer.produce([Message(topic, b"x")], timeout=10)
    if topic not in granted.reads:
        with pytest.raises(Refused), closing(broker.consumer([topic], group=None)) as consumer:
            consumer.consume(timeout=5)
    else:
        with closing(broker.consumer([topic], group=None)) as consumer:
            consumer.consume(timeout=0.1)


def test_the_validator_can_write_what_the_collector_cannot(stack: Stack) -> None:
    """A write to ml.eligible: refused to the collector by the broker, taken from the validator."""
    with closing(stack.broker("admin").admin()) as admin:
        before = admin.sizes()["ml.eligible"]
        with closing(stack.broker("validator").producer()) as producer:
            producer.produce([Message("ml.eligible", b"x")], timeout=10)
        with pytest.raises(Refused), closing(stack.broker("collector").producer()) as producer:
            producer.produce([Message("ml.eligible", b"x")], timeout=10)
        assert admin.sizes()["ml.eligible"] == before + 1


def test_a_service_runs_with_its_own_secrets_alone(stack: Stack) -> None:
    """In the environment of each running service there is its own password file and its own key, and no other."""
    keys = Keys(stack.folder.keys)
    for name, principal, own in (
        ("collector", "collector", {keys.telemetry, keys.recipient, keys.storage}),
        ("validator", "validator", {keys.ml, keys.recipient}),
        ("sink", "analytics", set[object]()),
    ):
        values = set(psutil.Process(stack.services()[name].pid).environ().values())
        assert {path for path in keys.all if str(path) in values} == own
        credentials = {path.name for path in stack.folder.credentials.iterdir() if str(path) in values}
        assert credentials == {principal}


def test_a_killed_service_comes_back(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """After kill -9 of the validator there is a new one within seconds, and `status` counts the restart."""
    before = stack.services()["validator"].pid
    stack.kill("validator")
    eventually(lambda: stack.services()["validator"].ready and stack.services()["validator"].pid != before)
    stack.check()
    assert run(["status", "--data-dir", str(stack.folder.root), "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["phase"], told["kafka"], told["collector"]) == ("up", stack.bootstrap, stack.collector_url)
    assert {service["service"]: service["restarts"] for service in told["services"]}["validator"] == 1


def test_a_second_stack_is_refused(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """On the folder of a stack that is up no other starts, and `up` says so with exit code 0."""
    with pytest.raises(AlreadyUp):
        Stack(stack.folder.root, collector_port=0).start()
    assert run(["up", "--data-dir", str(stack.folder.root)]) == 0
    assert "Already up" in capsys.readouterr().out
    stack.check()


def _up(folder: Path) -> subprocess.Popen[bytes]:
    """Run `tidegate up` on free ports, and wait until it is up."""
    command = [sys.executable, "-P", "-m", "deploy.cli", "up", "--data-dir", str(folder)]
    command += ["--port", "0", "--grpc-port", "0", "--workers", "2"]
    process = subprocess.Popen([*command, "--kafka-port", "0"], stderr=subprocess.DEVNULL)  # noqa: S603 - our own interpreter
    eventually(lambda: run(["status", "--data-dir", str(folder)]) == 0 or process.poll() is not None, within=90)
    assert process.poll() is None
    return process


def _started_by(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    children = psutil.Process(process.pid).children(recursive=True)
    assert len(children) >= 8  # three services, each with its keeper, and two workers
    return children


def test_a_stack_uses_the_kafka_that_is_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where `tidegate broker up` runs on the folder, its Kafka is used and stays up; the topology can go there too."""
    folder = ["--data-dir", str(tmp_path)]
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
    try:
        assert run(["broker", "up", *folder, "--port", port]) == 0
        assert run(["topology", "apply", *folder]) == 0
        assert "19 grants added" in capsys.readouterr().out
        with Stack(tmp_path, collector_port=0) as stack:
            assert stack.bootstrap == f"127.0.0.1:{port}"
            stack.check()
        assert run(["broker", "status", *folder]) == 0
    finally:
        assert run(["broker", "down", *folder]) == 0


def test_nothing_outlives_the_stack(tmp_path: Path) -> None:
    """However `tidegate up` ends, kill -9 too, no process of it is left, Java neither, and the next one starts."""
    for how, code in ((signal.SIGKILL, -signal.SIGKILL), (signal.SIGINT, 0), (signal.SIGTERM, 0)):
        process = _up(tmp_path)
        children = _started_by(process)
        os.kill(process.pid, how)
        assert process.wait(60) == code
        _, left = psutil.wait_procs(children, timeout=30)
        assert left == []
        assert run(["status", "--data-dir", str(tmp_path)]) == 1
