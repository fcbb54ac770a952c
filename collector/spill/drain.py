"""Brings what is in the spill to Kafka, oldest first: one thread, which opens the producer too.

Kafka away: it waits, longer and longer. What Kafka refuses for good stops nothing behind it: the batch is sent message
by message, and those that are refused are set aside, sealed. A message that is too large is refused at once; anything
else may be mended at Kafka (a grant, a topic), so a topic has some time for it.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from broker.patience import Patience
from broker.port import BrokerError, Message, Producer, TooLarge, Unauthenticated
from collector.intake import WhyNot
from collector.quiet import place_of
from collector.spill.batch import Batch
from collector.spill.store import Spill
from collector.standing import Standing


class _Refused(Exception):  # noqa: N818 - a state
    """The batch stays: Kafka refuses its topic, and has time to take it after all."""


@dataclass(frozen=True, slots=True)
class Waits:
    """How long a produce may take, how long a topic may be refused, in seconds; and how long to wait between tries."""

    deadline: float
    give_up: float
    patience: Patience


class Drain:
    """The thread, from construction to `close`."""

    def __init__(
        self,
        spill: Spill,
        opened: Callable[[], Producer],
        standing: Standing,
        tell: Callable[[str], None],
        waits: Waits,
    ) -> None:
        """Start."""
        self._spill, self._opened, self._standing, self._tell, self._waits = spill, opened, standing, tell, waits
        self._refused_since: dict[str, float] = {}  # topics, monotonic seconds
        self._set_aside: set[tuple[str, str]] = set()  # files and why, told once
        self._trouble = ""
        self.unopened: BrokerError | None = None  # how opening the producer went wrong last
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="spill", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """End, once the batch that is on its way is there or not."""
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        failures = 0
        while not self._stop.is_set():
            try:
                moved = self._moved()
            except BrokerError as error:
                failures += 1
                self._standing.count_error(error)
                self._standing.failed(error)
            except _Refused:
                failures += 1
            except OSError as error:
                failures += 1
                self._unread(error)
            except Exception as defect:  # noqa: BLE001 - its text may be content, and this thread must not end
                failures += 1
                self._standing.count("spill_errors")
                self._say(f"internal: {place_of(defect)}")
            else:
                failures, self._trouble = 0, ""
                if moved:
                    continue
            self._stop.wait(self._waits.patience.wait(max(1, failures)))

    def _moved(self) -> bool:
        """Bring the oldest batch to Kafka; False when there is none."""
        producer = self._open()
        batch = self._spill.oldest()
        if batch is None:
            return False
        try:
            producer.produce(batch.messages, timeout=self._waits.deadline)
            self._taken(batch.messages)
        except BrokerError as error:
            if _is_of_all(error):
                raise
            self._one_by_one(producer, batch)
        self._spill.done(batch)
        self._standing.count("replayed_requests")
        if self._spill.empty:
            self._refused_since.clear()  # another time it has its time again
            but = ", but for what was cut or set aside" if self._spill.stranded or self._spill.aside else ""
            self._tell(f"the spill is empty: Kafka has everything{but}")
        return True

    def _open(self) -> Producer:
        try:
            producer = self._opened()
        except BrokerError as error:
            self.unopened = error
            if not error.transient:
                self._standing.doubt(WhyNot.NO_KAFKA)
            raise
        self.unopened = None
        return producer

    def _one_by_one(self, producer: Producer, batch: Batch) -> None:
        """Send messages for themselves, and set aside those that Kafka refuses for good."""
        refused: list[Message] = []
        said: BrokerError | None = None
        for message in batch.messages:
            if self._stop.is_set():
                raise _Refused  # it is handed out again at the next start
            try:
                producer.produce([message], timeout=self._waits.deadline)
                self._taken([message])
            except BrokerError as error:
                if _is_of_all(error):
                    raise
                self._standing.count_error(error)
                if not self._is_given_up(message.topic, error):
                    self._standing.said()  # new requests are for other topics, perhaps
                    raise _Refused from None
                refused.append(message)
                said = error
        if said is not None:
            file, kind = self._spill.set_aside(batch, refused), type(said).__name__
            if (file, kind) not in self._set_aside:
                self._set_aside.add((file, kind))
                self._tell(
                    f"Kafka refuses messages of the spill for good: {kind}: {said}: they are set aside in {file}"
                )

    def _taken(self, messages: Sequence[Message]) -> None:
        self._standing.answered()
        for message in messages:
            self._refused_since.pop(message.topic, None)

    def _is_given_up(self, topic: str, error: BrokerError) -> bool:
        if isinstance(error, TooLarge):
            return True
        if topic not in self._refused_since:
            self._tell(
                f"the spill waits, as Kafka refuses {topic}: {type(error).__name__}: {error}: "
                f"after {self._waits.give_up:.0f} seconds it is set aside"
            )
        return time.monotonic() >= self._refused_since.setdefault(topic, time.monotonic()) + self._waits.give_up

    def _unread(self, error: OSError) -> None:
        """Say that the disk is in trouble, and let requests try Kafka themselves."""
        self._standing.count("spill_errors")
        self._standing.ask()
        self._say(f"the spill can't be read ({type(error).__name__}): see the disk; what it holds waits there")

    def _say(self, line: str) -> None:
        """Tell of trouble, once until it is over."""
        if line != self._trouble:
            self._trouble = line
            self._tell(line)


def _is_of_all(error: BrokerError) -> bool:
    """Tell whether it would be the same with any other message."""
    return error.transient or isinstance(error, Unauthenticated)
