"""Where a collector is: alone, with all there is, or one of several workers, with what its supervisor gave it."""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from collector import logbook
from collector.errors import CannotStart
from collector.listening import look
from collector.settings import CollectorSettings
from collector.together import Together
from deploy.spills import take_over_leftovers
from deploy.status import Beat

SERVES: Final = b"s"  # what a worker says to its supervisor, again and again
ENDS_WITHIN: Final = 60.0  # seconds from being told to stop: twice what it takes with Kafka gone

Page: TypeAlias = Callable[[], bytes]


def beat_of(folder: Path, number: int) -> Path:
    """Say where a worker's beat is."""
    return folder / f"collector-worker-{number}.json"


def first_beat(path: Path) -> Beat:
    """Write a collector's first beat, if there is room.

    Raises:
        CannotStart: its folder can't be written.
    """
    beat = Beat(path, "collector")
    try:
        beat.begin("starting", {})
    except OSError as error:
        raise CannotStart(
            f"{path.parent} can't be written ({type(error).__name__}): see the disk, or set data_dir elsewhere"
        ) from None
    return beat


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

    def serving(self) -> None:
        """Have nobody to say it to."""

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
        """Stop as at SIGTERM once the supervisor is gone, and in any case soon: nobody else would end who is stuck."""
        os.set_blocking(self.pipe, False)

        def watch() -> None:
            select.select((self.pipe,), (), ())  # the supervisor says nothing: what comes is its end
            os.kill(os.getpid(), signal.SIGTERM)
            time.sleep(ENDS_WITHIN)
            os.kill(os.getpid(), signal.SIGKILL)

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
        self.serving()

    def serving(self) -> None:
        """Tell the supervisor that the event loop goes round; one that is stopped itself keeps nobody waiting."""
        with contextlib.suppress(OSError):
            os.write(self.pipe, SERVES)

    @contextlib.contextmanager
    def metrics(self, folder: Path, own: Page) -> Iterator[Page]:
        """Show all workers' metrics."""
        together = Together(folder, self.number, self.of, own)
        with together.told():
            yield together.exposition
