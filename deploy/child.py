"""One service as a child process that never outlives its owner: it runs under the keeper that also keeps Kafka."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from broker.local import keeper
from deploy.status import read_beat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from deploy.status import Status

_LAST_LINE = 300  # characters
_TAIL = 8192  # bytes


@dataclass(frozen=True, slots=True)
class Spec:
    """What to run: command, environment, where its output goes, and the beat file it keeps."""

    name: str
    command: Sequence[str]
    environment: Mapping[str, str]
    log: Path
    beat: Path


class Child:
    """A running service."""

    def __init__(self, spec: Spec) -> None:
        """Start it; output is appended to its log."""
        self.spec = spec
        spec.log.parent.mkdir(parents=True, exist_ok=True)
        with contextlib.suppress(FileNotFoundError):
            spec.beat.unlink()
        with spec.log.open("ab") as output:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-I", "-S", keeper.__file__, *spec.command],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(spec.environment),
                start_new_session=True,  # Ctrl-C is for the owner, who then stops us in order
            )
        self.started = time.monotonic()

    def alive(self) -> bool:
        """Say whether it runs."""
        return self._keeper.poll() is None

    def beat(self) -> Status | None:
        """Give its newest beat; None before the first one."""
        return read_beat(self.spec.beat)

    def last_line(self) -> str:
        """Give the last line of its log."""
        try:
            with self.spec.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - _TAIL))
                lines = file.read().decode("utf-8", "replace").splitlines()
        except OSError:
            return ""
        return next((line.strip()[:_LAST_LINE] for line in reversed(lines) if line.strip()), "")

    def kill(self) -> None:
        """Kill the service itself at once, as a crash would."""
        beat = self.beat()
        if beat is not None and self.alive():
            with contextlib.suppress(ProcessLookupError):
                os.kill(beat.pid, signal.SIGKILL)
        else:
            self._keeper.kill()  # and Linux kills what it keeps
        self._keeper.wait()
        self._let_go()

    def release(self) -> None:
        """Let go of the rope: the keeper stops the service."""
        self._let_go()

    def wait(self) -> None:
        """Wait for the end; the keeper bounds it."""
        try:
            self._keeper.wait(keeper.PATIENCE + 5)
        except subprocess.TimeoutExpired:
            self._keeper.kill()
            self._keeper.wait()

    def _let_go(self) -> None:
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()
