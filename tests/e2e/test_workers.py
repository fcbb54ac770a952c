"""Several workers on real Kafka: killed at any moment under load, none takes with it what was answered 200."""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from uuid import UUID

import httpx
import psutil
import pytest
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider, ReadableLogRecord
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExportResult
from opentelemetry.sdk.resources import Resource as SdkResource

from collector.otlp import encode_logs
from deploy.keys import Keys
from deploy.place import beat_of
from deploy.services import COLLECTOR
from deploy.stack import Stack
from deploy.status import read_beat
from schemas.domains.pseudonyms import is_random_id, keyed
from schemas.keyfile import read_keyring
from tests.e2e.topics import everything
from tests.unit.collector_serving import HEADERS
from tests.unit.gate_samples import decoded, record

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
WORKERS, KILLS, RECORDS = 3, 5, 20
SAMPLE = record("mute.changed")


@pytest.fixture(scope="module", name="stack")
def a_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Run Kafka and a collector of several workers, on free ports."""
    folder = tmp_path_factory.mktemp("workers")
    with Stack(folder, collector_port=0, workers=WORKERS, services=(COLLECTOR,)) as up:
        yield up


def calls(source: random.Random) -> Iterator[str]:
    """Make ids that no detector takes for text: here every record counts."""
    while True:
        if is_random_id(call := str(UUID(int=source.getrandbits(128), version=4))):
            yield call


class Load:
    """Apps that send without a pause: some a request on a connection each, some with the stock SDK, which keeps its."""

    def __init__(self, url: str, seed: str) -> None:
        """Send nothing yet."""
        self._url, self._seed, self._done = url, seed, threading.Event()
        self.taken: list[str] = []  # the calls of all requests that were answered 200
        self.statuses: set[int] = set()

    @contextmanager
    def sending(self) -> Iterator[None]:
        """Send until the block ends."""
        ways = (self._send, self._send, self._send, self._log, self._log)
        threads = [threading.Thread(target=way, args=(f"{self._seed} {n}",)) for n, way in enumerate(ways)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self._done.set()
            for thread in threads:
                thread.join()

    def _send(self, seed: str) -> None:
        ids = calls(random.Random(seed))  # noqa: S311 - a simulation
        while not self._done.is_set():
            mine = [next(ids) for _ in range(RECORDS)]
            body = encode_logs([record("mute.changed", {"call.id": call}, time=time.time_ns()) for call in mine])
            while not (taken := self._post(body)) and not self._done.is_set():
                time.sleep(0.05)  # and the same again
            self.taken += mine if taken else ()

    def _post(self, body: bytes) -> bool:
        with suppress(httpx.TransportError):
            answer = httpx.post(f"{self._url}/v1/logs", content=body, headers=HEADERS, timeout=20)
            self.statuses.add(answer.status_code)
            assert b"refused" not in answer.content
            return answer.status_code == httpx.codes.OK
        return False

    def _log(self, seed: str) -> None:
        ids, load = calls(random.Random(seed)), self  # noqa: S311 - a simulation

        class Told(OTLPLogExporter):
            """The stock exporter; what it was told is taken is remembered."""

            def export(self, batch: Sequence[ReadableLogRecord]) -> LogRecordExportResult:
                result = super().export(batch)
                if result is LogRecordExportResult.SUCCESS:
                    load.taken += [str((each.log_record.attributes or {})["call.id"]) for each in batch]
                return result

        provider = LoggerProvider(SdkResource(dict[str, Any](SAMPLE.resource.attributes)), shutdown_on_exit=False)
        exporter = Told(f"{self._url}/v1/logs")
        provider.add_log_record_processor(BatchLogRecordProcessor(exporter, schedule_delay_millis=100))
        logger = provider.get_logger(SAMPLE.scope.name, SAMPLE.scope.version)
        while not self._done.is_set():
            attributes = dict[str, Any](SAMPLE.attributes) | {"call.id": next(ids)}
            logger.emit(SdkLogRecord(timestamp=time.time_ns(), event_name="mute.changed", attributes=attributes))
            time.sleep(0.002)
        provider.shutdown()


def until(holds: Callable[[], object], within: float = 30) -> None:
    """Wait until something holds."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)


def living(stack: Stack) -> dict[int, int]:
    """Give the processes of the workers that have taken something, and are there."""
    beats = {number: read_beat(beat_of(stack.folder.run, number)) for number in range(WORKERS)}
    return {
        number: beat.pid
        for number, beat in beats.items()
        if beat and beat.counts.get("received") and psutil.pid_exists(beat.pid)
    }


def all_there(stack: Stack, taken: Sequence[str]) -> None:
    """Every call that was taken is on its topic, and the copies of one event share its id."""
    ring = read_keyring(Keys(stack.folder.keys).telemetry).at(time.time_ns() // 1000)
    ids = defaultdict[str, set[str]](set)
    for message in everything(stack, "telemetry.usage"):
        event = decoded(message.value or b"")
        ids[event["call"]].add(event["origin"]["event_id"])
    lost = sum(keyed(ring, call.encode(), 128).hex() not in ids for call in taken)
    assert (lost, {len(each) for each in ids.values()}) == (0, {1})
    assert len(taken) > 50 * RECORDS


def test_workers_killed_at_any_moment_lose_nothing(stack: Stack) -> None:
    """`kill -9`, again and again: who sends is served by the others, and all of them are there again afterwards."""
    source, load = random.Random(7), Load(stack.collector_url, "killed")  # noqa: S311 - moments
    with load.sending():
        until(lambda: len(living(stack)) == WORKERS)
        for _ in range(KILLS):
            time.sleep(source.uniform(0.1, 1.0))
            until(lambda: len(living(stack)) >= 2)
            os.kill(source.choice(sorted(living(stack).values())), signal.SIGKILL)
        until(lambda: len(living(stack)) == WORKERS)
    assert load.statuses <= {200, 503}
    all_there(stack, load.taken)


def test_a_killed_supervisor_and_a_stop_under_load_lose_nothing(stack: Stack) -> None:
    """Its workers finish and make room for the next ones; told to stop, all end, and what they took is there."""
    before, load = stack.services()["collector"].pid, Load(stack.collector_url, "stopped")
    with load.sending():
        until(lambda: len(living(stack)) == WORKERS)
        stack.kill("collector")
        until(lambda: stack.services()["collector"].ready and stack.services()["collector"].pid != before)
        until(lambda: len(living(stack)) == WORKERS)
        pids, supervisor = living(stack), psutil.Process(stack.services()["collector"].pid or 0)
        supervisor.terminate()
        supervisor.wait(30)
        assert not any(map(psutil.pid_exists, pids.values()))
    stack.check()
    all_there(stack, load.taken)
