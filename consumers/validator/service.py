"""The validator's loop: consume, judge, produce, commit, in that order. A kill at any time loses nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from broker.patience import Patience, patiently
from broker.port import Broker, Consumer, Producer, Received
from consumers.tries import AGAIN, Tries, stepped_over
from consumers.validator.breaker import FUSE, Breaker, Fuse, Tripped
from consumers.validator.catalogues import WAIT, Catalogues, Wait
from consumers.validator.crashes import Crashes
from consumers.validator.journey import TOPICS, Outcome, Refused, judge, poisoned
from consumers.validator.output import messages
from consumers.validator.progress import Progress
from consumers.validator.seen import Seen
from schemas.catalogue import Catalogue
from schemas.domains import Context
from schemas.keyring import Keys
from schemas.quarantine import Recipient

GROUP = "validator"
READS = tuple(TOPICS)
# Files in the folder for what runs
CRASHES, TRIPPED, TRIES = "validator-crashes.json", "validator-tripped.json", "validator-tries.json"


@dataclass(frozen=True, slots=True)
class Policy:
    """What the validator works with, fixed for its life. Times in seconds.

    `load` reads the catalogue again; `folder` is where it keeps what must outlive it: None, nothing does.
    """

    catalogue: Catalogue
    recipient: Recipient
    keys: Keys = field(repr=False)
    batch: int = 500
    poll: float = 0.5
    deadline: float = 10.0
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.time
    fuse: Fuse = FUSE
    wait: Wait = WAIT
    load: Callable[[], Catalogue] | None = None
    folder: Path | None = None


class Validator:
    """The one writer of ml.eligible, for one thread."""

    def __init__(
        self, broker: Broker, policy: Policy, *, stop: threading.Event, tell: Callable[[str], None], progress: Progress
    ) -> None:
        """Open nothing yet; `tell` takes lines of ours for people."""
        self._broker, self._policy = broker, policy
        self._stop, self._tell, self._progress = stop, tell, progress
        self._catalogues = Catalogues(policy.catalogue, policy.load, tell, policy.wait)
        self._crashes = Crashes(policy.folder and policy.folder / CRASHES)
        self._tries = Tries(policy.folder and policy.folder / TRIES)
        self._breaker = Breaker(policy.fuse, policy.folder and policy.folder / TRIPPED)
        self._seen = Seen()
        self._again = 0.0  # monotonic seconds
        self._patiently = partial(patiently, stop=stop, tell=tell, failed=progress.waiting, patience=policy.patience)

    def run(self) -> None:
        """Carry the telemetry topics' messages to `ml.eligible` or quarantine until `stop` is set.

        Raises:
            BrokerError: one that trying again can't mend.
            BadKey: there is no pseudonym key for now.
        """
        producer = self._patiently(self._broker.producer)
        try:
            while producer is not None and not self._stop.is_set():
                self._wait_for_leave()
                self._work(producer)
        finally:
            if producer is not None:
                producer.close()
        self._progress.state = "stopped"

    def _wait_for_leave(self) -> None:
        """Stand still while the breaker is open: out of the group, so that nothing is held up elsewhere."""
        if self._breaker.is_open:
            self._progress.state = "tripped"
            self._tell("stopped by the circuit breaker: look at what is refused, then `tidegate validator resume`")
        while self._breaker.is_open and not self._stop.wait(self._policy.poll):
            pass

    def _work(self, producer: Producer) -> None:
        """Work until told to stop, or until the breaker trips."""
        consumer = self._patiently(partial(self._broker.consumer, READS, group=GROUP))
        if consumer is None:
            return
        self._tell(f"reading {', '.join(READS)}")
        try:
            while not self._stop.is_set():
                self._progress.state = "running"
                self._patiently(partial(self._turn, consumer, producer))
        except Tripped as trip:
            self._progress.add("trips")
            self._tell(f"{trip}: none of these were carried")
        finally:
            consumer.close()

    def _turn(self, consumer: Consumer, producer: Producer) -> bool:
        if time.monotonic() >= self._again:
            consumer.resume()
        read, untold = self._tries.sorted_out(consumer.consume(timeout=self._policy.poll, most=self._policy.batch))
        batch, awaiting = self._catalogues.sorted_out(read)
        for message in {(each.topic, each.partition): each for each in [*untold, *awaiting]}.values():
            consumer.postpone(message)
            self._again = time.monotonic() + AGAIN
        if batch and self._carry(batch, producer):
            consumer.commit(batch)
            self._crashes.carried(batch)
            self._tries.carried(batch)
            for line in stepped_over(batch):
                self._tell(line)
        return True

    def _carry(self, batch: Sequence[Received], producer: Producer) -> bool:
        """Judge a batch, produce all that comes of it; True once that is acknowledged, False when told to stop first.

        The batch is held until then: what was consumed and not carried would only come back after a restart.

        Raises:
            Tripped: too much is refused; nothing of the batch was produced.
        """
        now = int(self._policy.clock() * 1_000_000)
        catalogue, ring = self._catalogues.now, self._policy.keys.ring(now)

        def judged(group: Sequence[Received]) -> list[Outcome]:
            return judge(group, catalogue, ring, now)

        outcomes = self._seen.without_copies(self._crashes.judged(batch, judged, poisoned))
        self._breaker.check(
            len(outcomes), [outcome.refusal.reason for outcome in outcomes if isinstance(outcome, Refused)]
        )
        made = messages(outcomes, catalogue, self._policy.recipient, Context(ring.at(now), now))

        def produce() -> bool:
            producer.produce(made, timeout=self._policy.deadline)
            return True

        if not self._patiently(produce):
            return False
        self._seen.carried(outcomes)
        self._progress.count(outcomes)
        return True
