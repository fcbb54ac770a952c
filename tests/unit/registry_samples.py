"""What the registry's tests share: the shipped registry, served, and messages of every topic from our own gate."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Final

from broker.port import Received
from collector.otlp_json import decode_logs
from collector.pipeline import Accepted, gate
from collector.service import Gateway, Policy
from consumers.validator.journey import Eligible, judge
from deploy.registry_app import make_app
from deploy.registry_subjects import Subjects
from tests.unit.collector_serving import serving
from tests.unit.gate_samples import CONTEXT, ML_KEY, NOW, TELEMETRY_KEY, catalogue, events, message, received
from tests.unit.gate_stack import RECIPIENT, held, stack
from tests.unit.signal_samples import OWN, made

GOLDEN: Final = Path(__file__).parents[1] / "golden"
TOPICS: Final = ("telemetry.usage", "telemetry.diagnostic", "customer.content", "ml.eligible", "quarantine")
CALL_ENDED: Final = "telemetry.usage-meetings.usage.CallEnded"
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


@cache
def subjects() -> Subjects:
    """Give the shipped catalogue's registered schemas, as the registry names them."""
    return Subjects(catalogue().schemas.values())


@contextmanager
def registry() -> Iterator[str]:
    """Serve them; gives the address."""
    with serving(make_app(subjects())) as port:
        yield f"http://127.0.0.1:{port}"


@cache
def golden() -> tuple[Received, ...]:
    """Give all messages of the golden cases: the collector's, through its gateway, and the validator's images."""
    broker = stack()
    for case in sorted(GOLDEN.glob("*/in.otlp.json")):
        at = case.with_name("now.txt")
        now = datetime.fromisoformat(at.read_text().strip()).timestamp() if at.exists() else NOW / 1_000_000
        policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda now=now: now)  # type: ignore[misc]
        gateway = Gateway(policy, broker.as_user("collector"), lambda _line: None)
        asyncio.run(gateway.take(decode_logs(case.read_bytes())))
        gateway.close()
    collected = [each for topic in TOPICS for each in held(broker, topic)]
    return (*collected, *images([each for each in collected if each.topic.startswith("telemetry.")]))


def one_each() -> list[Received]:
    """Give a message of every event of the catalogue, and the image of each that has one."""
    messages = [*(message(event) for event in events()), *map(_of_signal, OWN)]
    return [*messages, *images([each for each in messages if each.topic.startswith("telemetry.")])]


def _of_signal(event: str) -> Received:
    [outcome] = gate([made(event)], catalogue(), CONTEXT)
    assert isinstance(outcome, Accepted), outcome
    return received(outcome.value, outcome.topic)


def images(telemetry: list[Received]) -> list[Received]:
    """Judge telemetry; what goes to ml.eligible."""
    judged = judge(telemetry, catalogue(), ML_KEY, NOW)
    return [received(each.value, "ml.eligible") for each in judged if isinstance(each, Eligible)]


def dated(avro: Any, value: Any) -> Any:  # noqa: ANN401 - a value of an Avro type
    """Give a decoded value as fastavro would: its times as dates."""
    if isinstance(avro, list):
        return None if value is None else dated(avro[1], value)
    if isinstance(avro, dict) and avro["type"] == "record":
        return {field["name"]: dated(field["type"], value[field["name"]]) for field in avro["fields"]}
    if isinstance(avro, dict) and "logicalType" in avro:
        return _EPOCH + timedelta(
            **{avro["logicalType"].removeprefix("timestamp-").removesuffix("s") + "seconds": value}
        )
    return value
