"""Writes vocabulary files, append-only, and shows what a catalogue's vocabularies hold and who uses them."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from deploy.authoring.frames import MOST
from deploy.authoring.overview import Sheet
from deploy.errors import Problem
from schemas.domains.words import Vocabulary
from schemas.model import VocabularyFile
from schemas.shape import parse
from schemas.textfile import Unreadable, read_yaml

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.authoring.frames import Frames
    from schemas.authored import Authored

_HEAD = (
    "# Stack frames of {package}: written by `tidegate vocabulary frames`, never by hand.\n"
    "# Append-only: a word's place is its image; the next run puts new words at the end and raises `version` by one.\n"
)


def manifest(found: Frames, before: VocabularyFile | None, licence: str = "") -> str | None:
    """Write a release manifest; None when nothing is new. Words of an earlier one keep their places.

    Raises:
        Problem: there are more words than a vocabulary holds.
    """
    known: list[str] = [str(word) for word in before.words] if before else []
    fresh = [word for word in found.words if word not in set(known)]
    if before and not fresh:
        return None
    if len(known) + len(fresh) > MOST:
        raise Problem(f"{len(known) + len(fresh):,} frames are more than the {MOST:,} a vocabulary holds: use --only.")
    lines = [
        f"version: {before.version + 1 if before else 1}",
        f"source: {_text(found.source)}",
        f"licence: {_text(licence or (before.licence if before else found.licence) or 'unknown')}",
        "words:",
        *(f"  - {_text(word)}" for word in [*known, *fresh]),
    ]
    if before and before.waivers:
        waivers = [waiver.model_dump(mode="json", exclude_none=True) for waiver in before.waivers]
        lines += ["waivers:", *(f"  - {json.dumps(waiver, ensure_ascii=False)}" for waiver in waivers)]
    return _HEAD.format(package=found.package) + "\n".join(lines) + "\n"


def read(path: Path) -> VocabularyFile:
    """Read a vocabulary file.

    Raises:
        Problem: it is none.
    """
    try:
        vocabulary, findings = parse(VocabularyFile, read_yaml(path, path.name), path.name)
    except Unreadable as error:
        raise Problem(str(error.finding)) from None
    if vocabulary is None:
        raise Problem(str(findings[0]))
    return vocabulary


def words(name: str, vocabulary: VocabularyFile, authored: Authored) -> Sheet:
    """One row a word, with its place, which is its ML image."""
    waived = {word: waiver.reason for waiver in vocabulary.waivers for word in waiver.words or ()}
    rows = [
        {"place": place, "word": word, "waiver": waived.get(str(word))}
        for place, word in enumerate(vocabulary.words, start=1)
    ]
    users = _users(name, authored)
    bits = math.log2(len(vocabulary.words))
    lines = [
        f"{len(rows):,} words, {bits:.2f} bits. Where a field has `on_miss: other`, place 0 is OTHER.",
        f"Source: {vocabulary.source} Licence: {vocabulary.licence}.",
        *(f"Waiver for all {waiver.kind} words: {waiver.reason}" for waiver in vocabulary.waivers if waiver.kind),
        f"Used by {', '.join(users)}." if users else "No field uses it.",
    ]
    columns = {"place": "place", "word": "word"} | ({"waiver": "waiver"} if waived else {})
    rest = {
        "name": name, "version": vocabulary.version, "source": vocabulary.source, "licence": vocabulary.licence,
        "bits": round(bits, 2), "used_by": users,
    }  # fmt: skip
    return Sheet(f"vocabulary {name}, version {vocabulary.version}", columns, rows, lines, rest)


def _users(name: str, authored: Authored) -> list[str]:
    return sorted(
        {
            "origin." + place.path[-1] if len(place.path) > 1 else f"{plan.event}:{place.dotted}"
            for plan in authored.plans.values()
            for place in plan.fields
            if isinstance(place.domain, Vocabulary) and place.domain.vocabulary == name
        }
    )


def _text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
