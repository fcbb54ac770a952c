"""Several workers behind one port, as processes: what one takes is kept, whatever becomes of another."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import grpc
import httpx
import pytest

from collector.otlp import encode_logs
from collector.signals import LOGS
from collector.spill.leftovers import folder_of
from collector.spill.store import Spill
from deploy import keys
from deploy.place import beat_of
from deploy.shared_ports import Ports
from deploy.status import Status, read_beat
from deploy.workers import Supervisor
from schemas.keyfile import read_storage_key
from tests.unit.collector_running import WITHIN, Running
from tests.unit.collector_serving import HEADERS
from tests.unit.collector_tls import Authority, Files
from tests.unit.gate_samples import record

TWO = ("--workers", "2")
_TOTAL = re.compile(r'^tidegate_collector_received_total\{worker="(\d)"\} (\S+)$', re.MULTILINE)


@pytest.fixture(name="running")
def two_workers(tmp_path: Path) -> Iterator[Running]:
    """Run two; stop them afterwards."""
    running = Running(tmp_path, *TWO)
    try:
        yield running
    finally:
        running.end()


def until(what: Callable[[], bool]) -> None:
    """Wait for it."""
    began = time.monotonic()
    while not what():
        assert time.monotonic() - began < WITHIN / 2
        time.sleep(0.1)


def beat(folder: Path, number: int) -> Status:
    """Read a worker's beat."""
    found = read_beat(beat_of(folder / "run", number))
    assert found
    return found


def kept(folder: Path) -> int:
    """Count the messages in all spills."""
    seal, count = read_storage_key(folder / "keys" / "storage.key"), 0
    for number in range(2):
        spill = Spill(folder_of(folder / "spill", number), seal, most=2**30, clock=time.time, tell=print)
        while batch := spill.oldest():
            count += len(batch.messages)
            spill.done(batch)
        spill.close()
    return count


def test_both_ports_and_all_counts_are_shared(running: Running, tmp_path: Path) -> None:
    """Whoever is asked: each request once in `/metrics`, with its worker, and in the sum that `status` shows."""
    for _ in range(12):
        running.take()
    with grpc.insecure_channel(running.grpc_url.removeprefix("grpc://").rstrip(",")) as channel:
        export = channel.unary_unary(f"/{LOGS.service}/Export")
        assert export(encode_logs([record("call.ended")]), timeout=WITHIN) == b""

    def page() -> dict[str, float]:
        return {worker: float(count) for worker, count in _TOTAL.findall(httpx.get(f"{running.url}/metrics").text)}

    until(lambda: sum(page().values()) == 13)
    assert page().keys() == {"0", "1"}
    assert httpx.get(f"{running.url}/metrics").text.count("# TYPE tidegate_collector_received_total ") == 1
    collector = tmp_path / "run" / "collector.json"
    until(lambda: json.loads(collector.read_text())["counts"].get("received") == 13)
    assert read_beat(collector).pid == running.process.pid  # type: ignore[union-attr]


def test_workers_serve_tls_on_an_ipv6_address_as_their_file_says(tmp_path: Path) -> None:
    """Number, host and certificate are the settings file's; both workers show the certificate."""
    authority, files = Authority(), Files(tmp_path)
    files.write(*authority.issue("::1"))
    config = tmp_path / "collector.toml"
    config.write_text(
        f'workers = 2\nhost = "::1"\ntls_cert_file = "{files.certificate}"\ntls_key_file = "{files.key}"\n'
    )
    context, body = ssl.create_default_context(cadata=authority.pem.decode()), encode_logs([record("call.ended")])
    running = Running(tmp_path, "--config", str(config))
    try:
        assert re.fullmatch(r"https://\[::1\]:\d+", running.url)
        for _ in range(24):
            answer = httpx.post(f"{running.url}/v1/logs", content=body, headers=HEADERS, verify=context, timeout=WITHIN)
            assert answer.status_code == 200
        until(lambda: min(beat(tmp_path, number).counts.get("received", 0) for number in range(2)) > 0)
    finally:
        running.end()


