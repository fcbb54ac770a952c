"""The server of the gRPC door, in HTTP's event loop: listens, gives calls to those who answer them, finishes in time.

The health service follows the intake; there is no reflection.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from collector.errors import CannotListen
from collector.grpc_calls import DEFAULT, Calls, Manners, OnCall, unwatched
from collector.grpc_health import Health
from collector.grpc_library import grpc
from collector.listening import listen
from collector.signals import PROFILES_SERVICE, SIGNALS
from collector.work import Work


class GrpcDoor:
    """A server that is started and stopped within the event loop of the one beside it."""

    def __init__(
        self,
        work: Work,
        *,
        host: str = "127.0.0.1",
        port: int = 4317,
        manners: Manners = DEFAULT,
        credentials: grpc.ServerCredentials | None = None,
        shared: bool = False,
        on_listening: Callable[[int], None] | None = None,
        on_call: OnCall = unwatched,
    ) -> None:
        """Open nothing yet. `on_listening` is called with the port, once requests are taken.

        `shared`: other processes of ours listen on the port, too, and somebody holds it for all of them.
        """
        self._host, self._port = host, port
        self._manners = manners
        self._credentials, self._shared = credentials, shared
        self._on_listening = on_listening
        self._calls = Calls(work, manners, on_call)
        self._server: Any = None
        self._health = Health(lambda: work.why_not() is None, ("", *(signal.service for signal in SIGNALS)))

    async def start(self) -> None:
        """Take requests from now on; raises `CannotListen`."""
        server = grpc.aio.server(options=_options(self._calls.largest, self._manners, shared=self._shared))
        services = [
            grpc.method_handlers_generic_handler(
                service, {"Export": grpc.stream_unary_rpc_method_handler(self._calls.exporting(service, signal))}
            )
            for service, signal in [*((signal.service, signal) for signal in SIGNALS), (PROFILES_SERVICE, None)]
        ]
        server.add_generic_rpc_handlers((*services, self._health.handler()))
        port = self._bind(server)
        self._server = server
        await server.start()
        if self._on_listening:
            self._on_listening(port)

    async def stop(self, grace: float) -> None:
        """Take no more requests, and finish those in work; cancel what is still there when the grace is over."""
        self._health.stop()
        if self._server is not None:
            await self._server.stop(grace)
            self._server = None

    def _bind(self, server: Any) -> int:  # noqa: ANN401 - grpc ships no types
        """Bind by ourselves first: grpc names no reason."""
        host, port = self._host, self._port
        if not self._shared:
            with listen(host, port) as probe:
                host, port = probe.getsockname()[:2]
        address = f"[{host}]:{self._port}" if ":" in host else f"{host}:{self._port}"
        try:
            if self._credentials is None:
                return int(server.add_insecure_port(address))
            return int(server.add_secure_port(address, self._credentials))
        except RuntimeError:
            raise CannotListen(f"cannot listen on {self._host}:{port} for gRPC: choose another port") from None


def _options(largest: int, manners: Manners, *, shared: bool) -> list[tuple[str, int]]:
    return [
        ("grpc.so_reuseport", int(shared)),  # else a taken port is an error
        ("grpc.max_receive_message_length", largest),
        ("grpc.per_message_decompression", 0),
        ("grpc.compression_enabled_algorithms_bitset", 0b101),  # none and gzip; deflate can't be told from none
        ("grpc.max_concurrent_streams", manners.streams),
        ("grpc.max_allowed_incoming_connections", manners.connections),
        ("grpc.max_connection_idle_ms", manners.idle * 1000),
        ("grpc.server_handshake_timeout_ms", manners.handshake * 1000),
        # What is received before we ask for it: no more than this of a request.
        ("grpc.http2.bdp_probe", 0),
        ("grpc.http2.lookahead_bytes", 64 * 1024),
    ]
