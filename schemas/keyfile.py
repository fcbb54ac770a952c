"""Keys as files: a ring of pseudonym keys, an age public key for quarantine. Their text is in no error."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from schemas.keyring import Keyring, read_ring
from schemas.quarantine import BadKey, Recipient, StorageKey

if TYPE_CHECKING:
    import os
    from collections.abc import Callable
    from pathlib import Path

_REMEDY = "make keys with `tidegate keys new`"


class KeyFile:
    """A ring that follows its file: read again when the file has changed, so that rotation needs no restart."""

    def __init__(self, path: Path, replaced: Callable[[], object] = lambda: None) -> None:
        """Read it; `replaced` is called when a key makes way for another before its end.

        Raises:
            BadKey: it can't be read, or holds no ring.
        """
        self._path, self._replaced = path, replaced
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._ring: Keyring | None = None
        self._given: Keyring | None = None  # the last one that was
        self._current()

    def ring(self, now: int) -> Keyring:
        """Give the ring as the file holds it, sure to have a key for now.

        Raises:
            BadKey: the file can't be read any more, or has no key for now.
        """
        with self._lock:
            ring = self._current().ring(now)
            before, self._given = self._given, ring
            if before is not None and _has_another(before, ring, now):
                self._replaced()
            return ring

    def _current(self) -> Keyring:
        seen = _identity(_stat(self._path))
        if self._ring is None or seen != self._seen:
            self._ring = None  # what is gone from the file is gone from here, even if nothing good has come
            self._ring = read_keyring(self._path)
            self._seen = seen
        return self._ring


def read_keyring(path: Path) -> Keyring:
    """Read a file of pseudonym keys.

    Raises:
        BadKey: it can't be read, or holds no ring.
    """
    text = _read(path)
    try:
        return read_ring(text)
    except BadKey as error:
        raise BadKey(f"{path}: {error}: {_REMEDY}") from None


def read_recipient(path: Path) -> Recipient:
    """Read the public key that quarantine is sealed to.

    Raises:
        BadKey: it can't be read, or is none.
    """
    text = _read(path)
    try:
        return Recipient(text)
    except BadKey:
        raise BadKey(f"{path} holds no age public key (age1…): {_REMEDY}") from None


def read_storage_key(path: Path) -> StorageKey:
    """Read the key that a service seals its own files with.

    Raises:
        BadKey: it can't be read, or is none.
    """
    text = _read(path)
    try:
        return StorageKey(text)
    except BadKey:
        raise BadKey(f"{path} holds no age identity (AGE-SECRET-KEY-1…), or several: {_REMEDY}") from None


def _has_another(before: Keyring, ring: Keyring, now: int) -> bool:
    """Tell whether a ring had another key for now than one has that follows it."""
    return before is not ring and any(it.covers(now) and it.key != ring.at(now) for it in before.epochs)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from None


def _stat(path: Path) -> os.stat_result:
    try:
        return path.stat()
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: Exception) -> BadKey:
    return BadKey(f"{path} can't be read ({type(error).__name__}): {_REMEDY}")


def _identity(stat: os.stat_result) -> tuple[int, int, int]:
    return stat.st_ino, stat.st_mtime_ns, stat.st_size
