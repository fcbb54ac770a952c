"""The keys of a deployment: a key pair for quarantine, and one secret for each side's pseudonyms.

quarantine-identity.txt    private half: opens quarantine. No running service gets it; keep it elsewhere.
quarantine-recipient.txt   public half: the collector and the validator seal to it.
telemetry.key              32 random bytes in hex: the collector's pseudonyms. The collector alone gets it.
ml.key                     32 random bytes in hex: the validator's. The validator alone gets it.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from deploy.credentials import private_folder, write_private
from deploy.errors import Problem
from schemas.quarantine import new_identity

if TYPE_CHECKING:
    from pathlib import Path

_BYTES = 32


@dataclass(frozen=True, slots=True)
class Keys:
    """Where the keys lie."""

    folder: Path

    @property
    def identity(self) -> Path:
        """Quarantine's private half."""
        return self.folder / "quarantine-identity.txt"

    @property
    def recipient(self) -> Path:
        """Quarantine's public half."""
        return self.folder / "quarantine-recipient.txt"

    @property
    def telemetry(self) -> Path:
        """The collector's pseudonym key."""
        return self.folder / "telemetry.key"

    @property
    def ml(self) -> Path:
        """The validator's pseudonym key."""
        return self.folder / "ml.key"

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file."""
        return (self.identity, self.recipient, self.telemetry, self.ml)


def new(folder: Path) -> Keys:
    """Make all keys in a folder that holds none.

    Raises:
        Problem: one is there already; nothing was written.
    """
    keys = Keys(folder)
    if there := [path.name for path in keys.all if path.exists()]:
        raise Problem(
            f"{folder} holds {', '.join(there)} already: nothing was written; move them away, or choose --into"
        )
    private_folder(folder)
    identity, recipient = new_identity()
    write_private(keys.identity, identity + "\n")
    write_private(keys.recipient, recipient + "\n")
    keys.recipient.chmod(0o644)
    for path in (keys.telemetry, keys.ml):
        write_private(path, secrets.token_hex(_BYTES) + "\n")
    return keys


def ensure(folder: Path) -> Keys:
    """Give the keys the services need, making them all when there is none.

    The private half may have been taken away to a safe place: it is not missed here.

    Raises:
        Problem: some are there and some are not; making a part anew would break what the others protect.
    """
    keys = Keys(folder)
    if not any(path.exists() for path in keys.all):
        return new(folder)
    needed = (keys.recipient, keys.telemetry, keys.ml)
    if missing := [path.name for path in needed if not path.exists()]:
        raise Problem(
            f"{folder} lacks {', '.join(missing)}: bring it back, or move the other keys away to make all anew"
        )
    return keys
