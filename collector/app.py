"""The HTTP door: OTLP/HTTP requests in, one answer each.

Which status means what to a stock SDK: it sends again after 429, 502, 503 and 504 only (older ones after every 5xx),
and drops the batch after anything else. Hence:

    200      taken; refusals are counted in `partial_success`, and are not sent again
    400 413 415   this request can never be taken
    401 403  no ingest token, or none that may send this
    404      an unknown path, and profiles, which are not carried: the OpenTelemetry Collector answers so for a signal
             it has no pipeline for. 501 would say it better, but makes older SDKs send again
    405      a known path, another method
    429      come again after Retry-After seconds: more than the sender's rate
    503      come again after Retry-After seconds: Kafka does not acknowledge, too much at once, we are stopping; also
             any defect of ours, as a 500 would lose the batch

Peer addresses, headers, paths and queries are in no log line; a defect is logged as exception type and location.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector import otlp
from collector.body import JSON, PROTOBUF, check_announced, is_json, is_told_in_json, read
from collector.codings import coding_of
from collector.doorkeeper import Doorkeeper, sender_of
from collector.entrance import Entrance, limits_for
from collector.errors import NotCarried, RequestError
from collector.intake import Intake, RetryLater
from collector.limits import DEFAULT, Limits
from collector.quiet import place_of
from collector.signals import NO_PROFILES, PROFILES_PATH, SIGNALS, Signal
from collector.steps import Asked, Begin, Step, unwatched
from collector.work import Work, told

_log = logging.getLogger("tidegate.collector")

# gRPC status codes, as google.rpc.Status carries them.
_UNIMPLEMENTED: Final = 12
_SENTENCES: Final = {404: "there is nothing at this path", 405: "this path does not take this method"}


def make_app(
    intake: Intake, limits: Limits = DEFAULT, entrance: Entrance | None = None, begin: Begin = unwatched
) -> Starlette:
    """Make the ASGI application of a door that is alone: see `Work`."""
    return app_of(Work(intake, limits, entrance, begin))


def app_of(work: Work) -> Starlette:
    """Make the ASGI application that decodes requests and hands their records to the intake, as `work` has it."""

    async def readyz(_request: Request) -> Response:
        """Tell a load balancer whether to send requests here."""
        why = work.why_not()
        return PlainTextResponse(f"not ready: {why}\n", 503) if why else PlainTextResponse("ready\n")

    door = _Door(work)
    app = Starlette(
        routes=[
            *(Route(signal.path, door.answering(signal), methods=["POST"]) for signal in SIGNALS),
            Route(PROFILES_PATH, _not_carried, methods=["POST"]),
            Route("/healthz", _healthz, methods=["GET"]),
            Route("/readyz", readyz, methods=["GET"]),
        ],
        middleware=[Middleware(_Guard), Middleware(Doorkeeper, work.entrance, _refusal)],
        exception_handlers={HTTPException: _no_route},
    )
    app.router.redirect_slashes = False  # a redirect would say path and query back
    return app


class _Door:
    """Takes requests over HTTP."""

    def __init__(self, work: Work) -> None:
        self._work = work

    def answering(self, signal: Signal) -> Callable[[Request], Awaitable[Response]]:
        """Answer requests of one signal, whatever becomes of them."""

        async def answer(request: Request) -> Response:
            try:
                with self._work.begin(Step.REQUEST, 1, Asked("http", signal.path)):
                    return await self._take(request, signal)
            except (RequestError, RetryLater) as error:
                return _refusal(request.scope, error)

        return answer

    async def _take(self, request: Request, signal: Signal) -> Response:
        """Go the way of a request: what it says it is, its bytes, its turn, its records, the intake, the answer."""
        sender = sender_of(request.scope)
        self._work.admit(sender)
        json = is_json(request.headers.getlist("content-type"))
        coding = coding_of(request.headers.getlist("content-encoding"))
        limits = limits_for(sender, self._work.limits)
        most = limits.compressed if coding else limits.body
        with self._work.room.hold() as take_room:
            check_announced(request.headers.getlist("content-length"), most)
            body = await read(request.stream(), most=most, take_room=take_room)
            answer = await self._work.take(body, signal, coding, sender, json=json)
        encoded = otlp.encode_answer(answer.rejected, told(answer), json=json, signal=signal)
        return _response(200, encoded, json=json)


async def _not_carried(request: Request) -> Response:
    """Answer for profiles, which have no way through."""
    return _refusal(request.scope, NotCarried(NO_PROFILES))


async def _healthz(_request: Request) -> Response:
    """Tell a supervisor that the process answers."""
    return PlainTextResponse("ok\n")


async def _no_route(request: Request, error: Exception) -> Response:
    """Answer for a path or method that the router does not know."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    response = _problem(request.headers, status, _UNIMPLEMENTED, _SENTENCES.get(status, "this cannot be answered"))
    if isinstance(error, HTTPException) and error.headers:
        response.headers.update(error.headers)
    return response


def _problem(asked: Headers, status: int, code: int, sentence: str, *, again: int | None = None) -> Response:
    """Answer with a google.rpc.Status."""
    json = is_told_in_json(asked.getlist("content-type"))
    bad = status == HTTPStatus.BAD_REQUEST
    return _response(status, otlp.encode_status(code, sentence, json=json, again=again, bad=bad), json=json)


def _refusal(scope: Scope, error: RequestError | RetryLater) -> Response:
    """Answer for a request that is not taken, for good or for now; nothing of it was kept."""
    again = error.seconds if isinstance(error, RetryLater) else None
    response = _problem(Headers(scope=scope), error.status, error.code, str(error), again=again)
    if again is not None:
        response.headers["retry-after"] = str(again)
    if error.status == HTTPStatus.UNAUTHORIZED:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _response(status: int, content: bytes, *, json: bool) -> Response:
    return Response(content, status, media_type=JSON if json else PROTOBUF)


class _Guard:
    """The last resort around every route: no exception reaches the server, which would answer 500 and log its text."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Run the application; answer 503 for what it did not answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def watched(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, watched)
        except ClientDisconnect:
            return
        except asyncio.CancelledError:  # the server stops, and its grace is over
            _log.warning("a request was given up at shutdown; its sender was told to send it again")
        except Exception as defect:  # noqa: BLE001 - whatever it is, the sender keeps its batch
            # Not the traceback: it holds the text of the exception.
            _log.error("internal: %s", place_of(defect))
        if not started:
            await _refusal(scope, RetryLater())(scope, receive, send)
