"""Text around an OTLP/gRPC call: metadata, the method's name, and messages that are none."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final

from collector.signals import LOGS, METRICS, TRACES
from deploy.demo.app.canaries import Canary
from tests.proof.attack.case import Aim, Bench, Call, Case, Fate
from tests.proof.attack.signals import OF_SERVER, OF_SHORTCUTS, landing

EXPORT: Final = f"/{TRACES.service}/Export"
Metadata = tuple[tuple[str, str | bytes], ...]

METADATA: Final[Mapping[str, Callable[[Canary], Metadata]]] = {
    "own": lambda canary: (("x-meeting-title", canary.text),),
    "own, binary": lambda canary: (("x-meeting-title-bin", canary.text.encode()),),
    "own, many": lambda canary: tuple((f"x-{at}", word) for at, word in enumerate(canary.text.split(" "))),
    "its name": lambda canary: ((canary.slug, "1"),),
    "authorization": lambda canary: (("authorization", f"Bearer {canary.slug}"),),
    "cookie": lambda canary: (("cookie", f"title={canary.text}"),),
    "traceparent": lambda canary: (("traceparent", canary.text),),
    "tracestate": lambda canary: (("tracestate", canary.text),),
    "baggage": lambda canary: (("baggage", f"title={canary.slug}"),),
    "tags": lambda canary: (("grpc-tags-bin", canary.text.encode()),),
    "forwarded for": lambda canary: (("x-forwarded-for", canary.slug),),
}

METHODS: Final[Mapping[str, Callable[[str], str]]] = {
    "method": lambda slug: f"/{TRACES.service}/{slug}",
    "service": lambda slug: f"/{slug}/Export",
    "neither": lambda slug: f"/{slug}",
    "query": lambda slug: f"{EXPORT}?title={slug}",
    "health": lambda slug: f"/grpc.health.v1.Health/{slug}",
}


def cases(bench: Bench) -> Iterator[Case]:
    """Give every case of this page."""
    for name, metadata in METADATA.items():
        called = f"gRPC metadata: {name}"
        canary, request = bench.canary(called), OF_SERVER.build(bench)
        call = Call(EXPORT, request.SerializeToString(), metadata(canary))
        aim = Aim(None, Counter(landing(request)))
        yield Case(called, "gRPC metadata", "text", canary.words, (call,), Fate.DESTROYED, aim=aim)
    for name, method in METHODS.items():
        called = f"gRPC path: {name}"
        canary = bench.canary(called)
        call = Call(method(canary.slug), OF_SERVER.build(bench).SerializeToString())
        yield Case(called, "gRPC path", "text", canary.words, (call,))
    for signal in (LOGS, TRACES, METRICS):
        yield from _broken(bench, f"/{signal.service}/Export", signal.name)
    name = "gRPC: a checker that is asked for a service"
    canary = bench.canary(name)
    asked = canary.slug.encode()
    call = Call("/grpc.health.v1.Health/Check", b"\x0a" + bytes([len(asked)]) + asked)
    yield Case(name, "gRPC path", "text", canary.words, (call,))


def _broken(bench: Bench, method: str, signal: str) -> Iterator[Case]:
    body = OF_SHORTCUTS.build(bench).SerializeToString()
    makers: dict[str, Callable[[bytes], bytes]] = {
        "text alone": lambda text: text,
        "trailing text": lambda text: body + text,
        "JSON": lambda text: b'{"note": "' + text + b'"}',
        "gzip without saying so": lambda text: b"\x1f\x8b" + text,
        "a length beyond the end": lambda text: b"\x0a\x7f" + text,
        "another signal's": lambda text: b"\x0a\x02\x12\x00" + b"\x0f" + text,
    }
    for name, make in makers.items():
        called = f"gRPC message of {signal}: {name}"
        canary = bench.canary(called)
        call = Call(method, make(canary.text.encode()))
        yield Case(called, "gRPC message", "malformed", canary.words, (call,))
