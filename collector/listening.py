"""Sockets to listen on, bound here and not in uvicorn or grpc: one of them would exit, the other name no reason.

Several processes share a port by a socket each (SO_REUSEPORT): the system deals connections out to those that listen.
One that is bound and does not listen is given none, and keeps its place on the port.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from typing import Final

from collector.errors import CannotListen

_LAST_PORT: Final = 65535


def listen(host: str, port: int) -> socket.socket:
    """Listen on a port of one's own; raises `CannotListen`."""
    with _told(host, port):
        return socket.create_server((host, port), family=_family(host, port))


def look(host: str, port: int) -> None:
    """See that a port is free, without a connection being taken on it. Raises `CannotListen`."""
    with _told(host, port), socket.socket(_family(host, port)) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((host, port))


def bound(host: str, port: int) -> socket.socket:
    """Bind one of several sockets that share a port; it does not listen yet. Raises `CannotListen`."""
    with _told(host, port), contextlib.ExitStack() as unless_bound:
        one = unless_bound.enter_context(socket.socket(_family(host, port)))
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if one.family == socket.AF_INET6:
            one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # as `create_server` does
        one.bind((host, port))
        unless_bound.pop_all()
        return one


def begin(bound_one: socket.socket, backlog: int) -> None:
    """Have a bound socket listen; one that listens already goes on. Raises `CannotListen`."""
    host, port = bound_one.getsockname()[:2]
    with _told(host, port):
        bound_one.listen(backlog)


def cease(listening: socket.socket) -> None:
    """Have a socket listen no more, in all processes that hold it; it stays bound, and can begin again.

    What waits to be accepted is reset; new connections go to the others on the port.
    """
    if listens(listening):  # else Linux would remember it: no connection could be answered, once it listens again
        listening.shutdown(socket.SHUT_RDWR)


def listens(one: socket.socket) -> bool:
    """Tell whether a socket listens."""
    return bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _family(host: str, port: int) -> socket.AddressFamily:
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0][0]


@contextlib.contextmanager
def _told(host: str, port: int) -> Iterator[None]:
    """Say in one line why an address can't be listened on."""
    if not 0 <= port <= _LAST_PORT:
        raise CannotListen(f"cannot listen on {host}:{port}: a port is a number from 0 to {_LAST_PORT}")
    try:
        yield
    except (socket.gaierror, UnicodeError):
        reason = "the host name does not resolve; set host to an address of this machine"
    except OSError as error:
        reason = f"{os.strerror(error.errno or 0).lower()}; choose another port, or stop what listens there"
    else:
        return
    raise CannotListen(f"cannot listen on {host}:{port}: {reason}")
