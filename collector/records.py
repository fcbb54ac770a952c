"""Records as received, of each signal: what both decoders (protobuf and JSON) make, and the pipeline reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypeVar, dataclass_transform

C = TypeVar("C")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def made_often(cls: type[C]) -> type[C]:
    """Make a dataclass that is frozen to the type checker alone, for what is made of every record.

    Nothing assigns to one, which `make check` holds; at run time freezing costs five times as much as making it.
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)


# An OTLP AnyValue: exact Python types, a bool is no int. A key/value list is a tuple of pairs inside `Pairs`.
Value: TypeAlias = "str | bool | int | float | bytes | tuple[Value, ...] | Pairs | None"
Attributes: TypeAlias = tuple[tuple[str, Value], ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A kvlistValue: pairs in wire order, repeated keys and all."""

    pairs: Attributes = field(repr=False)

    def __len__(self) -> int:
        """Count the pairs."""
        return len(self.pairs)


@dataclass(frozen=True, slots=True)
class Resource:
    """Who sends: attributes and schema URL. `repr` shows nothing: everything here may be content.

    `events` is not received: it says which events its sender may send, as `Sender.events` does.
    """

    attributes: Attributes = field(default=(), repr=False)
    schema_url: str = field(default="", repr=False)
    events: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation scope."""

    name: str = field(default="", repr=False)
    version: str = field(default="", repr=False)
    attributes: Attributes = field(default=(), repr=False)
    schema_url: str = field(default="", repr=False)


@made_often
class LogRecord:
    """One OTLP log record. Times are nanoseconds since the epoch, 0 when absent."""

    resource: Resource = field(repr=False)
    scope: Scope = field(repr=False)
    time: int = 0
    observed_time: int = 0
    severity_number: int = 0
    severity_text: str = field(default="", repr=False)
    event_name: str = field(default="", repr=False)
    body: Value = field(default=None, repr=False)
    attributes: Attributes = field(default=(), repr=False)
    trace_id: bytes = field(default=b"", repr=False)
    span_id: bytes = field(default=b"", repr=False)
    flags: int = 0
    dropped_attributes_count: int = 0

    @property
    def moment(self) -> int:
        """When it happened."""
        return self.time or self.observed_time

    @property
    def identity(self) -> tuple[object, ...]:
        """What, beside its images, tells it from others and is the same when it is sent again."""
        return self.time, self.observed_time, self.trace_id, self.span_id


@made_often
class Span:
    """One OTLP span; `kind` and `status` are OTLP's numbers. `message` is the whole of it, for the quarantine alone."""

    resource: Resource = field(repr=False)
    scope: Scope = field(repr=False)
    kind: int = 0
    start: int = 0
    end: int = 0
    trace_id: bytes = field(default=b"", repr=False)
    span_id: bytes = field(default=b"", repr=False)
    parent_span_id: bytes = field(default=b"", repr=False)
    status: int = 0
    attributes: Attributes = field(default=(), repr=False)
    links: int = 0
    message: object = field(default=None, repr=False, compare=False)

    @property
    def moment(self) -> int:
        """When it ended."""
        return self.end

    @property
    def identity(self) -> tuple[object, ...]:
        """As of a log record."""
        return self.start, self.end, self.trace_id, self.span_id


@made_often
class SpanEvent:
    """One event within a span."""

    span: Span = field(repr=False)
    name: str = field(default="", repr=False)
    time: int = 0
    attributes: Attributes = field(default=(), repr=False)

    @property
    def resource(self) -> Resource:
        """That of its span."""
        return self.span.resource

    @property
    def scope(self) -> Scope:
        """That of its span."""
        return self.span.scope

    @property
    def moment(self) -> int:
        """When it happened."""
        return self.time

    @property
    def identity(self) -> tuple[object, ...]:
        """As of a log record."""
        return self.time, 0, self.span.trace_id, self.span.span_id


@dataclass(frozen=True, slots=True)
class Histogram:
    """What a histogram's point counts. `uppers` are its buckets' upper bounds, `counts` None where they can't be told.

    An explicit one has one count more than bounds, or neither; an exponential one as many.
    """

    count: int
    sum: float | None
    min: float | None
    max: float | None
    uppers: tuple[float, ...] = ()
    counts: tuple[int, ...] | None = ()


@made_often
class Point:
    """One data point of a metric. `form` is OTLP's name for what the metric is, `temporality` its number.

    `message` is the metric and the point as they came, for the quarantine alone.
    """

    resource: Resource = field(repr=False)
    scope: Scope = field(repr=False)
    name: str = field(default="", repr=False)
    unit: str = field(default="", repr=False)
    form: str = ""
    temporality: int = 0
    monotonic: bool = False
    start: int = 0
    time: int = 0
    attributes: Attributes = field(default=(), repr=False)
    has_value: bool = True
    value: int | float | None = field(default=None, repr=False)
    histogram: Histogram | None = field(default=None, repr=False)
    message: Any = field(default=None, repr=False, compare=False)

    @property
    def moment(self) -> int:
        """When it was observed."""
        return self.time

    @property
    def identity(self) -> tuple[object, ...]:
        """As of a log record."""
        return self.start, self.time, b"", b""


Record: TypeAlias = LogRecord | Span | SpanEvent | Point
