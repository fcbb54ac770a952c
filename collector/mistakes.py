"""Whose mistakes they are: app and version of refused records, as the images that their domains leave."""

from __future__ import annotations

from collections.abc import Sequence

from collector.pipeline import Refused
from collector.records import Record, Value
from schemas.catalogue import Catalogue
from schemas.domains import Context
from schemas.mistakes import Mistake, Sender, sender_of
from schemas.plan import FieldPlan


def mistakes_of(refused: Sequence[Refused], catalogue: Catalogue, context: Context) -> list[Mistake]:
    """Add to each refusal who sent the record."""
    return [Mistake(outcome.refusal, _sender(outcome.record, catalogue, context)) for outcome in refused]


def _sender(record: Record, catalogue: Catalogue, context: Context) -> Sender:
    attributes = (*record.resource.attributes, *record.attributes)

    def said(place: FieldPlan) -> Value:
        """Give what was said once, or each time the same."""
        values = [value for key, value in attributes if key == place.attribute]
        return values[0] if values and values.count(values[0]) == len(values) else None

    return sender_of(said, catalogue.plans, context)
