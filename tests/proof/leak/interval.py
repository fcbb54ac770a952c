"""The 95 % interval of a share."""

from __future__ import annotations

import math
from dataclasses import dataclass

Z = 1.959963984540054  # the normal distribution's 97.5 % point


@dataclass(frozen=True, slots=True)
class Share:
    """So many of so many."""

    hits: int
    of: int

    @property
    def value(self) -> float:
        """The share; 0 of nothing."""
        return self.hits / self.of if self.of else 0.0

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval: sound for 0 of many, where the usual one has no width. All of [0, 1] for nothing."""
        if self.of == 0:
            return 0.0, 1.0
        spread = Z * math.sqrt(self.value * (1 - self.value) / self.of + Z**2 / (4 * self.of**2))
        middle, scale = self.value + Z**2 / (2 * self.of), 1 + Z**2 / self.of
        low = 0.0 if self.hits == 0 else (middle - spread) / scale
        return low, 1.0 if self.hits == self.of else (middle + spread) / scale

    def __add__(self, other: Share) -> Share:
        """Take both together."""
        return Share(self.hits + other.hits, self.of + other.of)
