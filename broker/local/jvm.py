"""One Java process under its keeper."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from broker.local import keeper
from broker.local.java import java
from broker.local.secret import write_secret

if TYPE_CHECKING:
    from collections.abc import Sequence

_LAST_WORDS = 4000


def options(heap: str, folder: Path) -> list[str]:
    """Java options for a quick start and a small process."""
    return [
        f"-Xmx{heap}",
        "-Xms64m",
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-XX:+ExitOnOutOfMemoryError",
        "-XX:-UsePerfData",
        f"-XX:ErrorFile={folder / 'logs' / 'hs_err_%p.log'}",
        "-Djava.awt.headless=true",
        "-Djava.net.preferIPv4Stack=true",
        "--enable-native-access=ALL-UNNAMED",
        "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
        "-Dorg.slf4j.simpleLogger.showDateTime=true",
        "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
    ]


class Jvm:
    """A running `java`; its arguments stand in a file of mode 0600, so that `ps` shows none of them."""

    def __init__(self, folder: Path, arguments: Sequence[str], classpath: Sequence[Path], log: Path) -> None:
        """Start it. The log of the run before is kept once, as `<log>.1`."""
        self.log = log
        if log.exists():
            log.replace(log.with_name(log.name + ".1"))
        self._arguments = folder / f"{log.stem}.args"
        words = ["-cp", ":".join(str(jar) for jar in classpath), *arguments]
        write_secret(self._arguments, "".join(f'"{_escaped(word)}"\n' for word in words))
        with log.open("wb") as output:
            self._keeper = subprocess.Popen(  # noqa: S603 - our own command
                [sys.executable, "-I", "-S", keeper.__file__, str(java()), f"@{self._arguments}"],
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C is for the owner, who then stops us in order
            )

    def alive(self) -> bool:
        """Say whether it runs."""
        return self._keeper.poll() is None

    def release(self) -> None:
        """Let go of the rope: the keeper stops the process."""
        if self._keeper.stdin is not None:
            self._keeper.stdin.close()

    def wait(self, timeout: float = keeper.PATIENCE + 5) -> int:
        """Wait for the end, kill it when it does not come; returns the exit code."""
        try:
            return self._keeper.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            return -1
        finally:
            self.release()

    def kill(self) -> None:
        """End it at once."""
        self._keeper.kill()
        self._keeper.wait()
        self.release()

    def last_words(self) -> str:
        """Give the last line of its log that names an error, if any, with a comma before it."""
        text = self.log.read_bytes()[-_LAST_WORDS:].decode("utf-8", "replace")
        errors = [line.strip() for line in text.splitlines() if "Exception" in line or "Error" in line]
        return f" ({errors[-1][:200]})" if errors else ""


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')
