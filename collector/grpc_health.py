"""The gRPC health service: what a load balancer asks before it sends anything here. It needs no token."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from typing import Any, Final

from grpc_health.v1 import health_pb2 as health

from collector.grpc_library import grpc

_SERVICE: Final = "grpc.health.v1.Health"
_LOOK_EVERY: Final = 0.5  # seconds, for those who watch
_WATCHERS: Final = 64

Status = health.HealthCheckResponse


class Health:
    """Every one of `known` serves while the intake is ready; no other is known."""

    def __init__(self, ready: Callable[[], bool], known: Collection[str]) -> None:
        """Keep what is asked, and who may be asked for."""
        self._ready, self._known = ready, known
        self._watchers = 0
        self._stopping = False

    def stop(self) -> None:
        """Serve no more, and let those go who watch."""
        self._stopping = True

    def handler(self) -> Any:  # noqa: ANN401 - grpc ships no types
        """Make the service."""
        return grpc.method_handlers_generic_handler(
            _SERVICE,
            {
                "Check": grpc.unary_unary_rpc_method_handler(self._check),
                "Watch": grpc.unary_stream_rpc_method_handler(self._watch),
            },
        )

    async def _check(self, message: bytes, call: Any) -> bytes:  # noqa: ANN401 - as above
        status = self._status(message)
        if status == Status.SERVICE_UNKNOWN:
            await call.abort(grpc.StatusCode.NOT_FOUND, "there is no such service")
        return _encoded(status)

    async def _watch(self, message: bytes, call: Any) -> AsyncIterator[bytes]:  # noqa: ANN401 - as above
        if self._watchers >= _WATCHERS:
            await call.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "too many are watching")
        self._watchers += 1
        last = None
        try:
            while True:
                over, status = self._stopping, self._status(message)
                if status != last:
                    yield _encoded(status)
                if over:
                    return
                last = status
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            self._watchers -= 1

    def _status(self, message: bytes) -> int:
        if _asked(message) not in self._known:
            return int(Status.SERVICE_UNKNOWN)
        return int(Status.NOT_SERVING if self._stopping or not self._is_ready() else Status.SERVING)

    def _is_ready(self) -> bool:
        """A defect is not ready."""
        try:
            return self._ready()
        except Exception:  # noqa: BLE001 - the requests themselves will tell what it is
            return False


def _asked(message: bytes) -> str | None:
    """Name the service that is asked for; None for what is no question."""
    question = health.HealthCheckRequest()
    try:
        question.ParseFromString(message)
    except Exception:  # noqa: BLE001 - whatever it is, it names no service
        return None
    return str(question.service)


def _encoded(status: int) -> bytes:
    encoded: bytes = Status(status=status).SerializeToString()
    return encoded
