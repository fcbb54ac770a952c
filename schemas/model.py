"""A resolved schema as pydantic models: plain Avro, with the meaning in `tidegate`.

Resolved means self-contained: Origin and vocabularies stand inside. Authored and registered schemas become the same
models, so that what was checked is what runs.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from schemas.atoms import AttributeName, EventName, Name, Number, Owner, ScopeName, Sentence, Strict, Word
from schemas.signals import MetricMatch, Source, SpanEventMatch, SpanMatch

MOST_FIELDS = 64

ORIGIN = "tidegate.Origin"
BODY = "body"  # the pseudo-attribute that stands for LogRecord.body


class Kind(StrEnum):
    """What a schema carries."""

    USAGE = "usage"
    DIAGNOSTIC = "diagnostic"
    CONTENT = "content"


class Level(StrEnum):
    """Whether an app's user can switch the event off."""

    REQUIRED = "required"
    OPTIONAL = "optional"


class Purpose(StrEnum):
    """What an event may be used for: fideslang's data uses where it has the word. One makes an event ML-eligible."""

    ESSENTIAL = "essential"
    FUNCTIONAL = "functional"
    ANALYTICS = "analytics"
    PRODUCT_IMPROVEMENT = "product_improvement"
    SERVICE_QUALITY = "service_quality"
    SECURITY = "security"
    TRAIN_AI_SYSTEM = "train_ai_system"


class ContentClass(StrEnum):
    """What kind of content a field holds."""

    AUDIO = "audio"
    VIDEO = "video"
    CHAT = "chat"
    SCREEN_SHARE = "screen_share"
    ATTACHMENT = "attachment"
    POLL = "poll"
    WHITEBOARD = "whiteboard"
    REACTION = "reaction"
    TRANSCRIPT = "transcript"
    TITLE = "title"
    OTHER_COMMUNICATION = "other_communication"


class Suppression(Strict):
    """An entry of `ignore`: the check passes over a rule, at a record in the whole file, at a field there only.

    It is no part of the contract: `resolve` leaves it out, so that no registered text has it.
    """

    rule: Annotated[str, StringConstraints(pattern=r"^[a-z]+/[a-z0-9-]+$", max_length=64)]
    """The rule to pass over."""
    reason: Annotated[str, StringConstraints(min_length=12, max_length=500)]
    """Why that is right here."""
    expires: date
    """The last day it holds."""


class EventMeta(Strict):
    """The `tidegate` property of a record."""

    event: EventName
    """The event's name on the wire, and its table's."""
    kind: Kind
    """What it carries. The schema lies in the folder of its kind."""
    level: Level
    """Whether a user can switch it off."""
    owner: Owner
    """The team that answers for it."""
    purposes: Annotated[tuple[Purpose, ...], Field(min_length=1)]
    """What it may be used for. Only `train_ai_system` makes it ML-eligible; no content schema may have it."""
    expires: date | Literal["never"]
    """The last day on which it is ML-eligible; `never` for content alone."""
    discards: tuple[AttributeName, ...] = ()
    """Attributes, or `body`, that are known to arrive and are destroyed as planned."""
    span: SpanMatch | None = None
    """The spans that become this event: below. Without it, `span_event` and `metric`: log records of its name."""
    span_event: SpanEventMatch | None = None
    """The events within spans that become this event: below."""
    metric: MetricMatch | None = None
    """The metric whose points become this event: below."""


class Wiring(Strict):
    """The part of a field's `tidegate` property that says where a value comes from; what is left is its domain's."""

    model_config = ConfigDict(extra="allow")

    attribute: AttributeName | None = None
    """Where the value comes from: an attribute's name, or `body` in content schemas."""
    source: Source | None = None
    """Instead of `attribute`: what a span, a span's event or a metric's point says itself; in Origin, what the
    collector makes."""
    le: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """For the source `bucket`: up to which bound of the histogram it counts."""
    ml: Literal["none"] | None = None
    """`none` keeps the field out of the ML record."""
    content_class: ContentClass | None = None
    """What kind of content the field holds; only in content schemas, and then without a domain."""


class AvroField(Strict):
    """A field; its `tidegate` property is read with its type, since the two must fit."""

    name: Name
    """The field's name; in tables, the column's."""
    type: Any
    """An Avro type that goes with the domain. `["null", T]` for a value that may be absent."""
    doc: Sentence | None = None
    """What it tells, in a sentence. Mandatory but for `origin`."""
    default: Any = None
    """null where the value may be absent; else an image of the domain."""
    tidegate: dict[str, Any] | None = None
    """The field's meaning: below."""


