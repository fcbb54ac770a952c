"""Who opened, replayed or purged what, when and why: a line each, on the disk before anything is shown or sent."""

from __future__ import annotations

import getpass
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal

from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

Deed = Literal["open", "replay", "replayed", "purge", "purged"]

_DONE = ("replayed", "purged")  # told after the deed, beside the line before it


@dataclass(frozen=True, slots=True)
class Audit:
    """An append-only file of JSON lines; content-free, but for the operator's own reason."""

    path: Path

    def write(self, deed: Deed, reason: str, places: Sequence[str] = (), **more: int) -> None:
        """Add a line, and bring it to the disk.

        Raises:
            Problem: that can't be done; then nothing may be shown or sent.
        """
        line = {
            "at": datetime.now(UTC).isoformat(timespec="seconds"),
            "who": getpass.getuser(),
            "what": deed,
            "why": reason,
            "messages": list(places),
            **more,
        }
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            left = "what was done is not in it" if deed in _DONE else "nothing was done"
            raise Problem(f"the audit log {self.path} can't be written ({type(error).__name__}): {left}") from None

    def replayed(self) -> set[str]:
        """Tell which messages were replayed."""
        try:
            lines = self.path.read_text("utf-8").splitlines()
        except FileNotFoundError:
            return set()
        entries = [json.loads(line) for line in lines if line.strip()]
        return {place for entry in entries if entry["what"] == "replayed" for place in entry["messages"]}
