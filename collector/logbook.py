"""The collector's log lines: for people by default, a JSON object a line when asked.

    {"time": "2026-11-26T08:00:00+00:00", "level": "info", "event": "listening", "message": "taking OTLP on …"}

The message is a sentence of ours, with nothing received in it. Of a library's line only its level, its logger and the
place in its code are told, in both forms: its text is not ours, so nobody can say what is in it. One place is told
once a minute, with how often it was silent since: a library that tries Kafka again and again buries nothing.
"""

from __future__ import annotations

import json
import logging
import re
import sys
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Final, Literal

LogFormat = Literal["text", "json"]

_OURS: Final = "tidegate"
_told = logging.getLogger(f"{_OURS}.collector.told")

# What a sentence of ours begins with, or has in it where that begins with … -> the event's name, its level.
EVENTS: Final[Mapping[str, tuple[str, str]]] = {
    "taking OTLP on": ("listening", "info"),
    "reloaded": ("reloaded", "info"),
    "nothing was reloaded": ("reload_failed", "error"),
    "requests go to the spill": ("spilling", "warning"),
    "senders are told to come again": ("turned_away", "warning"),
    "the broker does not answer": ("kafka_away", "warning"),
    "the broker answers again": ("kafka_back", "info"),
    "the spill is empty": ("spill_drained", "info"),
    "the spill can't be read": ("spill_unreadable", "error"),
    "the spill is held": ("spill_held", "warning"),
    "the spill takes over": ("spill_taken_over", "info"),
    "a segment of the spill is damaged": ("spill_damaged", "error"),
    "a segment of the spill was taken away": ("spill_taken_away", "error"),
    "the spill was cut": ("spill_cut", "warning"),
    "the spill is full": ("spill_full", "warning"),
    "the spill has room again": ("spill_room", "info"),
    "the spill can't be written": ("spill_unwritable", "error"),
    "the spill waits": ("spill_waits", "error"),
    "Kafka refuses messages of the spill": ("spill_refused", "error"),
    "the tokens file can't be read": ("tokens_unreadable", "error"),
    "the tokens file is good again": ("tokens_read", "info"),
    "a request was given up": ("given_up", "warning"),
    "internal": ("internal", "error"),
    "… bytes are left in the spill": ("spill_left", "warning"),
    "…; what was in force before stays": ("certificate_unusable", "error"),
    "the certificate in": ("certificate_renewed", "info"),
    "the authority of clients in": ("client_ca_renewed", "info"),
    "the pseudonym key in": ("key_replaced", "warning"),
    "…, and is started again": ("worker_ended", "error"),
    "… while it was starting": ("worker_ended", "error"),
    "… is stuck: nothing was heard": ("worker_stuck", "error"),
    "… is no setting and has no effect": ("unknown_variable", "warning"),
}
CANNOT_START: Final = ("cannot_start", "error")  # whatever the reason
_LEVELS: Final = {"info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
_SAID: Final = "said"  # only of what is in no table: a test sees that there is none
_LIBRARY: Final = "library"
_EVERY: Final = 60.0  # seconds


def start(form: LogFormat, worker: int | None = None) -> None:
    """Log to stderr from now on: our own lines, and the warnings of libraries; as the one worker of several."""
    handler = logging.StreamHandler(sys.stderr)
    name = "collector" if worker is None else f"collector worker {worker}"
    handler.addFilter(_Seldom())
    handler.setFormatter(_Json(worker) if form == "json" else _Text(name))
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=form == "json" or worker is not None)
    _told.setLevel(logging.INFO)


def tell(line: str) -> None:
    """Log a sentence of ours."""
    _told.log(_LEVELS[event_of(line)[1]], "%s", line)


def tell_end(line: str) -> None:
    """Log why the collector does not start."""
    _told.error("%s", line, extra={"event": CANNOT_START})


def event_of(line: str) -> tuple[str, str]:
    """Give the name and the level of what a sentence says."""
    begins = (named for mark, named in EVENTS.items() if line.startswith(mark))
    holds = (named for mark, named in EVENTS.items() if mark.startswith("…") and mark[1:] in line)
    return next(begins, None) or next(holds, (_SAID, "info"))


class _Seldom(logging.Filter):
    """Lets a library's place speak once a minute; there are as many as its code has."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._clock = clock
        self._spoke: dict[tuple[str, int], float] = {}
        self._silent: dict[tuple[str, int], int] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Count it, or let it pass with the count."""
        if _is_ours(record):
            return True
        place, now = (record.pathname, record.lineno), self._clock()
        if now - self._spoke.get(place, -_EVERY) < _EVERY:
            self._silent[place] = self._silent.get(place, 0) + 1
            return False
        self._spoke[place] = now
        record.more = self._silent.pop(place, 0)
        return True


class _Text(logging.Formatter):
    """Writes a record for people."""

    def __init__(self, who: str) -> None:
        super().__init__()
        self._who = who

    def format(self, record: logging.LogRecord) -> str:
        """Write what is ours."""
        if _is_ours(record):
            return f"{self._who}: {record.getMessage()}"
        more = getattr(record, "more", 0)
        since = f", and {more} times since it was last told" if more else ""
        return f"{self._who}: {record.levelname.lower()} of {_logger(record)} at {_place(record)}{since}"


class _Json(logging.Formatter):
    """Writes a record as one JSON object."""

    def __init__(self, worker: int | None = None) -> None:
        super().__init__()
        self._who = {} if worker is None else {"worker": worker}

    def format(self, record: logging.LogRecord) -> str:
        """Write time, level, event and what is ours."""
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        if not _is_ours(record):
            level, more = record.levelname.lower(), getattr(record, "more", 0)
            place = {"logger": _logger(record), "place": _place(record), **({"more": more} if more else {})}
            return json.dumps({"time": at, "level": level, **self._who, "event": _LIBRARY, **place})
        message = record.getMessage()
        event, level = getattr(record, "event", None) or event_of(message)
        level = record.levelname.lower() if event == _SAID else level
        told = {"time": at, "level": level, **self._who, "event": event, "message": message}
        return json.dumps(told, ensure_ascii=False)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.name.split(".")[0] == _OURS


def _logger(record: logging.LogRecord) -> str:
    return record.name if re.fullmatch(r"[\w.]{1,80}", record.name) else "?"


def _place(record: logging.LogRecord) -> str:
    return f"{PurePath(record.pathname).name}:{record.lineno}"
