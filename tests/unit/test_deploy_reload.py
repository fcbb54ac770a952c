"""SIGHUP on a running collector: a new catalogue counts from the next request on, a broken one does not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collector.errors import CannotStart
from collector.spill.store import Spill
from deploy import keys
from deploy.reload import reload_on_signal
from deploy.signals import held
from schemas.catalogue import SHIPPED
from schemas.keyfile import read_storage_key
from tests.unit.catalogue_copies import change
from tests.unit.collector_running import WITHIN, Running
from tests.unit.gate_samples import CANARY, SNEAKY


@pytest.fixture(name="running")
def a_running_collector(tmp_path: Path) -> Iterator[Running]:
    """Run one; stop it afterwards."""
    running = Running(tmp_path)
    try:
        yield running
    finally:
        running.end()


def test_a_running_collector_takes_up_a_new_catalogue_and_leaves_a_broken_one(running: Running) -> None:
    """What the new catalogue refuses is refused from then on; a broken one is told in one line and changes nothing."""
    assert "refused" not in running.take()
    change(running.catalogue, "catalogue.yaml", lambda head: head.update(scopes=["meetings.media"]))
    assert running.reload() == "collector: reloaded: catalogue, keys and tokens"
    assert "refused 1 of 1: scope 1" in running.take()
    (running.catalogue / "catalogue.yaml").write_text(f"scopes: [{CANARY}\n")
    line = running.reload()
    assert line.startswith("collector: nothing was reloaded, what was in force stays: catalogue.yaml")
    assert SNEAKY not in line
    assert "refused 1 of 1: scope 1" in running.take()
    shutil.copyfile(SHIPPED / "catalogue.yaml", running.catalogue / "catalogue.yaml")
    running.reload()
    assert "refused" not in running.take()
    assert "tidegate_collector_received_total 4.0" in httpx.get(f"{running.url}/metrics").text


def test_what_is_reloaded_is_told_as_it_is(running: Running, tmp_path: Path) -> None:
    """Tokens that can't be read are not said to be; another pseudonym key for today is told, without a byte of it."""
    (tmp_path / "keys" / "tokens.json").write_text("[")
    running.process.send_signal(signal.SIGHUP)
    assert running.told("until then nothing is taken").startswith("collector: the tokens file can't be read: ")
    assert running.told("reloaded") == "collector: reloaded: catalogue and keys"
    (tmp_path / "keys" / "telemetry.key").write_text("f00d" * 16)
    running.process.send_signal(signal.SIGHUP)
    assert "f00d" not in running.told("was replaced before its end")


def test_whatever_goes_wrong_the_next_signal_is_heard() -> None:
    """A catalogue folder that is away for a moment, a defect of ours: one line each, without a defect's text."""
    told, wrong = list[str](), [CannotStart("there is no catalogue folder"), ZeroDivisionError(CANARY)]

    def again() -> str:
        if wrong:
            raise wrong.pop(0)
        return "reloaded"

    with reload_on_signal(again, told.append):
        for number in range(1, 4):
            os.kill(os.getpid(), signal.SIGHUP)
            end = time.monotonic() + WITHIN
            while len(told) < number and time.monotonic() < end:
                time.sleep(0.01)
    stays = "nothing was reloaded, what was in force stays"
    assert told[0] == f"{stays}: there is no catalogue folder"
    assert told[1].startswith(f"{stays}: internal: ZeroDivisionError at ")
    assert told[2:] == ["reloaded"]
    assert SNEAKY not in "".join(told)


def test_a_signal_that_is_held_waits_for_its_handler() -> None:
    """It would end the process; then what came before is one call; what is not waited for is gone.

    Sent to this thread: one that the tests began before holds nothing.
    """
    told = list[str]()
    with held(signal.SIGHUP):
        signal.pthread_kill(threading.get_ident(), signal.SIGHUP)
        with reload_on_signal(lambda: "reloaded", told.append):
            end = time.monotonic() + WITHIN
            while not told and time.monotonic() < end:
                time.sleep(0.01)
        signal.pthread_kill(threading.get_ident(), signal.SIGHUP)
    assert told == ["reloaded"]
    assert signal.SIGHUP not in signal.pthread_sigmask(signal.SIG_BLOCK, ())


@pytest.mark.parametrize("workers", ["1", "2"])
def test_sighup_ends_no_collector_that_is_starting(workers: str, tmp_path: Path) -> None:
    """While it waits for its spill, it goes on waiting, and reads everything again once it is ready."""
    storage = read_storage_key(keys.new(tmp_path / "keys").storage)
    other = Spill(tmp_path / "spill", storage, most=2**20, clock=time.time, tell=print)
    command = (sys.executable, "-m", "deploy.cli", "collector", "--data-dir", str(tmp_path), "--workers", workers)
    settings = {"TIDEGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9", "TIDEGATE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT"}
    with subprocess.Popen(  # noqa: S603 - ours
        (*command, "--port", "0", "--grpc-port", "off"),
        env={"PATH": os.environ["PATH"], **settings},
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr
        lines = (line for line in process.stderr if "library" not in line)
        assert any("the spill is held" in line for line in lines)
        process.send_signal(signal.SIGHUP)
        time.sleep(0.5)
        other.close()
        assert any("taking OTLP on" in line for line in lines)
        process.send_signal(signal.SIGHUP)
        assert any("reloaded" in line for line in lines)
        process.terminate()
        assert process.wait(WITHIN) == 0
