"""Turns, dealt out fairly: so many at once, and who waits is let in by sender, the one that had least of them first.

What counts is the time for which turns are held: a sender of huge requests has a turn while others have many. This is
start-time fair queueing (Goyal, Vin and Cheng, 1996), with what a turn took told afterwards instead of beforehand. It
is counted while somebody waits, and who did not wait meanwhile is owed nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial


@dataclass(slots=True)
class _Sender:
    """What a sender had and has of the turns, in seconds, and who waits in its name."""

    had: float = 0.0
    holds: int = 0
    since: float = 0.0  # the moments at which it got those that it holds, added up
    line: deque[asyncio.Future[float]] = field(default_factory=deque)

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
        if self._free:
            self._free -= 1
            self._count_anew()
            sender = self._senders.setdefault(name, _Sender())
            return partial(self._end, sender, self._begin(sender))
        sender = self._come(name)
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

    def _count_anew(self) -> None:
        """Forget what all had: nobody waits, so it was taken from nobody."""
        now = self._clock()
        self._senders = {name: each for name, each in self._senders.items() if each.holds}
        for each in self._senders.values():
            each.had = each.since - each.holds * now

    def _come(self, name: str) -> _Sender:
        """Give a sender; one that did not wait is held to have had as much as those who do, at least."""
        now, waiting = self._clock(), [each for each in self._senders.values() if each.line]
        sender = self._senders.setdefault(name, _Sender())
        if waiting and not sender.line:
            least = min(each.has_had(now) for each in waiting)
            sender.had += max(0.0, least - sender.has_had(now))
        return sender

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
