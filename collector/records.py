"""A record as received: what both decoders (protobuf and JSON) make, and the pipeline reads."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

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
    """Who sends: attributes and schema URL. `repr` shows nothing: everything here may be content."""

    attributes: Attributes = field(default=(), repr=False)
    schema_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation scope."""

    name: str = field(default="", repr=False)
    version: str = field(default="", repr=False)
    attributes: Attributes = field(default=(), repr=False)
    schema_url: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
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
