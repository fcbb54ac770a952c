"""What a disguise is: a way to write a text so that nobody sees it, in one value or in several."""

from __future__ import annotations

import random
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

LEAST = 8  # characters of a text worth disguising; shorter ones are words, which are measured as they stand
PIECE = 4  # characters that a piece holds at least: a letter an event is the covert channel, which is bounded in bits
Pieces = Sequence[object]
Make = Callable[[Any], Pieces]


@dataclass(frozen=True, slots=True)
class Disguise:
    """A disguise by name. `carrier` is what it wraps the text in, without the text, where the wrapping is the point."""

    group: str
    name: str
    make: Make
    carrier: object = None

    def pieces(self, text: object) -> Pieces:
        """Write a text; nothing where this text can't be written so, or comes out as it went in."""
        try:
            pieces = self.make(text)
        except (ValueError, OverflowError):  # such as no Latin letter in it, or a label that is too long
            return []
        return [] if list(pieces) == [text] else pieces


def one(group: str, name: str, write: Callable[[str], object], carrier: object = None) -> Disguise:
    """Make a disguise whose text is one value."""
    return Disguise(group, name, lambda text: [write(text)], carrier)


def of_bytes(group: str, name: str, write: Callable[[bytes], object]) -> Disguise:
    """Make a disguise of a text's bytes in UTF-8, one value."""
    return one(group, name, lambda text: write(text.encode()))


def chunked(group: str, name: str, size: int, write: Callable[[bytes], object]) -> Disguise:
    """Make a disguise that cuts a text's bytes in pieces of a size; the last is filled with blanks."""

    def make(text: str) -> Pieces:
        raw = text.encode()
        return [write(raw[at : at + size].ljust(size)) for at in range(0, len(raw), size)]

    return Disguise(group, name, make)


def plain(text: str) -> list[str]:
    """Give a text's words in lower-case ASCII letters; accents are taken off, other scripts left out.

    Raises:
        ValueError: there is none.
    """
    flat = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    words = "".join(char if char.isalnum() else " " for char in flat).split()
    if not words or len("".join(words)) < PIECE:
        raise ValueError("no word of ASCII letters")
    return words


def shuffled(text: str) -> random.Random:
    """Give chance that is the same for the same text."""
    return random.Random(text)  # noqa: S311 - to disguise with, no secret
