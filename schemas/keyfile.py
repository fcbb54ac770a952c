"""Keys as files: 32 random bytes in hex for pseudonyms, an age public key for quarantine. Their text is in no error."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from schemas.quarantine import BadKey, Recipient

if TYPE_CHECKING:
    from pathlib import Path

KEY_BYTES = 32
_REMEDY = "make keys with `tidegate keys new`"


def new_key() -> str:
    """Make a pseudonym key, as its file holds it."""
    return secrets.token_hex(KEY_BYTES)


def read_key(path: Path) -> bytes:
    """Read a pseudonym key: 32 bytes.

    Raises:
        BadKey: it can't be read, or is none.
    """
    try:
        key = bytes.fromhex(_read(path))
    except ValueError:
        key = b""
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} holds no key of {KEY_BYTES} bytes in hex: {_REMEDY}")
    return key


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


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise BadKey(f"{path} can't be read ({type(error).__name__}): {_REMEDY}") from None
