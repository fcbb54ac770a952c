"""A socket for each worker, held by its supervisor: no connection is lost with a worker, and none waits for long."""

from __future__ import annotations

import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from collector.errors import CannotListen
from collector.listening import begin, bound, cease, listen, listens
from collector.settings import CollectorSettings
from deploy.place import Place, beat_of
from deploy.shared_ports import Port, Ports
from deploy.status import Beat, Status, read_beat
from deploy.workers import Supervisor

HOSTS = ("127.0.0.1", "::1")
# A worker: it answers a connection with its number. What its first life is like, each test says.
WORKER = """
import os, pathlib, signal, socket, sys, threading, time
number, of, http, pipe, _ = map(int, sys.argv[-1].split(":"))
http, pid = socket.socket(fileno=http), pathlib.Path({folder!r}, str(number))
again = pid.exists()
pid.write_text(str(os.getpid()))
threading.Thread(target=lambda: os.read(pipe, 1) or os._exit(0), daemon=True).start()  # with its supervisor
def ready():
    os.write(pipe, b"r")
def serving():
    while True:
        ready()
        time.sleep(0.5)
def serve():
    http.listen(64)
    threading.Thread(target=serving, daemon=True).start()
    while True:
        one, _ = http.accept()
        one.sendall(str(number).encode())
        one.close()
if number == 1:
    {one}
serve()
"""


class During:
    """What a test sees of two workers while they are supervised."""

    def __init__(self, folder: Path, ports: Ports) -> None:
        self.folder, self.ports = folder, ports
        self.told: list[str] = []

    def until(self, holds: Callable[[], object], within: float = 20) -> None:
        """Wait until something holds."""
        end = time.monotonic() + within
        while not holds():
            assert time.monotonic() < end, "it did not happen in time"
            time.sleep(0.02)

    def kill(self, number: int) -> None:
        """Kill a worker at once."""
        os.kill(int((self.folder / str(number)).read_text()), signal.SIGKILL)

    def connections(self, number: int) -> list[socket.socket]:
        """Open connections, one after the other."""
        return [socket.create_connection(("127.0.0.1", self.ports.port), timeout=10) for _ in range(number)]


def answers(connections: list[socket.socket]) -> Counter[str]:
    """Read what each connection is answered, and count; `reset` and `nothing` are answers, too."""
    end = time.monotonic() + 10
    return Counter(_answer(each, max(0.1, end - time.monotonic())) for each in connections)


def _answer(connection: socket.socket, within: float) -> str:
    with connection:
        connection.settimeout(within)
        try:
            return connection.recv(16).decode()
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "nothing"


@contextmanager
def _stopping(during: During, ended: threading.Event) -> Iterator[None]:
    """Wait until both take connections; stop them afterwards."""
    try:
        during.until(lambda: during.told or ended.is_set())
        yield
    finally:
        if not ended.is_set():
            os.kill(os.getpid(), signal.SIGTERM)


def supervised(folder: Path, one: str, look: Callable[[During], None]) -> list[str]:
    """Supervise two workers, number 1 with a life of its own, and look at them; gives what was told."""
    script, ended = WORKER.format(folder=str(folder), one=one), threading.Event()
    with closing(Ports("127.0.0.1", 0, None, 2)) as ports, ThreadPoolExecutor(1) as beside:
        during = During(folder, ports)

        def watch() -> None:
            with _stopping(during, ended):
                look(during)

        seen = beside.submit(watch)
        try:
            Supervisor(ports, folder, during.told.append, "ready", (sys.executable, "-c", script)).run()
        finally:
            ended.set()
        seen.result(20)
    return during.told


def test_connections_are_spread(tmp_path: Path) -> None:
    """Of 60 each of two workers has its part; by chance it is less than ten once in a hundred million times."""

    def look(during: During) -> None:
        found = answers(during.connections(60))
        assert found.keys() == {"0", "1"}
        assert min(found.values()) >= 10

    assert supervised(tmp_path, "pass", look) == ["ready"]


def test_what_waits_for_a_worker_that_is_killed_waits_for_the_next_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Connections that it had not accepted are answered by who takes its place; none is reset."""
    monkeypatch.setattr("deploy.workers.SOON", 0.2)

    def look(during: During) -> None:
        waiting = during.connections(40)
        during.until(lambda: during.told)
        time.sleep(0.3)
        during.kill(1)
        found = answers(waiting)
        assert found.keys() == {"0", "1"}
        assert found.total() == 40

    told = supervised(tmp_path, "if not again: http.listen(64); ready(); time.sleep(60)", look)
    assert told == ["ready", "worker 1 ended with -9, and is started again"]


def test_nothing_waits_for_a_worker_that_is_started_only_after_a_pause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What waited for it is told so at once, and the other one gets all from there on."""
    monkeypatch.setattr("deploy.workers.SOON", 60.0)

    def look(during: During) -> None:
        waiting = during.connections(40)
        during.kill(1)
        began = time.monotonic()
        assert answers(waiting).keys() == {"0", "reset"}
        assert answers(during.connections(20)) == {"0": 20}
        assert time.monotonic() - began < 5
        during.until(lambda: listens(during.ports.sockets[1]))
        assert answers(during.connections(60)).keys() == {"0", "1"}

    one = "if not again: http.listen(64); ready(); time.sleep(60)"
    told = supervised(tmp_path, one, look)
    assert told == ["ready", "worker 1 ended with -9, and is started again in 1 s"]


