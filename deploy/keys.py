"""The keys of a deployment: a key pair for quarantine, and one secret for each side's pseudonyms.

quarantine-identity.txt    private half: opens quarantine. No running service gets it; keep it elsewhere.
quarantine-recipient.txt   public half: the collector and the validator seal to it.
telemetry.key              the collector's pseudonym keys, one an epoch. The collector alone gets them.
ml.key                     the validator's. The validator alone gets them.
storage.key                an age identity: seals what the collector keeps on disk. The collector alone gets it.

A pseudonym key file has a line `FIRST END KEY` an epoch: two days, of which END is not in, and 32 random bytes in hex.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from consumers.validator.journey import RETENTION
from deploy.credentials import private_folder, replace_private, write_private
from deploy.errors import Problem
from schemas.keyfile import KeyFile, read_keyring
from schemas.keyring import DAY, KEY_BYTES, Epoch, Keyring, write_ring
from schemas.quarantine import BadKey, new_identity

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

EPOCH_DAYS: Final = 90
# How long a key is kept once its epoch has ended. Telemetry is given its pseudonyms when it is received, so only a
# request in work at midnight needs the old key; the validator may meet a record as late as its topic keeps it.
_KEPT: Final = {"telemetry.key": DAY, "ml.key": RETENTION + DAY}


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
    def storage(self) -> Path:
        """The collector's key for its spill."""
        return self.folder / "storage.key"

    @property
    def all(self) -> tuple[Path, ...]:
        """Every file."""
        return (self.identity, self.recipient, self.telemetry, self.ml, self.storage)


def new(folder: Path, days: int = EPOCH_DAYS) -> Keys:
    """Make all keys in a folder that holds none; the pseudonym keys for an epoch of so many days that begins today.

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
        write_private(path, write_ring(Keyring((_epoch(_today(), days),))))
    write_private(keys.storage, new_identity()[0] + "\n")
    return keys


def rotate(folder: Path, days: int = EPOCH_DAYS) -> dict[Path, Keyring]:
    """Add the next epoch's key to each ring, unless one waits already; drop those that no record can need any more.

    Raises:
        Problem: a file can't be read, or holds no ring; nothing was written.
    """
    keys, today = Keys(folder), _today()
    try:
        rings = {path: rotated(read_keyring(path), today, days, _KEPT[path.name]) for path in (keys.telemetry, keys.ml)}
    except BadKey as error:
        raise Problem(str(error)) from None
    for path, ring in rings.items():
        replace_private(path, write_ring(ring))
    return rings


def rotated(ring: Keyring, today: int, days: int, kept: int) -> Keyring:
    """Give a ring with an epoch to come. A key that was for ever ends tomorrow; a gap before today stays one."""
    *before, last = ring.epochs
    if last.ends is None:
        last = Epoch(last.begins or 0, today + DAY, last.key)
    assert last.begins is not None  # noqa: S101 - set above, or read with its end
    assert last.ends is not None  # noqa: S101 - as above
    epochs = [*before, last, *([_epoch(max(last.ends, today), days)] if last.begins <= today else [])]
    return Keyring(tuple(it for it in epochs if it.ends is None or today <= it.ends + kept))


def _epoch(begins: int, days: int) -> Epoch:
    return Epoch(begins, begins + days * DAY, secrets.token_bytes(KEY_BYTES))


def _today() -> int:
    now = time.time_ns() // 1000
    return now - now % DAY


def followed(path: Path, tell: Callable[[str], None]) -> KeyFile:
    """Follow a file of pseudonym keys that has one for today; a key that is replaced before its end is told.

    Raises:
        BadKey: it can't be read, holds no ring, or has none for today.
    """

    def replaced() -> None:
        tell(f"the pseudonym key in {path} was replaced before its end: the same ids have other pseudonyms now")

    keys = KeyFile(path, replaced)
    keys.ring(time.time_ns() // 1000)
    return keys


def ensure(folder: Path) -> Keys:
    """Give the keys the services need, making them all when there is none, and the next epoch's when it is time.

    The private half may have been taken away to a safe place: it is not missed here.

    Raises:
        Problem: some are there and some are not; making a part anew would break what the others protect.
    """
    keys = Keys(folder)
    if not any(path.exists() for path in keys.all):
        return new(folder)
    needed = (keys.recipient, keys.telemetry, keys.ml, keys.storage)
    if missing := [path.name for path in needed if not path.exists()]:
        raise Problem(
            f"{folder} lacks {', '.join(missing)}: bring it back, or move the other keys away to make all anew"
        )
    rotate(folder)
    return keys
