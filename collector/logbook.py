"""The collector's log lines: for people by default, a JSON object a line when asked.

    {"time": "2026-11-26T08:00:00+00:00", "level": "info", "event": "listening", "message": "taking OTLP on …"}

The message is a sentence of ours, with nothing received in it. Of a library's line only its level and the place in its
code are told: its text is not ours, so nobody can say what is in it.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, Literal

LogFormat = Literal["text", "json"]

_OURS: Final = "tidegate"
_told = logging.getLogger(f"{_OURS}.collector.told")

# What a sentence of ours begins with -> the event's name, its level.
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "taking OTLP on": ("listening", "info"),
    "reloaded": ("reloaded", "info"),
    "nothing was reloaded": ("reload_failed", "error"),
    "requests go to the spill": ("spilling", "warning"),
    "senders are told to come again": ("turned_away", "warning"),
    "the spill is empty": ("spill_drained", "info"),
    "the spill can't be read": ("spill_unreadable", "error"),
    "a segment of the spill is damaged": ("spill_damaged", "error"),
    "the spill was cut": ("spill_cut", "warning"),
    "the spill is full": ("spill_full", "warning"),
    "the spill has room again": ("spill_room", "info"),
    "the spill can't be written": ("spill_unwritable", "error"),
    "the spill waits": ("spill_waits", "error"),
    "Kafka refuses messages of the spill": ("spill_refused", "error"),
    "the tokens file can't be read": ("tokens_unreadable", "error"),
    "the tokens file is good again": ("tokens_read", "info"),
    "a request was given up": ("given_up", "warning"),
    "worker": ("worker_ended", "error"),
    "internal": ("internal", "error"),
}
_SAID: Final = "said"
_LIBRARY: Final = "library"


def start(form: LogFormat, worker: int | None = None) -> None:
    """Log to stderr from now on: our own lines, and the warnings of libraries; as the one worker of several."""
    handler = logging.StreamHandler(sys.stderr)
    name = "collector" if worker is None else f"collector worker {worker}"
    handler.setFormatter(_Json(worker) if form == "json" else logging.Formatter(f"{name}: %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=form == "json" or worker is not None)
    _told.setLevel(logging.INFO)


def tell(line: str) -> None:
    """Log a sentence of ours."""
    _told.info("%s", line)


class _Json(logging.Formatter):
    """Writes a record as one JSON object."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._who = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, event and what is ours."""
        time = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        level = record.levelname.lower()
        if record.name.split(".")[0] != _OURS:
            place = f"{PurePath(record.pathname).name}:{record.lineno}"
            return json.dumps({"time": time, "level": level, **self._who, "event": _LIBRARY, "place": place})
        message = record.getMessage()
        known = (named for beginning, named in EVENTS.items() if message.startswith(beginning))
        event, level = next(known, (_SAID, level))
        told = {"time": time, "level": level, **self._who, "event": event, "message": message}
        return json.dumps(told, ensure_ascii=False)
