"""The chain that a team would write: protobuf's classes, a pydantic model, fastavro, `send` per record.

    python -m tests.benchmarks.naive kafka-python|confluent

It writes events of `call.ended` as they come, ids and all, in the schema that Tidegate uses, with a producer set up as
Tidegate's. Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME and …_PASSWORD; its first line tells its port.
"""

from __future__ import annotations

import io
import os
import sys
import time
import uuid
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

import fastavro
import uvicorn
from confluent_kafka import Producer
from kafka import KafkaProducer
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest, ExportLogsServiceResponse
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from pydantic import BaseModel, ConfigDict, Field
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from broker.batch import LINGER
from schemas.catalogue import load
from schemas.codec import frame

TOPIC, TIMEOUT = "telemetry.usage", 10.0
Pair = tuple[bytes, bytes]  # value and key
Write = Callable[[Sequence[Pair]], None]


class EndReason(StrEnum):
    """Why a call ended."""

    OTHER = "OTHER"
    LEFT = "LEFT"
    HOST_ENDED = "HOST_ENDED"
    REMOVED = "REMOVED"
    NETWORK = "NETWORK"
    IDLE = "IDLE"
    TRANSFERRED = "TRANSFERRED"


class Origin(BaseModel):
    """Where an event comes from."""

    model_config = ConfigDict(populate_by_name=True)
    event_id: str
    event_time: datetime
    receive_time: datetime
    tenant: str = Field(alias="tenant.id")
    app: str = Field(alias="service.name")
    app_version: str = Field(alias="service.version", pattern=r"^\d+\.\d+\.\d+$")
    platform: str = Field(alias="os.type")
    session: str = Field(alias="session.id")
    ml_opt_out: bool = Field(default=False, alias="ml.opt_out")


class CallEnded(BaseModel):
    """A participant left a call."""

    model_config = ConfigDict(populate_by_name=True, use_enum_values=True)
    origin: Origin
    call: str = Field(alias="call.id")
    caller: str = Field(alias="user.id")
    reason: EndReason = Field(alias="call.end.reason")
    duration: Annotated[int, Field(ge=0, le=86400)] = Field(alias="call.duration")
    peak_participants: Annotated[int, Field(ge=0, le=1000)] = Field(alias="call.participant.peak_count")
    spoken: Annotated[float, Field(ge=0, le=1)] | None = Field(default=None, alias="call.speech.ratio")


PLAN = load().plans["call.ended"]
SCHEMA = fastavro.parse_schema(dict(PLAN.avro))


def plain(value: AnyValue) -> Any:  # noqa: ANN401 - any value
    """Give an attribute's value."""
    return getattr(value, value.WhichOneof("value") or "string_value")


def flat(pairs: Sequence[KeyValue]) -> dict[str, Any]:
    """Give attributes as a dictionary."""
    return {pair.key: plain(pair.value) for pair in pairs}


def messages(body: bytes) -> list[Pair]:
    """Make a request's Kafka messages."""
    request = ExportLogsServiceRequest()
    request.ParseFromString(body)
    now, made = datetime.now(UTC), list[Pair]()
    for of in request.resource_logs:
        resource = flat(of.resource.attributes)
        for in_scope in of.scope_logs:
            for log in in_scope.log_records:
                moment = datetime.fromtimestamp(log.time_unix_nano / 1e9, UTC)
                origin = {**resource, "event_id": uuid.uuid4().hex, "event_time": moment, "receive_time": now}
                attributes = flat(log.attributes)
                attributes["call.end.reason"] = attributes["call.end.reason"].upper()
                event = CallEnded.model_validate({**attributes, "origin": origin})
                out = io.BytesIO()
                fastavro.schemaless_writer(out, SCHEMA, event.model_dump())
                made.append((frame(PLAN.schema_id, out.getvalue()), event.origin.session.encode()))
    return made


def with_kafka_python() -> Write:
    """Send with kafka-python: each record, then every future."""
    producer = KafkaProducer(
        bootstrap_servers=os.environ["TIDEGATE_KAFKA_BOOTSTRAP"],
        security_protocol="SASL_PLAINTEXT",
        sasl_mechanism="SCRAM-SHA-512",
        sasl_plain_username=os.environ["TIDEGATE_KAFKA_USERNAME"],
        sasl_plain_password=os.environ["TIDEGATE_KAFKA_PASSWORD"],
        acks="all",
        enable_idempotence=True,
        compression_type="lz4",
        linger_ms=int(1000 * LINGER),
        batch_size=128 * 1024,
    )

    def write(pairs: Sequence[Pair]) -> None:
        for future in [producer.send(TOPIC, value=value, key=key) for value, key in pairs]:
            future.get(timeout=TIMEOUT)

    return write


def with_confluent() -> Write:
    """Send with librdkafka: each record with its callback, then wait until none is left."""
    producer = Producer(
        {
            "bootstrap.servers": os.environ["TIDEGATE_KAFKA_BOOTSTRAP"],
            "security.protocol": "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": os.environ["TIDEGATE_KAFKA_USERNAME"],
            "sasl.password": os.environ["TIDEGATE_KAFKA_PASSWORD"],
            "acks": "all",
            "enable.idempotence": True,
            "compression.type": "lz4",
            "linger.ms": 1000 * LINGER,
            "batch.size": 128 * 1024,
        }
    )

    def write(pairs: Sequence[Pair]) -> None:
        left = len(pairs)

        def report(error: object, _: object) -> None:
            nonlocal left
            if error is None:
                left -= 1

        for value, key in pairs:
            producer.produce(TOPIC, value=value, key=key, on_delivery=report)
        until = time.monotonic() + TIMEOUT
        while left and time.monotonic() < until:
            producer.poll(0.1)
        if left:
            raise TimeoutError("not every record was acknowledged")

    return write


def app(write: Write) -> Starlette:
    """Make the application."""

    async def take(request: Request) -> Response:
        body = await request.body()
        await run_in_threadpool(lambda: write(messages(body)))
        return Response(ExportLogsServiceResponse().SerializeToString(), media_type="application/x-protobuf")

    return Starlette(routes=[Route("/v1/logs", take, methods=["POST"])])


class Server(uvicorn.Server):
    """Says its port."""

    async def startup(self, sockets: Any = None) -> None:  # noqa: ANN401 - uvicorn's
        """Start, and say so."""
        await super().startup(sockets)
        print(f"on http://127.0.0.1:{self.servers[0].sockets[0].getsockname()[1]}/v1/logs", flush=True)


if __name__ == "__main__":
    driver = with_kafka_python if sys.argv[1] == "kafka-python" else with_confluent
    Server(uvicorn.Config(app(driver()), port=0, log_level="error", access_log=False, lifespan="off")).run()
