"""Text in and around HTTP: head, path, query, method, codings, and the doors of signals that are not carried."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.proof.attack.case import Bench, Case, Fate, Request
from tests.proof.attack.drafts import Draft
from tests.proof.attack.ways import JSON

HEADERS: Final[dict[str, tuple[bytes, bool]]] = {
    # name -> the header, whether the request is taken all the same
    "user agent": (b"user-agent", True),
    "authorization": (b"authorization", True),
    "cookie": (b"cookie", True),
    "referer": (b"referer", True),
    "traceparent": (b"traceparent", True),
    "tracestate": (b"tracestate", True),
    "baggage": (b"baggage", True),
    "forwarded for": (b"x-forwarded-for", True),
    "accept": (b"accept", True),
    "own header": (b"x-meeting-title", True),
    "content encoding": (b"content-encoding", False),
    "content length": (b"content-length", False),
    "transfer encoding": (b"transfer-encoding", False),
    "expect": (b"expect", True),
}


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    yield from _headers(bench)
    yield from _request_line(bench)
    yield from _codings(bench)
    yield from _other_signals(bench)


def _headers(bench: Bench) -> Iterator[Case]:
    for name, (header, taken) in HEADERS.items():
        canary, body = bench.canary(name), Draft(bench).protobuf().body
        request = Request(body, headers=((header, canary.text.encode()),))
        yield Case(name, "HTTP header", "text", canary.words, (request,), Fate.DESTROYED if taken else None)
    name = "header's name"
    canary, body = bench.canary(name), Draft(bench).protobuf().body
    request = Request(body, headers=((canary.slug.encode(), b"1"),))
    yield Case(name, "HTTP header", "text", canary.words, (request,), Fate.DESTROYED)
    name = "parameter of the content type"
    canary = bench.canary(name)
    request = Request(body, b"application/x-protobuf; title=" + canary.slug.encode())
    yield Case(name, "HTTP header", "text", canary.words, (request,), Fate.DESTROYED)
    name = "content type"
    canary = bench.canary(name)
    yield Case(name, "HTTP header", "text", canary.words, (Request(body, b"text/" + canary.slug.encode()),))
    name = "a head without end"
    canary = bench.canary(name)
    whole = b"POST /v1/logs HTTP/1.1\r\n" + b"".join(b"x: " + canary.text.encode() + b"\r\n" for _ in range(1500))
    yield Case(name, "HTTP header", "malformed", canary.words, (Request(whole=whole + b"\r\n"),))
    name = "no HTTP at all"
    canary = bench.canary(name)
    yield Case(name, "HTTP header", "malformed", canary.words, (Request(whole=canary.text.encode() + b"\r\n\r\n"),))
    name = "trailers"
    canary = bench.canary(name)
    yield Case(name, "HTTP header", "text", canary.words, (_chunked(body, canary.text.encode()),), Fate.DESTROYED)


def _chunked(body: bytes, trailer: bytes) -> Request:
    head = b"POST /v1/logs HTTP/1.1\r\nhost: collector\r\nconnection: close\r\ntransfer-encoding: chunked\r\n"
    head += b"content-type: application/x-protobuf\r\n\r\n"
    chunks = f"{len(body):x};note=".encode() + trailer.replace(b" ", b"_") + b"\r\n" + body + b"\r\n"
    return Request(whole=head + chunks + b"0\r\nx-note: " + trailer + b"\r\n\r\n")


def _request_line(bench: Bench) -> Iterator[Case]:
    lines: dict[str, tuple[Callable[[bytes], Request], bool]] = {
        "path": (lambda slug: Request(target=b"/" + slug), False),
        "path below": (lambda slug: Request(target=b"/v1/logs/" + slug), False),
        "path, percent": (lambda slug: Request(target=b"/" + slug.replace(b"-", b"%20")), False),
        "path, not UTF-8": (lambda slug: Request(target=b"/%ff" + slug), False),
        "GET": (lambda slug: Request(target=b"/v1/logs?title=" + slug, method=b"GET"), False),
        "query of probes": (lambda slug: Request(target=b"/healthz?title=" + slug, method=b"GET"), True),
        "absolute target": (lambda slug: Request(target=b"http://" + slug + b"/v1/logs"), True),
        "method": (lambda slug: Request(method=slug.upper()), False),
    }
    for name, (make, taken) in lines.items():
        canary = bench.canary(name)
        fate = Fate.DESTROYED if taken else None
        yield Case(name, "HTTP request line", "text", canary.words, (make(canary.slug.encode()),), fate)
    for name in ("query", "query and fragment"):
        canary = bench.canary(name)
        target = (
            b"/v1/logs?title=" + canary.slug.encode() + (b"#" + canary.slug.encode() if "fragment" in name else b"")
        )
        request = Request(Draft(bench).protobuf().body, target=target)
        yield Case(name, "HTTP request line", "text", canary.words, (request,), Fate.DESTROYED)


def _codings(bench: Bench) -> Iterator[Case]:
    """What a gzip member can carry beside its body, and other codings."""

    def member(body: bytes, flags: int, extra: bytes) -> bytes:
        deflated = zlib.compressobj(wbits=-15)
        raw = deflated.compress(body) + deflated.flush()
        head = bytes([0x1F, 0x8B, 8, flags, 0, 0, 0, 0, 0, 255])
        return head + extra + raw + zlib.crc32(body).to_bytes(4, "little") + len(body).to_bytes(4, "little")

    gzipped: dict[str, tuple[Callable[[bytes, bytes], bytes], bool]] = {
        "gzip file name": (lambda body, text: member(body, 8, text + b"\x00"), True),
        "gzip comment": (lambda body, text: member(body, 16, text + b"\x00"), True),
        "gzip extra field": (lambda body, text: member(body, 4, len(text).to_bytes(2, "little") + text), True),
        "gzip, then text": (lambda body, text: gzip.compress(body) + text, False),
        "gzip, then a second member": (lambda body, text: gzip.compress(body) + gzip.compress(text), False),
        "gzip, cut short": (lambda body, text: gzip.compress(body + text)[:-9], False),
        "not gzip": (lambda body, text: body + text, False),
        "gzip in gzip": (lambda body, text: gzip.compress(gzip.compress(body + text)), False),
    }
    for name, (make, taken) in gzipped.items():
        canary, body = bench.canary(name), Draft(bench).protobuf().body
        request = Request(make(body, canary.text.encode()), headers=((b"content-encoding", b"gzip"),))
        yield Case(name, "HTTP body", "coding", canary.words, (request,), Fate.DESTROYED if taken else None)
    for coding, compress in ((b"deflate", zlib.compress), (b"br", bytes), (b"gzip, gzip", gzip.compress)):
        name = f"coding {coding.decode()}"
        canary = bench.canary(name)
        request = Request(compress(canary.text.encode()), headers=((b"content-encoding", coding),))
        yield Case(name, "HTTP body", "coding", canary.words, (request,))
    name = "form fields"
    canary = bench.canary(name)
    request = Request(b"title=" + canary.slug.encode(), b"application/x-www-form-urlencoded")
    yield Case(name, "HTTP body", "coding", canary.words, (request,))


def _other_signals(bench: Bench) -> Iterator[Case]:
    """A span's name, status and events, and a metric's name, unit and exemplars, at the doors they would go to."""
    for target, places in (
        (b"/v1/traces", _SPAN),
        (b"/v1/metrics", _METRIC),
        (b"/v1/logs", _SPAN),
        (b"/metrics", _SPAN),
    ):
        for place, make in places.items():
            for media in (b"application/x-protobuf", JSON):
                name = f"{place} to {target.decode()} as {media.decode()}"
                canary = bench.canary(name)
                message = make(canary.text)
                as_json = json.dumps(MessageToDict(message)).encode()
                body = as_json if media == JSON else message.SerializeToString()
                group = {b"/v1/traces": "traces", b"/v1/metrics": "metrics"}.get(target, "another signal's door")
                # Unknown names alone, or no point at all: there is nothing to refuse.
                is_nothing = (target, media) == (b"/v1/logs", JSON) or place == "metric without points"
                taken = Fate.DESTROYED if is_nothing else None
                yield Case(name, group, "text", canary.words, (Request(body, media, target=target),), taken)


def _span(**parts: Any) -> ExportTraceServiceRequest:  # noqa: ANN401 - parts of a message
    request = ExportTraceServiceRequest()
    request.resource_spans.add().scope_spans.add().spans.add(**parts)
    return request


def _metric(**parts: Any) -> ExportMetricsServiceRequest:  # noqa: ANN401 - as above
    request = ExportMetricsServiceRequest()
    request.resource_metrics.add().scope_metrics.add().metrics.add(**parts)
    return request


_SPAN: Final[dict[str, Callable[[str], Any]]] = {
    "span name": lambda text: _span(name=text),
    "span status": lambda text: _span(status={"message": text}),
    "span event": lambda text: _span(events=[{"name": text}]),
    "span attribute": lambda text: _span(attributes=[{"key": text, "value": {"string_value": text}}]),
    "trace state": lambda text: _span(trace_state=text),
}
_POINT: Final = {"data_points": [{"as_int": 1}]}
_METRIC: Final[dict[str, Callable[[str], Any]]] = {
    "metric name": lambda text: _metric(name=text, gauge=_POINT),
    "metric unit": lambda text: _metric(unit=text, description=text, gauge=_POINT),
    "metric without points": lambda text: _metric(name=text, unit=text, description=text),
    "metric attribute": lambda text: _metric(
        gauge={"data_points": [{"as_int": 1, "attributes": [{"key": "t", "value": {"string_value": text}}]}]}
    ),
}
