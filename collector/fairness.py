"""Turns, dealt out fairly: so many at once, and who waits is let in by sender, one of each in rotation.

Who has one request waiting is let in after one of each other sender at most, however many they have.
"""

from __future__ import annotations

import asyncio
from collections import deque


class Turns:
    """A semaphore with a line for each sender; of one event loop."""

    def __init__(self, number: int) -> None:
        """Begin with so many free."""
        self._free = number
        self._lines: dict[str, deque[asyncio.Future[None]]] = {}  # whose turn is next comes first

    @property
    def any_free(self) -> bool:
        """Whether nobody would have to wait."""
        return self._free > 0

    async def acquire(self, sender: str) -> None:
        """Wait for a turn."""
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._lines.setdefault(sender, deque()).append(turn)
        try:
            await turn
        except BaseException:
            if turn.done() and not turn.cancelled():
                self.release()  # it came at the very moment of giving up
            else:
                self._leave(sender, turn)
            raise

    def release(self) -> None:
        """Give a turn to the next sender; it waits behind the others for another one."""
        while self._lines:
            sender = next(iter(self._lines))
            line = self._lines.pop(sender)
            turn = line.popleft()
            if line:
                self._lines[sender] = line
            if not turn.done():  # else it has given up just now
                turn.set_result(None)
                return
        self._free += 1

    def _leave(self, sender: str, turn: asyncio.Future[None]) -> None:
        line = self._lines.get(sender, deque())
        if turn in line:
            line.remove(turn)
        if not line:
            self._lines.pop(sender, None)
