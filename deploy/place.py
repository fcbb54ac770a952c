"""Where a collector is: alone, with all there is, or one of several workers, with what its supervisor gave it."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from collector import logbook
from collector.listening import look
from collector.settings import CollectorSettings
from collector.together import Together
from deploy.spills import take_over_leftovers

READY: Final = b"r"

Page: TypeAlias = Callable[[], bytes]


def beat_of(folder: Path, number: int) -> Path:
    """Say where a worker's beat is."""
    return folder / f"collector-worker-{number}.json"


@dataclass(frozen=True, slots=True)
class Alone:
    """The one collector."""

    number: int = 0
    of: int = 1
    grpc_port: int = 0  # none is shared

    def begin(self, settings: CollectorSettings) -> None:
        """Take over what workers left that are no more."""
        take_over_leftovers(settings)

    def look(self, settings: CollectorSettings) -> None:
        """See that the ports are free, before Kafka is waited for. Raises `CannotListen`."""
        look(settings.host, settings.port)
        if settings.grpc_port != "off":
            look(settings.host, settings.grpc_port)

    def beat(self, folder: Path) -> Path:
        """Say where the beat is."""
        return folder / "collector.json"

    def listening(self) -> socket.socket | None:
        """Have no socket yet."""
        return None

    def taking(self, line: str) -> None:
        """Say that requests are taken, and where."""
        logbook.tell(line)

    def metrics(self, _folder: Path, own: Page) -> AbstractContextManager[Page]:
        """Show one's own metrics."""
        return contextlib.nullcontext(own)


@dataclass(frozen=True, slots=True)
class Place:
    """A worker's place: which of how many, and the file descriptors that it was given."""

    number: int
    of: int
    http: int
    pipe: int
    grpc_port: int  # 0: none

    def written(self) -> str:
        """Write it for a command line."""
        return ":".join(map(str, (self.number, self.of, self.http, self.pipe, self.grpc_port)))

    @classmethod
    def read(cls, text: str) -> Place:
        """Read what `written` wrote."""
        return cls(*map(int, text.split(":")))

    def begin(self, _settings: CollectorSettings) -> None:
        """Stop as at SIGTERM once the supervisor is gone."""

        def watch() -> None:
            while os.read(self.pipe, 1):
                pass
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, name="supervisor", daemon=True).start()

    def beat(self, folder: Path) -> Path:
        """Say where the beat is."""
        return beat_of(folder, self.number)

    def look(self, _settings: CollectorSettings) -> None:
        """Have the ports of the supervisor."""

    def listening(self) -> socket.socket | None:
        """Give the HTTP socket."""
        return socket.socket(fileno=self.http)

    def taking(self, _line: str) -> None:
        """Tell the supervisor that requests are taken."""
        os.write(self.pipe, READY)

    @contextlib.contextmanager
    def metrics(self, folder: Path, own: Page) -> Iterator[Page]:
        """Show all workers' metrics."""
        together = Together(folder, self.number, self.of, own)
        with together.told():
            yield together.exposition
