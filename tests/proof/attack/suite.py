"""The attack suite: every case, or a few of each place and form."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from schemas.catalogue import load
from tests.proof.attack import (
    calls,
    declared,
    doors,
    forms,
    frames,
    inside,
    packed,
    places,
    points,
    spans,
    topics,
)  # fmt: skip
from tests.proof.attack.arena import Arena
from tests.proof.attack.case import Bench, Case
from tests.proof.attack.forger import Forger
from tests.proof.attack.landed import landed
from tests.proof.attack.look import Outcome, Remains, judge
from tests.proof.attack.signals import TARGETS

if TYPE_CHECKING:
    from deploy.stack import Stack


def requests(bench: Bench) -> Iterator[Case]:
    """Give every case that goes to the HTTP door."""
    for page in (places, forms, packed, doors):
        yield from page.cases(bench)


def signals(bench: Bench) -> Iterator[Case]:
    """Give every case within spans and points, by HTTP and by gRPC, and those around a call."""
    for page in (spans, points, declared, inside, calls):
        yield from page.cases(bench)


def pick(cases: Sequence[Case], most: int | None, rng: random.Random) -> list[Case]:
    """Pick `most` cases, as many places and forms among them as can be; None picks all."""
    if most is None:
        return list(cases)
    shuffled = rng.sample(cases, len(cases))
    groups: dict[tuple[str, str], list[Case]] = {}
    for case in shuffled:
        groups.setdefault((case.place, case.form), []).append(case)
    ranked = [(at, case) for group in groups.values() for at, case in enumerate(group)]
    return [case for _, case in sorted(ranked, key=lambda each: each[0])[:most]]


def carry_out(
    stack: Stack, seed: int, *, most: int | None = None, honest: tuple[int, int] = (8, 500),
    say: Callable[[str], None] = lambda _: None,
) -> Outcome:  # fmt: skip
    """Attack a stack that is up, and search all it leaves behind.

    `most` is of each: requests of logs, of spans and points, and messages. Honest telemetry goes before and after:
    attackers do not come alone, and a validator that stops at a flood of refusals is not what is tried here.
    """
    catalogue = load()
    bench = Bench(seed, time.time_ns())
    with Arena(stack, catalogue, bench) as arena:
        control = arena.honest(*honest)
        say("honest telemetry is sent")
        firsts = pick(list(requests(bench)), most, bench.rng)
        shown = list(arena.fire(firsts))
        say(f"{len(firsts)} attacks by HTTP are sent")
        lands = list(arena.controls())
        within = pick(list(signals(bench)), most, bench.rng)
        shown += arena.fire(within)
        say(f"{len(within)} attacks within spans and points are sent, by HTTP and gRPC")
        arena.settle()
        forger = Forger(catalogue, arena.samples())
        seconds = pick([*topics.cases(bench, forger), *frames.cases(bench, forger)], most, bench.rng)
        shown += arena.fire(seconds)
        arena.honest(honest[0] // 4, honest[1])
        say(f"{len(seconds)} attacks by Kafka are written")
        arena.settle()
        say("all is judged and stored")
        messages = arena.read()
        fresh = arena.fresh(messages)
        remains = Remains(messages, arena.opened(messages["quarantine"]), list(arena.reports()), stack.folder.root)
        say("every topic is read, every report is asked for")
    lands += [each.case.aim.lands for each in shown if each.case.aim]
    return judge(shown, control, remains, catalogue, landed(lands, fresh), len(TARGETS))
