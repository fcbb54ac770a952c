"""Looks before the leap: ports, memory, disk. Each trouble becomes one line that says what to do."""

from __future__ import annotations

import contextlib
import errno
import re
import socket
from typing import TYPE_CHECKING

from broker.local.errors import LocalKafkaError
from broker.local.layout import HOST

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

MEBIBYTE = 1024 * 1024
BESIDE_HEAP = 200  # MiB a node takes outside its heap (measured: 325 MiB resident at -Xmx512m)
DISK = 200  # MiB below which Kafka cannot be expected to start


def memory(heap: str, nodes: int) -> None:
    """Refuse to start what would drive the machine into swap."""
    try:
        import psutil  # noqa: PLC0415 - an extra
    except ImportError:
        raise LocalKafkaError("local Kafka needs the extra `local`, which is not installed: run `make setup`") from None
    need = nodes * (_mebibytes(heap) + BESIDE_HEAP)
    free = int(psutil.virtual_memory().available) // MEBIBYTE
    if free < need:
        raise LocalKafkaError(
            f"too little memory for Kafka: {need} MiB needed, {free} MiB available; close something"
            + (", or start fewer nodes" if nodes > 1 else "")
        )


def disk(folder: Path) -> None:
    """Refuse to start on a full disk: Kafka would die half-way."""
    import psutil  # noqa: PLC0415 - an extra

    free = int(psutil.disk_usage(str(folder)).free) // MEBIBYTE
    if free < DISK:
        raise LocalKafkaError(
            f"the disk of {folder} is full: {free} MiB free, {DISK} MiB needed; make room, or choose another folder"
        )


def disk_trouble(error: OSError, folder: Path) -> str:
    """Say an error of the file system in one line."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"the disk of {folder} is full: make room, or choose another data folder"
    return f"{folder} cannot be used ({type(error).__name__}): choose another data folder"


def ports(wanted: Sequence[int] | None, nodes: int) -> tuple[list[int], list[int]]:
    """Give a client port and a controller port per node; those not asked for are free ones.

    Raises:
        LocalKafkaError: a port that was asked for is taken.
    """
    with contextlib.ExitStack() as held:
        clients = [_hold(held, port) for port in wanted or [0] * nodes]
        return clients, [_hold(held, 0) for _ in range(nodes)]


def _hold(held: contextlib.ExitStack, port: int) -> int:
    """Bind the port as Java will, so that all those given out together differ."""
    listener = held.enter_context(contextlib.closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((HOST, port))
        listener.listen()
    except OSError:
        raise LocalKafkaError(f"port {port} is taken: choose another with --port, or stop what listens there") from None
    return int(listener.getsockname()[1])


def answers(host: str, port: int) -> bool:
    """Say whether anything listens there."""
    with contextlib.suppress(OSError), socket.create_connection((host, port), timeout=1):
        return True
    return False


def same_shape(folder: Path, nodes: int) -> None:
    """Refuse to start data of three nodes with one, or the other way round."""
    before = len(list(folder.glob("node-*/data/meta.properties")))
    if before not in {0, nodes}:
        raise LocalKafkaError(
            f"{folder} holds a cluster of {before} node{'s' * (before > 1)}, not {nodes}: "
            f"start it with --nodes {before}, or choose another data folder"
        )


def way_in(folder: Path) -> None:
    """Refuse to start data whose super user's password is lost: nobody could log in."""
    if not (folder / "secret").exists() and any(folder.glob("node-*/data/meta.properties")):
        raise LocalKafkaError(f"{folder / 'secret'} is gone, and with it the way in: delete {folder} to start anew")


def _mebibytes(heap: str) -> int:
    match = re.fullmatch(r"(\d+)([mg])", heap)
    if match is None:
        raise LocalKafkaError(f"heap {heap!r} is no size: write 512m or 1g")
    return int(match[1]) * (1024 if match[2] == "g" else 1)
