"""Topics of a running stack, as the end-to-end tests read them."""

from __future__ import annotations

import contextlib
import time

from broker.port import Received
from deploy.stack import Stack


def everything(stack: Stack, topic: str) -> list[Received]:
    """Read a topic from its beginning to its end, as the super user."""
    with stack.broker("admin") as broker, contextlib.closing(broker.admin()) as admin:
        expected = admin.sizes()[topic]
        found: list[Received] = []
        with contextlib.closing(broker.consumer([topic], group=None)) as consumer:
            until = time.monotonic() + 30
            while len(found) < expected:
                assert time.monotonic() < until, f"{len(found)} of {expected} messages read"
                found += consumer.consume(timeout=1, most=5000)
    return found
