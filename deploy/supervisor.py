"""Keeps services running: starts them, waits until each is ready, starts those that die again, gives up in time."""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from deploy.child import Child
from deploy.errors import Problem
from deploy.states import ServiceState, of_beat

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from deploy.child import Spec


@dataclass(frozen=True, slots=True)
class Policy:
    """How patient to be; times in seconds."""

    ready_within: float = 30.0
    restarts: int = 5  # at most so many …
    window: float = 60.0  # … within this time
    first_wait: float = 0.2
    longest_wait: float = 5.0
    poll: float = 0.1

    def wait(self, deaths: int) -> float:
        """Tell how long to wait after so many deaths within the window: twice as long each time, up to a limit."""
        return min(self.longest_wait, self.first_wait * 2.0 ** (deaths - 1))


@dataclass(slots=True)
class _Kept:
    """One service: the process, when it died, when it is due again."""

    child: Child
    deaths: deque[float] = field(default_factory=deque)
    restarts: int = 0
    due: float | None = None


class Supervisor:
    """The services of one stack."""

    def __init__(self, specs: Sequence[Spec], tell: Callable[[str], None], policy: Policy | None = None) -> None:
        """Keep the wishes; nothing runs before `start`."""
        self._specs, self._tell, self._policy = tuple(specs), tell, policy or Policy()
        self._kept: dict[str, _Kept] = {}
        self._guard = threading.RLock()
        self._done = threading.Event()
        self._watcher = threading.Thread(target=self._watch, name="supervisor", daemon=True)
        self.failed: Problem | None = None

    def start(self) -> None:
        """Start all, return when all are ready; from then on they are watched.

        Raises:
            Problem: one of them did not get ready; `stop` ends the others.
        """
        for spec in self._specs:
            self._kept[spec.name] = _Kept(Child(spec))
        waiting = dict(self._kept)
        until = time.monotonic() + self._policy.ready_within
        while waiting:
            for name, kept in list(waiting.items()):
                if not kept.child.alive():
                    raise Problem(_account(kept.child, "ended while starting"))
                if of_beat(name, kept.child.beat()).ready:
                    self._tell(f"{name} is ready")
                    del waiting[name]
                elif time.monotonic() > until:
                    raise Problem(_account(kept.child, f"was not ready within {self._policy.ready_within:g} s"))
            time.sleep(0.02)
        self._watcher.start()

    def stop(self) -> None:
        """Stop all, in the order they were started: what comes in ends before what carries on."""
        self._done.set()
        if self._watcher.is_alive():
            self._watcher.join()
        for kept in self._kept.values():
            kept.child.release()
            kept.child.wait()

    def kill(self, name: str) -> None:
        """Kill one service at once, as a crash would; it is started again as after any other."""
        with self._guard:
            self._kept[name].child.kill()

    def states(self) -> dict[str, ServiceState]:
        """Tell how each is."""
        with self._guard:
            return {name: self._state(name, kept) for name, kept in self._kept.items()}

    def _state(self, name: str, kept: _Kept) -> ServiceState:
        state = of_beat(name, kept.child.beat(), kept.restarts)
        if kept.child.alive():
            return state
        return replace(state, state="stopped" if self._done.is_set() else "restarting", pid=None)

    def _watch(self) -> None:
        while not self._done.wait(self._policy.poll) and self.failed is None:
            with self._guard:
                for kept in self._kept.values():
                    self._look_after(kept)

    def _look_after(self, kept: _Kept) -> None:
        """Notice a death, and when the time has come start the service again."""
        if kept.child.alive():
            return
        now = time.monotonic()
        if kept.due is None:
            kept.deaths.append(now)
            while kept.deaths[0] < now - self._policy.window:
                kept.deaths.popleft()
            if len(kept.deaths) > self._policy.restarts:
                self.failed = Problem(
                    _account(kept.child, f"died {len(kept.deaths)} times in {self._policy.window:g} s")
                )
                return
            kept.due = now + self._policy.wait(len(kept.deaths))
            self._tell(_account(kept.child, "died and is started again"))
        elif now >= kept.due:
            kept.child.release()
            try:
                kept.child = Child(kept.child.spec)
            except OSError as error:  # no memory, no process or no file is left just now
                kept.due = now + self._policy.longest_wait
                self._tell(f"the {kept.child.spec.name} can't be started just now ({type(error).__name__})")
                return
            kept.restarts += 1
            kept.due = None


def _account(child: Child, what: str) -> str:
    """One line: who, what, its last words, where there is more."""
    last = child.last_line().removeprefix("Error: ")
    return f"the {child.spec.name} {what}" + (f": {last}" if last else "") + f" (see {child.spec.log})"
