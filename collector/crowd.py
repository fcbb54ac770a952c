"""Who is let go when there are too many connections: who has kept us waiting longest, never a request in work.

Connections that say nothing cost their owner nothing, so a bare limit lets a few hosts lock everybody else out. A
sender whose idle connection was closed opens another, as every HTTP client does.
"""

from __future__ import annotations

from typing import Protocol


class Connection(Protocol):
    """What can be let go."""

    def let_go(self) -> None:
        """Close it; nothing is being answered on it."""


class Crowd:
    """The connections of a server; those that keep it waiting, in the order in which they began to."""

    def __init__(self, most: int) -> None:
        """Have nobody."""
        self._most = most
        self._waiting: dict[Connection, None] = {}
        self._in_work: set[Connection] = set()

    @property
    def full(self) -> bool:
        """Whether as many as may be are in work: nobody can be let go."""
        return len(self._in_work) >= self._most

    def came(self, connection: Connection) -> None:
        """Have one more; who has waited longest is let go when that is one too many."""
        self.waits(connection)
        oldest = next(iter(self._waiting))
        if len(self._waiting) + len(self._in_work) > self._most and oldest is not connection:
            self.left(oldest)
            oldest.let_go()

    def waits(self, connection: Connection) -> None:
        """Keep us waiting from now on: for a first byte, or for the rest of a request, or for another one."""
        self.left(connection)
        self._waiting[connection] = None

    def works(self, connection: Connection) -> None:
        """Have a whole request in work, unless it was let go."""
        if self._waiting.pop(connection, self) is not self:
            self._in_work.add(connection)

    def left(self, connection: Connection) -> None:
        """Be gone."""
        self._waiting.pop(connection, None)
        self._in_work.discard(connection)
