"""Group commit: requests that come together share one produce and its one acknowledgement.

Whoever comes first leads, who comes meanwhile goes with the next group. A few groups are on their way at a time. Who
waits behind enough others keeps its hands until it goes: else requests would be judged faster than they are carried,
and all would wait here, which is too late to tell a sender to come again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from broker.batch import size
from broker.port import BrokerError, Message, Unavailable
from collector.intake import nothing

GROUP_BYTES = 4 * 2**20  # of messages that share a produce: what the broker takes well at a time
LINE_BYTES = 2**18  # of messages that wait with nobody's hands: some two hundred records
LEADERS = 2  # produces on their way at a time: one is acknowledged while the next is sent

Produce: TypeAlias = Callable[[Sequence[Message], float], BrokerError | None]  # within seconds; what went wrong


class NoTurn(Unavailable):
    """Others were carried all the time: nothing is known of Kafka."""


@dataclass(slots=True, eq=False)
class _Ticket:
    """A request's place in a group, and how it went."""

    messages: Sequence[Message] = field(repr=False)
    size: int  # bytes
    until: float  # monotonic seconds
    judged: Callable[[], object] = field(default=nothing, repr=False)  # what is still to be called when it goes
    done: bool = False
    error: BrokerError | None = field(default_factory=lambda: Unavailable("it was not carried through"))


class Grouping:
    """Carries requests, with others or alone; safe to call from several threads."""

    def __init__(self, produce: Produce) -> None:
        """Keep what produces."""
        self._produce = produce
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._leaders = 0

    @property
    def waiting(self) -> int:
        """How many wait for a produce."""
        with self._turn:
            return len(self._waiting)

    def carry(self, messages: Sequence[Message], within: float, judged: Callable[[], object]) -> BrokerError | None:
        """Have messages produced, with others' or alone, in so many seconds; returns what went wrong.

        `judged` is called, from any thread, once others may be judged: when they are carried, sooner if few wait.
        """
        ticket = _Ticket(messages, sum(map(size, messages)), time.monotonic() + within)
        with self._turn:
            self._waiting.append(ticket)
            few = sum(each.size for each in self._waiting) <= LINE_BYTES
            if not few:
                ticket.judged = judged
        if few:
            judged()
        try:
            while not ticket.done:
                self._wait_or_lead(ticket)
        finally:
            with self._turn:
                if ticket in self._waiting:  # a defect in another group that it led
                    self._waiting.remove(ticket)
        return ticket.error

    def _wait_or_lead(self, ticket: _Ticket) -> None:
        """Wait until a request is carried, or have its turn to lead; who is being carried leads nobody meanwhile."""
        with self._turn:
            self._turn.wait_for(
                lambda: ticket.done or (ticket in self._waiting and self._leaders < LEADERS),
                # Who is being carried is told in the end, however late.
                timeout=ticket.until - time.monotonic() if ticket in self._waiting else None,
            )
            if ticket not in self._waiting:
                return
            if time.monotonic() >= ticket.until:
                self._waiting.remove(ticket)
                ticket.error, ticket.done = NoTurn("no turn came in time"), True
                return
            if self._leaders >= LEADERS:
                return
            group = self._next_group()
            self._leaders += 1
        self._lead(group)

    def _next_group(self) -> list[_Ticket]:
        """Take those who came first, as many as go together."""
        group: list[_Ticket] = []
        taken = 0
        while self._waiting:
            taken += self._waiting[0].size
            if group and taken > GROUP_BYTES:
                break
            group.append(self._waiting.pop(0))
        return group

    def _lead(self, group: list[_Ticket]) -> None:
        """Produce a group; where it fails for good, each of it for itself, so that nobody pays for a neighbour."""
        try:
            for ticket in group:
                ticket.judged()
            error = self._produced(group)
            alone = len(group) > 1 and error is not None and not error.transient
            for ticket in group:
                ticket.error = self._produced([ticket]) if alone else error
        finally:
            with self._turn:
                for ticket in group:
                    ticket.done = True
                self._leaders -= 1
                self._turn.notify_all()

    def _produced(self, group: Sequence[_Ticket]) -> BrokerError | None:
        within = max(0.1, min(ticket.until for ticket in group) - time.monotonic())
        return self._produce([message for ticket in group for message in ticket.messages], within)
