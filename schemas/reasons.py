"""Why a record was refused or withheld: one closed list that every refusal, metric, document and response draws on."""

from __future__ import annotations

from collections.abc import Sized
from dataclasses import dataclass
from enum import Enum, StrEnum, unique


class Fault(StrEnum):
    """Whose move it is: an alarm on `ours` needs no list of reasons."""

    SENDER = "sender"
    OURS = "ours"


@unique
class Reason(Enum):
    """Name on the wire, a sentence for people, whose fault. Retired members stay, marked; none is ever reused."""

    # The record as a whole
    UNKNOWN_EVENT = "unknown_event", "No schema of the catalogue takes this event, span or metric.", Fault.SENDER
    NOT_ALLOWED = "not_allowed", "The sender's token does not cover this event.", Fault.SENDER
    BODY = "body", "The log body is filled, and the event's schema has no place for it.", Fault.SENDER
    SEVERITY_TEXT = "severity_text", "The severity text is not one of OpenTelemetry's names.", Fault.SENDER
    SCOPE = "scope", "The instrumentation scope is not one the catalogue lists.", Fault.SENDER
    SCHEMA_URL = "schema_url", "The schema URL is not one of OpenTelemetry's.", Fault.SENDER
    TRACE_CONTEXT = "trace_context", "Trace or span id has not the length the protocol sets.", Fault.SENDER
    METRIC_FORM = (
        "metric_form",
        "The metric's type, unit, temporality or buckets are not as declared, or numbers are at odds: the field says.",
        Fault.SENDER,
    )
    # Its attributes
    UNDECLARED_ATTRIBUTE = (
        "undeclared_attribute",
        "An attribute that the event's schema does not declare.",
        Fault.SENDER,
    )
    CONFLICTING_ATTRIBUTE = "conflicting_attribute", "One attribute came twice with different values.", Fault.SENDER
    MISSING_FIELD = "missing_field", "A field that the schema requires is absent.", Fault.SENDER
    # Its values
    WRONG_TYPE = "wrong_type", "The value is not of the type the field's domain takes.", Fault.SENDER
    NOT_FINITE = "not_finite", "The number is NaN or infinite.", Fault.SENDER
    OUT_OF_RANGE = "out_of_range", "The number is outside the field's bounds.", Fault.SENDER
    OUT_OF_WINDOW = "out_of_window", "The time is outside the window that is taken.", Fault.SENDER
    NOT_IN_VOCABULARY = "not_in_vocabulary", "The word is not in the field's closed list.", Fault.SENDER
    NOT_AN_ID = "not_an_id", "The id is readable text, or not in one of the known forms of ids.", Fault.SENDER
    NOT_A_VERSION = "not_a_version", "The version is not dotted numbers within the field's bounds.", Fault.SENDER
    NOT_A_USER_AGENT = "not_a_user_agent", "The value has not the form of a user agent.", Fault.SENDER
    # A message on a telemetry topic, as the validator meets it
    UNREADABLE = (
        "unreadable",
        "The Kafka batch can't be read: its codec, its size once decompressed or its bytes are none of ours.",
        Fault.SENDER,
    )
    HEADERS = "headers", "The message has record headers: the collector writes none.", Fault.SENDER
    TOMBSTONE = "tombstone", "The message has no value.", Fault.SENDER
    OVERSIZE = "oversize", "The message is larger than any event can be.", Fault.SENDER
    FOREIGN_KEY = "foreign_key", "The message's key is not the session of its event.", Fault.SENDER
    NOT_FRAMED = "not_framed", "The message does not begin with the frame of a registered schema.", Fault.SENDER
    UNKNOWN_SCHEMA = "unknown_schema", "The schema id is not registered.", Fault.SENDER
    WRONG_KIND = "wrong_kind", "The schema's kind does not belong on this topic.", Fault.SENDER
    UNDECODABLE = "undecodable", "The bytes are not exactly one canonical value of the schema.", Fault.SENDER
    # Decided, not wrong: the event stays in telemetry and is withheld from the ML-eligible topic
    EXPIRED = "expired", "The event's schema has expired.", Fault.SENDER
    PURPOSE = "purpose", "The event's purposes do not include train_ai_system.", Fault.SENDER
    OPTED_OUT = "opted_out", "The sender opted out of ML use.", Fault.SENDER
    DUPLICATE = "duplicate", "The event was carried a moment ago: it came twice.", Fault.SENDER
    # Ours
    NO_KEY = "no_key", "No pseudonym key is kept for the day on which the record was received.", Fault.OURS
    POISON = (
        "poison",
        "The validator died three times while it judged this message: it was not judged again.",
        Fault.OURS,
    )
    INTERNAL = "internal", "A defect of Tidegate's own: the record was refused to be safe.", Fault.OURS

    def __init__(self, code: str, sentence: str, fault: Fault) -> None:
        """Unpack a member."""
        self.code = code
        self.sentence = sentence
        self.fault = fault

    @property
    def is_withheld(self) -> bool:
        """True when the record is in order and merely not ML-eligible: nothing goes to quarantine."""
        return self in _WITHHELD


