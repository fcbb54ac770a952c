"""How the app sends: the stock SDK's provider, batch processor and OTLP/HTTP exporter, set up once.

The SDK only logs when a record is dropped or a request fails. Here both end the run: what is told as sent was
acknowledged by the collector.
"""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from opentelemetry._logs import LogRecord, SeverityNumber
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.resources import Resource

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from opentelemetry._logs import Logger
    from opentelemetry.sdk._logs import ReadableLogRecord
    from opentelemetry.util.types import AnyValue

SCOPE = "meetings.client"
# The queue holds what one app instance says in the whole run: nothing is dropped because the network is slow.
QUEUE = 1 << 16


class ExportFailed(Exception):  # noqa: N818 - what happened
    """Some records were dropped, or no collector acknowledged them."""


class Exporter(OTLPLogExporter):
    """The stock exporter, with its results counted."""

    def __init__(self, endpoint: str) -> None:
        """Send to the collector at `endpoint`, its base URL."""
        super().__init__(endpoint=f"{endpoint.rstrip('/')}/v1/logs", compression=Compression.Gzip, timeout=30)
        self.acknowledged = 0
        self.failed = 0

    def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
        """Export a batch and count its records by how that went."""
        self.failed += len(batch)  # until shown otherwise, and whatever is raised
        result = super().export(batch)
        if result is LogRecordExportResult.SUCCESS:
            self.failed -= len(batch)
            self.acknowledged += len(batch)
        return result


class Complaints(logging.Handler):
    """Counts what the SDK only logs: a full queue, an attribute that cannot be encoded, a failed request."""

    def __init__(self) -> None:
        """Listen to warnings and errors."""
        super().__init__(logging.WARNING)
        self.count = 0

    def emit(self, record: logging.LogRecord) -> None:
        """Count, and keep nothing: the message may show what a customer wrote.

        A request that was told to come again, and is sent again, is no complaint: that is how it is meant.
        """
        self.count += "retrying in" not in str(record.msg)


class Pipeline:
    """One app instance's way out: a batch processor and its exporter, shared by its sessions."""

    def __init__(self, endpoint: str) -> None:
        """Start the processor's thread; nothing is sent yet."""
        self.exporter = Exporter(endpoint)
        self.processor = BatchLogRecordProcessor(self.exporter, schedule_delay_millis=200, max_queue_size=QUEUE)

    def logger(
        self, resource: Mapping[str, AnyValue], scope: str = SCOPE, scope_attributes: Mapping[str, str] | None = None
    ) -> Logger:
        """Open a logger for one session, described by its resource attributes."""
        provider = LoggerProvider(resource=Resource.create(dict(resource)), shutdown_on_exit=False)
        provider.add_log_record_processor(self.processor)
        return provider.get_logger(scope, attributes=scope_attributes)

    def close(self) -> None:
        """Send what is left, and stop."""
        self.processor.force_flush()
        self.processor.shutdown()  # type: ignore[no-untyped-call] # untyped in the SDK


def say(
    logger: Logger,
    event: str,
    at: int,
    attributes: Mapping[str, AnyValue],
    *,
    body: str | None = None,
    severity_text: str | None = None,
    exception: BaseException | None = None,
) -> None:
    """Emit one event; `at` is nanoseconds since the epoch."""
    logger.emit(
        LogRecord(
            timestamp=at,
            observed_timestamp=at,
            event_name=event,
            severity_number=SeverityNumber.INFO,
            severity_text=severity_text,
            body=body,
            attributes=dict(attributes),
            exception=exception,
        )
    )
