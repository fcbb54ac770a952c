"""The trial: how much the collector can take, four times as much for a minute, and how soon it is itself again."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from uuid import UUID

from collector.limits import DEFAULT
from collector.otlp import encode_logs
from schemas.domains.pseudonyms import is_random_id
from tests.proof.stand import Stand, Watched
from tests.proof.wire import PROTOBUF, Answers, OpenLoop, asked, closed_loop, post
from tests.unit.gate_samples import record

BODIES = 64  # requests that differ; they come again and again
TAKEN, REFUSED = 200, (429, 503)
QUICK = 0.5  # seconds within which a request is answered by a collector that is itself again
PATIENCE = 30.0  # seconds in which it has to be


@dataclass(frozen=True, slots=True)
class Setting:
    """How large the trial is. Times in seconds."""

    records: int = 100  # a request
    lines: int = 16  # connections that measure the capacity
    measure: float = 15.0
    seconds: float = 60.0
    times: float = 4.0  # what it can take
    most: int = 400  # connections of the load; the collector takes 512


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was measured."""

    setting: Setting
    capacity: float  # requests a second
    due: int
    sent: int
    answers: Answers
    seen: Watched
    recovered: float  # seconds
    load: float  # the share of a core that the load itself took

    @property
    def cap(self) -> float:
        """What the memory may grow to, in MB: what it took before the load, and the room for bodies."""
        return self.seen.megabytes[0] + DEFAULT.held / 1e6

    @property
    def strange(self) -> int:
        """Requests that were answered otherwise than 200, 429 or 503, or not at all."""
        return sum(count for status, count in self.answers.statuses.items() if status not in (TAKEN, *REFUSED))

    @property
    def taken(self) -> int:
        """Requests that were answered 200."""
        return self.answers.statuses[TAKEN]


def requests(records: int, seed: int = 4, who: Mapping[str, str] = MappingProxyType({})) -> Iterator[bytes]:
    """Give requests of so many records without end, made beforehand; each of one app, as SDKs send them.

    `who` is what their heads say of the sender.
    """
    rng, now = random.Random(seed), time.time_ns()  # noqa: S311 - a simulation
    app = record("mute.changed").resource

    def made() -> str:
        while not is_random_id(found := str(UUID(int=rng.getrandbits(128), version=4))):
            pass
        return found

    def one() -> bytes:
        muted = (record("mute.changed", {"call.id": made()}, time=now, resource=app) for _ in range(records))
        return post(encode_logs(list(muted)), headers={**who, **PROTOBUF})

    return itertools.cycle([one() for _ in range(BODIES)])


async def recovery(url: str, request: bytes) -> float:
    """Tell how long it takes until the collector says that it is ready and takes a request quickly."""
    began = time.perf_counter()
    ask = b"GET /readyz HTTP/1.1\r\nHost: collector\r\n\r\n"
    while (passed := time.perf_counter() - began) < PATIENCE:
        ready = await asked(url, ask)
        at = time.perf_counter()
        if ready == TAKEN and await asked(url, request) == TAKEN and time.perf_counter() - at < QUICK:
            return time.perf_counter() - began
        await asyncio.sleep(0.05)
    return passed


async def _measure(stand: Stand, setting: Setting) -> Outcome:
    given = requests(setting.records)
    await closed_loop(stand.url, given, setting.lines, setting.measure / 5)  # warm
    measured = await closed_loop(stand.url, given, setting.lines, setting.measure)
    capacity = measured.statuses[TAKEN] / setting.measure
    loop = OpenLoop(stand.url, given, setting.most)
    with stand.watched() as seen:
        busy = time.process_time()
        await loop.run(setting.times * capacity, setting.seconds)
        load = (time.process_time() - busy) / setting.seconds
        recovered, _ = await asyncio.gather(recovery(stand.url, next(given)), loop.finish())
    return Outcome(setting, capacity, loop.due, loop.sent, loop.answers, seen, recovered, load)


def run(stand: Stand, setting: Setting) -> Outcome:
    """Carry it out."""
    return asyncio.run(_measure(stand, setting))
