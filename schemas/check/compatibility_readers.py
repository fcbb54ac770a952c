"""Rules on the Avro of an event: who can no longer read what."""

from __future__ import annotations

from typing import Any, Final

from schemas.check.compatibility_rule import CONTENT, DIAGNOSTIC, USAGE, breaking, noted
from schemas.check.rule import ABSENT, Edit, Example, Rule

_SYMBOLS = "$.fields[2].type.symbols"  # in USAGE


def field(avro: Any, default: object = ABSENT, **tidegate: object) -> dict[str, Any]:  # noqa: ANN401 - an Avro type
    """Write a field, as examples add one."""
    made = {"name": "added", "type": avro, "doc": "What the example is about.", "tidegate": tidegate}
    return made if default is ABSENT else made | {"default": default}


def _mood(symbols: list[str], default: str | None = None) -> Edit:
    enum = {"type": "enum", "name": "Mood", "symbols": symbols} | ({"default": default} if default else {})
    return Edit(CONTENT, "$.fields[4]", field(enum, attribute="feature.name", domain="enum"))


_PSEUDONYM: Final = {"attribute": "user.id", "domain": "pseudonym"}

FIELDS: tuple[Rule, ...] = (
    breaking(
        "field-removed",
        "A field without a default is gone.",
        "Whoever reads with the older schema finds no value for it and no default, and fails on every new event; the"
        " table's column ends.",
        "Keep the field. To be rid of it: give it a default, wait until every reader has that schema, then drop it.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.fields[4]", ABSENT),),
            good=(Edit(DIAGNOSTIC, "$.fields[4].doc", "Whether a try before it had failed."),),
            at=(DIAGNOSTIC, "$.fields"),
        ),
    ),
    noted(
        "field-retired",
        "A field that has a default is gone.",
        "Avro readers fill the default in, but queries over the column silently see it for every new event.",
        "Tell those who query the table; keep the field while somebody needs it.",
        Example(
            bad=(Edit(USAGE, "$.fields[3]", ABSENT),),
            good=(Edit(USAGE, "$.fields[3].doc", "How long it was in use, in seconds."),),
            at=(USAGE, "$.fields"),
        ),
    ),
    breaking(
        "field-added",
        "A new field has no default.",
        "Whoever reads older events with the new schema finds no value for it, and fails.",
        'Make it optional: type ["null", …] with "default": null.',
        Example(
            bad=(Edit(CONTENT, "$.fields[4]", field("string", **_PSEUDONYM)),),
            good=(Edit(CONTENT, "$.fields[4]", field(["null", "string"], None, **_PSEUDONYM)),),
            at=(CONTENT, "$.fields[4]"),
        ),
    ),
    noted(
        "default-changed",
        "The default of a field is another, or gone.",
        "Readers fill it in where older events have no value: what was never sent reads differently from one day on.",
        "Keep the default.",
        Example(
            before=(Edit(DIAGNOSTIC, "$.fields[4].default", False),),  # noqa: FBT003 - as above
            bad=(Edit(DIAGNOSTIC, "$.fields[4].default", True),),  # noqa: FBT003 - as above
            good=(Edit(DIAGNOSTIC, "$.fields[4].doc", "Whether a try before it had failed."),),
            at=(DIAGNOSTIC, "$.fields[4].default"),
        ),
    ),
)

