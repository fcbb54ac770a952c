"""Requests spoilt on purpose, with the canary in them: what an app with a bug sends, or one that means no good.

Spoilt is the tree of a request (a value is dropped, doubled, nested, of another type, too long), its protobuf (a field
is dropped, doubled, renumbered, lies about its length), its bytes, its content coding, or what its headers say of it.
"""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, Final

import zstandard

from collector import otlp_json
from collector.body import JSON, PROTOBUF
from collector.signals import LOGS, METRICS, TRACES, Signal
from tests.proof.badinput import protobuf
from tests.proof.fuzz import targets
from tests.proof.fuzz.targets import CANARY, MARK
from tests.proof.wire import post

OF: Final[Mapping[str, Signal]] = {"resourceLogs": LOGS, "resourceSpans": TRACES, "resourceMetrics": METRICS}
PACK: Final[Mapping[str, Callable[[bytes], bytes]]] = {
    "": bytes,
    "gzip": lambda body: gzip.compress(body, 1, mtime=0),
    "deflate": lambda body: zlib.compress(body, 1),
    "zstd": zstandard.ZstdCompressor(level=1).compress,
}
TYPES: Final = (JSON, PROTOBUF)
ODD_TYPES: Final = ("text/plain", "application/json; charset=latin1", f"application/{CANARY}", "")
ODD_PATHS: Final = ("/v1/logs/", f"/v1/{CANARY}", "/v1development/profiles", "/", f"/v1/logs?q={CANARY}")
ODD_CODINGS: Final = ("br", "gzip, gzip", CANARY, "identity")


class Mutator:
    """Gives spoilt requests without end, the same for the same seed."""

    def __init__(self, seed: int, who: Mapping[str, str] = MappingProxyType({})) -> None:
        """Read the seeds: golden requests of each signal, as they are and with the canary in every text.

        `who` is what heads say of the sender, where they aren't spoilt in it.
        """
        self._who = who
        self._rng = random.Random(seed)  # noqa: S311 - a simulation
        self._seeds = [(OF[of], json.dumps(tree)) for of, tree in _seeds()]

    def requests(self, most: int) -> Iterator[bytes]:
        """Give so many."""
        for _ in range(most):
            yield self.request()

    def request(self) -> bytes:
        """Give one."""
        rng = self._rng
        signal, seed = rng.choice(self._seeds)
        kind = rng.choice(TYPES)
        body = self._json(seed) if kind == JSON else self._protobuf(signal, seed)
        if rng.random() < 0.4:
            body = self._bytes(body)
        coding = rng.choice(list(PACK))
        packed = PACK[coding](body)
        if coding and rng.random() < 0.15:
            packed = self._bytes(packed)
        return post(packed, *self._head(signal, kind, coding))

    def _head(self, signal: Signal, kind: str, coding: str) -> tuple[str, dict[str, str]]:
        """Say what the request is, now and then wrongly."""
        rng = self._rng
        kind = rng.choice((*TYPES, *ODD_TYPES)) if rng.random() < 0.05 else kind
        coding = rng.choice((*PACK, *ODD_CODINGS)) if rng.random() < 0.05 else coding
        path = rng.choice((*(each.path for each in OF.values()), *ODD_PATHS)) if rng.random() < 0.05 else signal.path
        head = {**self._who, "Content-Type": kind, "Content-Encoding": coding, "User-Agent": CANARY}
        if "Authorization" in head and rng.random() < 0.01:
            head["Authorization"] = rng.choice((head["Authorization"][:-1], f"Bearer {CANARY}", CANARY, ""))
        return path, {name: value for name, value in head.items() if value}

    def _json(self, seed: str) -> bytes:
        tree = json.loads(seed)
        for _ in range(self._rng.randint(0, 3)):
            self._spoil(tree)
            tree = json.loads(json.dumps(tree))  # what is there twice is two things from now on
        return json.dumps(tree, ensure_ascii=self._rng.random() < 0.5).encode("utf-8", "surrogatepass")

    def _protobuf(self, signal: Signal, seed: str) -> bytes:
        body = signal.encode(otlp_json.decode(seed.encode(), signal))
        for _ in range(self._rng.randint(0, 3)):
            body = protobuf.spoilt(body, self._rng, MARK)
        return body

    def _spoil(self, tree: Any) -> None:  # noqa: ANN401 - JSON
        """Change one value somewhere in the tree."""
        place = tree
        while True:
            keys = list(place) if isinstance(place, dict) else list(range(len(place)))
            if not keys:
                return
            key = self._rng.choice(keys)
            inner = place[key]
            if isinstance(inner, (dict, list)) and inner and self._rng.random() < 0.85:
                place = inner
                continue
            break
        match self._rng.randrange(7):
            case 0:
                del place[key]
            case 1 if isinstance(place, list):
                place += [inner] * self._rng.choice((1, 200))
            case 1 | 2:
                place[key] = self._rng.choice(ODD_VALUES)
            case 3:
                place[key] = _nested(inner, self._rng.choice((2, 17, 60)))
            case 4 if isinstance(place, dict):
                place[self._rng.choice(targets.WORDS)] = place.pop(key)
            case 5 if isinstance(place, dict):
                place[CANARY] = inner
            case _:
                place[key] = f"{CANARY} " * self._rng.choice((1, 100, 5000))

    def _bytes(self, data: bytes) -> bytes:
        """Change some bytes, whatever they are."""
        rng = self._rng
        at = rng.randint(0, len(data))
        piece = rng.choice((MARK, rng.randbytes(rng.randint(1, 8)), rng.choice(targets.WORDS).encode(), b""))
        match rng.randrange(4):
            case 0:
                return data[:at] + piece + data[at:]
            case 1:
                return data[:at] + piece + data[at + len(piece) :]
            case 2:
                return data[:at]
        return data[:at] + data[at : at + 64] * rng.choice((2, 50)) + data[at:]


ODD_VALUES: Final[tuple[Any, ...]] = (
    None, True, 0, -1, 2**63, 10**40, 1e308, float("nan"), float("inf"), "", "\ud800", "\0", CANARY, [], {}, [[]],
    {"stringValue": CANARY, "intValue": "1"}, {"kvlistValue": {"values": [{"key": CANARY}]}},
)  # fmt: skip


def _nested(value: object, depth: int) -> object:
    for _ in range(depth):
        value = {"arrayValue": {"values": [value]}}
    return value


def _seeds() -> Iterator[tuple[str, Any]]:
    for tree in targets._golden():
        yield "resourceLogs", tree
    for of in ("resourceSpans", "resourceMetrics"):
        for tree in targets._requests(of):
            yield of, tree
            yield of, targets._planted(tree)
