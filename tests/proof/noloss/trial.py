"""The trial: apps send, Kafka goes away and comes back, the collector is killed; then every record is looked for."""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from broker.port import Received
from deploy.keys import Keys
from schemas.codec import Codec, unframe
from schemas.domains.pseudonyms import keyed
from schemas.keyfile import read_keyring
from tests.proof.noloss.client import LOGS, POINTS, SPANS, Plan, Result
from tests.proof.pages import ROOT
from tests.proof.stand import Stand
from tests.unit.gate_samples import catalogue

# Where a signal's records go, and which field of them is the id that the app chose.
PLACES: Mapping[str, tuple[str, str, Callable[[Any], str]]] = {
    LOGS: ("telemetry.usage", "mute.changed", lambda value: str(value["call"])),
    SPANS: ("telemetry.diagnostic", "http.client.called", lambda value: str(value["span"])),
    POINTS: ("telemetry.usage", "shortcuts.counted", lambda value: str(value["origin"]["session"])),
}
FILLED = 20.0  # seconds within which something has to wait in the spill, once Kafka was told to stop


@dataclass(frozen=True, slots=True)
class Setting:
    """How large the trial is. Times in seconds; each time that Kafka is away it is so for `away` at least."""

    clients: int = 4
    logs: int = 192_000
    spans: int = 6_400
    points: int = 1_600
    seconds: float = 150.0
    away: float = 30.0
    outages: tuple[float, ...] = (0.12, 0.6)  # when each begins, as a share of `seconds`
    kills: int = 5

    @property
    def records(self) -> int:
        """How many records are sent."""
        return self.logs + self.spans + self.points

    def shares(self, url: str, seed: int) -> Iterator[Plan]:
        """Give each app its share."""
        parts = [part // self.clients for part in (self.logs, self.spans, self.points)]
        for client in range(self.clients):
            yield Plan(url, seed * 1000 + client, self.seconds, *parts)


@dataclass(slots=True)
class Chaos:
    """What was done to Kafka and the collector, and what waited in the spill meanwhile."""

    away: list[float] = field(default_factory=list)
    kills: int = 0
    kills_over_spill: int = 0
    most_spilled: int = 0


@dataclass(slots=True)
class Found:
    """What became of one signal's records."""

    taken: int  # in requests that were answered 200
    given_up: int
    lost: int  # taken, and not in the topic
    copies: int  # messages beyond the first of a record
    uncollapsed: int  # records whose copies don't have one event id


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of it."""

    setting: Setting
    seed: int
    chaos: Chaos
    found: Mapping[str, Found]
    answers: Mapping[str, int]
    partial: int
    counts: Mapping[str, int]

    @property
    def lost(self) -> int:
        """Records that were answered 200 and are nowhere, or whose copies stay several."""
        return sum(each.lost + each.uncollapsed for each in self.found.values())

    @property
    def taken(self) -> int:
        """Records that were answered 200."""
        return sum(each.taken for each in self.found.values())


def run(stand: Stand, setting: Setting, seed: int, scratch: Path) -> Outcome:
    """Carry it out."""
    rng, chaos = random.Random(seed), Chaos()  # noqa: S311 - a simulation
    plans = list(setting.shares(stand.url, seed))
    files = [(scratch / f"{number}.plan", scratch / f"{number}.result") for number in range(len(plans))]
    for plan, (given, _) in zip(plans, files, strict=True):
        given.write_text(json.dumps(asdict(plan)), "utf-8")
    command = (sys.executable, "-m", "tests.proof.noloss.client")
    apps = [subprocess.Popen((*command, *map(str, pair)), cwd=ROOT) for pair in files]  # noqa: S603 - ourselves
    try:
        _disturb(stand, setting, rng, chaos)
        codes = [app.wait(600) for app in apps]
    finally:
        for app in apps:
            app.kill()
            app.wait()
    assert not any(codes), "an app failed"
    results = [Result(**json.loads(result.read_text("utf-8"))) for _, result in files]
    topics = stand.settled()
    answers = sum((Counter(each.answers) for each in results), Counter[str]())
    partial = sum(each.partial for each in results)
    return Outcome(setting, seed, chaos, look(stand, topics, results), answers, partial, stand.counts())


def moments(setting: Setting, rng: random.Random) -> list[tuple[float, bool]]:
    """Choose when to kill, and whether only over a filled spill: at random, but so each time that Kafka is away."""
    starts = [share * setting.seconds for share in setting.outages]
    chosen = [(start + rng.uniform(0.2, 0.8) * setting.away, True) for start in starts][: setting.kills]
    chosen += [(rng.uniform(0.03, 0.95) * setting.seconds, False) for _ in range(setting.kills - len(chosen))]
    return sorted(chosen)


def _disturb(stand: Stand, setting: Setting, rng: random.Random, chaos: Chaos) -> None:
    """Stop Kafka at the set times; kill the collector at random ones."""
    began, done = time.monotonic(), threading.Event()
    killer = threading.Thread(target=_kill, args=(stand, moments(setting, rng), chaos, began))
    watcher = threading.Thread(target=_weigh, args=(stand, chaos, done))
    killer.start()
    watcher.start()
    for share in setting.outages:
        time.sleep(max(0.0, began + share * setting.seconds - time.monotonic()))
        chaos.away.append(stand.kafka_away(setting.away))
    killer.join()
    done.set()
    watcher.join()


def _kill(stand: Stand, when: Sequence[tuple[float, bool]], chaos: Chaos, began: float) -> None:
    for moment, over_spill in when:
        time.sleep(max(0.0, began + moment - time.monotonic()))
        # Kafka takes its time to stop, requests to give it up: how long depends on the machine.
        until = time.monotonic() + FILLED
        while over_spill and not stand.spilled() and time.monotonic() < until:
            time.sleep(0.02)
        chaos.kills_over_spill += stand.spilled() > 0
        stand.kill()
        chaos.kills += 1


def _weigh(stand: Stand, chaos: Chaos, done: threading.Event) -> None:
    while not done.wait(0.2):
        chaos.most_spilled = max(chaos.most_spilled, stand.spilled())


def look(stand: Stand, topics: Mapping[str, Sequence[Received]], results: Sequence[Result]) -> dict[str, Found]:
    """Look for every record that was answered 200, by the pseudonym of its id."""
    ring = read_keyring(Keys(stand.stack.folder.keys).telemetry)
    key = ring.at(time.time_ns() // 1000)
    seen = {signal: _events(topics, signal) for signal in PLACES}
    found = {}
    for signal, events in seen.items():
        wanted = {keyed(key, made.encode(), 128).hex() for each in results for made in each.taken[signal]}
        found[signal] = Found(
            taken=sum(len(each.taken[signal]) for each in results),
            given_up=sum(each.given_up[signal] for each in results),
            lost=sum(image not in events for image in wanted),
            copies=sum(len(ids) - 1 for ids in events.values()),
            uncollapsed=sum(len(set(ids)) > 1 for ids in events.values()),
        )
        assert len(wanted) == found[signal].taken, "an id was used twice"
    return found


def _events(topics: Mapping[str, Sequence[Received]], signal: str) -> Mapping[str, list[str]]:
    """Give the event ids of all messages of a signal, by the image of the id that the app chose."""
    topic, event, image_of = PLACES[signal]
    number = catalogue().plans[event].schema_id
    events: dict[str, list[str]] = defaultdict(list)
    for message in topics[topic]:
        found, payload = unframe(message.value)
        if found == number:
            value = _codec(number).decode(payload)
            assert isinstance(value, dict)
            events[image_of(value)].append(value["origin"]["event_id"])
    return events


@cache
def _codec(number: int) -> Codec:
    return Codec(catalogue().schemas[number].avro)