def test_who_has_no_worker_left_does_not_say_that_it_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`tidegate status`, and its exit code, are read off this beat."""
    monkeypatch.setattr("deploy.workers.SOON", 60.0)

    def state() -> str | None:
        found = read_beat(tmp_path / "collector.json")
        return found.state if found else None

    def look(during: During) -> None:
        during.until(lambda: state() == "running")
        (tmp_path / "wait").touch()
        during.kill(0)
        during.kill(1)
        during.until(lambda: state() == "restarting")
        (tmp_path / "wait").unlink()
        during.until(lambda: state() == "running")

    supervised(tmp_path, 'pass\nwhile pid.with_name("wait").exists(): time.sleep(0.05)', look)


def test_only_its_own_workers_are_counted(tmp_path: Path) -> None:
    """Workers of a supervisor that was killed write their beats, too, until they have finished."""

    def look(during: During) -> None:
        Beat(beat_of(tmp_path, 0), "collector").write("running", {"received": 1000})  # by a process that is none
        one = Status("collector", int((tmp_path / "1").read_text()), "running", {"received": 1})
        beat_of(tmp_path, 1).write_text(json.dumps(asdict(one)))
        during.until(lambda: (beat := read_beat(tmp_path / "collector.json")) and beat.counts)

    supervised(tmp_path, "pass", look)
    beat = read_beat(tmp_path / "collector.json")
    assert beat
    assert beat.counts == {"received": 1}


def test_nothing_waits_long_for_a_worker_that_takes_its_time(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may wait for Kafka for hours: meanwhile the other one gets all, and it has its part once it is there."""
    monkeypatch.setattr("deploy.workers.SOON", 0.0)
    monkeypatch.setattr("deploy.workers.WAITS", 2.0)

    def look(during: During) -> None:
        during.kill(1)
        time.sleep(0.3)
        waiting = during.connections(40)
        assert answers(waiting).keys() == {"0", "reset"}
        assert not listens(during.ports.sockets[1])
        assert answers(during.connections(20)) == {"0": 20}
        (during.folder / "go").touch()
        during.until(lambda: listens(during.ports.sockets[1]))
        assert answers(during.connections(60)).keys() == {"0", "1"}

    one = 'while again and not pid.with_name("go").exists(): time.sleep(0.05)'
    assert supervised(tmp_path, one, look)[0] == "ready"


def test_a_worker_that_is_deaf_is_started_again(tmp_path: Path) -> None:
    """One that says that it takes requests, while its socket does not listen, would be missed by nobody."""

    def look(during: During) -> None:
        during.until(lambda: listens(during.ports.sockets[1]))
        assert answers(during.connections(60)).keys() == {"0", "1"}

    told = supervised(tmp_path, "if not again: ready(); time.sleep(60)", look)
    assert told == ["ready", "worker 1 ended with -15, and is started again in 1 s"]


def test_a_worker_that_cannot_be_started_just_now_is_started_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine has no process left for a moment: nobody waits for that worker, and the others go on."""
    monkeypatch.setattr("deploy.workers.SOON", 0.0)
    start, failed = subprocess.Popen, threading.Event()

    def full(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - as it is
        if (tmp_path / "full").exists() and not failed.is_set():
            failed.set()
            raise BlockingIOError
        return start(*arguments, **more)

    monkeypatch.setattr("deploy.workers.subprocess.Popen", full)

    def look(during: During) -> None:
        (tmp_path / "full").touch()
        during.kill(1)
        assert failed.wait(20)
        during.until(lambda: not listens(during.ports.sockets[1]))
        assert answers(during.connections(20)) == {"0": 20}
        during.until(lambda: listens(during.ports.sockets[1]))
        assert answers(during.connections(60)).keys() == {"0", "1"}

    told = supervised(tmp_path, "pass", look)
    again = "and is started again"
    assert told[1:] == [
        f"worker 1 ended with -9, {again}",
        f"worker 1 can't be started (BlockingIOError), {again} in 1 s",
    ]


def test_who_has_ended_does_not_listen_while_others_finish(tmp_path: Path) -> None:
    """Told to stop, one takes its time and the other one ends: the supervisor holds no connection for it."""
    told: list[bool] = []

    def look(during: During) -> None:
        def later() -> None:
            during.until(lambda: not listens(during.ports.sockets[1]))
            told.append(listens(during.ports.sockets[0]))

        threading.Thread(target=later).start()

    slow = "pass\nelse:\n    signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1.5), os._exit(0)))"
    supervised(tmp_path, slow, look)
    assert told == [True]


@pytest.mark.parametrize("host", HOSTS)
def test_a_shared_port_is_ours_while_nobody_listens(host: str) -> None:
    """Who else comes finds it taken, another collector's workers too; we ourselves can listen."""
    with closing(Port(host, 0)) as port, port.another() as one:
        for other in (listen, Port):
            with pytest.raises(CannotListen, match=r"address already in use; choose another port"):
                other(host, port.number)
        begin(one, 8)
        with socket.create_connection((host, port.number), timeout=5):
            one.accept()[0].close()


