"""What every door does with a request once it has its bytes: wait for a turn, decode, hand over, say what came of it.

One value for all doors: limits and rates hold for what comes in through them together.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import ExitStack, asynccontextmanager
from typing import Final

from collector import otlp, otlp_json
from collector.body import Room
from collector.codings import decompress
from collector.entrance import Entrance, limits_for
from collector.fairness import Turns
from collector.intake import Answer, Intake, RetryLater, WhyNot
from collector.limits import DEFAULT, Limits
from collector.records import Record
from collector.senders import Sender
from collector.signals import Signal
from collector.steps import Begin, Step, unwatched
from collector.tenancy import bound

FIRST: Final = 3.0  # seconds that who has nothing in work waits for a turn: two of the largest requests take less
SMALL: Final = 4096  # bytes: some ten records; the worst that so few can hold keep the event loop for 20 ms


class Work:
    """Requests hold no more than `limits.held` together, and `limits.requests` of them are in work at once.

    `limits.hands` of these are decoded and judged, one large one among them, or wait behind many; the others wait for
    Kafka or the disk. Whoever gets no turn in time is told so before anything was done: what is taken is answered soon,
    however much more comes. Turns are dealt out by sender, and a full line is full for who has its part of it: one that
    sends without end takes nothing from another. Nor do large requests: whoever has nothing in work waits for a turn
    until those of others are done.

    `entrance` says who may send, and how much; by default anyone, anything. `begin` watches the steps of a request.
    """

    def __init__(
        self, intake: Intake, limits: Limits = DEFAULT, entrance: Entrance | None = None, begin: Begin = unwatched
    ) -> None:
        """Begin with nothing in work."""
        self.intake = intake
        self.limits = limits
        self.entrance = entrance or Entrance()
        self.begin = begin
        self.room = Room(limits.held)
        self._turns = Turns(limits.requests)
        self._hands = Turns(limits.hands)
        self._large = Turns(1)  # two hold twice the memory, and are done no sooner
        self._waiting = Counter[str]()
        self._working = Counter[str]()

    def gauges(self) -> Mapping[str, int]:
        """What waits just now: requests for their turn, and the bytes of bodies that are held."""
        return {"waiting": self._waiting.total(), "held": self.room.held}

    def why_not(self) -> WhyNot | None:
        """Tell why nothing may be sent for now; None when it may."""
        return self.intake.why_not() or self.entrance.why_not()

    def admit(self, sender: Sender) -> None:
        """Ask, before a request's bytes are read, whether it can be taken now.

        Raises:
            TooFast: the sender is above its rate.
            RetryLater: too many wait.
        """
        self.entrance.rates.admit(sender)
        if self._waiting.total() >= self.limits.line and self._waiting[sender.token] >= self._part():
            raise RetryLater

    def _part(self) -> int:
        """Tell how many requests of a sender may wait in a full line: an equal part, one for who is new among them."""
        return max(1, self.limits.line // (len(self._waiting) + 1))

    async def take(self, body: bytes, signal: Signal, coding: str | None, sender: Sender, *, json: bool) -> Answer:
        """Wait for a turn, decode, and hand the records to the intake; within the sender's limits and rates.

        Raises:
            RequestError: it can never be taken.
            RetryLater: it can't be taken now.
        """
        rates = self.entrance.rates
        rates.take_bytes(sender, len(body))
        async with self._turn(sender.token, large=not _is_small(body, coding)) as judged:
            records = await self._decode(body, signal, coding, sender, json=json)
            rates.take_records(sender, len(records))
            return await self.intake.take(records, judged) if records else Answer(accepted=0)

    @asynccontextmanager
    async def _turn(self, sender: str, *, large: bool) -> AsyncIterator[Callable[[], None]]:
        """Wait for a turn and for hands, not for long; gives what lets go of the hands before the turn is over.

        Large ones wait for each other first, and so hold up none that is small.
        """
        self._waiting[sender] += 1
        wait = self.limits.wait if self._working[sender] else max(self.limits.wait, FIRST)
        with ExitStack() as turn, ExitStack() as hands:
            try:
                async with asyncio.timeout(wait):
                    if large:
                        hands.callback(await self._large.acquire(sender))
                    turn.callback(await self._turns.acquire(sender))
                    hands.callback(await self._hands.acquire(sender))
            except TimeoutError:
                raise RetryLater from None
            finally:
                less(self._waiting, sender)
            self._working[sender] += 1
            turn.callback(less, self._working, sender)
            yield hands.close

    async def _decode(
        self, body: bytes, signal: Signal, coding: str | None, sender: Sender, *, json: bool
    ) -> list[Record]:
        """Decode in a thread, so that probes are answered meanwhile; a small body in less time than that takes."""
        limits = limits_for(sender, self.limits)

        def decode() -> list[Record]:
            with self.begin(Step.DECODE, len(body)):
                plain = decompress(body, coding, limits) if coding else body
                decoder = otlp_json.decode if json else otlp.decode
                return bound(decoder(plain, signal, limits), sender)

        return decode() if _is_small(body, coding) else await asyncio.to_thread(decode)


def _is_small(body: bytes, coding: str | None) -> bool:
    return len(body) <= SMALL and not coding


def less(counts: Counter[str], sender: str) -> None:
    """Count one less, and forget who has none."""
    counts[sender] -= 1
    if not counts[sender]:
        del counts[sender]


def told(answer: Answer) -> str:
    """Say how many were refused and why, most frequent reason first: counts and our own codes, nothing received."""
    refused = sorted(((count, reason.code) for reason, count in answer.refused.items() if count), key=_by_count)
    if not refused:
        return ""
    total = sum(count for count, _ in refused)
    reasons = ", ".join(f"{code} {count}" for count, code in refused)
    return f"refused {total} of {total + answer.accepted}: {reasons}; sending again will not help"


def _by_count(counted: tuple[int, str]) -> tuple[int, str]:
    count, code = counted
    return -count, code
