"""One stack per data folder: `run/stack.json`, locked by the process that runs it, telling others about it.

The operating system lets go of the lock however its holder ends, so a stale file is one that nobody holds.
"""

from __future__ import annotations

import json
import os
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from broker.local import lock as held
from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class State:
    """What a stack tells about itself; `started` is in seconds since the epoch."""

    pid: int
    started: float
    phase: str = "starting"  # then "up", "stopping"
    bootstrap: str = ""
    local: bool = True  # Kafka is the stack's own
    collector_url: str = ""
    restarts: Mapping[str, int] = field(default_factory=dict)


class AlreadyUp(Problem):
    """Another process runs a stack on this folder."""

    def __init__(self, state: State | None) -> None:
        """Keep what the other tells."""
        super().__init__("a stack is up on this data folder already" + (f" (pid {state.pid})" if state else ""))
        self.state = state


class Lock:
    """Held while a stack runs."""

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            AlreadyUp: somebody else holds it.
        """
        try:
            self._held = held.Lock(path)
        except held.Taken:
            raise AlreadyUp(read(path)) from None
        self.state = State(os.getpid(), time.time())
        self.tell()

    def tell(self, **changes: Any) -> None:  # noqa: ANN401 - fields of State
        """Write what changed, for others to read."""
        self.state = replace(self.state, **changes)
        self._held.write(json.dumps(asdict(self.state)))

    def release(self) -> None:
        """Let go; nothing is left to read."""
        self._held.release()


def read(path: Path, *, patience: float = 1.0) -> State | None:
    """Tell about the stack that holds this lock; None when nobody does.

    Raises:
        Problem: somebody holds it who tells nothing that a stack would.
    """
    until = time.monotonic() + patience
    while (text := held.read_held(path)) is not None:
        try:
            return State(**json.loads(text))
        except (ValueError, TypeError):  # caught in the middle of a rewrite
            if time.monotonic() > until:
                raise Problem(f"{path} is held by what is no stack: see what runs there") from None
            time.sleep(0.02)
    return None
