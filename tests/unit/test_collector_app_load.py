"""The HTTP door under load: turns, room, patience, and requests that the server gives up."""

from __future__ import annotations

import asyncio
import threading
import time
from contextlib import AbstractContextManager, nullcontext

import httpx
import pytest

from collector.errors import Undecodable
from collector.limits import Limits
from collector.senders import ANYONE
from collector.signals import LOGS
from collector.steps import Asked, Step
from collector.work import SMALL, Work
from tests.unit.collector_intakes import Slow
from tests.unit.collector_serving import BODY, HEADERS, client


def test_requests_in_work_are_limited_and_others_wait(caplog: pytest.LogCaptureFixture) -> None:
    """One request more than may be in work waits for its turn, and is told to come again when its patience is over."""

    async def scenario() -> None:
        intake = Slow()
        async with client(intake, Limits(requests=2, wait=0.5)) as sender:
            posts = [asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS)) for _ in range(3)]
            late = (await asyncio.wait(posts, timeout=20, return_when=asyncio.FIRST_COMPLETED))[0].pop()
            assert (await late).status_code == 503
            assert intake.waiting == 2
            posts.append(asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS)))
            intake.go_on.set()
            answers = [await post for post in posts]
        assert sorted(answer.status_code for answer in answers) == [200, 200, 200, 503]
        assert len(intake.records) == 3

    asyncio.run(scenario())
    assert caplog.records == []


def test_a_full_line_is_told_at_once() -> None:
    """Who comes when as many wait as may is told to come again without waiting, and before the body is read."""

    async def scenario() -> None:
        intake = Slow()
        async with client(intake, Limits(requests=1, line=1, wait=10)) as sender:
            posts = [asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS))]
            await intake.reached.wait()
            posts.append(asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS)))
            await asyncio.sleep(0.2)
            began = time.monotonic()
            assert (await sender.post("/v1/logs", content=BODY, headers=HEADERS)).status_code == 503
            assert time.monotonic() - began < 5
            intake.go_on.set()
            assert [(await post).status_code for post in posts] == [200, 200]

    asyncio.run(scenario())


def test_hands_are_let_go_when_judged() -> None:
    """One is judged at a time; once it only waits to be safe, the next is judged, though a turn is not over yet."""

    async def scenario() -> None:
        intake, busy = Slow(), Slow(judges=False)
        for one, status in ((intake, 200), (busy, 503)):
            async with client(one, Limits(requests=4, hands=1, wait=0.5)) as sender:
                first = asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS))
                await one.reached.wait()
                second = asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS))
                await asyncio.sleep(1.5)
                one.go_on.set()
                assert ((await first).status_code, (await second).status_code) == (200, status)

    asyncio.run(scenario())


def test_bodies_held_at_once_are_limited() -> None:
    """While others hold all the room there is, a request is told to come again; afterwards it is taken."""

    async def scenario() -> None:
        intake = Slow()
        async with client(intake, Limits(held=len(BODY) + 10)) as sender:
            first = asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS))
            await intake.reached.wait()
            assert (await sender.post("/v1/logs", content=BODY, headers=HEADERS)).status_code == 503
            intake.go_on.set()
            assert (await first).status_code == 200
            assert (await sender.post("/v1/logs", content=BODY, headers=HEADERS)).status_code == 200

    asyncio.run(scenario())


def test_a_request_that_is_cancelled_at_shutdown_is_told_to_come_again() -> None:
    """When the server gives a request up, its sender gets 503, so the batch is not lost."""

    async def scenario() -> httpx.Response:
        intake = Slow()
        async with client(intake) as sender:
            post = asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=HEADERS))
            await intake.reached.wait()
            post.cancel()
            return await post

    response = asyncio.run(scenario())
    assert (response.status_code, response.headers["retry-after"]) == (503, "1")


@pytest.mark.parametrize(
    ("size", "coding", "here"), [(SMALL, None, True), (SMALL + 1, None, False), (1, "gzip", False)]
)
def test_what_may_take_long_is_decoded_in_a_thread(size: int, coding: str | None, here: bool) -> None:  # noqa: FBT001
    """A small body is decoded at once; a larger one, or one that may grow, while the event loop serves others."""
    threads = []

    def begin(step: Step, _count: int, _asked: Asked | None = None, /) -> AbstractContextManager[None]:
        threads.append((step, threading.current_thread() is threading.main_thread()))
        return nullcontext()

    work = Work(Slow(), begin=begin)
    with pytest.raises(Undecodable):
        asyncio.run(work.take(b"\xff" * size, LOGS, coding, ANYONE, json=False))
    assert threads == [(Step.DECODE, here)]
