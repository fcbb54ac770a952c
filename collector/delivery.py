"""Brings a request's messages to safety: acknowledged by Kafka, or sealed on disk while Kafka is away.

Requests that come together share one produce and its one acknowledgement (group commit): whoever comes first leads, who
comes meanwhile goes with the next. With a spill nobody waits long for a broker that is away: what was written to disk
counts as taken, and one thread brings it to Kafka later, oldest first, while new requests go ahead of it. That thread
also opens the producer then, as opening may take longer than a sender waits.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from broker.batch import size
from broker.patience import Patience
from broker.port import Broker, BrokerError, Message, Producer, TooLarge, Unavailable
from collector.intake import WhyNot
from collector.spill.room import SpillFull
from collector.spill.store import Spill

GROUP_BYTES = 4 * 2**20  # of messages that share a produce: what the broker takes well at a time
LEADERS = 2  # produces on their way at a time: one is acknowledged while the next is sent


class NotSafe(Exception):  # noqa: N818 - a fact about the messages
    """Neither Kafka nor the disk has them: nothing may be taken as written."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How long to wait, in seconds.

    `deadline` bounds a produce; with a spill a request waits for Kafka no longer than `spill_after`. In `doubt` seconds
    after a failure no load balancer should send more; then one has to.
    """

    deadline: float
    doubt: float
    spill_after: float = 2.0
    patience: Patience = field(default_factory=Patience)


@dataclass(slots=True, eq=False)
class _Ticket:
    """A request's place in a group, and how it went."""

    messages: Sequence[Message] = field(repr=False)
    until: float  # monotonic seconds
    done: bool = False
    error: BrokerError | None = field(default_factory=lambda: Unavailable("it was not carried through"))


