"""Rates at the door: 429 says when to come again, and one noisy tenant takes nothing from another."""

from __future__ import annotations

import asyncio
import gzip
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import MappingProxyType

import httpx
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource as SdkResource

from collector.app import make_app
from collector.entrance import Entrance
from collector.fairness import Turns
from collector.intake import RetryLater
from collector.limits import Limits
from collector.otlp import encode_logs
from collector.rates import Rates
from collector.records import LogRecord, Resource, Scope
from collector.senders import ANYONE, UNLIMITED, Rate
from collector.signals import LOGS
from collector.tokens import Tokens
from collector.work import SMALL, Work
from tests.unit.collector_intakes import Recording, Slow
from tests.unit.collector_senders import bearer, client, entrance_of, token
from tests.unit.collector_serving import Blocking, serving, url
from tests.unit.gate_samples import IDS

RECORDS = [LogRecord(Resource(), Scope("s"), time=number) for number in range(100)]
BODY = encode_logs(RECORDS)
LARGE = encode_logs(RECORDS * 5)


def limited(folder: Path, rate: Rate, rates: Rates | None = None) -> Entrance:
    """Make a door that knows a limited sender, and another without a limit."""
    return entrance_of(folder, Tokens(tokens=(token("good", rate=rate), token("other"))), rates=rates)


def test_what_is_too_much_is_429(tmp_path: Path) -> None:
    """In the request's encoding, with Retry-After and RetryInfo; the other sender is taken meanwhile, and so is the
    first one once it has waited.
    """  # noqa: D205 - one sentence
    now = [0.0]

    async def scenario() -> None:
        intake = Recording()
        async with client(intake, limited(tmp_path, Rate(records=50, burst=2), Rates(lambda: now[0]))) as sender:
            assert (await sender.post("/v1/logs", content=BODY, headers=bearer("good"))).status_code == 200
            answer = await sender.post("/v1/logs", content=BODY, headers=bearer("good"))
            assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
            status, info = Status.FromString(answer.content), RetryInfo()
            assert (status.code, status.details[0].Unpack(info), info.retry_delay.seconds) == (8, True, 1)
            json = {**bearer("good"), "content-type": "application/json"}
            answer = await sender.post("/v1/logs", content=b"{}", headers=json)
            assert (answer.status_code, answer.json()["details"][0]["retryDelay"]) == (429, "1s")
            assert (await sender.post("/v1/logs", content=BODY, headers=bearer("other"))).status_code == 200
            now[0] += 2
            assert (await sender.post("/v1/logs", content=BODY, headers=bearer("good"))).status_code == 200
        assert len(intake.records) == 300

    asyncio.run(scenario())


def test_bytes_are_limited_too(tmp_path: Path) -> None:
    """Bytes as they are sent, before anything is decoded."""

    async def scenario() -> None:
        intake = Recording()
        async with client(intake, limited(tmp_path, Rate(bytes=len(BODY), burst=1), Rates(lambda: 0.0))) as sender:
            first = await sender.post("/v1/logs", content=BODY, headers=bearer("good"))
            second = await sender.post("/v1/logs", content=b"\xff", headers=bearer("good"))
            assert [first.status_code, second.status_code] == [200, 429]
        assert intake.calls == 1

    asyncio.run(scenario())


def test_without_tokens_the_settings_rate_is_everybodys(tmp_path: Path) -> None:
    """One bucket for all that comes."""
    del tmp_path

    async def scenario() -> None:
        async with client(Recording(), Entrance(rate=Rate(records=100, burst=1), rates=Rates(lambda: 0.0))) as sender:
            headers = {"content-type": "application/x-protobuf"}
            answers = [await sender.post("/v1/logs", content=BODY, headers=headers) for _ in range(2)]
            assert [answer.status_code for answer in answers] == [200, 429]

    asyncio.run(scenario())


@dataclass
class Flood:
    """Eight connections that send as fast as they are answered, and never wait."""

    port: int
    stop: threading.Event = field(default_factory=threading.Event)
    answers: Counter[int] = field(default_factory=Counter)

    def run(self) -> None:
        """Send until told to stop."""
        with httpx.Client(timeout=20) as sender:
            while not self.stop.is_set():
                self.answers[sender.post(url(self.port), content=BODY, headers=bearer("good")).status_code] += 1


def test_a_noisy_tenant_does_not_starve_another(tmp_path: Path) -> None:
    """Through a served collector whose intake is slow: the noisy one gets its rate and 429, the quiet one gets all."""
    intake = Blocking(0.02)
    with serving(make_app(intake, entrance=limited(tmp_path, Rate(records=500, burst=1)))) as port:
        flood = Flood(port)
        threads = [threading.Thread(target=flood.run) for _ in range(8)]
        for thread in threads:
            thread.start()
        began, took, quiet = time.monotonic(), [], Counter[int]()
        with httpx.Client(timeout=20) as sender:
            for _ in range(10):
                asked = time.monotonic()
                quiet[sender.post(url(port), content=BODY, headers=bearer("other")).status_code] += 1
                took.append(time.monotonic() - asked)
                time.sleep(0.03)
        flood.stop.set()
        for thread in threads:
            thread.join()
        lasted = time.monotonic() - began
    assert quiet == {200: 10}
    assert max(took) < 5  # well before its SDK gives up, on a busy machine too
    assert {200, 429} <= set(flood.answers) <= {200, 429, 503}  # 503: it did not get its turn in time
    assert flood.answers[429] > flood.answers[200]
    assert flood.answers[200] * len(RECORDS) <= 500 * (lasted + 1) + len(RECORDS)


