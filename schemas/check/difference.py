"""One difference between two states of an event, and whom it breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from schemas.compile import ORIGIN_FILE
from schemas.model import ORIGIN


class Party(StrEnum):
    """Who notices a change."""

    NEW_READERS = "readers of old data with the new schema"
    OLD_READERS = "readers of new data with the old schema"
    TABLES = "tables"
    ML = "ML consumers"
    SENDERS = "apps that send it"


@dataclass(frozen=True, slots=True)
class Difference:
    """What one rule reports. `rule` is the id without its family; `file` and `path` lie in the new state."""

    rule: str
    file: str
    path: str
    said: str
    remedy: str
    breaks: tuple[Party, ...] = ()

    @property
    def defect(self) -> str:
        """The sentence, and whom the change breaks."""
        return f"{self.said} It breaks {joined(self.breaks)}." if self.breaks else self.said


def joined(parties: tuple[Party, ...]) -> str:
    """A list as people write it: a, b and c."""
    *most, last = parties
    return f"{', '.join(most)} and {last}" if most else str(last)


@dataclass(frozen=True, slots=True)
class Leaf:
    """A field as authored, resolved; `at` is its JSON path in `file`. Origin's fields lie in Origin's own file."""

    path: tuple[str, ...]
    raw: Mapping[str, Any]
    file: str
    at: str

    @property
    def dotted(self) -> str:
        """The path as people write it."""
        return ".".join(self.path)


def leaves(avro: Mapping[str, Any], file: str) -> dict[tuple[str, ...], Leaf]:
    """Every field of a resolved schema, those inside Origin one by one, by path."""
    found: dict[tuple[str, ...], Leaf] = {}
    for index, raw in enumerate(_fields(avro)):
        if isinstance(raw.get("type"), dict) and raw["type"].get("name") == ORIGIN.rpartition(".")[2]:
            for inner_index, inner in enumerate(_fields(raw["type"])):
                path = (str(raw.get("name")), str(inner.get("name")))
                found[path] = Leaf(path, inner, ORIGIN_FILE, f"$.fields[{inner_index}]")
        else:
            found[str(raw.get("name")),] = Leaf((str(raw.get("name")),), raw, file, f"$.fields[{index}]")
    return found


def _fields(avro: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    fields = avro.get("fields")
    return [field for field in fields if isinstance(field, dict)] if isinstance(fields, list) else []