class Delivery:
    """One producer for all requests, opened when first needed, kept while it works; a spill beside it, or none."""

    def __init__(
        self, broker: Broker, manners: Manners, tell: Callable[[str], None], spill: Spill | None = None
    ) -> None:
        """Open nothing yet."""
        self._broker, self._manners, self._tell, self._spill = broker, manners, tell, spill
        self._opening = threading.Lock()  # held as long as opening the producer takes
        self._producer: Producer | None = None
        self._opened = threading.Event()
        self._unopened: BrokerError | None = None  # how opening it went wrong last, with a spill
        self._within = manners.deadline if spill is None else min(manners.deadline, manners.spill_after)
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._leaders = 0
        self._state = threading.Lock()  # of what follows: held for a moment only
        self._reachable = False
        self._ready_from = math.inf if spill is None else 0.0  # monotonic seconds
        self._counts: Counter[str] = Counter()
        self._why = ""
        self._why_not = WhyNot.STARTING
        self.timed: Callable[[float], None] = lambda _seconds: None  # told how long each acknowledged produce took
        self._stop = threading.Event()
        self._drainer: threading.Thread | None = None
        if spill is not None:
            self._drainer = threading.Thread(target=self._drain, args=(spill,), name="spill", daemon=True)
            self._drainer.start()

    def open(self) -> None:
        """Open the producer, unless it is open.

        Raises:
            BrokerError: the broker does not answer, or refuses.
        """
        if not self._opening.acquire(timeout=self._manners.deadline):
            raise Unavailable("the producer is still being opened")
        try:
            if self._producer is None:
                self._producer = self._broker.producer()
                self._opened.set()
                self._answered()
        finally:
            self._opening.release()

    def deliver(self, messages: Sequence[Message]) -> None:
        """Return once all messages are safe.

        Raises:
            NotSafe: they are not, or not in time.
        """
        if self._spill is not None and not self._reachable and not self._spill.empty:
            self._keep(messages)  # the spill's own thread finds out when Kafka is back
            return
        error = self._grouped(messages)
        if error is None:
            return
        self._failed(error)
        if self._spill is None or not error.transient:
            raise self._refuse(WhyNot.NO_KAFKA, error)
        self._keep(messages)

    def doubt(self, why: str) -> None:
        """Say that nothing is taken for now, as there is no key; told once for each reason."""
        if why != self._why:
            self._why = why
            self._tell(f"senders are told to come again: {why}")
        self._refuse(WhyNot.NO_KEY)

    def ready(self) -> bool:
        """True when the last request was safe; or a while after one was not, as nobody else would ever ask."""
        return self.why_not() is None

    def why_not(self) -> WhyNot | None:
        """Tell why not; None when ready."""
        with self._state:
            return None if time.monotonic() >= self._ready_from else self._why_not

    def counts(self) -> Mapping[str, int]:
        """How it went so far; names are ours."""
        with self._state:
            counts = dict(self._counts)
        if self._spill is not None:
            counts["spill_bytes"] = self._spill.bytes
        return counts

    def gauges(self) -> Mapping[str, int]:
        """What waits just now: requests for a produce, and the spill's oldest batch for so many seconds."""
        with self._turn:
            waiting = len(self._waiting)
        return {"waiting": waiting, "spill_age": 0 if self._spill is None else int(self._spill.age)}

    def close(self) -> None:
        """Let go, once no request is in work. Says how much is left on disk: the next start takes it up."""
        self._stop.set()
        if self._drainer is not None:
            self._drainer.join()
        if self._producer is not None:
            self._producer.close()
        if self._spill is not None:
            if not self._spill.empty:
                self._tell(f"{self._spill.bytes} bytes are left in the spill: the next start brings them to Kafka")
            self._spill.close()

    def _grouped(self, messages: Sequence[Message]) -> BrokerError | None:
        """Have messages produced, with others' or alone; returns what went wrong."""
        ticket = _Ticket(messages, time.monotonic() + self._within)
        with self._turn:
            self._waiting.append(ticket)
        while True:
            with self._turn:
                self._turn.wait_for(
                    lambda: ticket.done or (self._waiting and self._leaders < LEADERS),
                    # Who is being carried is told in the end, however late.
                    timeout=ticket.until - time.monotonic() if ticket in self._waiting else None,
                )
                if ticket.done:
                    return ticket.error
                if time.monotonic() >= ticket.until and ticket in self._waiting:
                    self._waiting.remove(ticket)
                    return Unavailable("no turn came in time")
                if not self._waiting or self._leaders >= LEADERS:
                    continue
                group = self._next_group()
                self._leaders += 1
            self._lead(group)

    def _next_group(self) -> list[_Ticket]:
        """Take those who came first, as many as go together."""
        group: list[_Ticket] = []
        taken = 0
        while self._waiting:
            taken += sum(map(size, self._waiting[0].messages))
            if group and taken > GROUP_BYTES:
                break
            group.append(self._waiting.pop(0))
        return group

    def _lead(self, group: list[_Ticket]) -> None:
        """Produce a group; where it fails for good, each of it for itself, so that nobody pays for a neighbour."""
        try:
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
        try:
            producer = self._open_one(within)
            began = time.perf_counter()
            producer.produce([message for ticket in group for message in ticket.messages], timeout=within)
            self.timed(time.perf_counter() - began)
        except BrokerError as error:
            self._count(f"broker_error.{type(error).__name__}")
            return error
        self._answered()
        return None

    def _open_one(self, within: float) -> Producer:
        """Give the producer; with a spill, the one that is open by then, as it is opened elsewhere."""
        if self._spill is None:
            self.open()
        elif not self._opened.wait(0 if self._unopened else within):
            raise self._unopened or Unavailable("the producer is still being opened")
        assert self._producer is not None  # noqa: S101 - it is open
        return self._producer

    def _keep(self, messages: Sequence[Message]) -> None:
        assert self._spill is not None  # noqa: S101 - the callers asked
        try:
            self._spill.append(messages)
        except SpillFull:
            self._count("spill_full")
            raise self._refuse(WhyNot.SPILL_FULL) from None
        self._count("spilled_requests")

    def _drain(self, spill: Spill) -> None:
        """Open the producer, and bring what is on disk to Kafka, oldest first, for as long as this lives."""
        failures = 0
        while not self._stop.is_set():
            try:
                moved = self._moved(spill)
            except BrokerError as error:
                failures += 1
                self._unopened = None if self._opened.is_set() else error
                self._count(f"broker_error.{type(error).__name__}")
                self._failed(error)
            except OSError as error:
                failures += 1
                self._unread(error, first=failures == 1)
            else:
                failures = 0
                if moved:
                    continue
            self._stop.wait(self._manners.patience.wait(max(1, failures)))

    def _moved(self, spill: Spill) -> bool:
        """Bring the oldest batch to Kafka; False when there is none."""
        self.open()
        batch = spill.oldest()
        if batch is None:
            return False
        assert self._producer is not None  # noqa: S101 - `open` returned
        self._producer.produce(batch.messages, timeout=self._manners.deadline)
        self._answered()
        spill.done(batch)
        self._count("replayed_requests")
        if spill.empty:
            self._tell("the spill is empty: Kafka has everything")
        return True

    def _answered(self) -> None:
        with self._state:
            self._reachable, self._ready_from, self._why = True, 0.0, ""

    def _failed(self, error: BrokerError) -> None:
        with self._state:
            said = self._reachable
            if not isinstance(error, TooLarge):  # that is one message, not the broker
                self._reachable = False
        if said or not error.transient:
            kept = self._spill is not None and error.transient
            then = "requests go to the spill" if kept else "senders are told to come again"
            self._tell(f"{then}: {type(error).__name__}: {error}")

    def _refuse(self, why: WhyNot, error: BrokerError | None = None) -> NotSafe:
        """Be in doubt from now on, unless it was one message and not the broker."""
        with self._state:
            self._counts["unacknowledged_requests"] += 1
            if not isinstance(error, TooLarge):
                self._ready_from = time.monotonic() + self._manners.doubt
                self._why_not = why
        return NotSafe()

    def _unread(self, error: OSError, *, first: bool) -> None:
        """Say that the disk is in trouble, and let requests try Kafka themselves."""
        self._count("spill_errors")
        with self._state:
            self._reachable = True
        if first:
            self._tell(f"the spill can't be read ({type(error).__name__}): see the disk; what it holds waits there")

    def _count(self, what: str) -> None:
        with self._state:
            self._counts[what] += 1
