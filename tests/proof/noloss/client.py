"""One app of many: the stock OpenTelemetry SDK, sending at an even pace, and a note of what was answered 200.

    python -m tests.proof.noloss.client PLAN RESULT

PLAN and RESULT are JSON files. The SDK's exporters are left as they are: they send again by themselves, and give a
batch up when their time is over. What they gave up is counted, and is nobody's loss but the app's.
"""

from __future__ import annotations

import json
import logging
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import requests
from opentelemetry._logs import Logger, LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.exporter.otlp.proto.http.metric_exporter import OTLPMetricExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.metrics.export import MetricExportResult
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult
from opentelemetry.trace import SpanKind
from opentelemetry.util.types import AttributeValue

from deploy.demo.app.instruments import HTTP, Measured, Traced
from schemas.domains.pseudonyms import is_random_id
from tests.unit.gate_samples import SCOPE, record

TICK = 0.1  # seconds between two handfuls of records
SPANS_EACH = 20  # spans of a request
QUEUE = 1 << 17  # what the SDK holds while it sends again: nothing is dropped before it was tried
LOGS, SPANS, POINTS = "logs", "spans", "points"


@dataclass(frozen=True, slots=True)
class Plan:
    """What an app sends: so many records of each signal in so many seconds."""

    url: str
    seed: int
    seconds: float
    logs: int
    spans: int
    points: int


@dataclass(slots=True)
class Result:
    """What became of it: the ids that were answered 200, the numbers given up, and all answers."""

    taken: dict[str, list[str]] = field(default_factory=lambda: {LOGS: [], SPANS: [], POINTS: []})
    given_up: dict[str, int] = field(default_factory=lambda: dict.fromkeys((LOGS, SPANS, POINTS), 0))
    answers: dict[str, int] = field(default_factory=dict)
    partial: int = 0  # requests that were answered 200 and told of refusals

    def note(self, signal: str, ids: Sequence[str], *, taken: bool) -> None:
        """Note how a request ended, in the SDK's own judgement."""
        if taken:
            self.taken[signal] += ids
        else:
            self.given_up[signal] += len(ids)

    def session(self) -> requests.Session:
        """Give an HTTP session that counts the answers."""
        session = requests.Session()

        def answered(response: requests.Response, **_: object) -> None:
            status = str(response.status_code)
            self.answers[status] = self.answers.get(status, 0) + 1
            self.partial += response.ok and bool(response.content)

        session.hooks["response"].append(answered)
        return session


class Exporter(OTLPLogExporter):
    """The stock exporter, with its verdicts noted."""

    def __init__(self, plan: Plan, result: Result) -> None:
        """Send to the collector."""
        super().__init__(endpoint=f"{plan.url}/v1/logs", session=result.session())
        self._result = result

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Export, and note."""
        ids = [str((each.log_record.attributes or {})["call.id"]) for each in batch]
        verdict = super().export(batch)
        self._result.note(LOGS, ids, taken=verdict is LogRecordExportResult.SUCCESS)
        return verdict


class App:
    """Emits what is due, signal by signal."""

    def __init__(self, plan: Plan, result: Result) -> None:
        """Set the SDK up as a team would."""
        self._plan, self._result, self._rng = plan, result, random.Random(plan.seed)  # noqa: S311 - a simulation
        sample = record("mute.changed")
        self._resource: dict[str, AttributeValue] = {
            key: value for key, value in sample.resource.attributes if isinstance(value, (str, int, float, bool))
        }
        self._attributes = {key: value for key, value in sample.attributes if isinstance(value, (str, int, bool))}
        self._processor = BatchLogRecordProcessor(
            Exporter(plan, result), schedule_delay_millis=1000, max_queue_size=QUEUE
        )
        provider = LoggerProvider(resource=Resource.create(self._resource), shutdown_on_exit=False)
        provider.add_log_record_processor(self._processor)
        self._logger: Logger = provider.get_logger(SCOPE.name, SCOPE.version)
        self._spans = OTLPSpanExporter(endpoint=f"{plan.url}/v1/traces", session=result.session())
        self._points = OTLPMetricExporter(endpoint=f"{plan.url}/v1/metrics", session=result.session())

    def run(self) -> None:
        """Send it all at an even pace; what an exporter's patience held up is caught up with."""
        began = time.monotonic()
        handfuls = max(1, int(self._plan.seconds / TICK))
        for number in range(handfuls):
            time.sleep(max(0.0, began + number * TICK - time.monotonic()))
            for emit, wanted, each in (
                (self._log, self._plan.logs, 1),
                (self._trace, self._plan.spans, SPANS_EACH),
                (self._measure, self._plan.points, 1),
            ):
                for _ in range(_due(wanted // each, number, handfuls)):
                    emit()
        self._processor.force_flush(120_000)
        self._processor.shutdown()  # type: ignore[no-untyped-call] # untyped in the SDK

    def _log(self) -> None:
        now = time.time_ns()
        self._logger.emit(
            LogRecord(
                timestamp=now,
                observed_timestamp=now,
                event_name="mute.changed",
                severity_number=SeverityNumber.INFO,
                attributes={**self._attributes, "call.id": self._id()},
            )
        )

    def _trace(self) -> None:
        """Send a request of spans, each with an id that no detector takes for text."""
        session = Traced({**self._resource, "session.id": self._id()}, self._rng)
        while len(session.kept.spans) < SPANS_EACH:
            attributes: dict[str, AttributeValue] = {"http.request.method": "GET", "url.template": "/v1/session"}
            session.span(HTTP, SpanKind.CLIENT, time.time_ns(), 40_000_000, attributes)
            if not all(map(is_random_id, _ids(session.kept.spans[-1]))):
                session.kept.spans.pop()
        ids = [_ids(span)[0] for span in session.kept.spans]
        taken = self._spans.export(session.kept.spans) is SpanExportResult.SUCCESS
        self._result.note(SPANS, ids, taken=taken)

    def _measure(self) -> None:
        """Send a request of one point, which its session tells from all others."""
        made = self._id()
        session = Measured({**self._resource, "session.id": made})
        session.shortcuts("mute", self._rng.randint(1, 20))
        data = session.reader.get_metrics_data()
        assert data is not None
        self._result.note(POINTS, [made], taken=self._points.export(data) is MetricExportResult.SUCCESS)

    def _id(self) -> str:
        while not is_random_id(made := str(UUID(int=self._rng.getrandbits(128), version=4))):
            pass
        return made


def _ids(span: ReadableSpan) -> tuple[str, str]:
    """Give the ids of a span and of its trace, as the collector reads them."""
    assert span.context is not None
    return f"{span.context.span_id:016x}", f"{span.context.trace_id:032x}"


def _due(wanted: int, number: int, handfuls: int) -> int:
    return wanted * (number + 1) // handfuls - wanted * number // handfuls


def main(plan: Path, result: Path) -> None:
    """Run an app to its end."""
    logging.disable(logging.CRITICAL)  # the SDK complains of each request that was not taken: here that is counted
    told = Result()
    App(Plan(**json.loads(plan.read_text("utf-8"))), told).run()
    result.write_text(json.dumps(asdict(told)), "utf-8")


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:3]))
