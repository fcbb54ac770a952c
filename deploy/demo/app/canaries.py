"""Canaries: phrases that exist nowhere else, so that finding one tells exactly which record it came from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

STEM = "kvaz"
LENGTH = 16  # letters of a word of a canary
HALF = 8  # letters that a 64-bit integer can hold
_SYLLABLES = (LENGTH - len(STEM)) // 2
_CONSONANTS = "bdfghjklmnprstvwz"
_VOWELS = "aeiou"


@dataclass(frozen=True, slots=True)
class Canary:
    """Two unique words, one at each end of the phrase: cut it anywhere and one of them is left."""

    name: str
    words: tuple[str, str]

    @property
    def text(self) -> str:
        """The phrase, as somebody would type it."""
        return f"{self.words[0]}, please keep this between us, {self.words[1]}"

    @property
    def slug(self) -> str:
        """The phrase in one piece, for paths and names."""
        return f"{self.words[0]}-please-keep-this-between-us-{self.words[1]}"


class Mint:
    """Makes canaries; no two words begin with the same eight letters, so that even half a word tells its canary."""

    def __init__(self, rng: random.Random) -> None:
        """Draw from `rng`."""
        self._rng = rng
        self._taken: set[str] = set()

    def canary(self, name: str) -> Canary:
        """Make a canary with two fresh words of `LENGTH` letters."""
        return Canary(name, (self._word(), self._word()))

    def _word(self) -> str:
        """Make a word that can be said and that no language has: 38 bits of chance behind the stem."""
        while True:
            pairs = (self._rng.choice(_CONSONANTS) + self._rng.choice(_VOWELS) for _ in range(_SYLLABLES))
            word = STEM + "".join(pairs)
            if word[:HALF] not in self._taken:
                self._taken.add(word[:HALF])
                return word
