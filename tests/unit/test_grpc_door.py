"""The gRPC door: what is taken, what is refused with which status, and what is told to come again."""

from __future__ import annotations

import asyncio
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest as TracesRequest

from collector import connection as http
from collector.app import app_of
from collector.errors import CannotListen
from collector.grpc_calls import Manners
from collector.grpc_door import GrpcDoor
from collector.intake import Answer, RetryLater, nothing
from collector.limits import Limits
from collector.listening import listen
from collector.otlp import encode_logs, rejected_of
from collector.records import LogRecord, Record, Resource, Scope
from collector.serve import serve
from collector.settings import CollectorSettings
from collector.signals import LOGS, NO_PROFILES, PROFILES_SERVICE, SIGNALS, TRACES
from collector.work import Work
from schemas.reasons import Reason
from tests.unit.collector_grpc import Answered, bad, both, client, door
from tests.unit.collector_intakes import Raising, Recording, Slow
from tests.unit.collector_serving import BODY, CANARY, Blocking

TOO_LATE = "cannot take this now: send it again later"


def of(size: int) -> bytes:
    """Make a request of exactly this size, with one record."""
    body = encode_logs([LogRecord(Resource(), Scope("s"), body="x" * (size - 24))])
    return encode_logs([LogRecord(Resource(), Scope("s"), body="x" * (2 * size - 24 - len(body)))])


def test_records_are_taken_and_nothing_is_said() -> None:
    """The answer to what is taken whole is empty: OK, `partial_success` unset."""
    intake = Recording()
    with door(intake) as caller:
        assert caller.export() == Answered("OK")
        assert [caller.export(b"", signal=signal) for signal in SIGNALS] == [Answered("OK")] * 3
    assert [record.body for record in intake.records] == [CANARY]


def test_refusals_are_counted_in_the_answer() -> None:
    """Refused records are OK, with a count and our codes."""
    refused = Recording({Reason.UNKNOWN_EVENT: 1})
    with door(refused) as caller:
        answer = caller.export()
    assert (answer.code, rejected_of(answer.response)) == ("OK", 1)
    assert b"refused 1 of 1: unknown_event 1; sending again will not help" in answer.response


def test_a_warning_counts_no_record() -> None:
    """A span is taken, an event within it refused: OK, a count of 0, and a message that is not empty."""

    class Partial(Recording):
        async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
            judged()
            return Answer(len(records) - 1, {Reason.UNDECLARED_ATTRIBUTE: 1}, parts=1)

    request = TracesRequest()
    span = request.resource_spans.add().scope_spans.add().spans.add()
    span.events.add(name=CANARY)
    with door(Partial()) as caller:
        answer = caller.export(request.SerializeToString(), signal=TRACES)
    assert (answer.code, rejected_of(answer.response, TRACES)) == ("OK", 0)
    assert b"undeclared_attribute 1" in answer.response


def test_the_port_is_the_protocols() -> None:
    """4317, unless told otherwise."""
    assert CollectorSettings.model_fields["grpc_port"].default == 4317


def test_a_gzip_message_is_taken() -> None:
    """Compressed by grpc as the stock exporters do it."""
    intake = Recording()
    with door(intake) as caller:
        assert caller.export(of(4000), gzip=True) == Answered("OK")
    assert len(intake.records) == 1


@pytest.mark.parametrize(
    ("messages", "text"),
    [
        ([b"\xff" + CANARY.encode()], "the body is not an OTLP logs request in protobuf"),
        ([b"\x1f\x8b" + CANARY.encode()], "the body is not of its content encoding"),
        ([gzip.compress(BODY)[:-4]], "the compressed body is cut short"),
        ([gzip.compress(BODY) + b"x"], "the body goes on after its compressed stream"),
        ([BODY, BODY], "a request is one message"),
    ],
    ids=["protobuf", "gzip", "short", "long", "two"],
)
def test_what_cannot_be_decoded_is_never_sent_again(messages: Sequence[bytes], text: str) -> None:
    """INVALID_ARGUMENT, without a word on when to come again; why stands in a BadRequest, as over HTTP."""
    intake = Recording()
    with door(intake) as caller:
        answer = caller.export(*messages)
    assert (answer.code, answer.text, answer.again) == ("INVALID_ARGUMENT", text, None)
    assert bad(answer) == [text]
    assert intake.calls == 0


