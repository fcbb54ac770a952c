"""SIGHUP on a running collector: a new catalogue counts from the next request on, a broken one does not."""

from __future__ import annotations

import os
import queue
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from collector.otlp import encode_logs
from deploy import keys
from schemas.catalogue import SHIPPED
from tests.unit.catalogue_copies import change
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import CANARY, SNEAKY, record

WITHIN = 60  # seconds


class Running:
    """`tidegate collector` as a process, without Kafka: what it takes goes to its spill."""

    def __init__(self, folder: Path) -> None:
        keys.new(folder / "keys")
        self.catalogue = folder / "catalogue"
        shutil.copytree(SHIPPED, self.catalogue)
        self.lines: queue.Queue[str] = queue.Queue()
        command = (sys.executable, "-m", "deploy.cli", "collector", "--data-dir", str(folder), "--port", "0")
        settings = {
            "TIDEGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "TIDEGATE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
            "TIDEGATE_CATALOG": str(self.catalogue),
        }
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            command, env={"PATH": os.environ["PATH"], **settings}, stderr=subprocess.PIPE, text=True
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.url = self.told("taking OTLP on ").rpartition(" ")[2].removesuffix("/v1/logs")

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.lines.put(line.rstrip("\n"))

    def told(self, what: str) -> str:
        """Wait for a line that says this."""
        while what not in (line := self.lines.get(timeout=WITHIN)):
            assert SNEAKY not in line
        return line

    def reload(self) -> str:
        """Send SIGHUP; gives the line that answers."""
        self.process.send_signal(signal.SIGHUP)
        return self.told("reloaded")

    def take(self) -> str:
        """Send a good record; gives the answer's text."""
        answer = httpx.post(
            f"{self.url}/v1/logs", content=encode_logs([record("call.ended")]), headers=HEADERS, timeout=WITHIN
        )
        assert answer.status_code == 200
        return answer.content.decode("utf-8", "replace")

    def end(self) -> None:
        """Stop it."""
        self.process.terminate()
        assert self.process.wait(WITHIN) == 0
        self.reader.join()
        assert self.process.stderr
        self.process.stderr.close()


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