TYPES: tuple[Rule, ...] = (
    breaking(
        "type-changed",
        "The Avro type of a field is another; a logical type, a decimal's scale and a fixed's size count too.",
        "Avro lets a few promotions through one way (int to long), and none both ways. Of logical types and decimals it"
        " reads one for the other without a word, and means another value: milliseconds for microseconds.",
        "Leave the field as it is, and add a new one with the new type and a default beside it.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.fields[3].type", "int"),),
            good=(Edit(DIAGNOSTIC, "$.fields[3].doc", "From request to answer, in milliseconds."),),
            at=(DIAGNOSTIC, "$.fields[3].type"),
        ),
    ),
    breaking(
        "bytes-changed",
        "A string became bytes, or bytes a string.",
        "Avro reads either for the other, so its own check is content; programs and tables are not, and bytes that are"
        " no UTF-8 fail when they are met.",
        "Leave the field as it is, and add a new one beside it.",
        Example(
            bad=(Edit(CONTENT, "$.fields[2].type", "bytes"),),
            good=(Edit(CONTENT, "$.fields[2].doc", "What was written."),),
            at=(CONTENT, "$.fields[2].type"),
        ),
    ),
    breaking(
        "union-changed",
        "A field became optional, or stopped being so.",
        "With the older schema nobody can read an absent value; with the newer one nobody can read the absent values of"
        " older events.",
        "Decide it when the field is made; later, add a new field beside it.",
        Example(
            bad=(Edit(CONTENT, "$.fields[3].type", "string"), Edit(CONTENT, "$.fields[3].default", ABSENT)),
            good=(Edit(CONTENT, "$.fields[3].doc", "The note's heading."),),
            at=(CONTENT, "$.fields[3].type"),
        ),
    ),
)

NAMES: tuple[Rule, ...] = (
    breaking(
        "enum-removed",
        "A symbol of an enum is gone.",
        "Older events with it can't be read with the new schema; where the enum has a default, they become it.",
        "Keep every symbol; say in `doc` which ones are no longer sent.",
        Example(
            bad=(Edit(USAGE, _SYMBOLS, ["OTHER", "EXPORT", "SHARE"]),),
            good=(Edit(USAGE, "$.fields[2].doc", "Which one; UNDO is no longer sent."),),
            at=(USAGE, _SYMBOLS),
        ),
    ),
    breaking(
        "enum-added",
        "An enum without a default got a new symbol.",
        "Whoever reads with the older schema fails on the first event that has it.",
        "Give the enum a default, let every reader take that schema, then add the symbol.",
        Example(
            before=(_mood(["CALM", "CROSS"]),),
            bad=(_mood(["CALM", "CROSS", "GLAD"]),),
            good=(_mood(["CALM", "CROSS"]),),
            at=(CONTENT, "$.fields[4].type.symbols"),
        ),
    ),
    noted(
        "enum-reordered",
        "The symbols of an enum stand in another order.",
        "Avro reads them by name, but models and columns that keep a symbol's place read another symbol.",
        "Put the order back; new symbols go at the end.",
        Example(
            bad=(Edit(USAGE, _SYMBOLS, ["OTHER", "SHARE", "EXPORT", "UNDO"]),),
            good=(Edit(USAGE, "$.fields[2].doc", "Which of them."),),
            at=(USAGE, _SYMBOLS),
        ),
    ),
    noted(
        "enum-default",
        "The default of an enum is another, or gone.",
        "Readers take it for symbols they do not know: those events change their meaning, or fail.",
        "Keep the default.",
        Example(
            before=(_mood(["CALM", "CROSS"], "CALM"),),
            bad=(_mood(["CALM", "CROSS"], "CROSS"),),
            good=(_mood(["CALM", "CROSS"], "CALM"),),
            at=(CONTENT, "$.fields[4].type.default"),
        ),
    ),
    breaking(
        "name-moved",
        "A record or an enum has another name or namespace.",
        "Avro matches types by name, and the registry files schemas under it: readers fail, the history breaks off.",
        "Keep the name. What deserves another name is another event.",
        Example(
            bad=(Edit(USAGE, "$.fields[2].type.name", "FeatureName"),),
            good=(Edit(USAGE, "$.fields[2].doc", "Which feature."),),
            at=(USAGE, "$.fields[2].type.name"),
        ),
    ),
    breaking(
        "alias",
        "An alias makes one thing pass for another.",
        "It quiets Avro's own check for those who read with the new schema; everybody else, and every table, sees a"
        " thing gone and a strange one in its place.",
        "Keep the old name, and take the alias out.",
        Example(
            bad=(
                Edit(USAGE, "$.fields[2].type.name", "FeatureName"),
                Edit(USAGE, "$.fields[2].type.aliases", ["Feature"]),
            ),
            good=(Edit(USAGE, "$.fields[2].doc", "Which feature."),),
            at=(USAGE, "$.fields[2].type.aliases"),
        ),
    ),
)

RULES: tuple[Rule, ...] = (*FIELDS, *TYPES, *NAMES)