_WITHHELD = frozenset({Reason.EXPIRED, Reason.PURPOSE, Reason.OPTED_OUT, Reason.DUPLICATE})


class ValueKind(StrEnum):
    """The kind of a refused value; all that is ever told of it, with its size bucket."""

    ABSENT = "absent"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    NUMBER = "number"
    STRING = "string"
    BYTES = "bytes"
    ARRAY = "array"
    MAP = "map"
    RECORD = "record"


class Size(StrEnum):
    """Size bucket of a refused value, in bytes of its UTF-8 or raw form, in items for arrays and maps."""

    NONE = "0"
    TINY = "1-15"
    SMALL = "16-127"
    MEDIUM = "128-1023"
    LARGE = "1024-65535"
    HUGE = "65536+"

    @classmethod
    def of(cls, length: int) -> Size:
        """Bucket a length."""
        for bound, size in ((0, cls.NONE), (15, cls.TINY), (127, cls.SMALL), (1023, cls.MEDIUM), (65535, cls.LARGE)):
            if length <= bound:
                return size
        return cls.HUGE


@dataclass(frozen=True, slots=True)
class Refusal:
    """Reason, where, kind of value, size bucket. `field` is a path the catalogue declares, never a sender's name.

    For `METRIC_FORM`, which is about no field, it is one of the words of `collector.facts.Aspect`.
    """

    reason: Reason
    schema_id: int | None = None
    field: str | None = None
    value_kind: ValueKind = ValueKind.RECORD
    size: Size = Size.NONE


class OutsideDomain(Exception):  # noqa: N818 - a fact about a value, not a programming error
    """A value lies outside its domain; carries the reason alone, so that no traceback can tell the value."""

    def __init__(self, reason: Reason) -> None:
        """Keep the reason."""
        super().__init__(reason.code)
        self.reason = reason


_HUGE = 65536


def kind_of(value: object) -> tuple[ValueKind, Size]:
    """Tell the kind of an attribute's value and its size bucket, and nothing else of it."""
    if value is None:
        return ValueKind.ABSENT, Size.NONE
    if isinstance(value, (bool, float)):
        return ValueKind.BOOLEAN if isinstance(value, bool) else ValueKind.NUMBER, Size.TINY
    if isinstance(value, int):
        return ValueKind.INTEGER, Size.of((value.bit_length() + 7) // 8)
    if isinstance(value, str):
        # A long text may be asked for thousands of times: that it is huge can be told without looking through it.
        length = len(value) if len(value) >= _HUGE else len(value.encode("utf-8", "surrogatepass"))
        return ValueKind.STRING, Size.of(length)
    if isinstance(value, bytes):
        return ValueKind.BYTES, Size.of(len(value))
    kind = ValueKind.ARRAY if isinstance(value, (list, tuple)) else ValueKind.MAP
    return kind, Size.of(len(value) if isinstance(value, Sized) else 0)
