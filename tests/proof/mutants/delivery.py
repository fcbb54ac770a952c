"""Delivery: an answer is true, nobody waits in vain, what can't go to Kafka stops nobody, probes know how it stands."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

DELIVERY, GROUPING, STANDING, PROBE, DRAIN = (
    f"collector/{name}.py" for name in ("delivery", "grouping", "standing", "probe", "spill/drain")
)
GROUPED = ("tests/unit/test_collector_grouping.py",)
TESTS = ("tests/unit/test_collector_delivery.py",)
SERVICE = ("tests/unit/test_collector_service.py", *TESTS)

MUTANTS: Final = (
    Mutant(
        "produced", "P10", "what Kafka did not acknowledge is taken for safe", f"{DELIVERY}:Delivery._produced",
        "return error", "return None", SERVICE,
    ),
    Mutant(
        "hands-kept", "P11", "requests pile up behind the door, where nobody is told to come again",
        f"{GROUPING}:Grouping.carry", "sum(each.size for each in self._waiting) <= LINE_BYTES", "True", GROUPED,
    ),
    Mutant(
        "hands-let-go", "P11", "one request at a time is judged while Kafka is waited for",
        f"{GROUPING}:Grouping._lead", "ticket.judged()", "pass", GROUPED,
    ),
    Mutant(
        "loop-closed", "P10", "a stop in the midst of a request fails its neighbours",
        "collector/service.py:Gateway.take.tell", "suppress(RuntimeError)", "nullcontext()", SERVICE,
    ),
    Mutant(
        "no-key-told", "P10", "probes say ready while no key is there", "collector/service.py:Gateway.why_not",
        "None if self._has_key() else WhyNot.NO_KEY", "None", ("tests/unit/test_collector_readiness.py",),
    ),
    Mutant(
        "spill-full", "P10", "200 is answered for what the full disk did not keep", f"{DELIVERY}:Delivery._keep",
        "raise NotSafe from None", "return", TESTS,
    ),
    Mutant(
        "spill-after", "P10", "with a spill senders wait for Kafka until they give up", f"{DELIVERY}:Delivery.__init__",
        "manners.wait if spill is None else manners.spill_after", "manners.deadline", TESTS,
    ),
    Mutant(
        "wait-shorter", "P10", "without a spill senders give up before they can come again", f"{DELIVERY}:Manners",
        "wait: float = 3.0", "wait: float = 8.0", TESTS,
    ),
    Mutant(
        "known-away", "P10", "while Kafka is away every sender waits for it in vain", f"{DELIVERY}:Delivery.deliver",
        "self._spill is None or not", "self._spill is not None and not", TESTS,
    ),
    Mutant(
        "probe-begun", "P10", "nobody finds out that Kafka is back", f"{DELIVERY}:Delivery._keep",
        "self._probe.begin(min(messages, key=size))", "pass", TESTS,
    ),
    Mutant(
        "probe-told", "P10", "one message that Kafka refuses turns all others away", f"{PROBE}:Probe._run",
        "error is None or not error.transient", "error is None", TESTS,
    ),
    Mutant(
        "probe-defect", "P10", "a defect turns everybody away for ever", f"{PROBE}:Probe._said",
        "except Exception:", "except BrokerError:", TESTS,
    ),
    Mutant(
        "spill-kept", "P10", "what is on disk is forgotten before Kafka has it", f"{DRAIN}:Drain._moved",
        "producer.produce(batch.messages", "self._spill.done(batch) or producer.produce(batch.messages", TESTS,
    ),
    Mutant(
        "spill-one-by-one", "P10", "one message that Kafka refuses blocks the spill for ever",
        f"{DRAIN}:Drain._moved", "self._one_by_one(producer, batch)", "raise", TESTS,
    ),
    Mutant(
        "spill-refused-kept", "P10", "what Kafka refuses is thrown away", f"{DRAIN}:Drain._one_by_one",
        "refused.append(message)", "pass", TESTS,
    ),
    Mutant(
        "spill-refused-time", "P10", "a grant that is missing for a moment sets the spill aside",
        f"{DRAIN}:Drain._is_given_up", "+ self._waits.give_up", "", TESTS,
    ),
    Mutant(
        "spill-refused-ends", "P10", "one topic that Kafka refuses blocks the others for ever",
        f"{DRAIN}:Drain._is_given_up", "self._refused_since.setdefault(topic, time.monotonic())", "time.monotonic()",
        TESTS,
    ),
    Mutant(
        "spill-refused-said", "P10", "one topic that Kafka refuses sends the others' requests to the spill",
        f"{DRAIN}:Drain._one_by_one", "self._standing.said()", "pass", TESTS,
    ),
    Mutant(
        "spill-refused-again", "P10", "a topic that was refused once has no time another time", f"{DRAIN}:Drain._moved",
        "self._refused_since.clear()", "pass", TESTS,
    ),
    Mutant(
        "opening-thread", "P10", "a defect ends the thread that opens the producer",
        "collector/opening.py:Opening._try", "except Exception", "except ZeroDivisionError", SERVICE,
    ),
    Mutant(
        "spill-thread", "P10", "a defect ends the thread that brings the spill to Kafka", f"{DRAIN}:Drain._run",
        "except Exception as defect:", "except ZeroDivisionError as defect:", TESTS,
    ),
    Mutant(
        "ready-full", "P10", "probes say ready while the spill is full and Kafka is away",
        f"{STANDING}:Standing.why_not", "return WhyNot.SPILL_FULL", "pass", TESTS,
    ),
    Mutant(
        "ready-tokens", "P10", "a collector that lets nobody in asks for more", "collector/work.py:Work.why_not",
        " or self.entrance.why_not()", "", ("tests/unit/test_collector_readiness.py",),
    ),
    Mutant(
        "ready-away", "P10", "probes say ready while every sender is told to come again",
        f"{STANDING}:Standing.why_not", "return WhyNot.NO_KAFKA if kafka is _Kafka.AWAY else WhyNot.STARTING", "pass",
        TESTS,
    ),
)  # fmt: skip