class EventSchema(Strict):
    """A record schema that describes an event."""

    type: Literal["record"]
    """Always `record`."""
    name: Name
    """The record's name."""
    namespace: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*$", max_length=96)]
    """Lower-case words with dots between them."""
    doc: Sentence
    """What the event tells, in a sentence."""
    tidegate: EventMeta
    """The event's meaning: below."""
    fields: Annotated[tuple[AvroField, ...], Field(min_length=2, max_length=MOST_FIELDS)]
    """`origin` first: `{"name": "origin", "type": "tidegate.Origin"}`."""

    @property
    def full_name(self) -> str:
        """Namespace and name."""
        return f"{self.namespace}.{self.name}"


class OriginSchema(Strict):
    """The record that begins every event."""

    type: Literal["record"]
    """Always `record`."""
    name: Literal["Origin"]
    """Always `Origin`."""
    namespace: Literal["tidegate"]
    """Always `tidegate`."""
    doc: Sentence
    """What it holds, in a sentence."""
    fields: tuple[AvroField, ...]
    """Exactly the nine that the gate works with, in their order."""


class WaiverKind(StrEnum):
    """What entries of a vocabulary a waiver can allow as a whole."""

    SHORT = "short"
    DICTIONARY = "dictionary"
    NON_ASCII = "non_ascii"


class Signed(Strict):
    """What every waiver says: who stands for it, why, and until when. The check tells when the day has come."""

    owner: Owner
    """The team that stands for it."""
    reason: Annotated[str, StringConstraints(min_length=12, max_length=500)]
    """Why it is right."""
    expires: date
    """The last day it holds."""


class WordWaiver(Signed):
    """Allows entries of a vocabulary that could be language: those listed, or all of a kind."""

    words: Annotated[tuple[Word, ...], Field(min_length=1)] | None = None
    """The entries it allows."""
    kind: WaiverKind | None = None
    """Allows all entries of this kind instead."""

    @model_validator(mode="after")
    def _one_scope(self) -> WordWaiver:
        if (self.words is None) == (self.kind is None):
            raise ValueError("give either `words` or `kind`")
        return self


class BudgetWaiver(Signed):
    """Allows an event twice the event budget."""

    event: EventName
    """The event that may carry up to 128 bits."""


class VocabularyFile(Strict):
    """A vocabulary: an append-only list of words with its provenance."""

    version: Annotated[int, Field(ge=1)]
    """Rises with each change."""
    source: Sentence
    """Where the words come from."""
    licence: Annotated[str, StringConstraints(min_length=2)]
    """Under what terms: an SPDX id, or `own`."""
    words: Annotated[tuple[Word, ...] | tuple[Number, ...], Field(min_length=1, max_length=4096)]
    """All texts, or all numbers. A word's place is its image: append only."""
    waivers: tuple[WordWaiver, ...] = ()
    """Who stands for it that entries which could be language are none here."""


class AttributeClass(StrEnum):
    """What an attribute name stands for, catalogue-wide."""

    SERVICE_GENERATED = "service_generated"
    IDENTIFIER = "identifier"
    CONTENT = "content"
    SECRET = "secret"  # noqa: S105 - a class's name
    NETWORK = "network"
    OPERATIONAL = "operational"


class AttributeGroup(Strict):
    """Names that have one class for one reason."""

    cls: Annotated[AttributeClass, Field(alias="class")]
    """What the names stand for."""
    reason: Sentence
    """Why, in a sentence."""
    names: Annotated[tuple[AttributeName, ...], Field(min_length=1)]
    """The names, as they come on the wire."""


class AttributesFile(Strict):
    """`attributes.yaml`: names in groups, with the reason for their class, and single names with none."""

    version: Annotated[int, Field(ge=1)]
    """Rises with each change."""
    single: Annotated[dict[str, AttributeClass], Field(alias="classes", default_factory=dict)]
    """The class of single names."""
    groups: tuple[AttributeGroup, ...] = ()
    """Names that have one class for one reason."""

    @model_validator(mode="after")
    def _each_once(self) -> AttributesFile:
        names = [*self.single, *(name for group in self.groups for name in group.names)]
        if not names:
            raise ValueError("give `groups` or `classes`")
        if len(set(names)) != len(names):
            raise ValueError("a name stands twice")
        return self

    @property
    def classes(self) -> dict[str, AttributeClass]:
        """The class of each name."""
        return self.single | {name: group.cls for group in self.groups for name in group.names}

    @property
    def reasons(self) -> dict[str, str]:
        """The reason for the class of each name that stands in a group."""
        return {name: group.reason for group in self.groups for name in group.names}


class CatalogueFile(Strict):
    """`catalogue.yaml`."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]*$", max_length=64)]
    """The catalogue's name."""
    scopes: Annotated[tuple[ScopeName, ...], Field(min_length=1)]
    """Instrumentation scopes that are accepted; a record of any other is refused."""
    waivers: tuple[BudgetWaiver, ...] = ()
    """Events that may carry twice the budget."""
