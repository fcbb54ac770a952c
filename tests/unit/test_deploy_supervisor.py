"""Services are started, watched, started again, and given up in time: on real processes."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from deploy.child import Child, Spec
from deploy.errors import Problem
from deploy.states import of_beat
from deploy.status import Status
from deploy.supervisor import Policy, Supervisor
from tests.waiting import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

QUICK = Policy(ready_within=10, restarts=2, window=30, first_wait=0.01, longest_wait=0.02, poll=0.01)
WELL = """
import pathlib, sys, time
from deploy.status import Beat
print("at work", flush=True)
Beat(pathlib.Path(sys.argv[1]), "well").write("running", {"seen": 3})
time.sleep(60)
"""


def spec(tmp_path: Path, script: str = WELL, name: str = "well") -> Spec:
    """A service that runs a script."""
    beat = tmp_path / f"{name}.json"
    return Spec(name, (sys.executable, "-P", "-c", script, str(beat)), {}, tmp_path / f"{name}.log", beat)


@contextmanager
def supervised(*specs: Spec, policy: Policy = QUICK) -> Iterator[tuple[Supervisor, list[str]]]:
    """Services under a supervisor, and the lines it tells."""
    told: list[str] = []
    supervisor = Supervisor(specs, told.append, policy)
    try:
        yield supervisor, told
    finally:
        supervisor.stop()


def running(pid: int | None) -> bool:
    """Whether a process is there."""
    try:
        os.kill(pid or 0, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_service_that_beats_is_ready(tmp_path: Path) -> None:
    """Starting returns once the service's beat says running, and shows its counts; stopping ends the process."""
    with supervised(spec(tmp_path)) as (supervisor, told):
        supervisor.start()
        state = supervisor.states()["well"]
        assert (state.state, state.counts, state.restarts) == ("running", {"seen": 3}, 0)
        assert told == ["well is ready"]
    assert supervisor.states()["well"].state == "stopped"
    assert not running(state.pid)


def test_a_beat_of_a_run_before_counts_for_nothing(tmp_path: Path) -> None:
    """A stale beat that says running does not make a service ready that never got there."""
    mute = spec(tmp_path, "import time; time.sleep(60)")
    mute.beat.write_text('{"service": "well", "pid": 1, "state": "running", "counts": {}, "at": 9e9}', "utf-8")
    with (
        supervised(mute, policy=Policy(ready_within=0.3)) as (supervisor, _),
        pytest.raises(Problem, match=r"was not ready within 0\.3 s.*well\.log"),
    ):
        supervisor.start()


def test_a_service_that_dies_while_starting_is_told_with_its_last_words(tmp_path: Path) -> None:
    """The error has the last line of the log, and the log's name."""
    broken = spec(tmp_path, "print('one'); print('no key: make one'); raise SystemExit(2)", "broken")
    with (
        supervised(spec(tmp_path), broken) as (supervisor, _),
        pytest.raises(Problem, match=r"the broken ended while starting: no key: make one \(see .*broken\.log\)"),
    ):
        supervisor.start()


def test_a_killed_service_is_started_again(tmp_path: Path) -> None:
    """After kill -9 of a service there is another process of it, one restart is counted, and it was told."""
    with supervised(spec(tmp_path)) as (supervisor, told):
        supervisor.start()
        before = supervisor.states()["well"].pid
        supervisor.kill("well")
        assert not running(before)
        eventually(lambda: supervisor.states()["well"].ready)
        after = supervisor.states()["well"]
        assert after.pid != before
        assert after.restarts == 1
        assert "the well died and is started again: at work" in told[-1]
        assert supervisor.failed is None


def test_a_service_that_keeps_dying_is_given_up(tmp_path: Path) -> None:
    """More deaths within the window than the policy allows end the attempts with one clear line."""
    brief = WELL.replace("time.sleep(60)", "time.sleep(0.2); raise SystemExit('the disk is full')")
    with supervised(spec(tmp_path, brief)) as (supervisor, told):
        supervisor.start()
        eventually(lambda: supervisor.failed)
        assert str(supervisor.failed).startswith("the well died 3 times in 30 s: the disk is full (see ")
        assert supervisor.states()["well"].restarts == 2
        assert len([line for line in told if "started again" in line]) == 2


def test_the_wait_grows_up_to_its_limit() -> None:
    """Each further death doubles the wait, up to the longest."""
    assert [Policy().wait(deaths) for deaths in (1, 2, 3, 5, 6, 9)] == [0.2, 0.4, 0.8, 3.2, 5.0, 5.0]


OWNER = """
import pathlib, sys, time
from deploy.child import Child, Spec
folder = pathlib.Path(sys.argv[1])
beat = folder / "well.json"
child = Child(Spec("well", (sys.executable, "-P", "-c", sys.argv[2], str(beat)), {}, folder / "well.log", beat))
while child.beat() is None:
    time.sleep(0.01)
print(child.beat().pid, flush=True)
time.sleep(60)
"""


def test_a_service_dies_with_its_owner(tmp_path: Path) -> None:
    """When the owner is killed with -9, the service it started is gone shortly after."""
    command = [sys.executable, "-P", "-c", OWNER, str(tmp_path), WELL]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as owner:  # noqa: S603 - our own interpreter
        assert owner.stdout is not None
        pid = int(owner.stdout.readline())
        assert running(pid)
        owner.send_signal(signal.SIGKILL)
    eventually(lambda: not running(pid))


def test_a_service_is_killed_before_its_first_beat_too(tmp_path: Path) -> None:
    """Killing a service that has not beaten yet ends it all the same."""
    child = Child(spec(tmp_path, "import time; time.sleep(60)"))
    child.kill()
    assert not child.alive()


def test_a_service_sees_the_environment_it_is_given_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the owner's environment reaches a service."""
    monkeypatch.setenv("TIDEGATE_KAFKA_PASSWORD", "the super user's")
    child = Child(spec(tmp_path, "import os; print(sorted(os.environ), flush=True)"))
    eventually(lambda: not child.alive())
    child.release()
    assert "TIDEGATE" not in child.last_line()
    assert "PATH" not in child.last_line()


def test_a_service_without_a_fresh_beat_is_silent() -> None:
    """A running service whose beat is ten seconds old is shown as silent, a stopped one as stopped."""
    now = time.time()
    assert of_beat("a", Status("a", 1, "running", {}, now - 1)).state == "running"
    assert of_beat("a", Status("a", 1, "running", {}, now - 11)).state == "silent"
    assert of_beat("a", Status("a", 1, "stopped", {}, now - 11)).state == "stopped"
    assert of_beat("a", None).state == "starting"


def test_a_service_that_cannot_be_started_just_now_is_started_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The machine has no process left for a moment: whoever watches goes on, and says so."""
    start, full = subprocess.Popen, [BlockingIOError()]

    def popen(*arguments: Any, **more: Any) -> subprocess.Popen[bytes]:  # noqa: ANN401 - as it is
        if full:
            raise full.pop()
        return start(*arguments, **more)

    with supervised(spec(tmp_path)) as (supervisor, told):
        supervisor.start()
        monkeypatch.setattr("deploy.child.subprocess.Popen", popen)
        supervisor.kill("well")
        eventually(lambda: supervisor.states()["well"].restarts == 1)
        eventually(lambda: supervisor.states()["well"].ready)
    assert told[2:] == ["the well can't be started just now (BlockingIOError)"]
