"""`tidegate collector --workers N`: whole collectors of one process each, behind one port, and who looks after them.

    supervisor   binds the ports, and takes no request
      worker 0 … N-1   accept on the one HTTP socket, which outlives each of them; each has a gRPC socket of its own on
                       the one gRPC port (SO_REUSEPORT); each has its own spill, connection to Kafka and beat

A worker that ends is started again. When the supervisor is told to stop, all finish what they accepted; when it is
killed, they notice by the end of a pipe, and do the same.
"""

from __future__ import annotations

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.errors import CannotListen
from collector.serve import listen
from deploy.signals import handled
from deploy.status import Beat, Status, read_beat

SOON: Final = 5.0  # seconds: who ends sooner is started again later and later
LONGEST: Final = 30.0  # seconds until a start, at most
_LOOK: Final = 0.1  # seconds
_STATES: Final = frozenset({"spill_bytes"})  # counts that are no sums: they end with who told them
_READY: Final = b"r"


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

    def listening(self) -> socket.socket:
        """Give the HTTP socket."""
        return socket.socket(fileno=self.http)

    def ready(self) -> None:
        """Tell the supervisor that requests are taken."""
        os.write(self.pipe, _READY)

    def follow(self) -> None:
        """Stop as at SIGTERM once the supervisor is gone."""

        def watch() -> None:
            while os.read(self.pipe, 1):
                pass
            os.kill(os.getpid(), signal.SIGTERM)

        threading.Thread(target=watch, name="supervisor", daemon=True).start()


def beat_of(folder: Path, number: int) -> Path:
    """Say where a worker's beat is."""
    return folder / f"collector-worker-{number}.json"


class Ports:
    """Both ports of all workers, bound for as long as this lives."""

    def __init__(self, host: str, port: int, grpc_port: int | None) -> None:
        """Bind them; 0 is one that is free. Raises `CannotListen`."""
        self.http = listen(host, port)
        self._grpc: socket.socket | None = None
        try:
            if grpc_port is not None:
                self._grpc = _bound(host, grpc_port, self.http.family)
        except CannotListen:
            self.http.close()
            raise

    @property
    def grpc(self) -> int:
        """The gRPC port; 0 when there is none."""
        return int(self._grpc.getsockname()[1]) if self._grpc else 0

    @property
    def port(self) -> int:
        """The HTTP port."""
        return int(self.http.getsockname()[1])

    def close(self) -> None:
        """Let go."""
        self.http.close()
        if self._grpc:
            self._grpc.close()


def _bound(host: str, port: int, family: int) -> socket.socket:
    """Hold a port that workers share: bound and not listening, it is given no connection. Raises `CannotListen`."""
    with contextlib.closing(listen(host, port)) as probe:  # somebody else's port is an error, SO_REUSEPORT or not
        port = probe.getsockname()[1]
    held = socket.socket(family, socket.SOCK_STREAM)
    try:
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        held.bind((host, port))
    except OSError as error:
        held.close()
        why = os.strerror(error.errno or 0).lower()
        raise CannotListen(f"cannot listen on {host}:{port} for gRPC: {why}; choose another port") from None
    return held


@dataclass(slots=True)
class _Worker:
    number: int
    process: subprocess.Popen[bytes] | None = None
    pipe: socket.socket | None = None
    ready: bool = False
    again: bool = False  # it has to read again what it can, once it is ready
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0


