"""A row of docs/otlp.md."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

VERSION: Final = "1.11.0"
SPECIFICATION: Final = "https://github.com/open-telemetry/opentelemetry-proto/blob/v1.11.0/docs/specification.md"


class Level(StrEnum):
    """How strongly it is asked."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    RECOMMENDED = "RECOMMENDED"
    SAYS = "says"  # stated without one of the words, and yet what a client relies on


@dataclass(frozen=True, slots=True)
class Row:
    """One thing that is asked, in our words. `but` says where and why we do otherwise."""

    level: Level
    asks: str
    answer: str
    tests: tuple[str, ...]
    but: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the specification, named after its heading there."""

    title: str
    anchor: str
    rows: tuple[Row, ...]
