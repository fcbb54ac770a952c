"""Contract checks over descriptions: they are all that an analyst, a reviewer or a privacy team gets to read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from schemas.check.making import (
    DIAGNOSTIC,
    DURATION,
    FEATURE,
    USAGE,
    USER,
    fields,
    one,
    over_all,
    over_schemas,
    words_of,
)
from schemas.check.rule import Edit, Example, Rule, Severity, Spot

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace

_LEAST = 2  # words
_PLACEHOLDER = re.compile(
    r"\b(todo|tbd|tba|fixme|xxx|lorem ipsum|placeholder|fill (me )?in|to be (done|written))\b", re.IGNORECASE
)
_ARTICLES = frozenset({"the", "a", "an", "of", "its", "this", "is"})
_UNITS: Final = {
    "s": ("second", "seconds"),
    "ms": ("millisecond", "milliseconds", "ms"),
    "us": ("microsecond", "microseconds", "us"),
    "By": ("byte", "bytes"),
    "KiBy": ("kibibyte", "kibibytes", "kib"),
    "MiBy": ("mebibyte", "mebibytes", "mib"),
}
_OTHER_UNITS: Final = frozenset(
    {"minute", "minutes", "hour", "hours", "nanoseconds", "ns", "kilobytes", "kb", "megabytes", "mb"}
).union(*_UNITS.values())
_DOC: Final = f"{DURATION}.doc"


def _docs(subject: Subject) -> Iterator[tuple[str, str, str]]:
    """JSON path, name and text of each description, the record's first."""
    if subject.schema is not None:
        yield "$.doc", subject.schema.name, subject.schema.doc
    yield from ((f"{at}.doc", field.name, field.doc) for at, field in fields(subject) if field.doc is not None)


def short(subject: Subject) -> Iterator[Spot]:
    """A description is one word."""
    for at, _, doc in _docs(subject):
        if len(words_of(doc)) < _LEAST:
            yield Spot(at, "One word describes nothing.", "Say in a sentence what it tells and when it is absent.")


def end(subject: Subject) -> Iterator[Spot]:
    """A description does not end like a sentence."""
    for at, _, doc in _docs(subject):
        if not doc.rstrip().endswith((".", "?", "!")):
            yield Spot(at, "The description has no end: it may be cut off.", "End it with a full stop.")


def start(subject: Subject) -> Iterator[Spot]:
    """A description begins in lower case."""
    for at, _, doc in _docs(subject):
        if doc[0].islower() or doc[0].isspace():
            yield Spot(at, "The description does not begin like a sentence.", "Begin it with a capital.")


def repeats(subject: Subject) -> Iterator[Spot]:
    """A description says the name over again."""
    for at, name, doc in _docs(subject):
        said = set(words_of(doc)) - _ARTICLES
        if len(words_of(name)) >= _LEAST and said <= set(words_of(name)):
            remedy = "Say what the name does not: of what, from when to when, what counts."
            yield Spot(at, "The description says no more than the name.", remedy)


def placeholder(subject: Subject) -> Iterator[Spot]:
    """A description is still to be written."""
    for at, _, doc in _docs(subject):
        if _PLACEHOLDER.search(doc):
            yield Spot(at, "The description is a placeholder.", "Write it now: nobody will know later.")


def twice(subject: Subject) -> Iterator[Spot]:
    """Two fields of a schema have the same description."""
    seen: set[str] = set()
    for at, _, doc in _docs(subject):
        said = " ".join(words_of(doc))
        if said in seen:
            yield Spot(at, "Another description of this schema says the same.", "Say how the two differ.")
        seen.add(said)


def event_twice(workspace: Workspace) -> Iterator[Spot]:
    """Two events have the same description."""
    files: dict[str, list[str]] = defaultdict(list)
    for subject in workspace.subjects:
        if subject.schema is not None:
            files[" ".join(words_of(subject.schema.doc))].append(subject.file)
    for alike in files.values():
        for file in alike[1:]:
            yield Spot("$.doc", f"It is described as {alike[0]} is.", "Say how the two events differ.", file)


