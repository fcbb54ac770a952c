"""Valid OTLP requests of spans and points to spoil: each message of the protocol is in them once, and all is taken.

A target is one shape that a schema of the catalogue matches.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from collector.signals import METRICS, TRACES, Signal
from tests.proof.attack.case import Bench
from tests.proof.attack.drafts import Plain, fill

CLIENT, SERVER, EXCEPTION = "http.client.called", "http.server.answered", "exception.recorded"
SHORTCUTS, MEMORY, CPU, JITTER = "shortcuts.counted", "process.memory.used", "process.cpu.used", "jitter.measured"
BOUNDS: Final = (5.0, 10.0, 20.0, 40.0, 80.0)
_SPANS: Final = {"meetings.http": CLIENT, "meetings.companion": SERVER}  # by scope
_POINTS: Final = {
    "app.shortcut.uses": SHORTCUTS, "process.memory.usage": MEMORY, "process.cpu.utilization": CPU,
    "call.media.jitter": JITTER,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Target:
    """What is attacked: `event`; `build` makes a request of one record of it."""

    name: str
    signal: Signal
    event: str
    build: Callable[[Bench], Any]


def landing(request: Any) -> Counter[str]:  # noqa: ANN401 - one of two messages
    """Count what a request becomes, by event, when nothing in it is refused."""
    found: Counter[str] = Counter()
    for of in getattr(request, "resource_spans", ()):
        for in_scope in of.scope_spans:
            event = _SPANS[in_scope.scope.name]
            for span in in_scope.spans:
                found[event] += 1
                found[EXCEPTION] += sum(event == CLIENT and inner.name == "exception" for inner in span.events)
    for of in getattr(request, "resource_metrics", ()):
        for in_scope in of.scope_metrics:
            for metric in in_scope.metrics:
                points = getattr(metric, metric.WhichOneof("data")).data_points
                found[_POINTS[metric.name]] += sum(not point.flags & 1 for point in points)
    return +found


def _of(bench: Bench, resource: Any, scope: Any, name: str) -> None:  # noqa: ANN401 - messages
    """Fill in who sends: what every event of the catalogue asks for, and what else the protocol has room for."""
    said: dict[str, Plain] = {
        "service.name": "meetings-web", "service.version": "6.4.12", "os.type": "linux",
        "tenant.id": bench.uuid(), "session.id": bench.uuid(), "telemetry.sdk.name": "opentelemetry",
    }  # fmt: skip
    for key, value in said.items():
        fill(resource.attributes.add(key=key).value, value)
    resource.entity_refs.add(schema_url="", type="service", id_keys=["service.name"], description_keys=["os.type"])
    scope.name, scope.version = name, "6.4"


def _span(bench: Bench, scope_name: str, kind: int, said: Mapping[str, Plain], inner: str) -> Any:  # noqa: ANN401
    request = TRACES.request()
    of: Any = request.resource_spans.add()  # type: ignore[attr-defined]
    in_scope = of.scope_spans.add()
    _of(bench, of.resource, in_scope.scope, scope_name)
    end = bench.now - 10**9 - bench.rng.randrange(10**9)
    span = in_scope.spans.add(
        trace_id=bench.raw(16), span_id=bench.raw(8), parent_span_id=bench.raw(8), name="GET", kind=kind, flags=257,
        start_time_unix_nano=end - 250_000_000, end_time_unix_nano=end, status={"code": 1},
    )  # fmt: skip
    for key, value in said.items():
        fill(span.attributes.add(key=key).value, value)
    link = span.links.add(trace_id=bench.raw(16), span_id=bench.raw(8), flags=1)
    fill(link.attributes.add(key="note").value, 1)
    event = span.events.add(name=inner, time_unix_nano=end - 10**6)
    fill(event.attributes.add(key="exception.type").value, "TypeError")
    return request


def _client(bench: Bench, inner: str = "log") -> Any:  # noqa: ANN401 - a message
    said: dict[str, Plain] = {
        "http.request.method": "GET", "url.template": "/v1/meetings/{meeting_id}", "http.response.status_code": 200,
    }  # fmt: skip
    return _span(bench, "meetings.http", 3, said, inner)


def _server(bench: Bench) -> Any:  # noqa: ANN401 - a message
    said: dict[str, Plain] = {
        "http.request.method": "GET", "http.route": "/v1/meetings/{meeting_id}", "http.response.status_code": 200,
    }  # fmt: skip
    return _span(bench, "meetings.companion", 2, said, "exception")


def _metric(bench: Bench, scope_name: str, name: str, unit: str, attribute: tuple[str, str], **data: Any) -> Any:  # noqa: ANN401
    """A metric with one point: `data` is its form's name, what it has beside the point, and what the point has."""
    request = METRICS.request()
    of: Any = request.resource_metrics.add()  # type: ignore[attr-defined]
    in_scope = of.scope_metrics.add()
    _of(bench, of.resource, in_scope.scope, scope_name)
    metric = in_scope.metrics.add(name=name, unit=unit, description="How much.")
    fill(metric.metadata.add(key="note").value, 1)
    [(form, (around, inside))] = data.items()
    into = getattr(metric, form)
    for part, value in around.items():
        setattr(into, part, value)
    at = bench.now - 10**9 - bench.rng.randrange(10**9)
    point = into.data_points.add(start_time_unix_nano=at - 60 * 10**9, time_unix_nano=at, **inside)
    fill(point.attributes.add(key=attribute[0]).value, attribute[1])
    if hasattr(point, "exemplars"):
        seen = point.exemplars.add(trace_id=bench.raw(16), span_id=bench.raw(8), time_unix_nano=at, as_double=1.5)
        fill(seen.filtered_attributes.add(key="note").value, 1)
    return request


