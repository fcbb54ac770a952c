"""The ports that workers share, held for as long as their supervisor lives."""

from __future__ import annotations

import contextlib
import socket

from collector.listening import bound, listen


class Port:
    """One port: it is ours while nobody listens on it, too."""

    def __init__(self, host: str, port: int) -> None:
        """Hold it; 0 is one that is free. Raises `CannotListen`."""
        self._host = host
        with contextlib.closing(listen(host, port)) as probe:  # somebody else's is an error, SO_REUSEPORT or not
            self.number = int(probe.getsockname()[1])
        # It never listens, so it is given no connection. To bind beside what is left of an earlier process's
        # connections takes SO_REUSEADDR; but beside a socket that has it, and does not listen, anybody could listen.
        self._held = bound(host, self.number)
        self._held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 0)

    def another(self) -> socket.socket:
        """Bind a socket more on it. Raises `CannotListen`."""
        return bound(self._host, self.number)

    def close(self) -> None:
        """Let go."""
        self._held.close()


class Ports:
    """Both ports of all workers, and the HTTP socket of each: held here, too, it outlives its worker."""

    def __init__(self, host: str, port: int, grpc_port: int | None, workers: int) -> None:
        """Hold them; no socket listens yet. Raises `CannotListen`."""
        with contextlib.ExitStack() as unless_held:
            http = unless_held.enter_context(contextlib.closing(Port(host, port)))
            self.port = http.number
            self.sockets = [unless_held.enter_context(http.another()) for _ in range(workers)]
            self.grpc = 0  # none
            if grpc_port is not None:
                self.grpc = unless_held.enter_context(contextlib.closing(Port(host, grpc_port))).number
            self._held = unless_held.pop_all()

    def close(self) -> None:
        """Let go."""
        self._held.close()