def test_a_rate_is_that_of_all_workers_together(tmp_path: Path) -> None:
    """However a sender's connections are spread, no more is taken than its rate allows."""
    body = encode_logs([record("call.ended") for _ in range(20)])
    running = Running(tmp_path, *TWO, rate='{"records": 10, "burst": 40}')
    began, taken = time.monotonic(), 0
    try:
        for _ in range(50):
            answer = httpx.post(f"{running.url}/v1/logs", content=body, headers=HEADERS, timeout=WITHIN)
            assert answer.status_code in {200, 429}
            taken += 20 * (answer.status_code == 200)
        assert (
            200 < taken <= 400 + 10 * (time.monotonic() - began) + 40
        )  # a request for which the bucket is full enough
    finally:
        running.end()


def test_a_killed_worker_is_started_again_and_nothing_answered_is_lost(running: Running, tmp_path: Path) -> None:
    """Under load, `kill -9`: the other one goes on, one takes its place, and every 200 is on the disk."""
    answered, stop = [0, 0], threading.Event()

    def send(number: int) -> None:
        body = encode_logs([record("call.ended")])
        while not stop.is_set():
            try:
                answer = httpx.post(f"{running.url}/v1/logs", content=body, headers=HEADERS, timeout=WITHIN)
            except httpx.TransportError:  # it was with the one that was killed
                continue
            assert answer.status_code in {200, 503}
            answered[number] += answer.status_code == 200

    senders = [threading.Thread(target=send, args=(number,)) for number in range(2)]
    for sender in senders:
        sender.start()
    try:
        killed = beat(tmp_path, 1).pid
        until(lambda: beat(tmp_path, 1).counts.get("received", 0) > 5)
        os.kill(killed, signal.SIGKILL)
        assert running.told("worker 1 ended with -9, and is started again")
        before = sum(answered)
        until(lambda: beat(tmp_path, 1).pid != killed and beat(tmp_path, 1).counts.get("received", 0) > 5)
        assert sum(answered) > before
    finally:
        stop.set()
        for sender in senders:
            sender.join()
    running.process.terminate()
    running.process.wait(WITHIN)
    assert kept(tmp_path) >= sum(answered)


def test_sighup_reaches_every_worker(running: Running) -> None:
    """Each of them tells that it has read again what can be read again."""
    running.process.send_signal(signal.SIGHUP)
    lines = {running.told("reloaded: catalogue, keys and tokens") for _ in range(2)}
    assert {line.partition(":")[0] for line in lines} == {"collector worker 0", "collector worker 1"}


def test_workers_end_with_a_killed_supervisor(tmp_path: Path) -> None:
    """They finish what they accepted and let go: nobody is left with the port."""
    running = Running(tmp_path, *TWO)
    running.take()
    until(lambda: all(beat_of(tmp_path / "run", number).exists() for number in range(2)))
    pids = [beat(tmp_path, number).pid for number in range(2)]
    running.process.kill()
    running.process.wait(WITHIN)
    running.reader.join(WITHIN / 2)  # it ends when the last one has closed stderr
    for pid in pids if running.reader.is_alive() else ():
        os.kill(pid, signal.SIGKILL)
    assert not running.reader.is_alive()
    assert sum("are left in the spill" in line for line in running.heard) == 1
    assert kept(tmp_path) == 1
    assert running.process.stderr
    running.process.stderr.close()


