"""`tidegate collector` as a process, as an operator runs it: what the tests of its signals and settings share."""

from __future__ import annotations

import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx

from collector.otlp import encode_logs
from deploy import keys
from schemas.catalogue import SHIPPED
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import SNEAKY, record

WITHIN = 60  # seconds


class Running:
    """`tidegate collector` as a process, without Kafka: what it takes goes to its spill."""

    def __init__(self, folder: Path, *arguments: str, **more: str) -> None:
        """Start it on free ports, or as the arguments say; `more` are settings by their names."""
        keys.new(folder / "keys")
        self.catalogue = folder / "catalogue"
        shutil.copytree(SHIPPED, self.catalogue)
        self.lines: queue.Queue[str] = queue.Queue()
        self.heard: list[str] = []  # all of them
        command = (sys.executable, "-m", "deploy.cli", "collector", "--data-dir", str(folder))
        ports = ("--port", "0", "--grpc-port", "0", *arguments)
        settings = {
            "TIDEGATE_KAFKA_BOOTSTRAP": "127.0.0.1:9",
            "TIDEGATE_KAFKA_SECURITY_PROTOCOL": "PLAINTEXT",
            "TIDEGATE_CATALOG": str(self.catalogue),
            **{f"TIDEGATE_{name.upper()}": value for name, value in more.items()},
        }
        self.process = subprocess.Popen(  # noqa: S603 - our own command
            (*command, *ports),
            env={"PATH": os.environ["PATH"], **settings},
            stderr=subprocess.PIPE,
            text=True,
        )
        self.reader = threading.Thread(target=self._read)
        self.reader.start()
        self.url, self.grpc_url, *_ = [*re.findall(r"\w+://[^/ ]+", self.told("taking OTLP on ")), ""]

    def _read(self) -> None:
        for line in self.process.stderr or ():
            self.heard.append(line)
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
