"""Structure rules over files: they lie where they are read, they can be read, and the registered ones are as frozen."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.check.making import (
    DIAGNOSTIC,
    TEMPLATE,
    USAGE,
    USER,
    fields,
    one,
    over_all,
    over_schemas,
    reported,
)
from schemas.check.rule import Edit, Example, Rule, Severity, Spot
from schemas.model import Kind
from schemas.plan import ORIGIN_FIELDS

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace

_FOLDERS: Final[dict[str, str]] = {
    **dict.fromkeys((kind.value for kind in Kind), ".avsc"),
    "types": ".avsc", "registered": ".avsc", "vocabularies": ".yaml",
}  # fmt: skip
_WORDS: Final = "vocabularies/route.yaml"
_INDEX: Final = "registered/index.tsv"
_COLUMNS: Final = "id\trole\tkind\tevent\tname\tderived_from\tsha256\n"
_FROZEN: Final = "registered/000001.avsc"
_TEXT: Final = '{"namespace": "tidegate", "name": "Quarantined"}'


def stray(workspace: Workspace) -> Iterator[Spot]:
    """A schema or a vocabulary lies where nothing reads it."""
    for path in sorted(workspace.folder.glob("**/*")):
        file = path.relative_to(workspace.folder)
        if path.suffix in (".avsc", ".yaml", ".yml", ".json") and len(file.parts) > 1 and not _is_read(file):
            remedy = "Move it to usage/, diagnostic/ or content/ as NAME.avsc, or to vocabularies/ as NAME.yaml."
            yield Spot("$", "Nothing reads this file.", remedy, file.as_posix())


def _is_read(file: Path) -> bool:
    if len(file.parts) != 2 or file.name.startswith("."):  # noqa: PLR2004 - folder and name
        return file.parts[0].startswith(".")
    if file.parts[0] == "types":
        return file.name == "Origin.avsc"
    return _FOLDERS.get(file.parts[0]) == file.suffix


def reserved_name(subject: Subject) -> Iterator[Spot]:
    """A field is named like one of Origin's."""
    for at, field in fields(subject):
        if field.name in ORIGIN_FIELDS or field.name == "origin":
            defect = f"`{field.name}` is a column of every table: Origin's."
            yield Spot(f"{at}.name", defect, "Name it for what it is of: `previous_version`, `peer_platform`.")


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _copy(file: str, **meta: str) -> dict[str, object]:
    schema: dict[str, object] = json.loads((TEMPLATE / file).read_text(encoding="utf-8"))
    kept = schema["tidegate"]
    return schema | {"name": "FeatureUsedAgain", "doc": "Somebody did so again.", "tidegate": dict(kept) | meta}  # type: ignore[call-overload]


