"""kafka-python's clients, with what the library gets wrong on the wire mended: leaks, and lost last words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from weakref import WeakSet

from kafka.errors import AuthorizationError, SaslAuthenticationFailedError
from kafka.net.compat import KafkaNetClient
from kafka.net.inet import KafkaNetSocket
from kafka.net.manager import KafkaConnectionManager
from kafka.net.selector import NetworkSelector

from broker.kafka_python_errors import ours
from broker.lease import within

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


def open_client(make: Callable[..., Any], config: Mapping[str, Any]) -> Any:  # noqa: ANN401 - the library has no types
    """Open one of kafka-python's clients; a failed one leaves neither thread nor socket behind.

    The library starts its I/O thread before it connects, and forgets it when connecting fails.
    """
    nets: list[Any] = []

    def client(**options: Any) -> Any:  # noqa: ANN401 - as above
        net = NetworkSelector(**options)
        nets.append(Client(net, Manager(net, **options)))
        return nets[-1]

    try:
        with ours("could not connect"):
            return make(**config, kafka_client=client, proxy_url="direct://")
    except BaseException:
        for opened in nets:
            within(1.0, opened.close)
        raise


class Client(KafkaNetClient):  # type: ignore[misc]  # the library has no types
    """Closes every socket: of a connection with bytes still to be sent the library puts that off, and then stops."""

    def __init__(self, net: Any, manager: Manager) -> None:  # noqa: ANN401 - as above
        super().__init__(net=net, manager=manager)
        self._transports = manager.transports

    def close(self, node_id: str | None = None) -> None:
        """Close one connection, or all and stop."""
        super().close(node_id)
        for transport in list(self._transports) if node_id is None else ():
            if transport._sock is not None:  # noqa: SLF001 - it has no other way
                transport._sock.close()  # noqa: SLF001


class Manager(KafkaConnectionManager):  # type: ignore[misc]  # the library has no types
    """Tells wrong credentials from a broker that is away; the library tries again until time is up in either case.

    And asks for topics without creating them: the library loses that setting on its way to the request.
    """

    def __init__(self, net: Any, **options: Any) -> None:  # noqa: ANN401 - as above
        super().__init__(net, **options)
        self.transports = WeakSet[Any]()
        self.cluster.config["allow_auto_create_topics"] = False

    async def _build_transport(self, node: Any, timeout_at: float | None = None) -> Any:  # noqa: ANN401 - as above
        transport = await super()._build_transport(node, timeout_at=timeout_at)
        self.transports.add(transport)
        transport._sock_recv = data_first(transport._sock_recv)  # noqa: SLF001 - where the library loses bytes
        return transport

    async def _connect(self, node: Any, conn: Any, **options: Any) -> None:  # noqa: ANN401 - as above
        await super()._connect(node, conn, **options)
        outcome = conn.init_future
        if outcome.is_done and isinstance(outcome.exception, (SaslAuthenticationFailedError, AuthorizationError)):
            self._auth_failures[node.node_id] = outcome.exception  # read at the next attempt, which then gives up


class _Socket(KafkaNetSocket):  # type: ignore[misc]  # the library has no types
    """A plain socket that is closed when it can't connect. The library finds the class by the scheme of its proxy."""

    SCHEMES = ("direct",)

    async def sock_connect(self, net: Any, sock: Any, *args: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
        try:
            return await super().sock_connect(net, sock, *args, **options)
        except BaseException:
            sock.close()
            raise


def data_first(receive: Callable[[], tuple[bytes, Exception | None]]) -> Callable[[], tuple[bytes, Exception | None]]:
    """Hand on what came before the end of a stream, and the end the next time.

    The library drops bytes that come together with the end: just so a broker says why it refuses a login, and a wrong
    password would look like a broker that is away.
    """
    end: list[Exception] = []

    def receive_data_first() -> tuple[bytes, Exception | None]:
        if end:
            return b"", end[0]
        data, error = receive()
        if data and error is not None:
            end.append(error)
            return data, None
        return data, error

    return receive_data_first
