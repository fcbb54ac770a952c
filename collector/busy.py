"""The answer to one connection too many: as to any request that can't be taken now, but without asking whose it is."""

from __future__ import annotations

from collector import otlp
from collector.body import JSON, PROTOBUF, is_told_in_json
from collector.doorkeeper import Receive, Scope, Send
from collector.intake import RetryLater


async def busy(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer 503 with Retry-After and a google.rpc.Status in the request's encoding; nothing of its body is read."""
    later = RetryLater()
    json = is_told_in_json([value.decode("latin-1") for name, value in scope["headers"] if name == b"content-type"])
    content = otlp.encode_status(later.code, str(later), json=json, again=later.seconds)
    headers = [
        (b"content-type", (JSON if json else PROTOBUF).encode()),
        (b"content-length", str(len(content)).encode()),
        (b"retry-after", str(later.seconds).encode()),
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": later.status, "headers": headers})
    await send({"type": "http.response.body", "body": content})
