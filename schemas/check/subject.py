"""What checks look at: the catalogue as read, each schema in it, and each event's change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from schemas.model import (
        AttributeClass,
        AttributesFile,
        BudgetWaiver,
        CatalogueFile,
        EventSchema,
        Kind,
        VocabularyFile,
    )
    from schemas.plan import Plan
    from schemas.registry import Registered

_EMPTY: Mapping[Any, Any] = MappingProxyType({})


@dataclass(slots=True, eq=False, repr=False)
class Workspace:
    """A catalogue folder as read on one day, broken or not; what could not be read is empty or None.

    Made by `schemas.check.reading`, which sets `subjects` last; nobody changes it afterwards.
    """

    folder: Path
    today: date
    head: CatalogueFile | None = None
    table: AttributesFile | None = None
    origin: Mapping[str, Any] = field(default_factory=lambda: _EMPTY)
    vocabularies: Mapping[str, VocabularyFile] = field(default_factory=lambda: _EMPTY)
    registered: Mapping[int, Registered] = field(default_factory=lambda: _EMPTY)
    classes: Mapping[str, AttributeClass] = field(default_factory=lambda: _EMPTY)
    subjects: tuple[Subject, ...] = ()
    older: Workspace | None = None  # the state to compare with, where there is one

    @property
    def name(self) -> str:
        """The catalogue's name; empty where catalogue.yaml can't be read."""
        return self.head.name if self.head else ""

    @property
    def scopes(self) -> tuple[str, ...]:
        """Accepted instrumentation scopes, in the file's order."""
        return self.head.scopes if self.head else ()

    @property
    def waivers(self) -> tuple[BudgetWaiver, ...]:
        """Budget waivers, in the file's order."""
        return self.head.waivers if self.head else ()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Subject:
    """One schema. `raw` is the JSON as authored, `avro` the same with Origin and words put inside.

    `schema` is None where the record itself is malformed, `plan` where it does not compile.
    """

    file: str
    raw: Mapping[str, Any]
    avro: Mapping[str, Any]
    schema: EventSchema | None
    plan: Plan | None
    workspace: Workspace

    @property
    def event(self) -> str | None:
        """The event's name, where the record says one."""
        return self.schema.tidegate.event if self.schema else None

    @property
    def kind(self) -> Kind | None:
        """What the schema carries, where the record says it."""
        return self.schema.tidegate.kind if self.schema else None


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Change:
    """One event whose schema is not what it was: new (`before` None), changed, or gone (`after` None).

    `history` holds its registered versions other than `after`, newest first. `workspace` is the newer state.
    """

    event: str
    before: Subject | None
    after: Subject | None
    history: tuple[Subject, ...]
    workspace: Workspace

    @property
    def file(self) -> str:
        """The schema's file in the newer state; where it is gone, in the older."""
        either = self.after or self.before
        assert either is not None  # noqa: S101 - a change of nothing is none
        return either.file
