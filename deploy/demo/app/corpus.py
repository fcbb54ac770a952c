"""The words of the simulated meetings: what people really say, type and name things, from a corpus.

A corpus is a JSON Lines file of `{"category": …, "value": …}`. Where none is given, the English conversations of
chatterbot-corpus (PyPI) stand in for every category.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping, Sequence
    from pathlib import Path

CATEGORIES = ("utterance", "chat_line", "meeting_title", "display_name", "file_name", "search_query", "room_name")
# A line longer than this is a paragraph: nobody types it into a chat.
LONGEST = 400


class CorpusMissing(Exception):  # noqa: N818 - a fact about this machine
    """There is no corpus to take words from."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """Lines by category; every category of `CATEGORIES` has at least one."""

    source: str
    lines: Mapping[str, Sequence[str]]

    def pick(self, category: str, rng: random.Random) -> str:
        """Pick one line of a category."""
        return rng.choice(self.lines[category])


def load(path: Path | None) -> Corpus:
    """Read the corpus at `path`; without one, or where it does not exist, take chatterbot-corpus.

    Raises:
        CorpusMissing: neither is there, or the file has no usable line.
    """
    if path is not None and path.is_file():
        return Corpus(path.name, _filled(_from_jsonl(path)))
    return Corpus("chatterbot-corpus", _filled({"chat_line": _from_chatterbot()}))


def _from_jsonl(path: Path) -> dict[str, list[str]]:
    lines: dict[str, list[str]] = {}
    with path.open(encoding="utf-8") as file:
        for row in map(json.loads, file):
            if row["category"] in CATEGORIES and 0 < len(row["value"]) <= LONGEST:
                lines.setdefault(row["category"], []).append(row["value"])
    return lines


def _from_chatterbot() -> list[str]:
    """Read the lists of its YAML files: an item is a line of `- - text` or `  - text`."""
    try:
        folder = resources.files("chatterbot_corpus") / "data" / "english"
    except ModuleNotFoundError:
        raise CorpusMissing("no corpus: give --corpus FILE.jsonl, or pip install chatterbot-corpus") from None
    files = sorted(folder.iterdir(), key=lambda entry: entry.name)
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    found = [line[4:].strip().strip("'\"") for line in lines if line.startswith(("- - ", "  - "))]
    return [text for text in found if 0 < len(text) <= LONGEST]


def _filled(lines: dict[str, list[str]]) -> dict[str, list[str]]:
    """Let any line that was found stand in for the categories that have none."""
    spare = lines.get("chat_line") or next(iter(lines.values()), [])
    if not spare:
        raise CorpusMissing("the corpus has no usable line: each needs a category and a value")
    return {category: lines.get(category) or spare for category in CATEGORIES}
