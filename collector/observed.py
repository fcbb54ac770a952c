"""Watches an application from outside: times and sizes of its requests; and serves what was measured, at `/metrics`.

Of a request only what is in a closed list is told: its method, its path and its status, each `_OTHER` where unknown.
Whoever may not see `/metrics` is answered like anybody who asks for a path that is not there.
"""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections.abc import Callable
from typing import Final, Literal

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from collector.meters import Meters
from collector.metrics import CODE, METHOD, ROUTE, RPC, STATUS, Metric

Exposure = Literal["off", "local", "all"]

_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
_GONE: Final = 499  # what is told of a request whose sender left before the answer
_FORWARDED: Final = (b"forwarded", b"via", b"x-forwarded-for", b"x-real-ip")


def observed_calls(meters: Meters) -> Callable[[str, str, float, int], None]:
    """Measure the calls of the gRPC door: method, name of the status, seconds, bytes of the message."""

    def measure(method: str, status: str, taken: float, size: int) -> None:
        meters.measured(Metric.CALL_DURATION, taken, {RPC: method, CODE: status})
        if size:
            meters.measured(Metric.CALL_SIZE, size, {RPC: method})

    return measure


class Observed:
    """An application, watched."""

    def __init__(
        self,
        app: ASGIApp,
        meters: Meters,
        exposure: Exposure = "local",
        exposition: Callable[[], bytes] | None = None,
    ) -> None:
        """Watch `app`; show the metrics to processes of this machine (`local`), to `all`, or to none (`off`).

        `exposition` gives them, where there are more than those that are measured here.
        """
        self._app, self._meters, self._exposure = app, meters, exposure
        self._exposition = exposition or meters.exposition

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, and measure it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status, size = time.perf_counter(), _GONE, 0

        async def received() -> Message:
            nonlocal size
            message = await receive()
            size += len(message.get("body", b""))
            return message

        async def sent(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        self._meters.entered(1)
        try:
            await self._answer(scope, received, sent)
        finally:
            self._meters.entered(-1)
            taken = time.perf_counter() - began
            labels = {METHOD: scope["method"], ROUTE: scope["path"], STATUS: str(status)}
            self._meters.measured(Metric.REQUEST_DURATION, taken, labels)
            if size:
                self._meters.measured(Metric.BODY_SIZE, size, {ROUTE: scope["path"]})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"] == "/metrics" and scope["method"] == "GET" and self._shown_to(scope):
            text = await asyncio.to_thread(self._exposition)
            await Response(text, media_type=_TYPE)(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    def _shown_to(self, scope: Scope) -> bool:
        """Tell whether the peer may see the metrics; a proxy on this machine speaks for somebody elsewhere."""
        if self._exposure != "local":
            return self._exposure == "all"
        if any(name in _FORWARDED for name, _ in scope["headers"]):
            return False
        try:
            return ipaddress.ip_address((scope.get("client") or ("", 0))[0]).is_loopback
        except ValueError:
            return False
