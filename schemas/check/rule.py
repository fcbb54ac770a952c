"""What a rule of the check is: one defect with a stable id, why it matters, how to mend it, and an example of both."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Final, Literal

if TYPE_CHECKING:
    from schemas.check.subject import Change, Subject, Workspace

Scope = Literal["schema", "workspace", "change", "compiler"]


class Family(StrEnum):
    """What a rule guards."""

    STRUCTURE = "structure"
    PRIVACY = "privacy"
    CONTRACT = "contract"
    COMPATIBILITY = "compatibility"


class Severity(StrEnum):
    """Whether a finding of the rule must be mended, or deserves a look. Both make the check end with 1."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Spot:
    """One place where a check fires. `file` is relative to the catalogue; None for the file of the subject at hand."""

    path: str
    defect: str
    remedy: str
    file: str | None = None


ABSENT: Final = object()  # as an edit's value: take out what is there


@dataclass(frozen=True, slots=True)
class Edit:
    """One change of a template file: the value at a JSON path set, put in, or taken out (`ABSENT`).

    The path `$` stands for the whole file: it is made or replaced, a `str` being its raw text, or deleted (`ABSENT`).
    An index one past the last element of a list appends.
    """

    file: str
    path: str
    value: object


@dataclass(frozen=True, slots=True)
class Example:
    """Edits of the template catalogue that a rule finds (`bad`) and finds mended (`good`).

    `at` is the file and the JSON path of the one finding. For rules over a change the template with the edits `before`
    is the older state and `bad` or `good`, applied to that, the newer one; for others `before` comes first, no more.
    """

    bad: tuple[Edit, ...]
    good: tuple[Edit, ...] = ()
    at: tuple[str, str] = ("", "")
    before: tuple[Edit, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """One entry of the rule table. `check` is None for what the compiler reports itself (`scope` compiler)."""

    id: str
    severity: Severity
    finds: str
    why: str
    fix: str
    example: Example
    check: (
        Callable[[Subject], Iterator[Spot]]
        | Callable[[Change], Iterator[Spot]]
        | Callable[[Workspace], Iterator[Spot]]
        | None
    ) = field(default=None, repr=False)
    scope: Scope = "compiler"

    @property
    def family(self) -> Family:
        """The part of the id before the slash."""
        return Family(self.id.split("/", 1)[0])

    def spots(self, target: Any) -> Iterator[Spot]:  # noqa: ANN401 - a Subject, a Change or a Workspace, as `scope` says
        """Run the check over what its scope names; nothing for the compiler's own rules."""
        if self.check is not None:
            yield from self.check(target)
