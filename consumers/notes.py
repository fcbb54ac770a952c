"""A service's notes to the process after it: small, whole or not there, outliving a kill."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path


def leave(path: Path | None, told: object) -> None:
    """Put JSON in the place of what was there. A folder that can't be written costs the note, not the work.

    It is not brought to the disk: a machine that stops was not stopped by what is noted.
    """
    if path is None:
        return
    draft = path.with_name(f".{path.name}.new")
    with contextlib.suppress(OSError):
        draft.parent.mkdir(0o700, parents=True, exist_ok=True)
        draft.touch(0o600)
        draft.write_text(json.dumps(told), "utf-8")
        draft.replace(path)
