"""kafka-python's connections: none stays open behind a client that was closed."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from kafka.net.selector import NetworkSelector

from broker.kafka_python_net import Client, Manager


@pytest.mark.parametrize("left", [b"", b"bytes that were still to be sent"])
def test_a_closed_client_leaves_no_socket(left: bytes) -> None:
    """Though the library would close one with bytes to be sent later, when nobody does any more."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        net = NetworkSelector()
        manager = Manager(net, bootstrap_servers=f"127.0.0.1:{server.getsockname()[1]}")
        client = Client(net, manager)
        [node] = manager.cluster.bootstrap_brokers()

        async def connect() -> Any:  # noqa: ANN401 - the library has no types
            return await manager._build_transport(node)

        transport = net.run(connect)
        opened = transport._sock
        if left:
            transport._write_buffer.append(left)
        transport.close()
        client.close()
        assert opened.fileno() == -1
