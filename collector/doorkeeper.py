"""The first step of every HTTP request: who sends is told from its headers, then all that tells a person is dropped.

Behind it no code can log or keep a peer's address, a query, a cookie or a credential, because none is there any more:
of the headers two are left, content type and coding; of the rest of the request its method, its path and its body.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from collector import cors
from collector.entrance import Entrance
from collector.errors import RequestError
from collector.intake import RetryLater
from collector.senders import Sender

Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
App: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

# What nobody has to say who they are for: it tells nothing of anybody.
OPEN: Final = frozenset({"/healthz", "/readyz"})
_SENDER: Final = "tidegate.sender"
_KEPT_HEADERS: Final = frozenset({b"content-type", b"content-encoding", b"content-length"})
_KEPT: Final = ("type", "asgi", "app", "http_version", "method", "scheme", "path", "root_path")


def sender_of(scope: Scope) -> Sender:
    """Give who sends a request that has come through the doorkeeper."""
    sender = scope[_SENDER]
    assert isinstance(sender, Sender)  # noqa: S101 - the doorkeeper put it there
    return sender


class Doorkeeper:
    """An ASGI application around another: lets in who may send, with nothing in their pockets."""

    def __init__(self, app: App, entrance: Entrance, refuse: Callable[[Scope, RequestError | RetryLater], App]) -> None:
        """Keep the application, who is let in, and how the others are answered."""
        self._app, self._entrance, self._refuse = app, entrance, refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let one request in, or answer it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers, bare = scope["headers"], _bare(scope)
        origin = cors.origin_of(headers)
        try:
            allowed = origin is not None and origin in self._entrance.origins()
            if origin is not None and cors.asks_first(scope["method"], headers):
                await _send(send, *cors.preflight(origin, allowed=allowed))
                return
            send = _telling(send, cors.readable(origin) if origin is not None and allowed else [])
            if scope["path"] not in OPEN:
                bare[_SENDER] = self._entrance.authenticate(headers)
        except (RequestError, RetryLater) as error:
            await self._refuse(bare, error)(bare, receive, send)
            return
        await self._app(bare, receive, send)


def _bare(scope: Scope) -> Scope:
    """Give what the application needs of a request, and nothing else of it."""
    kept = {name: scope[name] for name in _KEPT if name in scope}
    headers = [(name, value) for name, value in scope["headers"] if name in _KEPT_HEADERS]
    return {**kept, "headers": headers, "query_string": b"", "client": None, "server": None}


def _telling(send: Send, more: cors.Headers) -> Send:
    async def told(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", ()), cors.VARIES, *more]}
        await send(message)

    return told


async def _send(send: Send, status: int, headers: cors.Headers) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
