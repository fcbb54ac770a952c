"""What the privacy checks walk over: an event's own fields, where they stand and how they were compiled."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from schemas.check.rule import Edit
from schemas.model import Kind

if TYPE_CHECKING:
    from schemas.check.subject import Subject
    from schemas.model import AvroField
    from schemas.plan import FieldPlan

USAGE: Final = "usage/FeatureUsed.avsc"  # of the template, which examples are edits of
CONTENT: Final = "content/NoteWritten.avsc"
DURATION: Final = "$.fields[3]"  # in USAGE: the field that most examples put another in the place of

Place = tuple[str, "AvroField", "FieldPlan"]


def own_fields(subject: Subject) -> Iterator[Place]:
    """JSON path, field and plan of each of the schema's fields but Origin's; none where it does not compile."""
    if subject.schema is None or subject.plan is None:
        return
    plans = {plan.path[0]: plan for plan in subject.plan.fields if len(plan.path) == 1}
    for index, field in enumerate(subject.schema.fields):
        if field.name in plans:
            yield f"$.fields[{index}]", field, plans[field.name]


def service_generated(subject: Subject) -> Iterator[Place]:
    """Do the same, for schemas of kind usage and diagnostic only."""
    if subject.plan is not None and subject.plan.kind is not Kind.CONTENT:
        yield from own_fields(subject)


def field(name: str, avro: object, **tidegate: object) -> Edit:
    """Put a field in the place of the template's duration, which it takes the attribute from."""
    wired = {"attribute": "feature.duration", **tidegate}
    doc = "What the example is about, in seconds." if tidegate.get("unit") == "s" else "What the example is about."
    return Edit(USAGE, DURATION, {"name": name, "type": avro, "doc": doc, "tidegate": wired})


def classed(of: str, *names: str) -> Edit:
    """Give attributes a class, in a group of their own."""
    return Edit(
        "attributes.yaml", "$.groups", [{"class": of, "reason": "What the example is about.", "names": [*names]}]
    )