def test_a_noisy_tenant_without_a_rate_does_not_starve_another(tmp_path: Path) -> None:
    """Forty connections that send without end, no rate, a slow intake: of the quiet one's requests each is taken."""
    intake, quiet = Blocking(0.05), Counter[int]()
    app = make_app(intake, Limits(requests=2), limited(tmp_path, UNLIMITED))
    with serving(app) as port:
        flood = Flood(port)
        threads = [threading.Thread(target=flood.run) for _ in range(40)]
        for thread in threads:
            thread.start()
        time.sleep(0.5)
        with httpx.Client(timeout=20) as sender:
            for _ in range(15):
                quiet[sender.post(url(port), content=BODY, headers=bearer("other")).status_code] += 1
                time.sleep(0.03)
        flood.stop.set()
        for thread in threads:
            thread.join()
    assert quiet == {200: 15}
    assert flood.answers[503] > flood.answers[200] > 0


class Queue:
    """Turns by a clock of ours, and who had one: each holds it for so many seconds, one by default."""

    def __init__(self, number: int, takes: Mapping[str, float] = MappingProxyType({})) -> None:
        self.now, self.order, self._takes = 0.0, list[str](), takes
        self.turns = Turns(number, lambda: self.now)

    async def come(self, *names: str) -> list[asyncio.Task[None]]:
        """Have them wait, in this order; a sender's name is the first letter."""
        tasks = [asyncio.create_task(self._one(name)) for name in names]
        await asyncio.sleep(0)
        return tasks

    async def _one(self, name: str) -> None:
        done = await self.turns.acquire(name[0])
        self.order.append(name)
        self.now += self._takes.get(name[0], 1)
        done()


def test_turns_go_to_who_had_least_of_them() -> None:
    """Time counts, not how often; a sender's own come in their order; who gives up takes no turn with it."""

    async def scenario() -> list[str]:
        queue = Queue(1, {"a": 10, "b": 4, "c": 3})
        done = await queue.turns.acquire("a")
        tasks = await queue.come("a1", "a2", "a3", "b1", "b2", "b3", "c1", "c2")
        tasks[1].cancel()
        queue.now = 5
        done()
        await asyncio.wait(tasks, timeout=5)
        await asyncio.wait_for(queue.turns.acquire("d"), 5)
        return queue.order

    # a has had 5 already, b comes to have 4, 8, 12, and c 3, 6.
    assert asyncio.run(scenario()) == ["b1", "c1", "c2", "b2", "a1", "b3", "a3"]


def test_who_comes_back_is_not_new() -> None:
    """As long as somebody waits it is known what others had."""

    async def scenario() -> list[str]:
        queue = Queue(1, {"a": 10})
        done = await queue.turns.acquire("s")
        tasks = await queue.come("a1", "s1", "s2", "s3")
        queue.now = 1
        done()
        await asyncio.sleep(0)  # a1 has come and gone
        tasks += await queue.come("a2", "n1", "n2")
        await asyncio.wait(tasks, timeout=5)
        return queue.order

    assert asyncio.run(scenario()) == ["a1", "s1", "s2", "n1", "s3", "n2", "a2"]


@pytest.mark.parametrize(("held", "order"), [("", ["s1", "n1", "n2", "s2"]), ("n", ["s1", "n1", "s2", "n2"])])
def test_who_did_not_wait_is_owed_nothing(held: str, order: list[str]) -> None:
    """Whether it was away or had little: others don't wait until it has had as much as they, 200 seconds."""

    async def scenario() -> list[str]:
        queue = Queue(2 + len(held))
        done, *_ = [await queue.turns.acquire(name) for name in "ss" + held]
        tasks = await queue.come("s1", "s2")
        queue.now = 100
        tasks += await queue.come("n1", "n2")
        done()
        await asyncio.wait(tasks, timeout=5)
        return queue.order

    assert asyncio.run(scenario()) == order


def test_what_was_had_while_nobody_waited_does_not_count() -> None:
    """It was taken from nobody."""

    async def scenario() -> list[str]:
        queue = Queue(3)
        first, second, done = [await queue.turns.acquire("s") for _ in range(3)]
        queue.now = 100
        first()
        second()
        await queue.turns.acquire("n")
        await queue.turns.acquire("n")
        tasks = await queue.come("n1", "n2", "s1", "s2")
        done()
        await asyncio.wait(tasks, timeout=5)
        return queue.order

    assert asyncio.run(scenario()) == ["s1", "s2", "n1", "n2"]