RULES: tuple[Rule, ...] = (
    reported(
        "structure/unreadable",
        "A file can't be read.",
        "What a reader guesses, another guesses otherwise.",
        "Mend the file at the line that the finding names.",
        Example(bad=(Edit(_WORDS, "$", "version: 1\nwords: [a"),), at=(_WORDS, "$")),
    ),
    reported(
        "structure/duplicate-key",
        "A key stands twice in one object.",
        "Readers differ in which of the two they take: what was reviewed need not be what runs.",
        "Take one of them out.",
        Example(bad=(Edit(_WORDS, "$", "version: 1\nversion: 2\n"),), at=(_WORDS, "$")),
    ),
    reported(
        "structure/too-deep",
        "A file nests objects and lists more than 64 deep.",
        "Nobody writes that; readers fall over it.",
        "Flatten it; a schema needs about ten.",
        Example(bad=(Edit(_WORDS, "$", "words: " + "[" * 70 + "]" * 70 + "\n"),), at=(_WORDS, "$")),
    ),
    reported(
        "structure/too-large",
        "A file is larger than a mebibyte.",
        "Files of a catalogue are written and reviewed by people.",
        "Split it, or list less.",
        Example(bad=(Edit(_WORDS, "$", "# " + "." * 2**20),), at=(_WORDS, "$")),
    ),
    over_all(
        "structure/stray-file", Severity.ERROR, stray,
        "Its author believes that the event is described and checked; it is neither.",
        "Move it to the folder of its kind.",
        Example(
            bad=(Edit("usage/more/FeatureUsedAgain.avsc", "$", _copy(USAGE, event="feature.used_again")),),
            at=("usage/more/FeatureUsedAgain.avsc", "$"),
        ),
    ),
    reported(
        "structure/folder",
        "A schema lies in another kind's folder.",
        "Reviewers and access rules go by the folder.",
        "Move it to the folder of its kind.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.tidegate.kind", "usage"), Edit(DIAGNOSTIC, "$.namespace", "example.usage")),
            at=(DIAGNOSTIC, "$.tidegate.kind"),
        ),
    ),
    reported(
        "structure/event-twice",
        "Two schemas describe one event.",
        "Which of them judges a record could not be told.",
        "Give each event one schema.",
        Example(
            bad=(Edit("usage/FeatureUsedAgain.avsc", "$", _copy(USAGE)),),
            good=(Edit("usage/FeatureUsedAgain.avsc", "$", _copy(USAGE, event="feature.again_used")),),
            at=("usage/FeatureUsedAgain.avsc", "$.tidegate.event"),
        ),
    ),
    reported(
        "structure/table-twice",
        "Two events' names differ only in a dot and an underscore.",
        "Their tables would have one name.",
        "Rename one of the events.",
        Example(
            bad=(
                Edit(USAGE, "$.tidegate.event", "app.screen_used"),
                Edit("usage/FeatureUsedAgain.avsc", "$", _copy(USAGE, event="app.screen.used")),
            ),
            good=(Edit("usage/FeatureUsedAgain.avsc", "$", _copy(USAGE, event="app.screen.used")),),
            at=("usage/FeatureUsedAgain.avsc", "$.tidegate.event"),
        ),
    ),
    reported(
        "structure/word-twice",
        "A word stands twice in a vocabulary.",
        "A word's place is its image: which of the two was meant could not be told.",
        "Keep each word once; the list is append-only.",
        Example(
            bad=(Edit("vocabularies/app.yaml", "$.words[2]", "example-web"),),
            at=("vocabularies/app.yaml", "$.words[2]"),
        ),
    ),
    over_schemas(
        "structure/reserved-name", Severity.ERROR, reserved_name,
        "Tables have Origin's fields as columns of those names; a second one gets another name, differently each time.",
        "Name it for what it is of: `previous_version`, `peer_platform`.",
        one(USAGE, f"{USER}.name", "session", "user"),
    ),
    reported(
        "structure/registry-index",
        "The list of registered schemas is broken, or does not say what the texts say.",
        "The gate chooses topics by it.",
        "Restore it from version control, then run `tidegate register`.",
        Example(bad=(Edit(_INDEX, "$", "id\trole\n"),), good=(Edit(_INDEX, "$", _COLUMNS),), at=(_INDEX, "$")),
    ),
    reported(
        "structure/registry-edited",
        "A registered text is not the one that was registered, or is gone.",
        "Messages in the topics were written with it, for as long as they are kept.",
        "Restore it from version control; register a new version instead.",
        Example(
            bad=(
                Edit(_INDEX, "$", f"{_COLUMNS}1\tquarantine\t\t\ttidegate.Quarantined\t\t{'0' * 64}\n"),
                Edit(_FROZEN, "$", _TEXT),
            ),
            good=(
                Edit(_INDEX, "$", f"{_COLUMNS}1\tquarantine\t\t\ttidegate.Quarantined\t\t{_sha(_TEXT)}\n"),
                Edit(_FROZEN, "$", _TEXT),
            ),
            at=(_FROZEN, "$"),
        ),
    ),
    reported(
        "structure/registry-stray",
        "A text lies among the registered ones, and the list does not have it.",
        "It looks registered and is not.",
        "Delete it.",
        Example(bad=(Edit(_INDEX, "$", _COLUMNS), Edit(_FROZEN, "$", _TEXT)), at=(_FROZEN, "$")),
    ),
)  # fmt: skip
