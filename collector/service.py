"""The collector's work behind its HTTP door: judge, seal what is refused, produce, and answer when it is safe."""

from __future__ import annotations

import asyncio
import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from broker.port import Broker, BrokerError, Message, Producer, TooLarge, Unavailable
from collector.intake import Answer, RetryLater
from collector.otlp import encode_logs
from collector.pipeline import Accepted, Refused, gate
from collector.records import LogRecord
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.domains import Context
from schemas.keyring import Keys
from schemas.quarantine import BadKey, Recipient, Stage, quarantined

QUARANTINE = "quarantine"
RETRY_SECONDS = 2
DOUBT = 5.0  # seconds after a failure in which no load balancer should send more; then one has to try
DEADLINE = 8.0  # seconds for every acknowledgement of a request: the stock SDKs give up after 10


@dataclass(frozen=True, slots=True)
class Policy:
    """What the collector works with, fixed for its life."""

    catalogue: Catalogue
    recipient: Recipient
    keys: Keys = field(repr=False)
    deadline: float = DEADLINE
    doubt: float = DOUBT
    clock: Callable[[], float] = time.time


class Gateway:
    """The `Intake` of the HTTP door. One producer for all requests, opened when first needed, kept while it works."""

    def __init__(self, policy: Policy, broker: Broker, tell: Callable[[str], None], workers: int = 16) -> None:
        """Open nothing yet."""
        self._policy = policy
        self._broker = broker
        self._tell = tell
        self._lock = threading.Lock()  # of the counts: held for a moment only
        self._opening = threading.Lock()  # held as long as opening the producer takes
        self._producer: Producer | None = None
        self._reachable = False
        self._ready_from = math.inf  # monotonic seconds
        self._counts: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="intake")

    async def take(self, records: list[LogRecord]) -> Answer:
        """Take a request's records; returns once all that became of them is acknowledged by Kafka.

        Raises:
            RetryLater: it is not, or not in time.
        """
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._take, records)

    def ready(self) -> bool:
        """True when the broker answered last time; or a while after it did not, as nobody else would ever ask it."""
        return time.monotonic() >= self._ready_from

    def counts(self) -> Mapping[str, int]:
        """What became of all records so far; names are ours."""
        with self._lock:
            return dict(self._counts)

    def open(self) -> None:
        """Open the producer, unless it is open.

        Raises:
            BrokerError: the broker does not answer, or refuses.
        """
        if not self._opening.acquire(timeout=self._policy.deadline):
            raise Unavailable("the producer is still being opened")
        try:
            if self._producer is None:
                self._producer = self._broker.producer()
                self._answered()
        finally:
            self._opening.release()

    def close(self) -> None:
        """Let go, once no request is in work."""
        self._threads.shutdown()
        if self._producer is not None:
            self._producer.close()

    def _take(self, records: list[LogRecord]) -> Answer:
        moment = int(self._policy.clock() * 1_000_000)
        outcomes = gate(records, self._policy.catalogue, self._context(moment))
        accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        messages = [Message(outcome.topic, outcome.value, outcome.key) for outcome in accepted]
        if refused:
            messages.append(Message(QUARANTINE, self._sealed(refused, moment)))
        self._produce(messages)
        self._count(accepted, refused)
        return Answer(len(accepted), Counter(outcome.refusal.reason for outcome in refused))

    def _context(self, moment: int) -> Context:
        """Take the key of the epoch. Without one nothing can be judged: senders keep what they have."""
        try:
            return Context(self._policy.keys.ring(moment).at(moment), moment)
        except BadKey as error:
            self._failed(error)
            raise RetryLater(RETRY_SECONDS) from None

    def _sealed(self, refused: Sequence[Refused], moment: int) -> bytes:
        """Seal a request's refused records together; the request's own size bounds it."""
        policy = self._policy
        refusals = [outcome.refusal for outcome in refused]
        items = [encode_logs([outcome.record for outcome in refused])]
        value = quarantined(
            Stage.COLLECTOR, policy.catalogue.version, moment, refusals, "otlp.logs", items, policy.recipient
        )
        return frame(policy.catalogue.quarantine_id, value)

    def _produce(self, messages: Sequence[Message]) -> None:
        try:
            self.open()
            assert self._producer is not None  # noqa: S101 - `open` returned
            self._producer.produce(messages, timeout=self._policy.deadline)
        except BrokerError as error:
            # Permanent errors too: a grant that is missing can be given, and until then nothing may be lost.
            self._failed(error)
            raise RetryLater(RETRY_SECONDS) from None
        self._answered()

    def _answered(self) -> None:
        self._reachable, self._ready_from = True, 0.0

    def _failed(self, error: BrokerError | BadKey) -> None:
        with self._lock:
            self._counts["unacknowledged_requests"] += 1
            said = self._reachable
            if not isinstance(error, TooLarge):  # that is one message, not the broker
                self._reachable, self._ready_from = False, time.monotonic() + self._policy.doubt
        if said or not getattr(error, "transient", True):
            self._tell(f"senders are told to come again: {type(error).__name__}: {error}")

    def _count(self, accepted: Sequence[Accepted], refused: Sequence[Refused]) -> None:
        with self._lock:
            self._counts["received"] += len(accepted) + len(refused)
            self._counts["refused"] += len(refused)
            for outcome in accepted:
                self._counts[f"accepted.{outcome.kind}"] += 1
                self._counts["dropped_attributes"] += outcome.dropped
                self._counts.update(f"other.{field}" for field in outcome.others)
            for refusal in refused:
                self._counts[f"refused.{refusal.refusal.reason.code}"] += 1
