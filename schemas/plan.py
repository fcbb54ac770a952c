"""The plan: the compiled form of a schema, which the gate runs on both sides of Kafka."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from schemas.codec import Codec
from schemas.domains import Domain
from schemas.model import ContentClass, Kind, Level, Purpose
from schemas.signals import Match, Source

REQUIRED: Final = object()  # the default of a field that has none
OPT_OUT: Final = "ml_opt_out"
# Origin's fields in order, each with what makes it (None: an attribute) and its domain: the gate counts on them.
ORIGIN_FIELDS: Final[Mapping[str, tuple[Source | None, str]]] = {
    "event_id": (Source.EVENT_ID, "pseudonym"),
    "event_time": (Source.EVENT_TIME, "time"),
    "receive_time": (Source.RECEIVE_TIME, "time"),
    "tenant": (None, "pseudonym"),
    "app": (None, "vocabulary"),
    "app_version": (None, "version"),
    "platform": (None, "vocabulary"),
    "session": (None, "pseudonym"),
    OPT_OUT: (None, "flag"),
}


@dataclass(frozen=True, slots=True)
class FieldPlan:
    """One leaf of a record: where its value comes from, and what becomes of it.

    Exactly one of `domain` and `content` is set. `path` is the way into the Avro value: `("origin", "session")`.
    """

    path: tuple[str, ...]
    attribute: str | None
    source: Source | None
    domain: Domain | None
    content: ContentClass | None
    content_types: tuple[type, ...]
    nullable: bool
    default: object
    in_ml: bool
    le: float | None = None  # of a bucket: its upper bound
    number: int = 0  # its place among the plan's fields

    @property
    def dotted(self) -> str:
        """The path as refusals name it: `origin.session`."""
        return ".".join(self.path)

    @property
    def images(self) -> int:
        """Number of ML images, absence included; 1 where nothing of the field reaches the ML record."""
        if self.domain is None or not self.in_ml:
            return 1
        return self.domain.images + self.nullable

    @property
    def bits(self) -> float:
        """Capacity of the field in the ML record."""
        return math.log2(self.images)


@dataclass(frozen=True, slots=True)
class Shape:
    """How fields stand in an Avro value: Origin's within it, by these names, the others beside it."""

    origin: tuple[str, ...]
    beside: tuple[str, ...]

    @classmethod
    def of(cls, fields: Sequence[FieldPlan]) -> Shape:
        """Take the names of fields that begin with Origin's."""
        within = tuple(place.path[-1] for place in fields if len(place.path) > 1)
        return cls(within, tuple(place.path[-1] for place in fields[len(within) :]))

    def grown(self, images: Sequence[object]) -> dict[str, Any]:
        """Build the Avro value that has these images in the fields, in their order."""
        record: dict[str, Any] = {"origin": dict(zip(self.origin, images, strict=False))}
        record.update(zip(self.beside, images[len(self.origin) :], strict=True))
        return record


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything the gate needs to know of one event. Ids are 0 until the schema is registered.

    `match` tells the records it is made of, None log records of its name. `fields` begin with Origin's. `received` are
    those whose value is not made here; `by_attribute` holds the fields that read an attribute, by its name;
    `reads_itself` those that read what a record says by itself; `reads_body` the one that takes the log body; `soft`
    those that turn what is not listed into OTHER; `in_ml` those of the ML record. `shape` and `ml_shape` are those of
    the two records.
    """

    event: str
    kind: Kind
    level: Level
    owner: str
    purposes: frozenset[Purpose]
    expires: date | None
    discards: frozenset[str]
    fields: tuple[FieldPlan, ...]
    received: tuple[FieldPlan, ...]
    in_ml: tuple[FieldPlan, ...]
    by_attribute: Mapping[str, FieldPlan]
    reads_body: FieldPlan | None
    soft: tuple[FieldPlan, ...]
    reads_itself: tuple[FieldPlan, ...]
    avro: Mapping[str, Any] = field(repr=False)
    codec: Codec = field(repr=False)
    shape: Shape = field(repr=False)
    ml_shape: Shape = field(repr=False)
    ml_avro: Mapping[str, Any] | None = field(default=None, repr=False)
    ml_codec: Codec | None = field(default=None, repr=False)
    match: Match | None = None
    schema_id: int = 0
    ml_schema_id: int = 0

    @property
    def for_ml(self) -> bool:
        """True when the event's purposes make it ML-eligible."""
        return Purpose.TRAIN_AI_SYSTEM in self.purposes

    def others(self, image_of: Callable[[FieldPlan], object]) -> tuple[str, ...]:
        """Name the fields whose telemetry image stands for what is not listed: event and path, both the catalogue's."""
        return tuple(
            f"{self.event}.{place.dotted}"
            for place in self.soft
            if place.domain is not None and place.domain.is_other(image_of(place))
        )

    @property
    def bits(self) -> float:
        """Capacity of one event in the ML topic."""
        return sum(field.bits for field in self.fields)


def value_at(record: Mapping[str, Any], path: tuple[str, ...]) -> object:
    """Read the leaf at `path` of an Avro value."""
    value: Any = record
    for name in path:
        value = value[name]
    return value
