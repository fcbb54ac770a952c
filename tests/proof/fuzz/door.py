"""The HTTP door without a socket: one request to the real application, behind it the real gate, nothing produced."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING, Any

from collector.app import make_app
from collector.body import JSON, PROTOBUF
from collector.intake import Answer, WhyNot, nothing
from collector.pipeline import Refused, gate
from tests.unit.gate_samples import CONTEXT, catalogue

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.applications import Starlette

    from collector.limits import Limits
    from collector.records import Record


class _Gated:
    """An intake that judges, and says what became of the records."""

    async def take(self, records: Sequence[Record], judged: Callable[[], None] = nothing) -> Answer:
        """Judge them."""
        outcomes = gate(records, catalogue(), CONTEXT)
        judged()
        refused = Counter(outcome.refusal.reason for outcome in outcomes if isinstance(outcome, Refused))
        return Answer(len(outcomes) - refused.total(), refused)

    def why_not(self) -> WhyNot | None:
        """Be ready."""
        return None


class _Ear(logging.Handler):
    """Hears what the collector says of defects."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@cache
def _loop() -> asyncio.AbstractEventLoop:
    return asyncio.new_event_loop()


@cache
def _app(limits: Limits) -> Starlette:
    return make_app(_Gated(), limits)


@cache
def _ear() -> _Ear:
    ear, log = _Ear(), logging.getLogger("tidegate.collector")
    log.addHandler(ear)
    return ear


def ask(body: bytes, *, json: bool, coding: str, limits: Limits) -> tuple[int, bytes, list[str]]:
    """Post a body; gives status, answer (head and body) and the defects that were logged."""
    headers = [(b"content-type", (JSON if json else PROTOBUF).encode())]
    headers += [(b"content-encoding", coding.encode())] if coding else []
    scope = {"type": "http", "method": "POST", "path": "/v1/logs", "headers": headers, "query_string": b""}
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Any) -> None:  # noqa: ANN401 - ASGI
        sent.append(message)

    _ear().lines.clear()
    _loop().run_until_complete(_app(limits)(scope, receive, send))
    head = b"".join(name + value for name, value in sent[0]["headers"])
    return sent[0]["status"], head + b"".join(part["body"] for part in sent[1:]), list(_ear().lines)