def test_a_call_without_a_message_is_answered() -> None:
    """Its sender has said that no more will come, and waits for us."""
    with door(Recording()) as caller:
        call = caller.channel.stream_unary(f"/{LOGS.method}")
        with pytest.raises(grpc.RpcError) as told:
            call(iter(()), timeout=20)
    assert (told.value.code(), told.value.details()) == (grpc.StatusCode.INVALID_ARGUMENT, "a request is one message")


def test_profiles_are_told_that_they_are_not_carried() -> None:
    """UNIMPLEMENTED in words of ours, as HTTP's 404; their bytes are not asked for."""
    told = list[tuple[object, ...]]()
    method = f"/{PROFILES_SERVICE}/Export"
    intake = Recording()
    with both(Work(intake), on_call=lambda *call: told.append(call)) as doors, client(doors.target) as caller:
        answer = caller.unary(method, CANARY.encode())
    assert (answer.code, answer.text) == ("UNIMPLEMENTED", NO_PROFILES)
    assert [(call[0], call[1], call[3]) for call in told] == [(method[1:], "UNIMPLEMENTED", 0)]
    assert intake.calls == 0


def test_a_message_may_be_as_large_as_the_limit_and_no_byte_more() -> None:
    """`limits.message` as sent; above it grpc itself refuses, in words without content."""
    with door(Recording(), Limits(message=4000)) as caller:
        assert caller.export(of(4000)).code == "OK"
        over = caller.export(of(4001))
    assert (over.code, over.again) == ("RESOURCE_EXHAUSTED", None)
    assert over.text == "SERVER: Received message larger than max (4001 vs. 4000)"


def test_a_message_may_hold_as_much_as_a_body() -> None:
    """`limits.body` and `limits.compressed` hold here too: at the edge it is taken, one byte above it is not."""
    small, packed = Limits(body=4000), gzip.compress(of(4000))
    above = Answered("INVALID_ARGUMENT", "the message is larger than one request may be")
    with door(Recording(), small) as caller:
        assert caller.export(of(4000)).code == "OK"
        assert caller.export(of(4001)) == above
    for most, answer in ((len(packed), Answered("OK")), (len(packed) - 1, above)):
        with door(Recording(), Limits(compressed=most)) as caller:
            assert caller.export(packed) == answer


def test_a_bomb_is_refused_at_its_permitted_size() -> None:
    """However much would come of a gzip message: no more than the limit is made of it."""
    bomb, over = bytes(50_000_000), "the decompressed body is larger than one request may be"
    with door(Recording()) as caller:
        answers = {caller.export(bomb, gzip=True), caller.export(gzip.compress(bomb))}
    assert answers == {Answered("INVALID_ARGUMENT", over)}


@pytest.mark.parametrize(
    ("error", "again", "logged"),
    [(RetryLater(7), 7, 0), (ValueError(CANARY), 1, 1)],
    ids=["kafka", "defect"],
)
def test_what_cannot_be_taken_now_is_told_when_to_come_again(
    error: Exception, again: int, logged: int, caplog: pytest.LogCaptureFixture
) -> None:
    """UNAVAILABLE with RetryInfo, also for any defect of ours, which is logged as type and place."""
    with door(Raising(error)) as caller:
        answer = caller.export()
    assert (answer.code, answer.text, answer.again) == ("UNAVAILABLE", TOO_LATE, again)
    ours = [record.getMessage() for record in caplog.records if record.name == "tidegate.collector"]
    assert len(ours) == logged
    assert CANARY not in "".join(ours)


