"""The trial: everything bad at a running collector, one kind after the other, while good requests go on all along."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import resource
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from collector.limits import DEFAULT
from deploy import tokens
from deploy.folder import Folder
from tests.proof.badinput.mutate import Mutator
from tests.proof.badinput.rude import KINDS, Ended, Head, Talk, swollen, talk
from tests.proof.fuzz.targets import TRACES
from tests.proof.overload.trial import requests
from tests.proof.stand import Stand, Watched
from tests.proof.wire import Answers, asked, closed_loop

FILES = 1024  # files a process may have open, as most systems have it: the collector's own bound has to do with less
EVERY = 0.2  # seconds between two good requests
FINE = frozenset({200, 400, 401, 404, 405, 413, 415, 429, 503})
READ = 160 * 2**20  # bytes that a body takes at most while it is read: one of 8 MiB in JSON, of objects of two bytes


@dataclass(frozen=True, slots=True)
class Setting:
    """How much of each."""

    mutated: int = 100_000
    lines: int = 8
    rude: Mapping[str, int] = field(
        default_factory=lambda: {
            "slow heads": 300, "slow bodies": 200, "half closed": 400, "wrong lengths": 400, "bombs": 60,
        }
    )  # fmt: skip
    swollen: int = 30
    idle: int = 10_000
    rest: float = 18.0  # seconds until everything has to be let go: idle connections have 15
    first: float = 0.1  # of all this, beforehand: what the heap keeps for the next ones is no growth

    def part(self, share: float) -> Setting:
        """Give a share of everything."""
        rude = {kind: int(share * most) for kind, most in self.rude.items()}
        mutated, swollen, idle = (int(share * most) for most in (self.mutated, self.swollen, self.idle))
        return replace(self, mutated=mutated, rude=rude, swollen=swollen, idle=idle)


@dataclass(slots=True)
class Seen:
    """What is gathered meanwhile."""

    good: Answers = field(default_factory=Answers)
    mutated: Counter[int] = field(default_factory=Counter)
    ended: dict[str, list[Ended]] = field(default_factory=dict)
    canaries: int = 0

    def ends(self, kind: str, ended: Ended) -> None:
        """Keep how a connection of a kind ended."""
        self.ended.setdefault(kind, []).append(ended)
        self.heard(ended.heard)

    def heard(self, answer: bytes) -> None:
        """Listen for the canary in an answer."""
        self.canaries += any(trace in answer for trace in TRACES)


@dataclass(frozen=True, slots=True)
class Outcome:
    """All of it."""

    setting: Setting
    seen: Seen
    watched: Watched
    warm: int  # bytes of memory after the first round
    restarts: int
    said: bytes = field(repr=False)
    seconds: float = 0.0

    @property
    def strange(self) -> int:
        """Spoilt requests and rude talks with an answer that is no answer of ours; requests without one."""
        rude = Counter(each.status for several in self.seen.ended.values() for each in several)
        return (
            sum(count for status, count in (self.seen.mutated + rude).items() if status not in {*FINE, 0})
            + (self.seen.mutated[0])
        )

    @property
    def hangs(self) -> int:
        """Connections that were still open when they had to be closed."""
        return sum(each.hangs for several in self.seen.ended.values() for each in several)

    @property
    def canaries(self) -> int:
        """Answers and output with the canary in them."""
        return self.seen.canaries + sum(trace in self.said for trace in TRACES)

    @property
    def defects(self) -> int:
        """Lines in which the collector tells of a defect of its own."""
        return self.said.count(b"internal:") + self.said.count(b"Traceback")

    @property
    def unserved(self) -> int:
        """Good requests that were not answered 200."""
        return sum(count for status, count in self.seen.good.statuses.items() if status != 200)

    @property
    def room(self) -> float:
        """MB that the memory stayed under its cap: what it took at first, the bodies that are held, and one parsed."""
        cap = self.watched.memory[0] + DEFAULT.held + READ
        return (cap - max(self.watched.memory)) / 1e6

    @property
    def growth(self) -> float:
        """MB of memory at the end beyond those after the first round."""
        return (self.watched.memory[-1] - self.warm) / 1e6


@dataclass(frozen=True, slots=True)
class Senders:
    """What the heads of good requests say of their sender, and those of bad ones: each has a token of its own."""

    good: Head = field(repr=False)
    bad: Head = field(repr=False)


@contextlib.contextmanager
def started(folder: Path) -> Iterator[tuple[Stand, Senders]]:
    """Start a collector that may have as few files open as most systems give; then let ourselves have many."""
    made = [tokens.new(Folder(folder).keys / "tokens.json", tenant="acme", app=app) for app in ("meetings", "trouble")]
    senders = Senders(*({"Authorization": f"Bearer {token}"} for _, token in made))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    try:
        with Stand(folder) as stand:
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            yield stand, senders
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@contextlib.asynccontextmanager
async def probing(url: str, who: Head, answers: Answers) -> AsyncIterator[None]:
    """Send a good request every fifth of a second, each on a connection of its own, as an app that just started."""
    good, tasks, done = requests(10, who=who), set[asyncio.Task[None]](), asyncio.Event()

    async def one() -> None:
        began = time.perf_counter()
        status = await asked(url, next(good))
        answers.note(status, time.perf_counter() - began)

    async def all_along() -> None:
        while not done.is_set():
            tasks.add(asyncio.create_task(one()))
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(done.wait(), EVERY)

    along = asyncio.create_task(all_along())
    try:
        yield
    finally:
        done.set()
        await along
        await asyncio.gather(*tasks)


async def _all(stand: Stand, senders: Senders, setting: Setting, seed: int, watched: Watched) -> tuple[Seen, int]:
    seen, mutator = Seen(), Mutator(seed, senders.bad)
    async with probing(stand.url, senders.good, seen.good):
        await _round(stand.url, senders.bad, setting.part(setting.first), mutator, seen)
        warm = watched.memory[-1]
        print("a first round is done", flush=True)
        await _round(stand.url, senders.bad, setting, mutator, seen)
    return seen, warm


async def _round(url: str, who: Head, setting: Setting, mutator: Mutator, seen: Seen) -> None:
    """Send all of it, one kind of trouble after the other; wait until the collector is at rest again."""
    answers = await closed_loop(url, mutator.requests(setting.mutated), setting.lines, 3600, seen.heard)
    seen.mutated += answers.statuses
    print(f"{sum(seen.mutated.values()):,} spoilt requests sent", flush=True)
    await _rude(url, who, setting.rude, seen)
    print("slow, cut off, lying and exploding connections are done", flush=True)
    for said in itertools.islice(swollen(who), setting.swollen):
        # One after the other, so that each is judged: of many at once most are told to come later.
        seen.ends("swollen", await talk(url, said))
    print("swollen bodies are done", flush=True)
    await _rude(url, who, {"idle": setting.idle}, seen)
    print("idle connections are done", flush=True)
    if any((setting.mutated, *setting.rude.values(), setting.swollen, setting.idle)):
        await asyncio.sleep(setting.rest)


async def _rude(url: str, who: Head, wanted: Mapping[str, int], seen: Seen) -> None:
    """Carry out so many talks of each kind, all at once; ten in a hundredth of a second are begun."""
    kinds: Sequence[Iterator[tuple[str, Talk]]] = [
        zip(itertools.repeat(kind), itertools.islice(KINDS[kind](who), most)) for kind, most in wanted.items()
    ]
    turns = [each for several in itertools.zip_longest(*kinds) for each in several if each]
    tasks = []
    for number, (kind, said) in enumerate(turns):
        tasks.append((kind, asyncio.create_task(talk(url, said))))
        if number % 10 == 0:
            await asyncio.sleep(0.01)
    for kind, task in tasks:
        seen.ends(kind, await task)


def run(stand: Stand, senders: Senders, setting: Setting, seed: int) -> Outcome:
    """Carry it out on a collector that was `started`."""
    began = time.monotonic()
    with stand.watched() as watched:
        seen, warm = asyncio.run(_all(stand, senders, setting, seed, watched))
    restarts = stand.stack.services()["collector"].restarts
    return Outcome(setting, seen, watched, warm, restarts, stand.said(), time.monotonic() - began)
