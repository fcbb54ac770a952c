"""How a defect is told: by its exception's type and place. The text may hold what was received: nobody asks for it."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def place_of(defect: BaseException) -> str:
    """Name an exception's type, and the file and line that raised it."""
    frames = traceback.extract_tb(defect.__traceback__)
    where = f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "an unknown place"
    return f"{type(defect).__name__} at {where}"
