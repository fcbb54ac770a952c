"""The calls of the gRPC door: OTLP/gRPC requests in, one answer each.

Messages stay bytes here: our own decoders read them, within our limits. A gzip message is decompressed by us too, with
its cap; grpc is told to leave it as it came. Which status means what to a stock SDK: it sends again after UNAVAILABLE,
and after RESOURCE_EXHAUSTED with a RetryInfo (Python's without one too).

    OK                  taken; refusals are counted in `partial_success`, and are not sent again
    INVALID_ARGUMENT    not decodable (with a BadRequest), or more than one request may hold: never sent again
    UNAUTHENTICATED PERMISSION_DENIED   no ingest token, or none that may send this. A browser's token may not: no
                        browser speaks gRPC, so whoever shows one here has read it off a page
    RESOURCE_EXHAUSTED  come again as RetryInfo says: more than the sender's rate; from grpc itself, without RetryInfo:
                        a message larger than `limits.message`
    UNIMPLEMENTED       profiles, which are not carried. From grpc itself: another service or method, and deflate, as a
                        message does not say how it is compressed: gzip is told by its first bytes, deflate has none
    UNAVAILABLE         come again as RetryInfo says: Kafka does not acknowledge, too much at once, any defect of ours

Of the metadata the token is read, and nothing kept; no peer is asked for.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final, NoReturn, TypeAlias

from collector import otlp
from collector.entrance import limits_for
from collector.errors import Forbidden, NotCarried, RequestError, TooLarge, Undecodable
from collector.fairness import Turns
from collector.grpc_library import grpc
from collector.intake import RetryLater
from collector.quiet import place_of
from collector.senders import Sender
from collector.signals import NO_PROFILES, Signal
from collector.steps import Asked, Step
from collector.work import Work, less, told

_log = logging.getLogger("tidegate.collector")

Export: TypeAlias = Callable[[AsyncIterator[bytes], Any], Awaitable[bytes]]
# Told of each call: its method, the name of its status, how many seconds it took, how many bytes its message had.
OnCall: TypeAlias = Callable[[str, str, float, int], None]

_GZIP_MAGIC: Final = b"\x1f\x8b"  # no protobuf message begins so: its first tag would have wire type 7
_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}
_REFUSED: Final = 0.2  # seconds
_GONE: Final = "CANCELLED"  # told of a call that broke off before our answer; grpc does not say who broke it off


@dataclass(frozen=True, slots=True)
class Manners:
    """How connections are treated. Times are in seconds."""

    connections: int = 512  # at once; more are closed
    streams: int = 100  # requests of one connection at once
    calls: int = 256  # requests at once, of all connections; more are told to come again
    reading: float = 10.0  # for a request's message to arrive; the stock SDKs give up after 10
    idle: int = 300  # a connection without a request
    handshake: int = 10  # from a connection's first byte until it speaks HTTP/2


DEFAULT: Final = Manners()


def unwatched(_method: str, _status: str, _seconds: float, _size: int) -> None:
    """Do nothing."""


class Calls:
    """Answers the calls of a server, and counts those that are there."""

    def __init__(self, work: Work, manners: Manners, on_call: OnCall) -> None:
        """Have none yet."""
        self._work, self._manners, self._on_call = work, manners, on_call
        self._calls = 0
        # How large a message is, is known once it is there: until then it is held to be the largest there may be.
        self.largest = min(work.limits.message, work.limits.held)
        places = max(1, work.limits.held // 2 // self.largest)
        self._places, self._spare = Turns(places - places // 4), Turns(places // 4)
        self._arriving = Counter[str]()

    def exporting(self, service: str, signal: Signal | None) -> Export:
        """Answer requests of one signal, whatever becomes of them; None is one that is not carried.

        The method is unary; taken as a stream, its message is received no sooner than we ask for it.
        """
        method = f"{service}/Export"

        async def export(messages: AsyncIterator[bytes], call: Any) -> bytes:  # noqa: ANN401 - grpc ships no types
            began, status, size = time.perf_counter(), _GONE, 0

            def received(number: int) -> None:
                nonlocal size
                size = number

            try:
                with self._work.begin(Step.REQUEST, 1, Asked("grpc", method)):
                    answer = await self._take(messages, call.invocation_metadata(), signal, received)
            except (RequestError, RetryLater) as error:
                status = _CODES[error.code].name
                await _refuse(call, error)
            except Exception as defect:  # noqa: BLE001 - whatever it is, the sender keeps its batch
                # Not the traceback: it holds the text of the exception.
                _log.error("internal: %s", place_of(defect))
                status = grpc.StatusCode.UNAVAILABLE.name
                await _refuse(call, RetryLater())
            else:
                status = grpc.StatusCode.OK.name
                return answer
            finally:
                self._on_call(method, status, time.perf_counter() - began, size)

        return export

    async def _take(
        self,
        messages: AsyncIterator[bytes],
        metadata: Any,  # noqa: ANN401 - grpc ships no types
        signal: Signal | None,
        received: Callable[[int], None],
    ) -> bytes:
        """Go the way of a request: who sends, its place, its bytes, its turn, its records, the intake, the answer."""
        sender = self._sender(metadata)
        if signal is None:
            raise NotCarried(NO_PROFILES)
        if self._calls >= self._manners.calls:
            raise RetryLater
        self._calls += 1
        try:
            self._work.admit(sender)
            with self._work.room.hold() as take_room:
                async with self._place(sender):
                    take_room(self.largest)
                    body = await self._read(messages)
                    received(len(body))
                    take_room(len(body) - self.largest)
                coding = "gzip" if body.startswith(_GZIP_MAGIC) else None
                limits = limits_for(sender, self._work.limits)
                _check_size(len(body), limits.compressed if coding else limits.body)
                answer = await self._work.take(body, signal, coding, sender, json=False)
        finally:
            self._calls -= 1
        return otlp.encode_answer(answer.rejected, told(answer), json=False, signal=signal)

    def _sender(self, metadata: Any) -> Sender:  # noqa: ANN401 - grpc ships no types
        sender = self._work.entrance.authenticate(metadata)
        if sender.is_public:
            raise Forbidden("a browser's token is for OTLP/HTTP")
        return sender

    @asynccontextmanager
    async def _place(self, sender: Sender) -> AsyncIterator[None]:
        """Wait until one message more may be received: those that are on their way take half of the room at most.

        A quarter of the places is for who has no message on its way: one that sends none takes nothing from another.
        """
        places = self._places if self._arriving[sender.token] or self._places.any_free else self._spare
        self._arriving[sender.token] += 1
        try:
            try:
                async with asyncio.timeout(self._work.limits.wait):
                    leave = await places.acquire(sender.token)
            except TimeoutError:
                raise RetryLater from None
            try:
                yield
            finally:
                leave()
        finally:
            less(self._arriving, sender.token)

    async def _read(self, messages: AsyncIterator[bytes]) -> bytes:
        """Receive the one message of a request, in time."""
        try:
            async with asyncio.timeout(self._manners.reading):
                body = await anext(messages, None)
                if body is None:
                    await asyncio.sleep(_REFUSED)  # if grpc has refused it for its size, it ends the call by then
                if body is None or await anext(messages, None) is not None:
                    raise Undecodable("a request is one message")
        except TimeoutError:
            raise RetryLater from None
        return body


def _check_size(size: int, most: int) -> None:
    if size > most:
        raise TooLarge("the message is larger than one request may be")


async def _refuse(call: Any, error: RequestError | RetryLater) -> NoReturn:  # noqa: ANN401 - grpc ships no types
    """End a call with a status: as google.rpc.Status has it, and as the Python SDK reads when to come again."""
    trailing: tuple[tuple[str, bytes], ...] = ()
    if isinstance(error, RetryLater):
        status = otlp.encode_status(error.code, str(error), json=False, again=error.seconds)
        again = otlp.encode_again(error.seconds)
        trailing = (("grpc-status-details-bin", status), ("google.rpc.retryinfo-bin", again))
    elif isinstance(error, Undecodable):
        status = otlp.encode_status(error.code, str(error), json=False, bad=True)
        trailing = (("grpc-status-details-bin", status),)
    await call.abort(_CODES[error.code], str(error), trailing)
    raise AssertionError  # abort never returns
