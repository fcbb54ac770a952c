"""The two corpora: what customers say, write, name and show; and what honest telemetry holds.

They are files of JSON Lines outside the project, with `category` and `value` in each row, and `domain` in the second's.
Where they are not at hand, values that packages bring stand in (`tests.proof.leak.spare`), and the report says so.
They are measured with, and nothing else: no vocabulary, rule or bound comes from them.
"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from tests.proof.leak import spare
from tests.proof.leak.sources import COMMITTED

DATA = Path(__file__).parents[4] / "shared" / "data"  # beside the project's own folder
MEDIA = "media_"
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Row:
    """One value of a corpus; `domain` names the domain that should take it, in the corpus of honest values alone."""

    category: str
    value: object
    domain: str = ""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Both corpora, and where they come from."""

    source: str
    positives: tuple[Row, ...]
    negatives: tuple[Row, ...]
    left_out: int = 0
    """Values of the second that no honest sender could have made."""
    files: Mapping[str, str] = field(default_factory=dict)
    """The files it was read from, and their SHA-256."""

    @property
    def committed(self) -> bool:
        """Tell whether it is the one that the committed figures were measured with."""
        return self.files == COMMITTED

    @property
    def texts(self) -> tuple[Row, ...]:
        """The positives that are text, not media."""
        return tuple(row for row in self.positives if isinstance(row.value, str) and not is_media(row))


def is_media(row: Row) -> bool:
    """Tell sound and pictures from text."""
    return row.category.startswith(MEDIA)


def load(folder: Path | None) -> Corpus:
    """Read the corpora of a folder; by default those beside the project, or what packages bring.

    Raises:
        FileNotFoundError: the folder that was asked for has no corpora.
    """
    place = folder or DATA
    if folder is None and not (place / "positives.jsonl").is_file():
        return Corpus("packages", _rows(spare.positives()), _rows(spare.negatives()))
    positives, negatives = _read(place / "positives.jsonl"), _read(place / "negatives.jsonl")
    honest = tuple(row for row in negatives if not is_impossible(row))
    files = {name: hashlib.sha256((place / name).read_bytes()).hexdigest() for name in COMMITTED}
    return Corpus("corpora", positives, honest, len(negatives) - len(honest), files)


def is_impossible(row: Row) -> bool:
    """Tell whether an honest value is none: a ULID holds 128 bits in 26 digits of five, so its first is at most 7."""
    return row.category == "ulid" and str(row.value)[:1] > "7"


def _rows(of: Sequence[tuple[str, object, str]]) -> tuple[Row, ...]:
    return tuple(Row(category, value, domain) for category, value, domain in of)


def _read(file: Path) -> tuple[Row, ...]:
    lines = map(json.loads, file.read_text(encoding="utf-8").splitlines())
    return tuple(Row(line["category"], line["value"], line.get("domain", "")) for line in lines)


def sample(rows: Sequence[Item], most: int, seed: str) -> list[Item]:
    """Draw at most so many, the same ones for the same seed, in their order."""
    if len(rows) <= most:
        return list(rows)
    places = random.Random(seed).sample(range(len(rows)), most)  # noqa: S311 - a sample, no secret
    return [rows[place] for place in sorted(places)]
