"""What the compiler reports of privacy, part two: classes, kinds, purposes and budgets."""

from __future__ import annotations

from typing import Final

from schemas.check.privacy_reading import CONTENT, DURATION, USAGE, classed, field
from schemas.check.rule import ABSENT, Edit, Example, Rule, Severity

ORIGIN: Final = "types/Origin.avsc"
_ATTRIBUTE: Final = f"{DURATION}.tidegate.attribute"
_WORDS: Final = {"domain": "vocabulary", "vocabulary": "app"}


def _rule(name: str, example: Example, **texts: str) -> Rule:
    return Rule(id=f"privacy/{name}", severity=Severity.ERROR, example=example, check=None, scope="compiler", **texts)


RULES: Final = (
    _rule(
        "unclassified",
        Example(
            bad=(Edit(USAGE, _ATTRIBUTE, "feature.time"),),
            good=(Edit(USAGE, _ATTRIBUTE, "feature.time"), classed("service_generated", "feature.time")),
            at=(USAGE, _ATTRIBUTE),
        ),
        finds="A field reads an attribute that has no class.",
        why="What nobody has judged is content: that is how default deny begins.",
        fix="Give the attribute a class in attributes.yaml, with a reason.",
    ),
    _rule(
        "attribute-class",
        Example(
            bad=(field("variant", "string", attribute="note.title", **_WORDS),),
            good=(field("variant", "string", **_WORDS),),
            at=(USAGE, _ATTRIBUTE),
        ),
        finds="A field with a domain reads an attribute of class content, secret or network; or any field a secret.",
        why="A domain narrows what gets through; it does not change what the attribute is. A listed word of a title is "
        "still the title's.",
        fix="Leave it out, discard it, or (never a secret) take it as a content field of a content schema.",
    ),
    _rule(
        "identifier",
        Example(
            bad=(field("variant", "string", attribute="document.id", **_WORDS),),
            good=(field("document", "string", attribute="document.id", domain="pseudonym"),),
            at=(USAGE, _ATTRIBUTE),
        ),
        finds="A field reads an identifier, and not as a pseudonym.",
        why="An id kept as it is joins a record with every other system that knows the id.",
        fix="Use the domain `pseudonym`, or leave it out.",
    ),
    _rule(
        "field-budget",
        Example(
            bad=(field("build", "string", domain="version", components=[99_999, 65_535]),),
            good=(field("build", "string", domain="version", components=[15, 63]),),
            at=(USAGE, DURATION),
        ),
        finds="One field can carry more than 32 bits into the ML record.",
        why="Capacity is what is left to leak when everything else holds: 32 bits are four letters, in every event.",
        fix="Use fewer words, wider buckets, a larger step or smaller bounds.",
    ),
    _rule(
        "event-budget",
        Example(
            bad=(
                classed("service_generated", "feature.size", "feature.weight"),
                *(
                    Edit(
                        USAGE,
                        f"$.fields[{place}]",
                        {
                            "name": name,
                            "type": "double",
                            "doc": f"What the example is about: {name}.",
                            "tidegate": {
                                "attribute": f"feature.{name}",
                                "domain": "measure",
                                "unit": "1",
                                "min": 0,
                                "max": most,
                                "step": 1,
                            },
                        },
                    )
                    for place, name, most in ((4, "size", 60_000), (5, "weight", 50_000))
                ),
            ),
            good=(field("load", "double", domain="measure", unit="1", min=0, max=50_000, step=1),),
            at=(USAGE, "$"),
        ),
        finds="One event can carry more than 64 bits into the ML record, 128 with a waiver.",
        why="Fields add up: a few innocent ones make room for a sentence.",
        fix="Use fewer fields, smaller lists or wider buckets; or a waiver in catalogue.yaml: event, owner, "
        "reason, expires.",
    ),
    _rule(
        "content-field",
        Example(
            bad=(
                Edit(USAGE, f"{DURATION}.type", ["null", "string"]),
                Edit(USAGE, f"{DURATION}.tidegate", {"attribute": "note.title", "content_class": "title"}),
            ),
            at=(USAGE, f"{DURATION}.tidegate"),
        ),
        finds="A usage or diagnostic schema has a content field.",
        why="One kind a schema: what is sent to analytics and training can't hold what a customer said or wrote.",
        fix="Move the field to a schema of kind content, or give it a domain.",
    ),
    _rule(
        "body",
        Example(
            bad=(field("variant", "string", attribute="body", **_WORDS),),
            good=(field("variant", "string", **_WORDS),),
            at=(USAGE, f"{DURATION}.tidegate"),
        ),
        finds="A field with a domain reads the log body.",
        why="A body is what a line of code had to say, values and all. It is always content.",
        fix="Send what you need as an attribute with a domain.",
    ),
    _rule(
        "content-purpose",
        Example(
            bad=(Edit(CONTENT, "$.tidegate.purposes", ["essential", "train_ai_system"]),),
            good=(Edit(CONTENT, "$.tidegate.purposes", ["essential"]),),
            at=(CONTENT, "$.tidegate.purposes"),
        ),
        finds="A content schema has the purpose train_ai_system.",
        why="It is the one thing that Tidegate promises never to do.",
        fix="Take the purpose out.",
    ),
    _rule(
        "opt-out",
        Example(bad=(Edit(ORIGIN, "$.fields[8]", ABSENT),), at=(ORIGIN, "$.fields")),
        finds="Origin has no `ml_opt_out`.",
        why="Without it nobody can decline: every event of every sender would be used for machine learning.",
        fix="Give Origin the field `ml_opt_out` back, as its last: boolean, attribute, domain `flag`, default false.",
    ),
)
