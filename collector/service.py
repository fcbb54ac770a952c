"""The collector's work behind its HTTP door: judge, seal what is refused, produce, and answer when it is safe."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from itertools import chain

from broker.port import Broker, Message
from collector.delivery import Delivery, Manners, NotSafe
from collector.intake import Answer, RetryLater, WhyNot, nothing
from collector.mistakes import mistakes_of
from collector.pipeline import Accepted, Discarded, Outcome, Refused, gate
from collector.records import Record, SpanEvent
from collector.signals import signal_of
from collector.spill.store import Spill
from collector.steps import Begin, Step, unwatched
from schemas.catalogue import Catalogue
from schemas.codec import frame
from schemas.domains import Context
from schemas.keyring import Keys
from schemas.quarantine import BadKey, Label, Recipient, Stage, quarantined
from schemas.reasons import Reason

QUARANTINE = "quarantine"
RETRY_SECONDS = 2
DOUBT = 5.0  # seconds after a failure in which no load balancer should send more; then one has to try
DEADLINE = 8.0  # seconds for a produce that nobody waits for; for a request see `Manners.wait`


@dataclass(frozen=True, slots=True)
class Policy:
    """What the collector works with; deadline and doubt for its life, the rest until it is told to `adopt` another."""

    catalogue: Catalogue
    recipient: Recipient
    keys: Keys = field(repr=False)
    deadline: float = DEADLINE
    doubt: float = DOUBT
    clock: Callable[[], float] = time.time


class Gateway:
    """The `Intake` of the HTTP door."""

    def __init__(
        self,
        policy: Policy,
        broker: Broker,
        tell: Callable[[str], None],
        *,
        spill: Spill | None = None,
        workers: int = 16,
        begin: Begin = unwatched,
    ) -> None:
        """Open nothing yet."""
        self._policy = policy
        self._closing = False
        self._begin = begin
        self.delivery = Delivery(broker, Manners(policy.deadline, policy.doubt), tell, spill)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="intake")

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Take a request's records; returns once all that became of them is safe.

        Raises:
            RetryLater: it is not, or not in time.
        """
        loop = asyncio.get_running_loop()
        run = copy_context().run  # so that a span of this step is within the request's

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits for hands any more
                loop.call_soon_threadsafe(judged)

        return await loop.run_in_executor(self._threads, run, self._take, records, tell)

    def why_not(self) -> WhyNot | None:
        """Tell why what is taken now can't be expected to be safe; None when it can."""
        if self._closing:
            return WhyNot.STOPPING
        return self.delivery.why_not() or (None if self._has_key() else WhyNot.NO_KEY)

    def adopt(self, policy: Policy) -> None:
        """Work with another catalogue and other keys from the next request on; those in work keep theirs."""
        self._policy = policy

    def counts(self) -> Mapping[str, int]:
        """What became of all records so far; names are ours."""
        with self._lock:
            return {**self._counts, **self.delivery.counts()}

    def gauges(self) -> Mapping[str, int]:
        """What waits just now."""
        return self.delivery.gauges()

    def soft_fields(self) -> frozenset[str]:
        """Name the catalogue's fields that turn what is not listed into OTHER."""
        plans = self._policy.catalogue.plans.values()
        return frozenset(f"{plan.event}.{place.dotted}" for plan in plans for place in plan.soft)

    def close(self) -> None:
        """Let go, once no request is in work."""
        self._closing = True
        self._threads.shutdown()
        self.delivery.close()

    def _take(self, records: Sequence[Record], judged: Callable[[], object]) -> Answer:
        policy = self._policy  # one for the whole request
        context = self._context(policy, int(policy.clock() * 1_000_000))
        with self._begin(Step.JUDGE, len(records)):
            outcomes = gate(records, policy.catalogue, context)
        accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
        refused = [outcome for outcome in outcomes if isinstance(outcome, Refused)]
        messages = [Message(outcome.topic, outcome.value, outcome.key) for outcome in accepted]
        if refused:
            messages.append(Message(QUARANTINE, _sealed(policy, refused, context)))
        try:
            with self._begin(Step.DELIVER, len(messages)):
                self.delivery.deliver(messages, judged)
        except NotSafe:
            raise RetryLater(RETRY_SECONDS) from None
        refusals = Counter(outcome.refusal.reason for outcome in refused)
        self._count(outcomes, accepted, refusals)
        parts = sum(isinstance(outcome.record, SpanEvent) for outcome in refused)
        return Answer(len(outcomes) - len(refused), refusals, parts)

    def _has_key(self) -> bool:
        try:
            self._policy.keys.ring(int(self._policy.clock() * 1_000_000))
        except BadKey:
            return False
        return True

    def _context(self, policy: Policy, moment: int) -> Context:
        """Take the key of the epoch. Without one nothing can be judged: senders keep what they have."""
        try:
            return Context(policy.keys.ring(moment).at(moment), moment)
        except BadKey as error:
            self.delivery.doubt(str(error))
            raise RetryLater(RETRY_SECONDS) from None

    def _count(self, outcomes: Sequence[Outcome], accepted: Sequence[Accepted], refusals: Counter[Reason]) -> None:
        kinds = Counter(outcome.kind for outcome in accepted)
        others = Counter(chain.from_iterable(outcome.others for outcome in accepted))
        discarded = Counter(outcome for outcome in outcomes if isinstance(outcome, Discarded))
        counted: dict[str, int] = {
            "received": len(outcomes),
            "dropped_attributes": sum(outcome.dropped for outcome in accepted),
            "refused": refusals.total(),
            **{f"accepted.{kind}": n for kind, n in kinds.items()},
            **{f"other.{field}": n for field, n in others.items()},
            **{f"refused.{reason.code}": n for reason, n in refusals.items()},
            **{f"discarded.{why}": n for why, n in discarded.items()},
        }
        with self._lock:
            self._counts.update({name: n for name, n in counted.items() if n})


def _sealed(policy: Policy, refused: Sequence[Refused], context: Context) -> bytes:
    """Seal a request's refused records together; the request's own size bounds it."""
    label = Label(Stage.COLLECTOR, policy.catalogue.version, context.moment, context.key)
    mistakes = mistakes_of(refused, policy.catalogue, context)
    records = [outcome.record for outcome in refused]
    signal = signal_of(records)
    value = quarantined(label, mistakes, signal.format, [signal.encode(records)], policy.recipient)
    return frame(policy.catalogue.quarantine_id, value)
