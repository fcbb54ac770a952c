"""Whose records these are: tenant and app come from the sender's token, never from the payload.

What a resource says of them is replaced before anything judges, keeps or logs the records. A record that claims them
once more among its own attributes meets the gate: it is refused where the two differ (`conflicting_attribute`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, TypeVar, cast

from collector.records import Attributes, Record, Resource, Span, SpanEvent
from collector.senders import Sender

TENANT: Final = "tenant.id"
APP: Final = "service.name"
ENVIRONMENT: Final = "deployment.environment.name"
_NAMES: Final = frozenset({TENANT, APP, ENVIRONMENT, "deployment.environment"})  # the last one's older name

R = TypeVar("R", bound=Record)


def bound(records: Sequence[R], sender: Sender) -> list[R]:
    """Give the records as their sender's; those that share a resource, or a span, share it afterwards too."""
    if sender.tenant is None and not sender.events:
        return list(records)
    binder = _Binder(sender)
    return cast("list[R]", [binder.record(record) for record in records])


class _Binder:
    """Makes each resource and each span once. Both live as long as the records: no other object gets their ids."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self._resources: dict[int, Resource] = {}
        self._spans: dict[int, Span] = {}

    def record(self, record: Record) -> Record:
        match record:
            case SpanEvent():
                return replace(record, span=self._span(record.span))
            case Span():
                return self._span(record)
        return replace(record, resource=self._resource(record.resource))

    def _span(self, span: Span) -> Span:
        made = self._spans.get(id(span))
        if made is None:
            made = self._spans[id(span)] = replace(span, resource=self._resource(span.resource))
        return made

    def _resource(self, resource: Resource) -> Resource:
        made = self._resources.get(id(resource))
        if made is None:
            made = self._resources[id(resource)] = _owned(resource, self._sender)
        return made


def _owned(resource: Resource, sender: Sender) -> Resource:
    if sender.tenant is None:
        return Resource(resource.attributes, resource.schema_url, sender.events)
    said = tuple(pair for pair in resource.attributes if pair[0] not in _NAMES)
    return Resource((*said, *_identity(sender)), resource.schema_url, sender.events)


def _identity(sender: Sender) -> Attributes:
    told = ((TENANT, sender.tenant), (APP, sender.app), (ENVIRONMENT, sender.environment))
    return tuple((name, value) for name, value in told if value is not None)
