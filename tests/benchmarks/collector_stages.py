"""Where an event's cost goes in the collector: each stage alone, on the same requests, all threads of this process."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Mapping, Sequence

from broker.connect import connect
from broker.port import Connection, Driver, Message, Producer
from collector import otlp
from collector.pipeline import Accepted, gate
from collector.records import LogRecord
from collector.signals import LOGS
from schemas.domains import Context
from schemas.domains.pseudonyms import is_random_id, keyed
from tests.unit.gate_samples import CONTEXT, catalogue

ROUNDS = 7
Work = Callable[[], object]


def stages(requests: Sequence[Sequence[LogRecord]], connection: Connection, driver: Driver) -> Mapping[str, float]:
    """Time each stage, in microseconds an event, the median of the rounds."""
    bodies = [otlp.encode_logs(records) for records in requests]
    context = Context(CONTEXT.key, time.time_ns() // 1000)
    decoded = [otlp.decode(body, LOGS) for body in bodies]
    messages = [[_message(it) for it in gate(records, catalogue(), context)] for records in decoded]
    with connect(connection, driver) as broker, contextlib.closing(broker.producer()) as producer:
        works: dict[str, Work] = {
            "decode": lambda: [otlp.decode(body, LOGS) for body in bodies],
            "judge and encode": lambda: [gate(records, catalogue(), context) for records in decoded],
            "produce": lambda: _produced(producer, messages),
        }
        return {name: _cost(work, sum(map(len, requests))) for name, work in works.items()}


def within(records: Sequence[LogRecord]) -> Mapping[str, float]:
    """Time parts of judging that can be told apart: what fastavro does, and what ids cost."""
    context, plan = Context(CONTEXT.key, time.time_ns() // 1000), catalogue().plans["call.ended"]
    values = [plan.codec.decode(_message(it).value[5:]) for it in gate(records, catalogue(), context)]  # type: ignore[index]
    ids = [str(value) for of in records for key, value in of.attributes if key in ("call.id", "user.id")]
    works: dict[str, Work] = {
        "Avro": lambda: [plan.codec.encode(value) for value in values],
        "are ids random?": lambda: [is_random_id(of) for of in ids],
        "HMAC of ids and of the event": lambda: [keyed(context.key, of.encode(), 128) for of in (*ids, *ids[::2])],
    }
    return {name: _cost(work, len(records)) for name, work in works.items()}


def _message(outcome: object) -> Message:
    assert isinstance(outcome, Accepted), outcome
    return Message(outcome.topic, outcome.value, outcome.key)


def _produced(producer: Producer, batches: Sequence[Sequence[Message]]) -> None:
    for batch in batches:
        producer.produce(batch, timeout=10)


def _cost(work: Work, events: int) -> float:
    times = []
    for _ in range(ROUNDS):
        began = time.process_time()
        work()
        times.append((time.process_time() - began) / events * 1e6)
    return statistics.median(times)