def test_unknown_methods_and_reflection_are_unimplemented() -> None:
    """Another method, another service, and the reflection that would list them."""
    methods = (
        f"/{LOGS.service}/Import",
        "/x.Y/Z",
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
        "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo",
    )
    with door(Recording()) as caller:
        assert {caller.unary(method).code for method in methods} == {"UNIMPLEMENTED"}


def test_a_sender_that_is_slow_is_told_to_come_again() -> None:
    """A message has its time to arrive; others are served meanwhile, and afterwards nothing is held for it."""
    end = threading.Event()

    def never() -> Iterator[bytes]:
        end.wait(10)
        yield from ()

    work = Work(Recording())
    with both(work, Manners(reading=0.5)) as doors, client(doors.target) as caller:
        call = caller.channel.stream_unary(f"/{LOGS.service}/Export")
        slow = call.future(never(), timeout=10)
        until = time.monotonic() + 5
        while not work.room.held:
            assert time.monotonic() < until
        assert caller.export().code == "OK"
        with pytest.raises(grpc.RpcError) as told:
            slow.result()
        end.set()
        assert told.value.code() is grpc.StatusCode.UNAVAILABLE
        assert work.room.held == 0


def test_more_calls_than_may_be_at_once_are_told_to_come_again() -> None:
    """The one above is UNAVAILABLE at once; when there is a place again, it is taken."""
    intake = Blocking(1.0)
    with door(intake, manners=Manners(calls=1)) as caller:
        first = caller.waiting()
        assert intake.reached_work.wait(5)
        late = caller.export()
        assert (late.code, late.again) == ("UNAVAILABLE", 1)
        assert first.result() == b""
        assert caller.export().code == "OK"


class Holding(Recording):
    """Keeps every request until as many as told are there."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number, self.inside, self.most = number, 0, 0

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Wait for the others, at most a second."""
        judged()
        self.inside += 1
        self.most = max(self.most, self.inside)
        for _ in range(100):
            if self.inside >= self.number:
                break
            await asyncio.sleep(0.01)
        answer = await super().take(records)
        self.inside -= 1
        return answer


def test_messages_of_both_doors_share_one_room() -> None:
    """What is held of messages counts with bodies: as much as there is room for is taken, the rest comes again."""
    intake, size = Holding(99), 4000
    with door(intake, Limits(message=size, held=2 * size)) as caller:
        calls = [caller.waiting(of(size)) for _ in range(3)]
        codes = sorted(str(call.code().name) for call in calls)
        assert codes == ["OK", "OK", "UNAVAILABLE"]
        assert intake.most == 2
        assert caller.export(of(size)).code == "OK"


def test_a_message_that_arrives_is_held_to_be_the_largest() -> None:
    """Its size is known too late: until it is there, it takes the room of the largest, and then its own."""
    end = threading.Event()

    def never() -> Iterator[bytes]:
        end.wait(10)
        yield BODY

    work = Work(Recording(), Limits(message=5000, held=20_000, wait=0.2))
    with both(work) as doors, client(doors.target) as caller:
        call = caller.channel.stream_unary(f"/{LOGS.service}/Export")
        arriving = [call.future(never(), timeout=10) for _ in range(2)]
        until = time.monotonic() + 5
        while work.room.held < 10_000:
            assert time.monotonic() < until
        third = caller.export()  # half of the room is for what is on its way, the rest for the other door
        assert (third.code, work.room.held) == ("UNAVAILABLE", 10_000)
        end.set()
        assert [each.result() for each in arriving] == [b"", b""]
        assert work.room.held == 0
        assert caller.export().code == "OK"


def test_calls_in_work_are_finished_when_told_to_stop() -> None:
    """What the intake holds when the server is told to stop is answered OK."""
    intake = Blocking(0.7)
    with ExitStack() as later:
        with both(Work(intake)) as doors:
            first = later.enter_context(client(doors.target)).waiting()
            assert intake.reached_work.wait(5)
        assert first.result() == b""
    assert len(intake.records) == 1


