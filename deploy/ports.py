"""Looks whether a port is free before anything is started on it."""

from __future__ import annotations

import contextlib
import socket

from deploy.errors import Problem

LARGEST = 65535


def free(host: str, port: int, option: str) -> int:
    """Give `port` when nothing listens there; for 0, one that is free.

    Raises:
        Problem: it is taken; says which option chooses another.
    """
    try:
        family, *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError:
        raise Problem(f"the host {host} is not one of this machine's: choose another") from None
    with contextlib.closing(socket.socket(family, socket.SOCK_STREAM)) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
            listener.listen()
        except PermissionError:
            raise Problem(f"port {port} is not for you to use: choose one above 1023 with {option}") from None
        except OSError:
            raise Problem(f"port {port} is taken: choose another with {option}, or stop what listens there") from None
        return int(listener.getsockname()[1])
