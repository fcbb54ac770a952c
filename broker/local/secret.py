"""Files that only their owner can read."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def write_secret(path: Path, text: str) -> None:
    """Write a file of mode 0600, whole or not at all."""
    aside = path.with_name(path.name + ".new")
    with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    aside.replace(path)


def kept(path: Path, make: Callable[[], str]) -> str:
    """Give what the file holds; `make` it the first time."""
    if not path.exists():
        write_secret(path, make())
    return path.read_text("utf-8")
