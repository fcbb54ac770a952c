"""Pseudonym keys by epoch: the moment at which a record was received says which key its ids are hidden under.

Each epoch's key is random: no key tells another, so that a key which was dropped can be made again by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Protocol

from schemas.quarantine import BadKey

KEY_BYTES = 32
DAY = 24 * 3600 * 1_000_000  # microseconds


class NoKey(BadKey):
    """No epoch of the ring covers the moment: its key has not been made yet, or was dropped."""


class Keys(Protocol):
    """Where a service has its ring from: a ring that stays, or a file that it follows."""

    def ring(self, now: int) -> Keyring:
        """Give the ring, sure to have a key for now (microseconds since the epoch of Unix).

        Raises:
            BadKey: there is none.
        """


@dataclass(frozen=True, slots=True)
class Epoch:
    """A key and its time, in microseconds: `begins` is in, `ends` is not. Both are midnights in UTC; None: for ever."""

    begins: int | None
    ends: int | None
    key: bytes = field(repr=False)

    def covers(self, moment: int) -> bool:
        """Tell whether the key is that of a moment."""
        return (self.begins is None or self.begins <= moment) and (self.ends is None or moment < self.ends)

    def __str__(self) -> str:
        """Write its days, without the key."""
        return " to ".join("ever" if at is None else day(at) for at in (self.begins, self.ends))


@dataclass(frozen=True, slots=True)
class Keyring:
    """The keys of epochs that follow each other; gaps are allowed, and have no key."""

    epochs: tuple[Epoch, ...]

    def __post_init__(self) -> None:
        """Make sure that no moment has two keys, and no key two epochs.

        Raises:
            BadKey: that is not so, or an epoch ends before it begins, or there is none.
        """
        bounds = [bound for it in self.epochs for bound in (it.begins, it.ends)]
        known = [bound for bound in bounds if bound is not None]
        is_in_order = None not in bounds[1:-1] and known == sorted(known)
        are_some_days = all(None in (it.begins, it.ends) or it.begins != it.ends for it in self.epochs)
        if not (
            self.epochs and is_in_order and are_some_days and len({it.key for it in self.epochs}) == len(self.epochs)
        ):
            raise BadKey("epochs must be in order, apart from each other, and each have a key of its own")

    @classmethod
    def forever(cls, key: bytes) -> Keyring:
        """Make a ring of one key that never changes."""
        return cls((Epoch(None, None, key),))

    def at(self, moment: int) -> bytes:
        """Give the key of a moment, in microseconds.

        Raises:
            NoKey: no epoch covers it.
        """
        for epoch in self.epochs:
            if epoch.covers(moment):
                return epoch.key
        raise NoKey("no pseudonym key for this day: `tidegate keys rotate` adds the next")

    def ring(self, now: int) -> Keyring:
        """Give itself, if it has a key for now.

        Raises:
            NoKey: it has none.
        """
        self.at(now)
        return self


def day(moment: int) -> str:
    """Write the day of a moment, in UTC."""
    return (date(1970, 1, 1) + timedelta(microseconds=moment)).isoformat()


def read_ring(text: str) -> Keyring:
    """Read a key file's text: a line `FIRST END KEY` an epoch; or a key alone, which is for ever.

    Raises:
        BadKey: it is neither; of the text nothing is repeated.
    """
    lines = [line.split() for line in text.splitlines() if line.strip()]
    try:
        return Keyring(tuple(map(_epoch, lines)))
    except (ValueError, TypeError):
        raise BadKey(f"a line is neither `FIRST END KEY` nor a key of {KEY_BYTES} bytes in hex") from None


def write_ring(ring: Keyring) -> str:
    """Write a ring as its file holds it."""
    return "".join(
        f"{' '.join((*(day(at) for at in (it.begins, it.ends) if at is not None), it.key.hex()))}\n"
        for it in ring.epochs
    )


def _epoch(words: list[str]) -> Epoch:
    *days, key = words
    raw = bytes.fromhex(key)
    if len(raw) != KEY_BYTES or len(days) not in (0, 2):
        raise ValueError
    begins, ends = map(_midnight, days) if days else (None, None)
    return Epoch(begins, ends, raw)


def _midnight(day: str) -> int:
    return (date.fromisoformat(day) - date(1970, 1, 1)).days * DAY
