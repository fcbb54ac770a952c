"""The one door to grpc, which is told to be quiet before it is first imported.

Else it writes a line to stderr, past our log, for every handshake that fails; an operator may ask for it again.
"""

from __future__ import annotations

import os

_VERBOSITY = "NONE"
os.environ.setdefault("GRPC_VERBOSITY", _VERBOSITY)

import grpc  # noqa: E402 - after what it reads when imported

__all__ = ["grpc"]