class Supervisor:
    """Starts workers, starts them again, stops them."""

    def __init__(
        self,
        number: int,
        ports: Ports,
        folder: Path,
        tell: Callable[[str], None],
        listening: str,
        command: Sequence[str] | None = None,
    ) -> None:
        """Start nothing yet. `folder` is where beats are; `listening` is told once all of them take requests.

        `command` is a worker's command line without its place; by default it is this process's own.
        """
        self._ports, self._folder, self._tell, self._listening = ports, folder, tell, listening
        self._workers = [_Worker(n) for n in range(number)]
        self._command = command or (sys.executable, *sys.orig_argv[1:])
        self._heard: list[int] = []
        self._open = self._stopping = False
        self._code = 0
        self._last: dict[int, Status] = {}
        self._gone: Counter[str] = Counter()

    def run(self) -> int:
        """Look after them until told to stop; gives the exit code: 0, 1 (one ended badly), 2 (none can begin)."""
        for worker in self._workers:
            beat_of(self._folder, worker.number).unlink(missing_ok=True)
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        hearing = handled(numbers, lambda number, _: self._heard.append(number))
        with hearing, Beat(self._folder / "collector.json", "collector").beating(self._beat):
            while not (self._stopping and all(worker.process is None for worker in self._workers)):
                self._obey()
                for worker in self._workers:
                    self._look_after(worker)
                time.sleep(_LOOK)
        return self._code

    def counts(self) -> Mapping[str, int]:
        """Add up what became of all records, of workers that are no more, too."""
        for worker in self._workers:
            status, last = read_beat(beat_of(self._folder, worker.number)), self._last.get(worker.number)
            if status is None:
                continue
            if last and last.pid != status.pid:
                self._gone.update({name: n for name, n in last.counts.items() if name not in _STATES})
            self._last[worker.number] = status
        total = Counter(self._gone)
        for status in self._last.values():
            total.update(status.counts)
        return dict(total)

    def _beat(self) -> tuple[str, Mapping[str, int]]:
        if self._stopping:
            return "stopped" if all(worker.process is None for worker in self._workers) else "running", self.counts()
        return "running" if self._open else "starting", self.counts()

    def _obey(self) -> None:
        """Pass signals on; a second one to stop ends all at once."""
        while self._heard:
            number = self._heard.pop(0)
            if number == signal.SIGHUP:
                for worker in self._workers:
                    self._reload(worker)
            else:
                self._send(signal.SIGKILL if self._stopping else signal.SIGTERM)
                self._stopping = True

    def _send(self, number: int) -> None:
        for worker in self._workers:
            if worker.process is not None:
                worker.process.send_signal(number)

    def _reload(self, worker: _Worker) -> None:
        """Have it read again what it can; one that is starting may have read half, and would die of the signal."""
        worker.again = worker.process is not None and not worker.ready
        if worker.process is not None and worker.ready:
            worker.process.send_signal(signal.SIGHUP)

    def _look_after(self, worker: _Worker) -> None:
        now = time.monotonic()
        if worker.process is None:
            # The first one alone at first: what is wrong with the settings is told once.
            may = worker.number == 0 or self._open or self._workers[0].ready
            if may and not self._stopping and now >= worker.due:
                self._start(worker, now)
            return
        if not worker.ready and _says_ready(worker):
            worker.ready = True
            if worker.again:
                self._reload(worker)
            if not self._open and all(each.ready for each in self._workers):
                self._open = True
                self._tell(self._listening)
        if worker.process.poll() is not None:
            self._ended(worker, worker.process.returncode, now)

    def _start(self, worker: _Worker, now: float) -> None:
        worker.pipe, theirs = socket.socketpair()
        place = Place(worker.number, len(self._workers), self._ports.http.fileno(), theirs.fileno(), self._ports.grpc)
        command = (*self._command, "--worker", place.written())
        # A process group of its own: Ctrl-C is the supervisor's to pass on.
        worker.process = subprocess.Popen(command, pass_fds=(place.http, place.pipe), process_group=0)  # noqa: S603
        theirs.close()
        worker.began = now

    def _ended(self, worker: _Worker, code: int, now: float) -> None:
        was_ready, worker.process, worker.ready, worker.again = worker.ready, None, False, False
        if worker.pipe:
            worker.pipe.close()
        if self._stopping:
            self._code = self._code or int(code != 0)
            return
        if not self._open and not was_ready:  # it has said why
            self._code = 2 if code == 2 else 1  # noqa: PLR2004 - usage
            self._stopping = True
            self._send(signal.SIGTERM)
            return
        worker.pause = 0.0 if now - worker.began > SOON else min(LONGEST, max(1.0, 2 * worker.pause))
        worker.due = now + worker.pause
        when = f" in {worker.pause:.0f} s" if worker.pause else ""
        self._tell(f"worker {worker.number} ended with {code}, and is started again{when}")


def _says_ready(worker: _Worker) -> bool:
    if worker.pipe is None or not select.select((worker.pipe,), (), (), 0)[0]:
        return False
    return worker.pipe.recv(1) == _READY
