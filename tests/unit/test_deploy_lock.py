"""One stack per data folder; others can see it, and a dead one is no hindrance."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from deploy import lock
from deploy.cli import run
from deploy.errors import Problem
from deploy.folder import Folder
from deploy.ports import free
from deploy.status import Beat

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

HOLDER = """
import pathlib, signal, sys, time
if "deaf" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
from deploy.lock import Lock
held = Lock(pathlib.Path(sys.argv[1]) / "run" / "stack.json")
held.tell(phase="up", bootstrap="127.0.0.1:1", collector_url="http://127.0.0.1:2", restarts={"sink": 1})
print("held", flush=True)
time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start another process that holds the lock of `tmp_path`; a deaf one does not hear SIGTERM."""

    def start(*words: str) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(  # noqa: S603 - our own interpreter
            [sys.executable, "-P", "-c", HOLDER, str(tmp_path), *words], stdout=subprocess.PIPE
        )
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        return process

    return start


def test_a_second_stack_is_refused_and_told_of_the_first(
    tmp_path: Path, holder: Callable[..., subprocess.Popen[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    """While a stack is up, taking its lock fails with its state, `up` says so with exit code 0, `status` shows it."""
    path = tmp_path / "run" / "stack.json"
    with holder() as process:
        with pytest.raises(lock.AlreadyUp) as caught:
            lock.Lock(path)
        assert caught.value.state == lock.read(path)
        assert caught.value.state is not None
        assert caught.value.state.pid == process.pid
        assert run(["up", "--data-dir", str(tmp_path)]) == 0
        assert "Already up: http://127.0.0.1:2" in capsys.readouterr().out
        assert run(["status", "--data-dir", str(tmp_path), "--format", "json"]) == 1  # its sink never beat
        assert '"phase": "up"' in capsys.readouterr().out
        assert run(["status", "--data-dir", str(tmp_path)]) == 1
        assert "sink     starting" in capsys.readouterr().out
        process.kill()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM])
def test_a_dead_stack_is_no_hindrance(
    tmp_path: Path, holder: Callable[..., subprocess.Popen[bytes]], how: signal.Signals
) -> None:
    """However a stack ended, its file counts for nothing: nothing is up, and the lock can be taken."""
    path = tmp_path / "run" / "stack.json"
    with holder() as process:
        process.send_signal(how)
    assert path.read_text("utf-8")
    assert lock.read(path) is None
    lock.Lock(path).release()


def test_down_stops_the_stack_and_waits(
    tmp_path: Path, holder: Callable[..., subprocess.Popen[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    """`down` ends the process that holds the lock, and says so; where nothing is up it says that, both exit code 0."""
    with holder() as process:
        assert run(["down", "--data-dir", str(tmp_path)]) == 0
        assert process.wait(5) == -signal.SIGTERM
    assert run(["down", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Stopped.\nNothing is up.\n"


def test_status_shows_who_runs_without_a_stack(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collector by itself is shown while its beat goes on, exit code 0; without any the folder is named, and how to
    look at another one, exit code 1.
    """  # noqa: D205 - one sentence
    look = ["status", "--data-dir", str(tmp_path)]
    assert run(look) == 1
    said = " ".join(capsys.readouterr().out.split())
    assert said.startswith(
        f"Nothing is up on the data folder {tmp_path}; --data-dir or TIDEGATE_DATA_DIR names another"
    )
    beat = Beat(Folder(tmp_path).beat("collector"), "collector")
    beat.write("running", {"accepted.usage": 3})
    assert run(look) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"No stack is up on the data folder {tmp_path}; by themselves run:")
    assert f"collector  running  {os.getpid()}" in said
    assert run([*look, "--format", "json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["phase"], [service["service"] for service in told["services"]]) == ("down", ["collector"])
    beat.write("waiting", {})
    assert run(look) == 1
    beat.write("stopped", {})
    assert run(look) == 1
    assert "Nothing is up" in capsys.readouterr().out.splitlines()[-1]


def test_down_gives_up_in_time(
    tmp_path: Path, holder: Callable[..., subprocess.Popen[bytes]], capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack that does not stop within the time is told with exit code 2."""
    with holder("deaf") as process:
        assert run(["down", "--data-dir", str(tmp_path), "--within", "0.3"]) == 2
        assert "did not stop within 0.3 s" in capsys.readouterr().err
        process.kill()


def test_nothing_up_is_exit_code_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`status` where nothing is up says what to do."""
    assert run(["status", "--data-dir", str(tmp_path)]) == 1
    assert "tidegate up" in capsys.readouterr().out


def test_a_taken_port_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A collector port or Kafka port in use stops `up` before anything starts: which, which option, exit code 2."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for option in ("--port", "--grpc-port", "--kafka-port"):
            other = [of for free in ("--port", "--grpc-port") if free != option for of in (free, "0")]
            assert run(["up", "--data-dir", str(tmp_path), option, str(port), *other]) == 2
            error = f"Error: port {port} is taken: choose another with {option}, or stop what listens there\n"
            assert capsys.readouterr().err == error
    assert not (tmp_path / "kafka").exists()
    assert lock.read(tmp_path / "run" / "stack.json") is None


def test_a_free_port_is_given() -> None:
    """Port 0 gives one that is free; a host that is not this machine's is refused."""
    assert free("127.0.0.1", 0, "--port") > 1023
    with pytest.raises(Problem, match=r"taken|not one of this machine"):
        free("203.0.113.1", 0, "--host")