def begun(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Begin two workers that can't begin."""
    keys.new(folder / "keys")
    command = (sys.executable, "-m", "deploy.cli", "collector", "--data-dir", str(folder), *TWO, *arguments)
    settings = {"TIDEGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9", "TIDEGATE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}
    environment = {"PATH": os.environ["PATH"], **settings}
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=WITHIN, check=False)  # noqa: S603 - ours


@pytest.mark.parametrize("door", ["--port", "--grpc-port"])
def test_a_taken_port_is_told_once(door: str, tmp_path: Path) -> None:
    """Exit code 2 and one line, from the supervisor."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ports = {"--port": "0", "--grpc-port": "0"} | {door: port}
        done = begun(tmp_path, *(word for each in ports.items() for word in each))
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert f"cannot listen on 127.0.0.1:{port}" in line


def test_what_is_wrong_with_the_settings_is_told_once(tmp_path: Path) -> None:
    """The first worker alone begins at first."""
    (tmp_path / "broken").mkdir()
    done = begun(tmp_path, "--port", "0", "--grpc-port", "off", "--catalog", str(tmp_path / "broken"))
    assert done.returncode == 2
    assert done.stderr.count("Error: ") == 1


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_folder_that_cannot_be_written_is_told_once(workers: str, tmp_path: Path) -> None:
    """Exit code 2 and one line that names it."""
    (tmp_path / "run").touch()
    done = begun(tmp_path, "--port", "0", "--grpc-port", "off", "--workers", workers)
    assert done.returncode == 2
    [line] = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert f"{tmp_path}/run can't be written (" in line


PLACE = "import os, signal, socket, sys, time; place = sys.argv[-1].split(':')\n"
READY = "http = socket.socket(fileno=int(place[2])); http.listen(); os.write(int(place[3]), b'r')\n"


def supervised(script: str, folder: Path, *stops: float, reload: float | None = None) -> tuple[int, list[str]]:
    """Supervise two processes of this script; stop them at these times, and have them reload at that one."""
    told: list[str] = []
    ports = Ports("127.0.0.1", 0, None, 2)
    sent = [(at, signal.SIGTERM) for at in stops] + ([(reload, signal.SIGHUP)] if reload else [])
    timers = [threading.Timer(at, os.kill, (os.getpid(), number)) for at, number in sent]
    for timer in timers:
        timer.start()
    try:
        code = Supervisor(ports, folder, told.append, "ready", (sys.executable, "-c", PLACE + script)).run()
    finally:
        ports.close()
        for timer in timers:
            timer.cancel()
            timer.join()
    return code, told


def test_what_lies_on_the_disk_is_counted_once(tmp_path: Path) -> None:
    """A worker that takes another's place tells anew what its spill holds; all else adds up."""
    with closing(Ports("127.0.0.1", 0, None, 1)) as ports:
        supervisor = Supervisor(ports, tmp_path, print, "ready")
        for pid in (1, 2):
            supervisor._pids.add(pid)
            counts = {"received": 3, "spill_bytes": 5, "spill_aside": 4}
            status = {"service": "collector", "pid": pid, "state": "running", "counts": counts, "at": 0}
            beat_of(tmp_path, 0).write_text(json.dumps(status))
            told = supervisor.counts()
    assert told == {"received": 6, "spill_bytes": 5, "spill_aside": 4}


def test_who_ends_at_once_is_started_later_and_later(tmp_path: Path) -> None:
    """No more processes than are of use, however broken they are."""
    code, told = supervised(READY + "time.sleep(0.3); sys.exit(7)", tmp_path, 9.0)
    assert told[0] == "ready"
    of_one = [line for line in told if line.startswith("worker 1 ")]
    assert of_one[:2] == [f"worker 1 ended with 7, and is started again in {pause} s" for pause in (1, 2)]
    assert len(of_one) <= 4
    assert code in {0, 1}


def test_a_second_signal_does_not_wait(tmp_path: Path) -> None:
    """Whoever does not stop is killed then, and that is no good end."""
    began = time.monotonic()
    code, told = supervised(READY + "signal.signal(signal.SIGTERM, signal.SIG_IGN); time.sleep(60)", tmp_path, 2.0, 3.0)
    assert (code, told) == (1, ["ready"])
    assert 2.5 < time.monotonic() - began < 20


def test_who_is_stopped_while_it_starts_ends_well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has accepted nothing, and is not stuck, however long it had not begun."""
    monkeypatch.setattr("deploy.workers.STUCK", 1.0)
    assert supervised("time.sleep(60)", tmp_path, 3.0) == (0, [])


def test_sighup_waits_for_a_worker_that_is_starting(tmp_path: Path) -> None:
    """It would die of the signal; it is told once it is ready, and who starts later reads everything anew anyhow."""
    told_to = tmp_path / "again"
    script = f"""
time.sleep(1.5)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
signal.signal(signal.SIGHUP, lambda *_: open({str(told_to)!r}, "a").write(place[0]))
{READY}
while True: time.sleep(0.1)
"""
    code, told = supervised(script, tmp_path, 6.0, reload=0.5)
    assert (code, told) == (0, ["ready"])
    assert told_to.read_text() == "0"
