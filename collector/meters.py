"""The metrics of one collector: what is measured as it happens, what is read off the counts, and their exposition.

Nothing is counted twice: what the gateway and its delivery count for `status` is read here when Prometheus asks.
There is no global state: a process may hold several of these.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final, Protocol

from opentelemetry.exporter.prometheus import PrometheusMetricReader
from opentelemetry.metrics import CallbackOptions, Histogram, Observation
from opentelemetry.sdk.metrics import AlwaysOffExemplarFilter, MeterProvider
from opentelemetry.sdk.resources import Resource
from prometheus_client import CollectorRegistry, generate_latest

from broker.port import SAYS
from collector.metrics import (
    CLOSED,
    ERROR,
    FIELD,
    KIND,
    MODE,
    NONE,
    OUTCOME,
    REASON,
    SPILL,
    STRANDED,
    Metric,
    Sort,
    closed,
)
from collector.pipeline import Discarded
from schemas.model import Kind
from schemas.reasons import Reason

_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_SPILL_EVENTS: Final = {
    "spilled": "spilled_requests",
    "replayed": "replayed_requests",
    "full": "spill_full",
    "error": "spill_errors",
}
_COUNTED: Final = {
    Metric.RECEIVED: "received",
    Metric.DROPPED: "dropped_attributes",
    Metric.UNSAFE: "unacknowledged_requests",
    Metric.SPILL_DEPTH: "spill_bytes",
    Metric.SPILL_ASIDE: "spill_aside",
}

Counts = Mapping[str, int]
Reading = Iterator[tuple[float, Mapping[str, str]]]


class Watched(Protocol):
    """What can be read off a gateway."""

    def counts(self) -> Counts:
        """What became of all records so far."""

    def gauges(self) -> Counts:
        """What waits just now."""


class Meters:
    """Measures, reads and exposes; safe to call from several threads."""

    def __init__(self, watched: Watched, fields: Callable[[], frozenset[str]], more: Callable[[], Counts]) -> None:
        """Make every instrument of the table. `fields` names the catalogue's soft fields, `more` reads the door."""
        self._watched, self._fields, self._more = watched, fields, more
        self._began = time.monotonic()
        self._registry = CollectorRegistry()
        reader = PrometheusMetricReader(disable_target_info=True, scope_info_enabled=False, registry=self._registry)
        self._provider = MeterProvider(
            [reader], Resource({}), exemplar_filter=AlwaysOffExemplarFilter(), shutdown_on_exit=False
        )
        self._meter = self._provider.get_meter("tidegate.collector")
        self._histograms = {metric: self._histogram(metric) for metric in Metric if metric.sort is Sort.HISTOGRAM}
        self._active = 0
        self._read_gauge = self._gauges()
        for metric in Metric:
            self._observe(metric)

    def measured(self, metric: Metric, value: float, labels: Mapping[str, str] | None = None) -> None:
        """Add a value to a histogram; a label's value that is not in its list becomes `_OTHER`."""
        kept = {label: closed(label, value) for label, value in (labels or {}).items()}
        self._histograms[metric].record(value, kept)

    def entered(self, change: int) -> None:
        """Count a request in, or out: from the event loop alone."""
        self._active += change

    def exposition(self) -> bytes:
        """Write all metrics as Prometheus reads them."""
        return generate_latest(self._registry)

    def close(self) -> None:
        """Let go."""
        self._provider.shutdown()

    def _histogram(self, metric: Metric) -> Histogram:
        return self._meter.create_histogram(
            metric.label, metric.unit, metric.sentence, explicit_bucket_boundaries_advisory=metric.bounds
        )

    def _observe(self, metric: Metric) -> None:
        def read(_options: CallbackOptions) -> Iterable[Observation]:
            for value, labels in self._read(metric):
                yield Observation(value, labels)

        if metric.sort is Sort.COUNTER:
            self._meter.create_observable_counter(metric.label, [read], metric.unit, metric.sentence)
        elif metric.sort is Sort.GAUGE:
            self._meter.create_observable_up_down_counter(metric.label, [read], metric.unit, metric.sentence)

    def _read(self, metric: Metric) -> Reading:
        counts = self._watched.counts()
        match metric:
            case Metric.OUTCOMES:
                yield from _outcomes(counts)
            case Metric.OTHERS:
                yield from ((counts.get(f"other.{name}", 0), {FIELD: name}) for name in sorted(self._fields()))
            case Metric.BROKER_ERRORS:
                names = (error.__name__ for error in SAYS)
                yield from ((n, {ERROR: name}) for name, n in _each(ERROR, names, "broker_error.", counts))
            case Metric.SPILL_EVENTS:
                yield from ((counts.get(name, 0), {SPILL: label}) for label, name in _SPILL_EVENTS.items())
            case Metric.SPILL_STRANDED:
                yield from ((counts.get(f"spill_{label}", 0), {STRANDED: label}) for label in sorted(CLOSED[STRANDED]))
            case Metric.CPU:
                spent = os.times()
                yield from ((spent.user, {MODE: "user"}), (spent.system, {MODE: "system"}))
            case _ if metric in _COUNTED:
                yield counts.get(_COUNTED[metric], 0), {}
            case _:
                yield self._read_gauge[metric](), {}

    def _gauges(self) -> Mapping[Metric, Callable[[], float]]:
        """Say where each metric without labels that is no count is read."""
        gauges, door = self._watched.gauges, self._more
        return {
            Metric.SPILL_AGE: lambda: gauges().get("spill_age", 0),
            Metric.WAITING: lambda: gauges().get("waiting", 0) + door().get("waiting", 0),
            Metric.HELD: lambda: door().get("held", 0),
            Metric.FAILED_HANDSHAKES: lambda: door().get("failed_handshakes", 0),
            Metric.ACTIVE_REQUESTS: lambda: self._active,
            Metric.MEMORY: _resident,
            Metric.THREADS: threading.active_count,
            Metric.UPTIME: lambda: time.monotonic() - self._began,
        }


def _outcomes(counts: Counts) -> Reading:
    for name, count in _each(KIND, (kind.value for kind in Kind), "accepted.", counts):
        yield count, {OUTCOME: "accepted", KIND: name, REASON: NONE}
    refusing = (reason.code for reason in Reason if not reason.is_withheld)
    for outcome, reasons in (("refused", refusing), ("discarded", (why.value for why in Discarded))):
        for name, count in _each(REASON, reasons, f"{outcome}.", counts):
            yield count, {OUTCOME: outcome, KIND: NONE, REASON: name}


def _each(label: str, names: Iterable[str], prefix: str, counts: Counts) -> Iterable[tuple[str, int]]:
    """Count by a label's values, from 0 on: a rate needs a value before the first."""
    found = dict.fromkeys(names, 0)
    for name, count in _under(prefix, counts):
        value = closed(label, name)
        found[value] = found.get(value, 0) + count
    return found.items()


def _under(prefix: str, counts: Counts) -> Iterator[tuple[str, int]]:
    return ((name.removeprefix(prefix), count) for name, count in counts.items() if name.startswith(prefix))


def _resident() -> int:
    """Read what is resident, where the system tells (Linux)."""
    try:
        return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * _PAGE
    except (OSError, ValueError, IndexError):
        return 0