def unit_other(subject: Subject) -> Iterator[Spot]:
    """A description names another unit than the field has."""
    for at, field in fields(subject):
        unit = str((field.tidegate or {}).get("unit"))
        named = set(words_of(field.doc or "")) & _OTHER_UNITS
        if unit in _UNITS and named and not named & set(_UNITS[unit]):
            defect = f"The description says {' and '.join(sorted(named))}, the unit is {unit}."
            yield Spot(f"{at}.doc", defect, "Make them say the same.")


def unit_unsaid(subject: Subject) -> Iterator[Spot]:
    """A duration's description does not say its unit."""
    for at, field in fields(subject):
        meta = field.tidegate or {}
        said = {*words_of(field.doc or ""), *words_of(field.name)}
        if meta.get("domain") == "duration" and field.doc and not said & _OTHER_UNITS:
            yield Spot(
                f"{at}.doc", "Who reads the number can't tell its unit.", "End with: in seconds, in milliseconds."
            )


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_UNSAID = "How long it was in use; absent when it has no length."

RULES: tuple[Rule, ...] = (
    over_schemas(
        "contract/doc-short", _ERROR, short,
        "People decide from the description whether they may use a field. One word makes them guess.",
        "Say in a sentence what it tells, and when it is absent.",
        one(USAGE, f"{USER}.doc", "User.", "Who used it."),
    ),
    over_schemas(
        "contract/doc-end", _WARNING, end,
        "What ends without a full stop may have been cut off, and nobody can tell what is missing.",
        "End it with a full stop.",
        one(USAGE, f"{USER}.doc", "Who used it", "Who used it."),
    ),
    over_schemas(
        "contract/doc-start", _WARNING, start,
        "Descriptions stand in tables and reviews side by side; sentences read best.",
        "Begin it with a capital.",
        one(USAGE, f"{USER}.doc", "who used it.", "Who used it."),
    ),
    over_schemas(
        "contract/doc-repeats", _WARNING, repeats,
        "It looks documented and tells nothing: not of what, from when to when, what counts.",
        "Say what the name does not.",
        Example(
            bad=(Edit(USAGE, f"{USER}.name", "feature_user"), Edit(USAGE, f"{USER}.doc", "The user of the feature.")),
            good=(Edit(USAGE, f"{USER}.name", "feature_user"), Edit(USAGE, f"{USER}.doc", "Who pressed its button.")),
            at=(USAGE, f"{USER}.doc"),
        ),
    ),
    over_schemas(
        "contract/doc-placeholder", _ERROR, placeholder,
        "A registered description is frozen with its schema; what is left for later stays away for ever.",
        "Write it now.",
        one(USAGE, f"{USER}.doc", "TODO: say who.", "Who used it."),
    ),
    over_schemas(
        "contract/doc-twice", _WARNING, twice,
        "Who has to choose between two fields gets no help; one of the two texts is often a copy left by mistake.",
        "Say how the two differ.",
        one(USAGE, f"{FEATURE}.doc", "Who used it.", "Which one."),
    ),
    over_all(
        "contract/event-doc-twice", _WARNING, event_twice,
        "Who has to choose between two events gets no help; one of the two texts is often a copy left by mistake.",
        "Say how the two events differ.",
        one(DIAGNOSTIC, "$.doc", "Somebody used a feature of the app.", "A request to the service was answered."),
    ),
    over_schemas(
        "contract/unit-doc", _ERROR, unit_other,
        "Readers believe the sentence; a thousandfold error passes unseen.",
        "Make the description and `unit` say the same.",
        one(USAGE, _DOC, "How long it was in use, in milliseconds.", "How long it was in use, in seconds."),
    ),
    over_schemas(
        "contract/unit-unsaid", _WARNING, unit_unsaid,
        "Tables show names and numbers, and the unit only where the description has it.",
        "End it with: in seconds, in milliseconds.",
        one(USAGE, _DOC, _UNSAID, "How long it was in use, in seconds."),
    ),
)  # fmt: skip
