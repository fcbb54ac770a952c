"""The one door to grpc, which is told to be quiet before it is first imported.

Else it writes a line to stderr, past our log, for every handshake that fails; an operator may ask for it again.
"""

from __future__ import annotations

import os

os.environ.setdefault("GRPC_VERBOSITY", "NONE")

import grpc

__all__ = ["grpc"]
