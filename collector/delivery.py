"""Brings a request's messages to safety: acknowledged by Kafka, or sealed on disk while Kafka is away.

With a spill nobody waits long for a broker that is away: what was written to disk counts as taken, and is brought to
Kafka later while new requests go ahead of it. Without one the sender is told to come again, at once where Kafka is
known to be away, and in any case before the stock SDKs give up, so that they do come again.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from broker.batch import size
from broker.patience import Patience
from broker.port import Broker, BrokerError, Message, Producer, TooLarge, Unavailable
from collector.grouping import Grouping, NoTurn
from collector.intake import WhyNot, nothing
from collector.opening import Opening
from collector.probe import Probe
from collector.spill.drain import Drain, Waits
from collector.spill.room import SpillFull
from collector.spill.store import Spill
from collector.standing import Standing

SOON = 2.0  # seconds: Kafka says within these what is wrong with a password, if it is there


class NotSafe(Exception):  # noqa: N818 - a fact about the messages
    """Neither Kafka nor the disk has them: nothing may be taken as written."""


@dataclass(frozen=True, slots=True)
class Manners:
    """How long to wait, in seconds.

    `deadline` bounds every produce; a request waits for Kafka no longer than `wait`, with a spill `spill_after`. In
    `doubt` seconds after a failure that only a request can find mended no load balancer should send more; then one has
    to. After `give_up` what waits in the spill for a topic that Kafka refuses is set aside.
    """

    deadline: float
    doubt: float
    spill_after: float = 2.0
    wait: float = 3.0
    give_up: float = 300.0
    patience: Patience = field(default_factory=Patience)


class Delivery:
    """One producer for all requests, opened when first needed, kept while it works; a spill beside it, or none."""

    def __init__(
        self, broker: Broker, manners: Manners, tell: Callable[[str], None], spill: Spill | None = None
    ) -> None:
        """Open nothing yet; with a spill its thread does."""
        self._broker, self._manners, self._tell, self._spill = broker, manners, tell, spill
        self._opening = threading.Lock()  # held as long as opening the producer takes
        self._producer: Producer | None = None
        self._opened = threading.Event()
        self._within = min(manners.deadline, manners.wait if spill is None else manners.spill_after)
        self._standing = Standing(tell, None if spill is None else lambda: spill.full, manners.doubt)
        self._grouping = Grouping(self._produced)
        self.timed: Callable[[float], None] = lambda _seconds: None  # told how long each acknowledged produce took
        self._probe = Probe(self._tried, self._standing.answered, manners.patience)
        self._drain: Drain | None = None
        self._opening_thread: Opening | None = None
        if spill is not None:
            waits = Waits(manners.deadline, manners.give_up, manners.patience)
            self._drain = Drain(spill, self.open, self._standing, tell, waits)

    def open(self) -> Producer:
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
                self._standing.answered()
            return self._producer
        finally:
            self._opening.release()

    def open_soon(self, within: float = SOON) -> None:
        """Without a spill, have a thread open the producer, and requests not wait for it. Waits for its first try.

        Raises:
            BrokerError: Kafka refuses.
        """
        if self._spill is None:
            self._opening_thread = Opening(self.open, self._standing.failed, self._manners.patience)
            self._opening_thread.first(within)

    def deliver(self, messages: Sequence[Message], judged: Callable[[], object] = nothing) -> None:
        """Return once all messages are safe. `judged` is called, from any thread, once others may be judged.

        Raises:
            NotSafe: they are not, or not in time.
        """
        if not messages:  # nothing came of the request's records
            judged()
            return
        if self._standing.away and (self._spill is None or not self._spill.empty):
            judged()
            self._keep(messages)  # somebody else finds out when Kafka is back
            return
        error = self._grouping.carry(messages, self._within, judged)
        if error is None:
            return
        if not isinstance(error, NoTurn):
            self._standing.failed(error)
        if error.transient:
            self._keep(messages)
            return
        self._standing.refuse(None if isinstance(error, TooLarge) else WhyNot.NO_KAFKA)
        raise NotSafe

    def doubt(self, why: str) -> None:
        """Say that nothing is taken for now, as there is no key; told once for each reason."""
        self._standing.no_key(why)

    def why_not(self) -> WhyNot | None:
        """Tell why what comes now can't be expected to be safe; None when it can."""
        return self._standing.why_not()

    def counts(self) -> Mapping[str, int]:
        """How it went so far; names are ours."""
        counts = self._standing.counts()
        if self._spill is None:
            return counts
        return {**counts, **self._spill.stranded, "spill_bytes": self._spill.bytes, "spill_aside": self._spill.aside}

    def gauges(self) -> Mapping[str, int]:
        """What waits just now: requests for a produce, and the spill's oldest batch for so many seconds."""
        age = 0 if self._spill is None else int(self._spill.age)
        return {"waiting": self._grouping.waiting, "spill_age": age}

    def close(self) -> None:
        """Let go, once no request is in work. Says how much is left on disk: the next start takes it up."""
        self._probe.stop()
        if self._opening_thread is not None:
            self._opening_thread.close()
        if self._drain is not None:
            self._drain.close()
        if self._producer is not None:
            self._producer.close()
        self._probe.close()  # what it tries has failed by now
        if self._spill is not None:
            if not self._spill.empty:
                left = self._spill.bytes - self._spill.aside
                self._tell(f"{left} bytes are left in the spill: the next start brings them to Kafka")
            self._spill.close()

    def _produced(self, messages: Sequence[Message], within: float) -> BrokerError | None:
        try:
            producer = self._open_one(within)
            began = time.perf_counter()
            producer.produce(messages, timeout=within)
            self.timed(time.perf_counter() - began)
        except BrokerError as error:
            self._standing.count_error(error)
            return error
        self._standing.answered()
        return None

    def _tried(self, message: Message) -> BrokerError | None:
        """Try whether Kafka is back; nobody waits for it."""
        return self._produced([message], self._manners.deadline)

    def _open_one(self, within: float) -> Producer:
        """Give the producer; the one that is open by then, where a thread opens it."""
        thread = self._drain or self._opening_thread
        if thread is None:
            return self.open()
        if not self._opened.wait(0 if thread.unopened else within):
            raise thread.unopened or Unavailable("the producer is still being opened")
        return self.open()

    def _keep(self, messages: Sequence[Message]) -> None:
        """Have the disk keep messages while Kafka is away; without one, the sender."""
        if self._spill is None:
            if self._standing.away:
                self._probe.begin(min(messages, key=size))
            self._standing.refuse()
            raise NotSafe
        try:
            self._spill.append(messages)
        except SpillFull:
            self._standing.count("spill_full")
            self._standing.refuse(WhyNot.SPILL_FULL)  # the disk may be broken rather than full
            raise NotSafe from None
        self._standing.count("spilled_requests")