def _shortcuts(bench: Bench) -> Any:  # noqa: ANN401 - a message
    form = {"aggregation_temporality": 1, "is_monotonic": True}
    attribute = ("app.shortcut.group", "mute")
    return _metric(bench, "meetings.client", "app.shortcut.uses", "{use}", attribute, sum=(form, {"as_int": 12}))


def _memory(bench: Bench) -> Any:  # noqa: ANN401 - a message
    form = {"aggregation_temporality": 2, "is_monotonic": False}
    attribute = ("app.process.role", "renderer")
    return _metric(bench, "meetings.process", "process.memory.usage", "By", attribute, sum=(form, {"as_int": 4096}))


def _cpu(bench: Bench) -> Any:  # noqa: ANN401 - a message
    attribute = ("app.process.role", "main")
    return _metric(bench, "meetings.process", "process.cpu.utilization", "1", attribute, gauge=({}, {"as_double": 0.5}))


def _jitter(bench: Bench, **data: Any) -> Any:  # noqa: ANN401 - a message
    return _metric(bench, "meetings.media", "call.media.jitter", "ms", ("call.media.kind", "audio"), **data)


def _explicit(bench: Bench) -> Any:  # noqa: ANN401 - a message
    point = {
        "count": 15, "sum": 120.5, "min": 1.5, "max": 79.0, "bucket_counts": [1, 2, 3, 4, 5, 0],
        "explicit_bounds": BOUNDS,
    }  # fmt: skip
    return _jitter(bench, histogram=({"aggregation_temporality": 1}, point))


def _exponential(bench: Bench) -> Any:  # noqa: ANN401 - a message
    point = {
        "count": 18, "sum": 120.5, "min": 1.5, "max": 79.0, "scale": 0, "zero_count": 1, "zero_threshold": 0.5,
        "positive": {"offset": 1, "bucket_counts": [5, 3, 4]}, "negative": {"offset": 0, "bucket_counts": [2, 3]},
    }  # fmt: skip
    return _jitter(bench, exponential_histogram=({"aggregation_temporality": 1}, point))


def _summary(bench: Bench) -> Any:  # noqa: ANN401 - a message
    point = {"count": 15, "sum": 120.5, "quantile_values": [{"quantile": 0.5, "value": 9.5}]}
    return _jitter(bench, summary=({}, point))


def _with_exception(bench: Bench) -> Any:  # noqa: ANN401 - a message
    return _client(bench, "exception")


OF_CLIENT: Final = Target("client span", TRACES, CLIENT, _client)
OF_SERVER: Final = Target("server span", TRACES, SERVER, _server)
OF_EXCEPTION: Final = Target("exception in a span", TRACES, EXCEPTION, _with_exception)
OF_SHORTCUTS: Final = Target("delta sum", METRICS, SHORTCUTS, _shortcuts)
OF_MEMORY: Final = Target("cumulative sum", METRICS, MEMORY, _memory)
OF_CPU: Final = Target("gauge", METRICS, CPU, _cpu)
OF_JITTER: Final = Target("explicit histogram", METRICS, JITTER, _explicit)
OF_EXPONENTIAL: Final = Target("exponential histogram", METRICS, JITTER, _exponential)
OF_SUMMARY: Final = Target("summary", METRICS, JITTER, _summary)  # of a histogram's name: the catalogue has no summary
TARGETS: Final = (OF_CLIENT, OF_SERVER, OF_EXCEPTION, OF_SHORTCUTS, OF_MEMORY, OF_CPU, OF_JITTER, OF_EXPONENTIAL)
"""All that is taken as it stands."""