def test_a_large_request_holds_up_no_small_one() -> None:
    """One large one is in hand at a time, whoever sends it; other hands are for those that are soon done."""

    async def scenario() -> None:
        intake = Slow(judges=False)
        work = Work(intake, Limits(hands=2, wait=0.2))
        noisy, quiet, small = (replace(ANYONE, token=name) for name in ("noisy", "quiet", "small"))
        few = encode_logs(RECORDS[:3])
        assert len(few) <= SMALL < len(LARGE)
        async with asyncio.timeout(20), asyncio.TaskGroup() as tasks:
            tasks.create_task(work.take(LARGE, LOGS, None, noisy, json=False))
            await intake.reached.wait()
            with pytest.raises(RetryLater):
                await work.take(LARGE, LOGS, None, noisy, json=False)
            tasks.create_task(work.take(gzip.compress(few), LOGS, "gzip", quiet, json=False))
            tasks.create_task(work.take(few, LOGS, None, small, json=False))
            while intake.waiting < 2:  # noqa: ASYNC110 - there is no event for both
                await asyncio.sleep(0.01)
            intake.go_on.set()

    asyncio.run(scenario())


def test_a_turn_that_comes_when_its_owner_gives_up_goes_on() -> None:
    """It is neither lost nor given twice."""

    async def scenario() -> None:
        turns = Turns(1)
        done = await turns.acquire("a")
        late, next_ = asyncio.create_task(turns.acquire("b")), asyncio.create_task(turns.acquire("c"))
        await asyncio.sleep(0)
        done()
        late.cancel()
        await asyncio.wait_for(next_, 5)
        assert late.cancelled()

    asyncio.run(scenario())


def posted(sender: httpx.AsyncClient, name: str) -> asyncio.Task[httpx.Response]:
    """Send a request in somebody's name, and do not wait for the answer."""
    return asyncio.create_task(sender.post("/v1/logs", content=BODY, headers=bearer(name)))


def test_a_full_line_has_a_place_for_another_sender(tmp_path: Path) -> None:
    """One that fills it is told to come again; another one's first waits, and is taken."""

    async def scenario() -> None:
        intake = Slow()
        limits = Limits(requests=1, line=2, wait=20)
        async with client(intake, limited(tmp_path, UNLIMITED), limits) as sender:
            post = partial(posted, sender)
            noisy = [post("good")]
            await intake.reached.wait()
            noisy += [post("good"), post("good")]
            await asyncio.sleep(0.2)
            assert (await post("good")).status_code == 503
            quiet = post("other")
            await asyncio.sleep(0.2)
            intake.go_on.set()
            assert [(await each).status_code for each in (*noisy, quiet)] == [200] * 4

    asyncio.run(scenario())


def test_who_has_nothing_in_work_waits_for_large_requests_of_others(tmp_path: Path) -> None:
    """Longer than `wait`, which holds for who has something in work: the others are done by then."""

    async def scenario() -> None:
        intake = Slow()
        limits = Limits(requests=2, hands=1, wait=0.5)
        async with client(intake, limited(tmp_path, UNLIMITED), limits) as sender:
            post = partial(posted, sender)
            noisy = [post("good"), post("good")]
            while intake.waiting < len(noisy):  # noqa: ASYNC110 - there is no event for both
                await asyncio.sleep(0.01)
            quiet = post("other")
            assert (await post("good")).status_code == 503
            intake.go_on.set()
            assert [(await each).status_code for each in (*noisy, quiet)] == [200] * 3

    asyncio.run(scenario())


def test_a_stock_sdk_sends_its_token_and_waits_when_told(tmp_path: Path) -> None:
    """With the header in its settings it is taken; told 429, it waits for Retry-After and sends the batch again."""
    intake, door = Recording(), limited(tmp_path, Rate(records=20, burst=1))
    with serving(make_app(intake, entrance=door)) as port:
        exporter = OTLPLogExporter(url(port), headers={"authorization": bearer("good")["authorization"]})
        provider = LoggerProvider(SdkResource({"tenant.id": IDS[0]}), shutdown_on_exit=False)
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
        for _ in range(2):
            for number in range(15):
                provider.get_logger("s").emit(SdkLogRecord(body=str(number)))
            provider.force_flush()
        provider.shutdown()
    assert len(intake.records) == 30
    assert {dict(record.resource.attributes)["tenant.id"] for record in intake.records} == {IDS[2]}


def test_who_has_nothing_in_work_waits_for_large_requests() -> None:
    """Of who sends requests that take longer than others wait, the second is told to come again; not another's."""

    async def scenario() -> None:
        intake = Slow(judges=False)
        work = Work(intake, Limits(hands=1, wait=0.05))
        noisy, quiet = replace(ANYONE, token="noisy"), replace(ANYONE, token="quiet")
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(work.take(BODY, LOGS, None, noisy, json=False))
            await intake.reached.wait()
            waits = tasks.create_task(work.take(BODY, LOGS, None, quiet, json=False))
            with pytest.raises(RetryLater):
                await work.take(BODY, LOGS, None, noisy, json=False)
            assert not waits.done()
            intake.go_on.set()
            assert (await waits).accepted == len(RECORDS)

    asyncio.run(scenario())
