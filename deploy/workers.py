"""`tidegate collector --workers N`: whole collectors of one process each, behind one port, and who looks after them.

    supervisor   binds the ports, and takes no request
      worker 0 … N-1   each has a socket of its own on either port (SO_REUSEPORT), so that the system spreads
                       connections; each has its own spill, connection to Kafka and beat

A worker that ends is started again. One that serves says so every second, out of its event loop; who is silent for long
is stuck, or stopped, and is killed. A worker's HTTP socket is held by the supervisor, too: what waits there to be
accepted waits for the next one. Not for long: while one is to be started only after a pause, or takes its time to
begin, its socket does not listen, and the others get all connections.

When the supervisor is told to stop, all finish what they accepted; when it is killed, they notice by the end of a pipe,
and do the same.
"""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from collector.listening import cease, listens
from deploy.place import Place, beat_of, first_beat
from deploy.shared_ports import Ports
from deploy.signals import handled
from deploy.status import Status, read_beat

SOON: Final = 5.0  # seconds: who ends sooner is started again later and later
LONGEST: Final = 30.0  # seconds until a start, at most
WAITS: Final = 5.0  # seconds that connections wait for the next worker: a stock SDK gives up after 10
STUCK: Final = 30.0  # seconds of silence: a worker's loop goes round many times a second, under any load
_LOOK: Final = 0.1  # seconds
_STATES: Final = frozenset({"spill_bytes", "spill_aside"})  # counts that are no sums: they end with who told them


@dataclass(slots=True)
class _Worker:
    number: int
    http: socket.socket
    process: subprocess.Popen[bytes] | None = None
    pipe: socket.socket | None = None
    ready: bool = False
    again: bool = False  # it has to read again what it can, once it is ready
    awaited: bool = False  # connections wait for it
    silent: float = 0.0  # seconds, counted by our looks: who sleeps together with us is not blamed for it
    began: float = 0.0
    pause: float = 0.0
    due: float = 0.0


class Supervisor:
    """Starts workers, starts them again, stops them."""

    def __init__(
        self,
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
        self._workers = [_Worker(number, each) for number, each in enumerate(ports.sockets)]
        self._command = command or (sys.executable, *sys.orig_argv[1:])
        self._heard: list[int] = []
        self._open = self._stopping = False
        self._code = 0
        self._pids: set[int] = set()
        self._last: dict[int, Status] = {}
        self._gone: Counter[str] = Counter()

    def run(self) -> int:
        """Look after them until told to stop; gives the exit code: 0, 1 (one ended badly), 2 (none can begin).

        Raises:
            CannotStart: the folder can't be written.
        """
        beat = first_beat(self._folder / "collector.json")
        for worker in self._workers:
            beat_of(self._folder, worker.number).unlink(missing_ok=True)
        numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        hearing = handled(numbers, lambda number, _: self._heard.append(number))
        with hearing, beat.beating(self._beat):
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
            if status is None or status.pid not in self._pids:  # of a supervisor that was killed, and finishes
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
        if not self._open:
            return "starting", self.counts()
        return "running" if any(worker.ready for worker in self._workers) else "restarting", self.counts()

    def _obey(self) -> None:
        """Pass signals on; a second one to stop ends all at once."""
        while self._heard:
            number = self._heard.pop(0)
            if number == signal.SIGHUP:
                for worker in () if self._stopping else self._workers:
                    self._reload(worker)
            else:
                self._stop(signal.SIGKILL if self._stopping else signal.SIGTERM)

    def _stop(self, number: int) -> None:
        self._stopping = True
        for worker in self._workers:
            worker.silent = 0.0  # one that was starting had nothing to say
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
        speaks = _speaks(worker)
        worker.silent = 0.0 if speaks else worker.silent + _LOOK
        if not worker.ready:
            if speaks:
                self._begins(worker, worker.process)
            elif worker.awaited and now - worker.began > WAITS:
                self._await_no_more(worker)
        if worker.silent > STUCK and (worker.ready or self._stopping):
            worker.silent = 0.0
            self._tell(f"worker {worker.number} is stuck: nothing was heard of it for {STUCK:.0f} s; it is killed")
            worker.process.kill()
        if worker.process.poll() is not None:
            self._ended(worker, worker.process.returncode, now)

    def _begins(self, worker: _Worker, process: subprocess.Popen[bytes]) -> None:
        worker.ready, worker.awaited = True, False
        if not listens(worker.http):  # it began at the very moment in which it was not awaited any more
            process.terminate()
        if worker.again:
            self._reload(worker)
        if not self._open and all(each.ready for each in self._workers):
            self._open = True
            self._tell(self._listening)

    def _await_no_more(self, worker: _Worker) -> None:
        cease(worker.http)
        worker.awaited = False

    def _start(self, worker: _Worker, now: float) -> None:
        number, of, http = worker.number, len(self._workers), worker.http.fileno()
        try:
            worker.pipe, theirs = socket.socketpair()
            with contextlib.closing(theirs):
                place = Place(number, of, http, theirs.fileno(), self._ports.grpc)
                command = (*self._command, "--worker", place.written())
                # A process group of its own: Ctrl-C is the supervisor's to pass on.
                worker.process = subprocess.Popen(command, pass_fds=(http, place.pipe), process_group=0)  # noqa: S603
                self._pids.add(worker.process.pid)
        except OSError as error:  # no memory, no process or no file is left just now
            if worker.pipe:
                worker.pipe.close()
            self._later(worker, now, f"worker {number} can't be started ({type(error).__name__})")
        worker.began, worker.silent = now, 0.0

    def _later(self, worker: _Worker, now: float, why: str) -> None:
        worker.pause = min(LONGEST, max(1.0, 2 * worker.pause))
        worker.due = now + worker.pause
        self._await_no_more(worker)
        self._tell(f"{why}, and is started again in {worker.pause:.0f} s")

    def _ended(self, worker: _Worker, code: int, now: float) -> None:
        was_ready, worker.process, worker.ready, worker.again = worker.ready, None, False, False
        if worker.pipe:
            worker.pipe.close()
        if self._stopping:
            in_time = code == 0 or (code == -signal.SIGTERM and not was_ready)  # that one had accepted nothing yet
            self._code = self._code or int(not in_time)
            cease(worker.http)
            return
        if not self._open and not was_ready:
            if code < 0:  # else it has said why
                self._tell(f"worker {worker.number} ended with {code} while it was starting: all are stopped")
            self._code = 2 if code == 2 else 1  # noqa: PLR2004 - usage
            self._stop(signal.SIGTERM)
            return
        why = f"worker {worker.number} ended with {code}"
        if now - worker.began <= SOON:
            self._later(worker, now, why)
            return
        self._tell(f"{why}, and is started again")
        worker.pause, worker.awaited = 0.0, True
        self._start(worker, now)


def _speaks(worker: _Worker) -> bool:
    """Tell whether it has said since the last look that it serves."""
    with contextlib.suppress(OSError):  # nothing was said
        return worker.pipe is not None and worker.pipe.recv(4096, socket.MSG_DONTWAIT) != b""
    return False
