"""Attributes and values of OTLP's protobuf messages, read and written: what all signals share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol

from opentelemetry.proto.common.v1 import common_pb2 as common
from opentelemetry.proto.resource.v1 import resource_pb2 as resources

from collector.errors import Undecodable
from collector.limits import Limits
from collector.quota import Quota
from collector.records import Attributes, Pairs, Resource, Scope, Value

# Older releases of the messages do not have this field, and then ignore it as unknown.
_HAS_KEY_STRINDEX: Final = "key_strindex" in common.KeyValue.DESCRIPTOR.fields_by_name


class Reader:
    """Turns messages into values, counting them against the limits of one request."""

    __slots__ = ("_quota",)

    def __init__(self, limits: Limits) -> None:
        self._quota = Quota(limits)

    def resource(self, message: resources.Resource, schema_url: str) -> Resource:
        """Read who sends; what it says of entities is in the attributes too, and counted alone."""
        self.beside((), len(message.entity_refs))
        for ref in message.entity_refs:
            self.beside((), len(ref.id_keys) + len(ref.description_keys))
        return Resource(self.attributes(message.attributes), self.text(schema_url))

    def scope(self, message: common.InstrumentationScope, schema_url: str) -> Scope:
        """Read the instrumentation scope."""
        name, version = self.text(message.name), self.text(message.version)
        return Scope(name, version, self.attributes(message.attributes), self.text(schema_url))

    def attributes(self, pairs: Sequence[common.KeyValue], depth: int = 1) -> Attributes:
        """Read key/value pairs in wire order."""
        quota = self._quota
        quota.attributes(len(pairs))
        read = []
        for pair in pairs:
            if _HAS_KEY_STRINDEX and pair.key_strindex:
                raise Undecodable("an attribute's key is of a kind that logs do not have")
            read.append((quota.key(pair.key), self.value(pair.value, depth)))
        return tuple(read)

    def value(self, message: common.AnyValue, depth: int) -> Value:
        """Read an AnyValue that stands `depth` levels deep."""
        which = message.WhichOneof("value")
        if which in _PLAIN:
            value: Value = getattr(message, which)
            return self._quota.plain(value, depth)
        self._quota.count(depth)
        if which == "array_value":
            return tuple([self.value(item, depth + 1) for item in message.array_value.values])
        if which == "kvlist_value":
            return Pairs(self.attributes(message.kvlist_value.values, depth + 1))
        if which is None:
            return None
        raise Undecodable("a value is of a kind that logs do not have")

    def text(self, text: str) -> str:
        """Check a text that stands beside attributes."""
        return self._quota.text(text)

    def span(self, events: int, links: int) -> None:
        """Count a span and what is within it."""
        self._quota.span(events, links)

    def beside(self, parts: Iterable[Sequence[common.KeyValue]], number: int) -> None:
        """Count so many parts of a record that nothing is made of, and the values in them: they are held with it.

        No more is asked of them, as nothing of them goes anywhere.
        """
        self._quota.take(number)
        for attributes in parts:
            for pair in attributes:
                self._weigh(pair.value)

    def _weigh(self, message: common.AnyValue) -> None:
        self._quota.take(1)
        for item in message.array_value.values:
            self._weigh(item)
        for pair in message.kvlist_value.values:
            self._weigh(pair.value)

    def buckets(self, number: int) -> None:
        """Check how many buckets a histogram has."""
        self._quota.buckets(number)


_PLAIN: Final = frozenset({"string_value", "bool_value", "int_value", "double_value", "bytes_value"})


class _InResource(Protocol):
    """ResourceLogs, ResourceSpans, ResourceMetrics."""

    @property
    def resource(self) -> resources.Resource: ...


class _InScope(Protocol):
    """ScopeLogs, ScopeSpans, ScopeMetrics."""

    @property
    def scope(self) -> common.InstrumentationScope: ...


def write_resource(message: _InResource, resource: Resource) -> None:
    """Write who sent, as it was read."""
    fill(message.resource.attributes.add, resource.attributes)


def write_scope(message: _InScope, scope: Scope) -> None:
    """Write an instrumentation scope, as it was read."""
    message.scope.name = scope.name
    message.scope.version = scope.version
    fill(message.scope.attributes.add, scope.attributes)


def fill(add: Callable[[], common.KeyValue], attributes: Attributes) -> None:
    """Write attributes into a repeated field."""
    for key, value in attributes:
        pair = add()
        pair.key = key
        put(pair.value, value)


def put(message: common.AnyValue, value: Value) -> None:
    """Write a value into an AnyValue; None leaves it unset."""
    match value:
        case None:
            pass
        case str():
            message.string_value = value
        case bool():  # before int, which it also is
            message.bool_value = value
        case int():
            message.int_value = value
        case float():
            message.double_value = value
        case bytes():
            message.bytes_value = value
        case Pairs():
            message.kvlist_value.SetInParent()
            fill(message.kvlist_value.values.add, value.pairs)
        case _:
            message.array_value.SetInParent()
            for item in value:
                put(message.array_value.values.add(), item)
