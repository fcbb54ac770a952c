"""How the rules of structure and contract are made: a check's docstring is what its rule finds."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from schemas.check.rule import Edit, Example, Rule, Scope, Severity, Spot

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace
    from schemas.model import AvroField

TEMPLATE: Final = Path(__file__).parent.parent / "template"
USAGE: Final = "usage/FeatureUsed.avsc"  # of the template, which examples are edits of
DIAGNOSTIC: Final = "diagnostic/RequestFinished.avsc"
CONTENT: Final = "content/NoteWritten.avsc"
HEAD: Final = "catalogue.yaml"
USER, FEATURE, DURATION = "$.fields[1]", "$.fields[2]", "$.fields[3]"  # in USAGE
RETRIED: Final = "$.fields[4]"  # in DIAGNOSTIC

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_SIGNS = re.compile(r"[^A-Za-z0-9]+")


def one(file: str, path: str, bad: object, good: object | None = None) -> Example:
    """Make an example of one value, bad and good; found where it stands. Without `good` the template is it."""
    return Example(
        bad=(Edit(file, path, bad),), good=() if good is None else (Edit(file, path, good),), at=(file, path)
    )


def over_schemas(
    name: str, severity: Severity, check: Callable[[Subject], Iterator[Spot]], why: str, fix: str, example: Example
) -> Rule:
    """Make a rule over one schema at a time."""
    return Rule(name, severity, _finds(check), why, fix, example, check, "schema")


def over_all(
    name: str, severity: Severity, check: Callable[[Workspace], Iterator[Spot]], why: str, fix: str, example: Example
) -> Rule:
    """Make a rule over the catalogue as a whole."""
    return Rule(name, severity, _finds(check), why, fix, example, check, "workspace")


def reported(name: str, finds: str, why: str, fix: str, example: Example, scope: Scope = "compiler") -> Rule:
    """Make a rule for what the compiler, or the engine, reports itself."""
    return Rule(name, Severity.ERROR, finds, why, fix, example, None, scope)


def _finds(check: Callable[..., object]) -> str:
    assert check.__doc__ is not None  # noqa: S101 - each check says what it finds
    return check.__doc__.split("\n", 1)[0]


def fields(subject: Subject) -> Iterator[tuple[str, AvroField]]:
    """JSON path and model of each field but `origin`; none where the record itself is malformed."""
    for index, field in enumerate(subject.schema.fields if subject.schema else ()):
        if index > 0:
            yield f"$.fields[{index}]", field


def words_of(text: str) -> list[str]:
    """The words of a name or a sentence, in lower case: `CallEnded`, `call.ended` and `Call ended.` are call, ended."""
    return _SIGNS.sub(" ", _CAMEL.sub(" ", text)).lower().split()
