"""A password per principal in a file that only its owner may read: made when missing, never shown."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import contextmanager
from typing import TYPE_CHECKING

from deploy.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_BYTES = 24


def ensure(folder: Path, principals: Iterable[str]) -> dict[str, str]:
    """Give every principal's password, making those that are missing."""
    private_folder(folder)
    passwords = {}
    for principal in principals:
        path = folder / principal
        if not path.exists():
            write_private(path, secrets.token_urlsafe(_BYTES) + "\n")
        passwords[principal] = read_private(path)
    return passwords


def private_folder(folder: Path) -> None:
    """Make a folder that only its owner may enter."""
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)


def write_private(path: Path, text: str) -> None:
    """Write a new file, mode 0600 from its first moment and whole or not at all; never over an existing one."""
    with _aside(path, text) as aside:
        try:
            os.link(aside, path)  # unlike a rename, refuses to replace
        except FileExistsError:
            raise Problem(f"{path} exists already, and is not written over: move it away first") from None


def replace_private(path: Path, text: str) -> None:
    """Write a file anew, mode 0600 and whole or not at all."""
    with _aside(path, text) as aside:
        aside.replace(path)


@contextmanager
def _aside(path: Path, text: str) -> Iterator[Path]:
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        yield aside
    finally:
        aside.unlink(missing_ok=True)


def read_private(path: Path) -> str:
    """Read a secret of one line, refusing a file that others may read."""
    try:
        mode = path.stat().st_mode
        text = path.read_text("ascii").strip()
    except FileNotFoundError:
        raise Problem(
            f"{path} is missing: `tidegate topology apply` makes credentials, `tidegate keys new` keys"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise Problem(f"{path} can't be read ({type(error).__name__})") from None
    if mode & (stat.S_IRWXG | stat.S_IRWXO):
        raise Problem(f"{path} may be read by others: chmod 600 it")
    if not text:
        raise Problem(f"{path} is empty: delete it, and it is made anew")
    return text
