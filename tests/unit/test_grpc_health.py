"""The health service of the gRPC door follows the intake."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import grpc
import httpx
import pytest
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse

from collector.intake import RetryLater, WhyNot
from collector.signals import LOGS, SIGNALS
from collector.work import Work
from tests.unit.collector_grpc import Answered, Client, both, client, door
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_senders import entrance_of

SERVICE = "grpc.health.v1.Health"
SERVING = HealthCheckResponse.SERVING
NOT_SERVING = HealthCheckResponse.NOT_SERVING


class Changing(Recording):
    """Is ready when told to be."""

    is_ready = True

    def why_not(self) -> WhyNot | None:
        """Tell."""
        return None if self.is_ready else WhyNot.STARTING


def check(caller: Client, service: str = "") -> int:
    """Ask once."""
    answer = caller.unary(f"/{SERVICE}/Check", HealthCheckRequest(service=service).SerializeToString())
    assert answer.code == "OK"
    return int(HealthCheckResponse.FromString(answer.response).status)


class Watching:
    """Watches, and keeps what it is told."""

    def __init__(self, caller: Client, service: str = "") -> None:
        question = HealthCheckRequest(service=service).SerializeToString()
        self.call = caller.channel.unary_stream(f"/{SERVICE}/Watch")(question, timeout=20)
        self.told: list[int] = []
        self.thread = threading.Thread(target=self._read)
        self.thread.start()

    def _read(self) -> None:
        try:
            for message in self.call:
                self.told.append(HealthCheckResponse.FromString(message).status)
        except grpc.RpcError:
            pass

    def until(self, told: Sequence[int]) -> None:
        """Wait for this to have been told, and nothing else."""
        until = time.monotonic() + 5
        while self.told != list(told):
            assert time.monotonic() < until, self.told
            time.sleep(0.01)

    def end(self) -> None:
        """Stop watching."""
        self.call.cancel()
        self.thread.join(5)


def test_it_serves_while_the_intake_is_ready(tmp_path: Path) -> None:
    """Asked for the whole or for each service, without a token."""
    intake = Changing()
    with both(Work(intake, entrance=entrance_of(tmp_path))) as doors, client(doors.target) as caller:
        services = ["", *(signal.service for signal in SIGNALS)]
        assert [check(caller, service) for service in services] == [SERVING] * 4
        intake.is_ready = False
        assert [check(caller, service) for service in services] == [NOT_SERVING] * 4


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text("{broken")])
def test_without_tokens_that_can_be_read_neither_door_is_ready(tmp_path: Path, harm: Callable[[Path], object]) -> None:
    """Every request would be told to come again: both probes say so, before one comes, until the file is good."""
    entrance, path = entrance_of(tmp_path), tmp_path / "tokens.json"
    good = path.read_bytes()
    with both(Work(Recording(), entrance=entrance)) as doors, client(doors.target) as caller:
        ready = f"http://127.0.0.1:{doors.http}/readyz"
        assert (check(caller), httpx.get(ready).status_code) == (SERVING, 200)
        harm(path)
        assert check(caller) == NOT_SERVING
        assert httpx.get(ready).text == f"not ready: {WhyNot.NO_TOKENS}\n"
        path.write_bytes(good)
        assert (check(caller), httpx.get(ready).text) == (SERVING, "ready\n")


@pytest.mark.parametrize("error", [RetryLater(1), ValueError("quiet")], ids=["kafka", "defect"])
def test_a_defect_is_not_ready(error: Exception) -> None:
    """A broker that is away, and an intake that can't say how it is."""
    with door(Raising(error)) as caller:
        assert check(caller) == NOT_SERVING


def test_an_unknown_service_and_nonsense_are_not_found() -> None:
    """As the protocol has it; nothing of the question is said back."""
    with door(Recording()) as caller:
        for question in (HealthCheckRequest(service="a.B").SerializeToString(), b"\xff\xff"):
            answer = caller.unary(f"/{SERVICE}/Check", question)
            assert answer == Answered("NOT_FOUND", "there is no such service")


def test_who_watches_is_told_of_each_change_once() -> None:
    """Ready, not ready, ready again; an unknown service may become known some day, and stays watched."""
    intake = Changing()
    with door(intake) as caller:
        watching, unknown = Watching(caller, LOGS.service), Watching(caller, "a.B")
        watching.until([SERVING])
        intake.is_ready = False
        watching.until([SERVING, NOT_SERVING])
        intake.is_ready = True
        watching.until([SERVING, NOT_SERVING, SERVING])
        unknown.until([HealthCheckResponse.SERVICE_UNKNOWN])
        watching.end()
        unknown.end()


def test_who_watches_does_not_delay_the_stop() -> None:
    """Told that nothing is served any more, and let go."""
    with ExitStack() as later:
        with both(Work(Recording())) as doors:
            watching = Watching(later.enter_context(client(doors.target)))
            watching.until([SERVING])
            began = time.monotonic()
        assert time.monotonic() - began < 5
        watching.thread.join(5)
        assert watching.told == [SERVING, NOT_SERVING]
        assert watching.call.code() is grpc.StatusCode.OK


def test_only_so_many_may_watch() -> None:
    """One more than there are places is refused; a place that is left is free again."""
    with door(Recording()) as caller:
        all_of_them = [Watching(caller) for _ in range(64)]
        for watching in all_of_them:
            watching.until([SERVING])
        late = Watching(caller)
        late.thread.join(5)
        assert (late.told, late.call.code()) == ([], grpc.StatusCode.RESOURCE_EXHAUSTED)
        for watching in all_of_them:
            watching.end()
        until = time.monotonic() + 5
        while True:
            again = Watching(caller)
            time.sleep(0.1)
            if again.told:
                break
            assert time.monotonic() < until
        again.end()
