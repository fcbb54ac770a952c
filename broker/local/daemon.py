"""A local cluster in the background: `up`, `down` and `status` from any shell.

A process of its own owns the cluster and holds `run/broker.json` of the data folder, in which others read about it.
While it starts it reports to whoever called `up`, a JSON object a line: {"tell": …}, then {"up": …} or {"error": …}.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from broker.local.cluster import LocalCluster
from broker.local.errors import LocalKafkaError
from broker.local.layout import SUPER_USER
from broker.local.lock import Lock, Taken, read_held
from broker.port import BrokerError, Connection

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_LOOK = 0.2  # seconds
_STOP_WITHIN = 60.0  # seconds


@dataclass(frozen=True, slots=True)
class State:
    """A cluster that is up; `started` is in seconds since the epoch."""

    pid: int
    started: float
    bootstrap: str
    nodes: int


def status(data_dir: Path) -> State | None:
    """Tell about the cluster of this data folder; None when none is up, or not yet."""
    text = read_held(_state_file(data_dir))
    return State(**json.loads(text)) if text else None


def admin(data_dir: Path) -> Connection:
    """Give the super user's way in."""
    state = status(data_dir)
    if state is None:
        raise LocalKafkaError("no local Kafka is up on this data folder: `tidegate broker up` starts one")
    password = (data_dir / "kafka" / "secret").read_text("utf-8")
    return Connection(state.bootstrap, SUPER_USER, password)


def up(data_dir: Path, nodes: int, ports: Sequence[int], tell: Callable[[str], None]) -> tuple[State, bool]:
    """Start a cluster in the background and wait until it answers; one that is up already is left alone.

    Returns its state, and whether it was started now.

    Raises:
        LocalKafkaError: with what to do about it.
    """
    if (state := status(data_dir)) is not None:
        return state, False
    (data_dir / "logs").mkdir(parents=True, exist_ok=True)
    with (data_dir / "logs" / "broker.log").open("ab") as log:
        owner = subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-P", "-m", "broker.local.daemon", str(data_dir.absolute()), str(nodes), *map(str, ports)],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            text=True,
        )
    try:
        return _follow(owner, tell, Path(log.name)), True
    except BaseException:
        owner.terminate()
        owner.wait()
        raise
    finally:
        if owner.stdout is not None:
            owner.stdout.close()


def down(data_dir: Path) -> bool:
    """Stop the cluster of this data folder and wait for its end; returns whether there was one."""
    state = status(data_dir)
    if state is None:
        return False
    try:
        os.kill(state.pid, signal.SIGTERM)
    except ProcessLookupError:
        return True
    except PermissionError:
        raise LocalKafkaError(f"Kafka (process {state.pid}) belongs to another user: ask them to stop it") from None
    until = time.monotonic() + _STOP_WITHIN
    while (now := status(data_dir)) is not None and now.pid == state.pid:
        if time.monotonic() > until:
            raise LocalKafkaError(f"Kafka (process {state.pid}) did not stop within {_STOP_WITHIN:.0f} s: kill it")
        time.sleep(_LOOK / 4)
    return True


def _follow(owner: subprocess.Popen[str], tell: Callable[[str], None], log: Path) -> State:
    """Pass on what the owner reports until the cluster is up."""
    for line in owner.stdout or ():
        report = json.loads(line)
        if "up" in report:
            owner.returncode = 0  # it outlives us: nobody is to wait for it
            return State(**report["up"])
        if "error" in report:
            raise LocalKafkaError(report["error"])
        tell(report["tell"])
    raise LocalKafkaError(f"Kafka's owner died while starting: see {log}")


def _own(data_dir: Path, nodes: int, ports: Sequence[int]) -> None:
    """Own a cluster until told to stop, or until it dies."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    signal.signal(signal.SIGINT, lambda *_: stop.set())
    try:
        lock = Lock(_state_file(data_dir))
    except Taken:
        raise LocalKafkaError("Kafka is being started on this data folder already: wait for it") from None
    cluster = LocalCluster(data_dir / "kafka", nodes, ports)
    try:
        cluster.start(lambda text: _report(tell=text))
        state = asdict(State(os.getpid(), time.time(), cluster.bootstrap, nodes))
        lock.write(json.dumps(state))
        _report(up=state)
        _let_go_of_output()
        while cluster.alive() and not stop.wait(_LOOK):
            pass
    finally:
        cluster.stop()
        lock.release()


def _report(**what: object) -> None:
    sys.stdout.write(json.dumps(what) + "\n")
    sys.stdout.flush()


def _let_go_of_output() -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


def _state_file(data_dir: Path) -> Path:
    return data_dir / "run" / "broker.json"


if __name__ == "__main__":
    try:
        _own(Path(sys.argv[1]), int(sys.argv[2]), [int(port) for port in sys.argv[3:]])
    except BrokerError as error:
        _report(error=str(error))
        sys.exit(2)
