"""Apache Kafka on this machine: that it keeps its data, guards its doors, and never outlives its owner."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from broker.connect import connect
from broker.local import daemon
from broker.local.cluster import LocalCluster
from broker.local.errors import LocalKafkaError
from broker.local.java import cache_folder
from broker.port import Connection, Message, Refused, Topic, Unavailable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.broker.conftest import AtMost

SOON = 30.0
OWNER = """
import sys, time
from pathlib import Path
from broker.local.cluster import LocalCluster
cluster = LocalCluster(Path(sys.argv[1]))
cluster.start()
print("up", flush=True)
time.sleep(600)
"""

pytestmark = pytest.mark.kafka


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalCluster]:
    """A cluster of this module's own."""
    with LocalCluster(tmp_path_factory.mktemp("local")) as cluster:
        yield cluster


def under(folder: Path) -> list[psutil.Process]:
    """Find every process whose command line names the folder."""
    return [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(str(folder) in word for word in process.info["cmdline"] or ()) and process.pid != os.getpid()
    ]


def gone(folder: Path) -> bool:
    """Wait until no process of the folder's cluster is left."""
    until = time.monotonic() + SOON
    while under(folder) and time.monotonic() < until:
        time.sleep(0.05)
    return not under(folder)


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def test_kill_9_of_the_owner_leaves_no_java_behind(tmp_path: Path) -> None:
    """The owner is killed without a chance to clean up: soon no keeper and no Java process is left."""
    owner = subprocess.Popen([sys.executable, "-c", OWNER, str(tmp_path)], stdout=subprocess.PIPE)  # noqa: S603 - ours
    assert owner.stdout is not None
    with owner.stdout:
        assert owner.stdout.readline() == b"up\n"
    assert len(under(tmp_path)) >= 3  # the owner, a keeper, Java
    owner.kill()
    owner.wait()
    assert gone(tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ties a child to its parent")
def test_kill_9_of_the_keeper_takes_java_with_it(own: LocalCluster) -> None:
    """A keeper that is killed leaves no Java behind either; the cluster says so, and starts again."""
    (keeper,) = [process for process in under(own.folder) if "keeper.py" in " ".join(process.info["cmdline"])]
    assert own.alive()
    keeper.send_signal(signal.SIGKILL)
    assert gone(own.folder)
    assert not own.alive()
    own.stop()
    own.start()
    assert own.alive()


def test_a_restart_keeps_data_users_rules_and_cluster_id(own: LocalCluster) -> None:
    """The data is formatted once: a second start finds messages, users and the cluster's id as they were."""
    with connect(own.admin) as broker:
        broker.admin().create_topics([Topic("kept")])
        broker.admin().create_users({"someone": "right"})
        broker.producer().produce([Message("kept", b"x")], timeout=SOON)
    name = (own.folder / "cluster-id").read_text()
    bootstrap = own.bootstrap
    own.stop()
    told: list[str] = []
    own.start(told.append)
    assert not [text for text in told if "Formatting" in text]
    assert (own.folder / "cluster-id").read_text() == name
    assert own.bootstrap == bootstrap
    with connect(own.admin) as broker:
        assert broker.admin().sizes()["kept"] == 1
        assert "someone" in broker.admin().users()


def test_no_secret_is_on_a_command_line_or_readable_by_others(own: LocalCluster) -> None:
    """`ps` shows no password, and every file that holds it is its owner's alone."""
    password = own.admin.password or ""
    for process in under(own.folder):
        assert password not in " ".join(process.info["cmdline"])
    assert own.folder.stat().st_mode & 0o077 == 0
    files = [file for file in own.folder.rglob("*") if file.is_file()]
    holders = [file for file in files if password.encode() in file.read_bytes()]
    assert own.folder / "secret" in holders
    assert [file.name for file in holders if file.stat().st_mode & 0o077] == []


def test_the_controllers_door_is_locked_too(own: LocalCluster) -> None:
    """Nobody reaches the controller without the super user's password: there is no way in around the rules."""
    text = (own.folder / "node-1" / "server.properties").read_text()
    port = text.split("CONTROLLER://127.0.0.1:")[1].split("\n")[0]
    open_door = Connection(f"127.0.0.1:{port}", security_protocol="PLAINTEXT", open_within=1.0)
    with pytest.raises(Unavailable):
        connect(open_door).admin()
    wrong = Connection(f"127.0.0.1:{port}", "admin", "wrong", mechanism="PLAIN", open_within=5.0)
    with pytest.raises(Refused):
        connect(wrong).admin()


def test_a_second_owner_is_turned_away(own: LocalCluster) -> None:
    """Two clusters never run on one folder, and the first one is left alone."""
    with pytest.raises(LocalKafkaError, match="already"):
        LocalCluster(own.folder).start()
    assert own.alive()


def test_java_that_dies_while_starting_is_told_with_its_log(tmp_path: Path) -> None:
    """Where Java gives up, the error names the log to read, and nothing is left running."""
    cluster = LocalCluster(tmp_path, heap="6m")
    with pytest.raises(LocalKafkaError, match=r"died while starting.*see .*node-1\.log"):
        cluster.start()
    assert gone(tmp_path)


def test_a_tampered_jar_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A jar in the cache that is not the one the lock names stops the start, and is named."""
    real = cache_folder() / "jars"
    for jar in real.rglob("*.jar"):
        copy = tmp_path / "tidegate" / "jars" / jar.relative_to(real)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.symlink_to(jar)
    victim = next((tmp_path / "tidegate").rglob("kafka-clients-*.jar"))
    content = victim.read_bytes()
    victim.unlink()
    victim.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    cluster = LocalCluster(tmp_path / "data")
    with pytest.raises(LocalKafkaError, match=r"kafka-clients-.*\.jar is not the jar that jars\.lock names"):
        cluster.start()
    assert not under(tmp_path)


def test_up_down_and_status_from_the_background(tmp_path: Path) -> None:
    """`up` leaves a cluster running, a second `up` finds it, `status` tells of it, `down` ends it."""
    told: list[str] = []
    ports = [free_port()]
    state, new = daemon.up(tmp_path, 1, ports, told.append)
    try:
        assert new
        assert "Starting Apache Kafka (1 node)" in told
        assert state.bootstrap == f"127.0.0.1:{ports[0]}"
        assert psutil.Process(state.pid).create_time() <= state.started
        assert daemon.up(tmp_path, 1, ports, told.append) == (state, False)
        assert daemon.status(tmp_path) == state
        with connect(daemon.admin(tmp_path)) as broker:
            assert broker.admin().brokers() == 1
        with pytest.raises(LocalKafkaError, match="already"):
            LocalCluster(tmp_path / "kafka").start()
    finally:
        assert daemon.down(tmp_path)
    assert gone(tmp_path)
    assert daemon.status(tmp_path) is None
    assert not daemon.down(tmp_path)


def test_up_on_a_taken_port_says_so(tmp_path: Path) -> None:
    """A port that somebody uses is named, with the option that chooses another; nothing is left running."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(LocalKafkaError, match=rf"port {port} is taken: choose another with --port"):
            daemon.up(tmp_path, 1, [port], lambda _: None)
    assert gone(tmp_path)


def test_three_nodes_survive_the_loss_of_one(tmp_path: Path, at_most: AtMost) -> None:
    """Three nodes keep three copies: with one killed, both drivers go on writing, and nothing written is lost."""
    with LocalCluster(tmp_path, nodes=3, heap="256m") as cluster, connect(cluster.admin) as broker:
        broker.admin().create_topics([Topic("safe", 3, 3, {"min.insync.replicas": "2"})])
        producers = [broker.producer(), connect(cluster.admin, "confluent").producer()]
        for producer in producers:
            producer.produce([Message("safe", b"before", b"%d" % n) for n in range(30)], timeout=SOON)
        consumer = broker.consumer(["safe"], group="group")
        received = consumer.consume(timeout=SOON)
        cluster.kill_node(2)
        assert cluster.alive()
        for producer in producers:
            with at_most(SOON):
                producer.produce([Message("safe", b"after", b"%d" % n) for n in range(30)], timeout=SOON)
        until = time.monotonic() + SOON
        while len(received) < 120 and time.monotonic() < until:
            received += consumer.consume(timeout=2.0)
        assert len({(message.partition, message.offset) for message in received}) == 120
        for producer in producers:
            producer.close()
    assert gone(tmp_path)