def test_stopping_takes_a_bounded_time_and_loses_no_batch(caplog: pytest.LogCaptureFixture) -> None:
    """A call still in work when the grace is over ends with a status after which every stock SDK sends again."""
    intake = Slow()
    with ExitStack() as later:
        with both(Work(intake), http_manners=http.Manners(grace=1)) as doors:
            first = later.enter_context(client(doors.target)).waiting()
            until = time.monotonic() + 5
            while not intake.waiting:
                assert time.monotonic() < until
            began = time.monotonic()
        assert time.monotonic() - began < 4
        assert first.code() in (grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED)
    assert [record.getMessage() for record in caplog.records if record.name == "tidegate.collector"] == []


def test_a_taken_port_is_told_in_one_line() -> None:
    """CannotListen, from within the loop of both doors: which port, and what to do."""
    with listen("127.0.0.1", 0) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(CannotListen, match=rf"^cannot listen on 127\.0\.0\.1:{port}: .*choose another port"):
            asyncio.run(GrpcDoor(Work(Recording()), port=port).start())


def test_a_taken_port_ends_both_doors() -> None:
    """The HTTP door does not go on alone."""
    work = Work(Recording())
    with listen("127.0.0.1", 0) as taken:
        beside = GrpcDoor(work, port=taken.getsockname()[1])
        with pytest.raises(CannotListen):
            serve(app_of(work), port=0, beside=beside)


PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5)  # and empty settings


def hung_up(connection: socket.socket, within: float) -> bool:
    """Tell whether the server hangs up in time."""
    connection.settimeout(within)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except ConnectionResetError:
        return True
    return True


def test_more_connections_than_may_be_are_closed() -> None:
    """Those that are there stay, one more is closed, and calls go on over the old ones."""
    with both(Work(Recording()), Manners(connections=2)) as doors, client(doors.target) as caller, ExitStack() as open_:
        assert caller.export().code == "OK"
        second, third = (
            open_.enter_context(socket.create_connection(("127.0.0.1", doors.grpc), timeout=5)) for _ in range(2)
        )
        second.sendall(PREFACE)
        assert second.recv(9)
        assert hung_up(third, 5)
        assert not hung_up(second, 0.3)
        assert caller.export().code == "OK"


@pytest.mark.parametrize(("said", "manners"), [(b"", Manners(handshake=1)), (PREFACE, Manners(idle=1))])
def test_a_connection_without_a_request_is_closed(said: bytes, manners: Manners) -> None:
    """Whether it says nothing at all, or speaks HTTP/2 and asks for nothing."""
    with (
        both(Work(Recording()), manners) as doors,
        socket.create_connection(("127.0.0.1", doors.grpc), timeout=5) as connection,
    ):
        connection.sendall(said)
        assert hung_up(connection, 8)


def test_another_compression_is_unimplemented() -> None:
    """Gzip is what OTLP names; grpc itself says so."""
    intake = Recording()
    with door(intake) as caller:
        call = caller.channel.stream_unary(f"/{LOGS.method}")
        with pytest.raises(grpc.RpcError) as told:
            call(iter((of(4000),)), timeout=5, compression=grpc.Compression.Deflate)
    assert told.value.code() is grpc.StatusCode.UNIMPLEMENTED
    assert intake.calls == 0


def test_each_call_is_told_of_once() -> None:
    """Method, status, time and bytes: also of one that broke off before our answer, as its sender or grpc had it."""
    told = list[tuple[str, str, int]]()
    intake = Blocking(0.5)
    with (
        both(
            Work(intake, Limits(message=4000)), on_call=lambda *call: told.append((call[0], call[1], call[3]))
        ) as doors,
        client(doors.target) as caller,
    ):
        caller.export()
        caller.export(b"\xff")
        caller.export(of(4001))
        intake.reached_work.clear()
        left = caller.waiting()
        assert intake.reached_work.wait(5)
        left.cancel()
    codes, sizes = ("OK", "INVALID_ARGUMENT", "CANCELLED", "CANCELLED"), (len(BODY), 1, 0, len(BODY))
    assert told == [(LOGS.method, code, size) for code, size in zip(codes, sizes, strict=True)]