@pytest.mark.parametrize("host", HOSTS)
def test_what_is_left_of_earlier_connections_is_no_hindrance(host: str) -> None:
    """A collector that was alone has just closed its connections: workers may follow it on the port at once."""
    with listen(host, 0) as alone:
        number = alone.getsockname()[1]
        with socket.create_connection((host, number), timeout=5) as sender:
            alone.accept()[0].close()  # who closes first keeps the address for a minute
            assert sender.recv(1) == b""
    with closing(Ports(host, number, None, 2)) as ports:
        for one in ports.sockets:
            begin(one, 8)


def test_a_port_that_is_taken_after_all_is_told() -> None:
    """A worker that finds somebody on the port says so in one line, as a collector alone does."""
    with bound("127.0.0.1", 0) as one, listen(*one.getsockname()) as other:
        number = other.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"cannot listen on 127\.0\.0\.1:{number}: address already in use"):
            begin(one, 8)


def test_who_ceased_can_begin_again() -> None:
    """Ceasing is for all who hold the socket, and twice is as good as once."""
    with bound("127.0.0.1", 0) as one, one.dup() as other:
        begin(one, 8)
        cease(other)
        cease(other)
        assert not listens(one)
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(one.getsockname(), timeout=5)
        begin(other, 8)
        with socket.create_connection(one.getsockname(), timeout=5) as sender:
            taken = one.accept()[0]
            taken.sendall(b"answer")
            taken.close()
            assert sender.recv(16) == b"answer"


def test_a_taken_grpc_port_lets_go_of_the_other_one() -> None:
    """Nothing is held by who could not hold all."""
    with listen("127.0.0.1", 0) as grpc_port, listen("127.0.0.1", 0) as probe:
        port = probe.getsockname()[1]
        probe.close()
        with pytest.raises(CannotListen):
            Ports("127.0.0.1", port, grpc_port.getsockname()[1], 3)
        listen("127.0.0.1", port).close()


def test_a_worker_that_is_stuck_is_killed_and_started_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that says nothing for long takes connections and answers none; who says every second that it serves stays."""
    monkeypatch.setattr("deploy.workers.STUCK", 2.0)
    monkeypatch.setattr("deploy.workers.SOON", 0.2)

    def look(during: During) -> None:
        during.until(lambda: any("started again" in line for line in during.told))
        during.until(lambda: answers(during.connections(20)).keys() == {"0", "1"})
        time.sleep(3)

    told = supervised(tmp_path, "if not again: http.listen(64); ready(); time.sleep(60)", look)
    assert told == [
        "ready",
        "worker 1 is stuck: nothing was heard of it for 2 s; it is killed",
        "worker 1 ended with -9, and is started again",
    ]


def test_a_worker_that_is_stopped_does_not_keep_the_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to stop, a process that can't hear it is killed in the end: the supervisor ends in bounded time."""
    monkeypatch.setattr("deploy.workers.STUCK", 2.0)
    stopped = "if not again: http.listen(64); ready(); os.kill(os.getpid(), signal.SIGSTOP)"
    told = supervised(tmp_path, stopped, lambda _during: None)
    assert told == ["ready", "worker 1 is stuck: nothing was heard of it for 2 s; it is killed"]


def test_who_is_killed_while_it_starts_is_told(tmp_path: Path) -> None:
    """Else a supervisor that ends with it would have said nothing."""
    told = supervised(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)", lambda _during: None)
    assert told == ["worker 1 ended with -9 while it was starting: all are stopped"]


@pytest.mark.parametrize("unread", [0, 1, 5000])
def test_a_supervisor_that_is_gone_is_missed(monkeypatch: pytest.MonkeyPatch, unread: int) -> None:
    """Its worker stops, and one that is stuck is not left behind; however much was unheard, nobody waited for it."""
    signals = queue.Queue[tuple[int, int]]()
    monkeypatch.setattr("deploy.place.os.kill", lambda *sent: signals.put(sent))
    monkeypatch.setattr("deploy.place.ENDS_WITHIN", 0.1)
    theirs, ours = socket.socketpair()
    with ours:
        place = Place(1, 2, 0, ours.fileno(), 0)
        place.begin(CollectorSettings(kafka_bootstrap="127.0.0.1:9"))
        for _ in range(unread):
            place.serving()
        theirs.close()
        assert [signals.get(timeout=20) for _ in range(2)] == [
            (os.getpid(), signal.SIGTERM),
            (os.getpid(), signal.SIGKILL),
        ]
        place.serving()  # nobody is there: no matter
