"""The validator's loop: consume, judge, produce, commit, in that order. A kill at any time loses nothing."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from broker.patience import Patience, patiently
from broker.port import Consumer, Message, Producer, Received
from consumers.validator.journey import TOPICS, Eligible, Outcome, Refused, Withheld, judge
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.keyring import Keys
from schemas.quarantine import Recipient, Stage, quarantined

GROUP = "validator"
READS = tuple(TOPICS)
ELIGIBLE, QUARANTINE = "ml.eligible", "quarantine"
SEALED_BYTES = 4 * 2**20  # of refused values in one quarantine message: half of what the topic takes


@dataclass(frozen=True, slots=True)
class Policy:
    """What the validator works with, fixed for its life. Times in seconds."""

    catalogue: Catalogue
    recipient: Recipient
    keys: Keys = field(repr=False)
    batch: int = 500
    poll: float = 0.5
    deadline: float = 10.0
    patience: Patience = field(default_factory=Patience)
    clock: Callable[[], float] = time.time


class Progress:
    """State and counts, for whoever shows them from another thread; names are ours."""

    def __init__(self) -> None:
        """Begin at nothing."""
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self.state = "starting"

    def count(self, outcomes: Sequence[Outcome]) -> None:
        """Count a batch whose outputs are acknowledged."""
        with self._lock:
            self._counts["judged"] += len(outcomes)
            for outcome in outcomes:
                if isinstance(outcome, Eligible):
                    self._counts["eligible"] += 1
                    self._counts.update(f"other.{field}" for field in outcome.others)
                    continue
                what = "withheld" if isinstance(outcome, Withheld) else "refused"
                reason = outcome.reason if isinstance(outcome, Withheld) else outcome.refusal.reason
                self._counts[what] += 1
                self._counts[f"{what}.{reason.code}"] += 1

    def waiting(self) -> None:
        """Say that the broker does not answer."""
        self.state = "waiting"
        with self._lock:
            self._counts["retries"] += 1

    def read(self) -> tuple[str, Mapping[str, int]]:
        """State and counts, as a beat tells them."""
        with self._lock:
            return self.state, dict(self._counts)


def run(
    consumer: Consumer,
    producer: Producer,
    policy: Policy,
    *,
    stop: threading.Event,
    tell: Callable[[str], None],
    progress: Progress,
) -> None:
    """Carry the telemetry topics' messages to `ml.eligible` or quarantine until `stop` is set.

    Raises:
        BrokerError: one that trying again can't mend.
        BadKey: there is no pseudonym key for now.
    """

    def turn() -> bool:
        batch = consumer.consume(timeout=policy.poll, most=policy.batch)
        if batch and _carry(batch, producer, policy, stop=stop, tell=tell, progress=progress):
            consumer.commit(batch)
        return True

    while not stop.is_set():
        progress.state = "running"
        patiently(turn, stop=stop, tell=tell, failed=progress.waiting, patience=policy.patience)
    progress.state = "stopped"


def _carry(
    batch: Sequence[Received],
    producer: Producer,
    policy: Policy,
    *,
    stop: threading.Event,
    tell: Callable[[str], None],
    progress: Progress,
) -> bool:
    """Judge a batch and produce all that comes of it; True once that is acknowledged, False when told to stop first.

    The batch is held until then: what was consumed and not carried would only come back after a restart.
    """
    now = int(policy.clock() * 1_000_000)
    outcomes = judge(batch, policy.catalogue, policy.keys.ring(now), now)
    messages = [Message(ELIGIBLE, outcome.value) for outcome in outcomes if isinstance(outcome, Eligible)]
    refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
    messages += [Message(QUARANTINE, value) for value in _sealed(refused, policy, now)]

    def produce() -> bool:
        producer.produce(messages, timeout=policy.deadline)
        return True

    if not patiently(produce, stop=stop, tell=tell, failed=progress.waiting, patience=policy.patience):
        return False
    progress.count(outcomes)
    return True


def _sealed(refused: Sequence[Refused], policy: Policy, now: int) -> Iterator[bytes]:
    """Seal refused values together, as many as fit one message.

    One that alone would not fit is cut: topics limit what is compressed, so whoever may write there could otherwise
    stop the validator with one message that is large and compresses well.
    """
    for group in _groups(refused):
        refusals, items = [outcome.refusal for outcome in group], [outcome.value[:SEALED_BYTES] for outcome in group]
        value = quarantined(
            Stage.VALIDATOR, policy.catalogue.version, now, refusals, "kafka.value", items, policy.recipient
        )
        yield frame(policy.catalogue.quarantine_id, value)


def _groups(refused: Sequence[Refused]) -> Iterator[list[Refused]]:
    group: list[Refused] = []
    size = 0
    for outcome in refused:
        if group and size + len(outcome.value) > SEALED_BYTES:
            yield group
            group, size = [], 0
        group.append(outcome)
        size += len(outcome.value)
    if group:
        yield group
