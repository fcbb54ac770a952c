"""Both doors of a collector, served in a thread on free ports, and a client of the gRPC one: what its tests share."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

import grpc
from google.rpc.error_details_pb2 import BadRequest, RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]

from collector import connection as http
from collector.app import app_of
from collector.grpc_calls import DEFAULT, Manners, OnCall, unwatched
from collector.grpc_door import GrpcDoor
from collector.intake import Intake
from collector.limits import DEFAULT as DEFAULT_LIMITS
from collector.limits import Limits
from collector.serve import serve
from collector.signals import LOGS, Signal
from collector.work import Work
from tests.unit.collector_serving import BODY

WITHIN: Final = 10.0  # seconds
HTTP = http.DEFAULT


@dataclass(frozen=True)
class Doors:
    """Where both listen."""

    http: int
    grpc: int

    @property
    def target(self) -> str:
        """The gRPC door's address."""
        return f"127.0.0.1:{self.grpc}"


@contextmanager
def both(
    work: Work,
    manners: Manners = DEFAULT,
    *,
    on_call: OnCall = unwatched,
    http_manners: http.Manners = HTTP,
    tls: Any = None,  # noqa: ANN401 - an SSLContext
    credentials: Any = None,  # noqa: ANN401 - grpc ships no types
) -> Iterator[Doors]:
    """Serve both doors in a thread; stop them afterwards, and see them stopped."""
    ports: queue.Queue[int] = queue.Queue()
    stop = threading.Event()
    door = GrpcDoor(work, port=0, manners=manners, credentials=credentials, on_listening=ports.put, on_call=on_call)
    run = partial(
        serve, app_of(work), port=0, manners=http_manners, on_listening=ports.put, stop=stop, beside=door, tls=tls
    )
    thread = threading.Thread(target=run)
    thread.start()
    try:
        of_grpc = ports.get(timeout=WITHIN)
        yield Doors(ports.get(timeout=WITHIN), of_grpc)
    finally:
        stop.set()
        thread.join(20)
        assert not thread.is_alive()


@contextmanager
def door(intake: Intake, limits: Limits = DEFAULT_LIMITS, manners: Manners = DEFAULT) -> Iterator[Client]:
    """Serve an intake, and give a client of its gRPC door."""
    with both(Work(intake, limits), manners) as doors, client(doors.target) as called:
        yield called


@dataclass(frozen=True)
class Answered:
    """What a call came to: the name of its status, its text, the response, and when to come again."""

    code: str
    text: str = ""
    response: bytes = b""
    again: int | None = None
    trailing: Sequence[tuple[str, str | bytes]] = ()


@dataclass
class Client:
    """Calls methods with bytes, and takes whatever comes."""

    channel: Any

    def export(
        self,
        *messages: bytes,
        signal: Signal = LOGS,
        metadata: Mapping[str, str] | None = None,
        gzip: bool = False,
    ) -> Answered:
        """Call `Export` with these messages; with none, a good one."""
        call = self.channel.stream_unary(f"/{signal.service}/Export")
        compression = grpc.Compression.Gzip if gzip else None
        return answered(
            lambda: call.with_call(
                iter(messages or (BODY,)),
                timeout=WITHIN,
                metadata=tuple((metadata or {}).items()),
                compression=compression,
            )
        )

    def waiting(self, message: bytes = BODY) -> Any:  # noqa: ANN401 - grpc ships no types
        """Call `Export` for logs, and don't wait for the answer."""
        return self.channel.stream_unary(f"/{LOGS.service}/Export").future(iter((message,)), timeout=WITHIN)

    def unary(self, method: str, message: bytes = b"") -> Answered:
        """Call any method."""
        call = self.channel.unary_unary(method)
        return answered(lambda: call.with_call(message, timeout=WITHIN))


@contextmanager
def client(target: str, credentials: Any = None) -> Iterator[Client]:  # noqa: ANN401 - grpc ships no types
    """Give a client with a connection of its own."""
    options = (("grpc.use_local_subchannel_pool", 1),)
    channel = (
        grpc.secure_channel(target, credentials, options) if credentials else grpc.insecure_channel(target, options)
    )
    with channel:
        yield Client(channel)


def answered(call: Callable[[], tuple[bytes, Any]]) -> Answered:
    """Make a call, and tell what it came to."""
    try:
        response, _ = call()
    except grpc.RpcError as error:
        trailing = tuple((pair.key, pair.value) for pair in error.trailing_metadata() or ())
        return Answered(error.code().name, error.details() or "", again=_again(dict(trailing)), trailing=trailing)
    return Answered("OK", response=response)


def bad(answer: Answered) -> list[str]:
    """Read what the BadRequest in an answer's details says."""
    status, inner = Status(), BadRequest()
    status.ParseFromString(dict(answer.trailing)["grpc-status-details-bin"])
    assert (status.code, status.message) == (3, answer.text)
    assert [detail.Unpack(inner) for detail in status.details] == [True]
    return [violation.description for violation in inner.field_violations]


def _again(trailing: Mapping[str, Any]) -> int | None:
    """Read when to come again; the two places must say the same."""
    if "google.rpc.retryinfo-bin" not in trailing:
        return None
    info, status, inner = RetryInfo(), Status(), RetryInfo()
    info.ParseFromString(trailing["google.rpc.retryinfo-bin"])
    status.ParseFromString(trailing["grpc-status-details-bin"])
    assert status.details[0].Unpack(inner)
    assert inner == info
    return int(info.retry_delay.seconds)
