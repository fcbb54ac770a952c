"""Parts what is wrong with a schema from what only follows from it: a missing file is one finding, not one a field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from schemas.compile import ORIGIN_FILE

if TYPE_CHECKING:
    from schemas.findings import Finding

_PUT_IN = (".words", ".vocabulary_version")  # what `resolve` adds; no author writes it


@dataclass(frozen=True, slots=True)
class Known:
    """What else of the folder could be read: Origin, the table of attributes; and which vocabularies could not."""

    origin: Mapping[str, Any] | None
    has_table: bool
    unread: AbstractSet[str]


def causes(
    unresolved: Sequence[Finding], compiled: Iterable[Finding], raw: Mapping[str, Any], known: Known
) -> Iterator[Finding]:
    """What is wrong of itself, among what `resolve` and the compiler say of one schema."""
    texts = {ORIGIN_FILE: known.origin or {}}
    for finding in unresolved:
        is_unread = finding.rule == "structure/no-vocabulary"
        if not (is_unread and _vocabulary(texts.get(finding.file, raw), finding.path) in known.unread):
            yield finding
    types = {(finding.file, finding.path.removesuffix(".type")) for finding in unresolved if _is_type(finding)}
    has_origin = known.origin is not None and not any(file != ORIGIN_FILE and at == "$.fields[0]" for file, at in types)
    for finding in compiled:
        is_missing_word = finding.rule == "structure/missing" and finding.path.endswith(_PUT_IN)
        is_of_type = any(finding.file == file and is_below(finding.path, at) for file, at in types)
        is_of_origin = finding.file == ORIGIN_FILE and not has_origin
        is_unclassified = finding.rule == "privacy/unclassified" and not known.has_table
        if not (is_missing_word or is_of_type or is_of_origin or is_unclassified):
            yield finding


def _is_type(finding: Finding) -> bool:
    return finding.path.endswith(".type")


def is_below(path: str, at: str) -> bool:
    """Tell whether a JSON path is another, or leads on from it."""
    return path == at or path.startswith((f"{at}.", f"{at}["))


def _vocabulary(raw: Mapping[str, Any], path: str) -> object:
    """The vocabulary that the field around a JSON path names."""
    index = int(path.removeprefix("$.fields[").split("]", 1)[0])
    return raw["fields"][index]["tidegate"].get("vocabulary")
