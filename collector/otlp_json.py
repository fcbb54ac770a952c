"""OTLP/JSON to records: a decoder of our own, as protobuf's `json_format` reads another dialect.

What OTLP says: lowerCamelCase names, hexadecimal ids, enums as numbers, unknown fields ignored. What protobuf's JSON
mapping adds: 64-bit integers as numbers or strings, null for absent, bytes in base64. What we refuse on top: a name
that comes twice in one object, NaN and Infinity as bare words, text that is not Unicode (lone surrogates), anything
after the one value. A record comes out equal to what `collector.otlp` makes of the same message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from json import loads
from typing import Final, NoReturn

from collector.errors import TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.otlp_json_fields import (
    SIGNED_64,
    UNSIGNED_32,
    UNSIGNED_64,
    Json,
    Object,
    as_list,
    as_object,
    base64,
    boolean,
    double,
    enum,
    hexadecimal,
    integer,
    objects,
    present,
    text,
)
from collector.quota import Quota
from collector.records import Attributes, LogRecord, Pairs, Resource, Scope, Value

_MOST_DIGITS: Final = 400  # the longest double in plain digits has 309; far more takes quadratic time to read


def decode_logs(body: bytes, limits: Limits = DEFAULT) -> list[LogRecord]:
    """Decode an ExportLogsServiceRequest in OTLP/JSON; records of one resource or scope share that object.

    Raises `Undecodable`, and `TooLarge` for more records or values than `limits` takes.
    """
    request = as_object(_parse(body))
    _check_counts(request, limits.records)
    reader = _Reader(limits)
    return [record for of in objects(request.get("resourceLogs")) for record in reader.records(of)]


def _parse(body: bytes) -> Json:
    try:
        parsed: Json = loads(
            body.decode("utf-8"), object_pairs_hook=_unique, parse_int=_bounded, parse_constant=_no_constant
        )
    except (ValueError, RecursionError):  # not UTF-8, not JSON, nested without end
        raise Undecodable("the body is not one JSON value in UTF-8") from None
    return parsed


def _unique(pairs: list[tuple[str, Json]]) -> Object:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise Undecodable("a JSON object holds one name twice")
    return found


def _bounded(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise Undecodable("a JSON number has too many digits")
    return int(digits)


def _no_constant(_name: str) -> NoReturn:
    raise Undecodable("NaN and Infinity are no JSON numbers")


def _check_counts(request: Object, most: int) -> None:
    """Raise `TooLarge` before any work: an empty object costs its sender two bytes, and us far more."""
    resources = as_list(request.get("resourceLogs"))
    scopes = (
        [] if len(resources) > most else [each for of in objects(resources) for each in as_list(of.get("scopeLogs"))]
    )
    if len(resources) > most or len(scopes) > most:
        raise TooLarge("the request holds more resources or scopes than one request may")
    if sum(len(as_list(in_scope.get("logRecords"))) for in_scope in objects(scopes)) > most:
        raise TooLarge("the request holds more records than one request may")


class _Reader:
    """Turns JSON objects into values, counting them against the limits of one request."""

    __slots__ = ("_quota",)

    def __init__(self, limits: Limits) -> None:
        self._quota = Quota(limits)

    def records(self, of: Object) -> Iterator[LogRecord]:
        """Yield the records of one ResourceLogs."""
        resource = Resource(
            self._attributes(as_object(of.get("resource")).get("attributes")),
            text(of.get("schemaUrl")),
        )
        for in_scope in objects(of.get("scopeLogs")):
            said = as_object(in_scope.get("scope"))
            scope = Scope(
                text(said.get("name")),
                text(said.get("version")),
                self._attributes(said.get("attributes")),
                text(in_scope.get("schemaUrl")),
            )
            for log in objects(in_scope.get("logRecords")):
                yield self._record(resource, scope, log)

    def _record(self, resource: Resource, scope: Scope, log: Object) -> LogRecord:
        body = log.get("body")
        return LogRecord(
            resource,
            scope,
            time=integer(log.get("timeUnixNano"), UNSIGNED_64),
            observed_time=integer(log.get("observedTimeUnixNano"), UNSIGNED_64),
            severity_number=enum(log.get("severityNumber")),
            severity_text=text(log.get("severityText")),
            event_name=text(log.get("eventName")),
            body=None if body is None else self._value(body, 1),
            attributes=self._attributes(log.get("attributes")),
            trace_id=hexadecimal(log.get("traceId")),
            span_id=hexadecimal(log.get("spanId")),
            flags=integer(log.get("flags"), UNSIGNED_32),
            dropped_attributes_count=integer(log.get("droppedAttributesCount"), UNSIGNED_32),
        )

    def _attributes(self, pairs: Json, depth: int = 1) -> Attributes:
        self._quota.attributes(len(as_list(pairs)))
        return tuple([(self._key(pair), self._value(pair.get("value"), depth)) for pair in objects(pairs)])

    def _value(self, any_value: Json, depth: int) -> Value:
        """Read an AnyValue that stands `depth` levels deep: an object with at most one of the names of kinds."""
        self._quota.count(depth)
        filled = [(name, given) for name, given in as_object(any_value).items() if name in _KINDS and given is not None]
        if not filled:
            return None
        if len(filled) > 1:
            raise Undecodable("a value is of two kinds at once")
        [(name, given)] = filled
        if name == "arrayValue":
            items = as_list(as_object(given).get("values"))
            return tuple([self._value(present(item), depth + 1) for item in items])
        if name == "kvlistValue":
            return Pairs(self._attributes(as_object(given).get("values"), depth + 1))
        return self._quota.plain(_PLAIN[name](given))

    def _key(self, pair: Object) -> str:
        if pair.get("keyStrindex"):
            raise Undecodable("an attribute's key is of a kind that logs do not have")
        return self._quota.key(text(pair.get("key")))


def _profiles_only(_given: Json) -> NoReturn:
    raise Undecodable("a value is of a kind that logs do not have")


_PLAIN: Final[dict[str, Callable[[Json], Value]]] = {
    "stringValue": text,
    "boolValue": boolean,
    "intValue": lambda given: integer(given, SIGNED_64),
    "doubleValue": double,
    "bytesValue": base64,
    "stringValueStrindex": _profiles_only,
}
_KINDS: Final = frozenset({*_PLAIN, "arrayValue", "kvlistValue"})
