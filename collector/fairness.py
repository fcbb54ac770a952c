"""Turns, dealt out fairly: so many at once, and who waits is let in by sender, the one that had least of them first.

What counts is the time for which turns are held: a sender of huge requests has a turn while others have many. This is
start-time fair queueing (Goyal, Vin and Cheng, 1996), with what a turn took told afterwards instead of beforehand.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class _Sender:
    """What a sender had and has of the turns, in seconds, and who waits in its name."""

    had: float
    holds: int = 0
    since: float = 0.0  # the moments at which it got those that it holds, added up
    line: deque[asyncio.Future[float]] = field(default_factory=deque)

    @property
    def is_here(self) -> bool:
        return bool(self.holds or self.line)

    def has_had(self, now: float) -> float:
        return self.had + self.holds * now - self.since


class Turns:
    """A semaphore with a line for each sender; of one event loop."""

    def __init__(self, number: int, clock: Callable[[], float] = time.monotonic) -> None:
        """Begin with so many free."""
        self._free, self._clock = number, clock
        self._senders: dict[str, _Sender] = {}

    @property
    def any_free(self) -> bool:
        """Whether nobody would have to wait."""
        return self._free > 0

    async def acquire(self, name: str) -> Callable[[], None]:
        """Wait for a turn; gives what ends it."""
        sender = self._come(name)
        if self._free:
            self._free -= 1
            return partial(self._end, sender, self._begin(sender))
        turn = asyncio.get_running_loop().create_future()
        sender.line.append(turn)
        try:
            return partial(self._end, sender, await turn)
        except BaseException:
            if turn.done() and not turn.cancelled():
                self._end(sender, turn.result())  # it came at the very moment of giving up
            elif turn in sender.line:
                sender.line.remove(turn)
            raise

    def _come(self, name: str) -> _Sender:
        """Give a sender, who has had as much as others here at least: who used nothing is owed nothing."""
        now, here = self._clock(), [each for each in self._senders.values() if each.is_here]
        least = min((each.has_had(now) for each in here), default=math.inf)
        self._senders = {name: each for name, each in self._senders.items() if each.is_here or each.had > least}
        return self._senders.setdefault(name, _Sender(least if here else 0.0))

    def _begin(self, sender: _Sender) -> float:
        began = self._clock()
        sender.holds += 1
        sender.since += began
        return began

    def _end(self, sender: _Sender, began: float) -> None:
        sender.holds -= 1
        sender.since -= began
        sender.had += self._clock() - began
        self._pass_on()

    def _pass_on(self) -> None:
        now = self._clock()
        waiting = [each for each in self._senders.values() if each.line]
        while waiting:
            sender = min(waiting, key=lambda each: each.has_had(now))
            turn = sender.line.popleft()
            if not turn.done():  # else it has given up just now
                turn.set_result(self._begin(sender))
                return
            if not sender.line:
                waiting.remove(sender)
        self._free += 1
