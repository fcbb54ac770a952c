"""Structure rules over single values of a schema, which the compiler reports: it can't run what it can't read."""

from __future__ import annotations

from typing import Final

from schemas.check.making import CONTENT, DIAGNOSTIC, DURATION, FEATURE, RETRIED, USAGE, USER, one, reported
from schemas.check.rule import ABSENT, Edit, Example, Rule

_ORIGIN_FIELD: Final = "$.fields[0]"
_ROUTE: Final = "$.fields[1]"  # in DIAGNOSTIC
_VARIANT: Final = {"name": "variant", "type": "string", "doc": "Which of its variants was shown."}
_IN_LIST: Final = {"attribute": "feature.duration", "domain": "vocabulary"}
_RECORD: Final = {"type": "record", "name": "Inner", "fields": [{"name": "x", "type": "long"}]}

RULES: tuple[Rule, ...] = (
    reported(
        "structure/missing",
        "A mandatory property is missing.",
        "Owner, level, purposes, expiry and the rest are what the gate, the tables and the review go by.",
        "Add it; docs/catalogue.md has the format.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.owner", ABSENT),),
            good=(Edit(USAGE, "$.tidegate.owner", "product"),),
            at=(USAGE, "$.tidegate.owner"),
        ),
    ),
    reported(
        "structure/unknown-property",
        "A property stands where nothing reads it.",
        "A misspelt limit limits nothing, and looks as if it did.",
        "Take it out, or mend its name.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.expiry", "2028-06-30"),),
            good=(Edit(USAGE, "$.tidegate.expires", "2028-05-31"),),
            at=(USAGE, "$.tidegate.expiry"),
        ),
    ),
    reported(
        "structure/wrong-type",
        "A value is of another JSON type than its property takes.",
        'Nothing is guessed: the text "9" is no number.',
        "Write it as docs/catalogue.md has it.",
        one(USAGE, f"{DURATION}.tidegate.max", "86400", 86400),
    ),
    reported(
        "structure/bad-value",
        "A value is not one that its property takes.",
        "The closed lists and bounds of the format are what makes capacity a number.",
        "Take one of the values that the finding names.",
        one(USAGE, "$.tidegate.level", "mandatory", "required"),
    ),
    reported(
        "structure/type",
        "A field's Avro type does not go with its domain or content class.",
        "A domain over another type could not be decoded strictly.",
        "Take the type that the domain takes.",
        one(USAGE, f"{DURATION}.type", ["null", "string"], ["null", "int"]),
    ),
    reported(
        "structure/unknown-type",
        "A field names a type that does not exist.",
        "No Avro reader could decode the topic.",
        "Use Avro's own types, or tidegate.UserAgent.",
        one(USAGE, f"{USER}.type", "example.UserId", "string"),
    ),
    reported(
        "structure/recursion",
        "A record contains itself.",
        "A value of such a type has no end; decoders crash on one that is deep.",
        "Give the field a type of its own.",
        Example(
            bad=(
                Edit(USAGE, f"{USER}.type", ["null", "example.usage.FeatureUsed"]),
                Edit(USAGE, f"{USER}.default", None),
            ),
            at=(USAGE, f"{USER}.type"),
        ),
    ),
    reported(
        "structure/inline-record",
        "A record type is written out in a field.",
        "It could say anything under the name of one of ours, and its fields would have no domains.",
        "Give its fields places of their own in the event.",
        one(USAGE, f"{USER}.type", _RECORD, "string"),
    ),
    reported(
        "structure/inline-words",
        "Words stand in the schema.",
        "A list that lies beside its schema has a version, a source and a budget.",
        "Put the words into a file of `vocabularies/` and name it.",
        Example(
            bad=(Edit(DIAGNOSTIC, f"{_ROUTE}.tidegate.words", ["/v1/documents"]),),
            at=(DIAGNOSTIC, f"{_ROUTE}.tidegate.words"),
        ),
    ),
    reported(
        "structure/no-vocabulary",
        "A field names a vocabulary that does not exist.",
        "Without its words nothing would be in the domain.",
        "Name one that lies in `vocabularies/`.",
        Example(
            bad=(Edit(USAGE, DURATION, _VARIANT | {"tidegate": _IN_LIST | {"vocabulary": "roads"}}),),
            good=(Edit(USAGE, DURATION, _VARIANT | {"tidegate": _IN_LIST | {"vocabulary": "app"}}),),
            at=(USAGE, f"{DURATION}.tidegate.vocabulary"),
        ),
    ),
    reported(
        "structure/default",
        "A default is no value of the field's domain, or no null where null is allowed.",
        "Readers of old records get the default for a value: it would be one that nobody could have sent.",
        "Take it out, or mend it.",
        one(DIAGNOSTIC, f"{RETRIED}.default", "no", good=False),
    ),
    reported(
        "structure/source",
        "A field does not say where its value comes from.",
        "Nothing would ever be put in.",
        "Give `attribute`; only Origin holds what the collector makes.",
        Example(
            bad=(Edit(USAGE, f"{USER}.tidegate.attribute", ABSENT),),
            good=(Edit(USAGE, f"{USER}.tidegate.attribute", "user.id"),),
            at=(USAGE, f"{USER}.tidegate"),
        ),
    ),
    reported(
        "structure/both",
        "A content field has domain parameters.",
        "Which of the two holds could not be told.",
        "Give either `domain` and its parameters, or `content_class` alone.",
        Example(
            bad=(Edit(CONTENT, "$.fields[3].tidegate.max", 9),),
            good=(Edit(CONTENT, "$.fields[3].tidegate.content_class", "title"),),
            at=(CONTENT, "$.fields[3].tidegate"),
        ),
    ),
    reported(
        "structure/name-twice",
        "Two fields have one name, but for capitals.",
        "Tables tell no cases apart: one column would hide the other.",
        "Rename one.",
        one(USAGE, f"{FEATURE}.name", "user", "feature"),
    ),
    reported(
        "structure/attribute-twice",
        "An attribute has two places to go.",
        "Which of them gets the value could not be told.",
        "Read each attribute into one field, or discard it.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.discards", ["user.id"]),),
            good=(Edit(USAGE, "$.tidegate.discards", ["document.id"]),),
            at=(USAGE, f"{USER}.tidegate.attribute"),
        ),
    ),
    reported(
        "structure/origin",
        "A schema does not begin with Origin, or Origin is not what the gate needs.",
        "Event id, times, tenant and the opt-out are what de-duplication and consent rest on.",
        'Begin with {"name": "origin", "type": "tidegate.Origin"}; leave types/Origin.avsc as it came.',
        Example(bad=(Edit(USAGE, f"{_ORIGIN_FIELD}.name", "source"),), at=(USAGE, _ORIGIN_FIELD)),
    ),
    reported(
        "structure/avro",
        "An Avro library can't read the schema.",
        "Then no consumer can either.",
        "Mend the types; often a symbol or a type's name stands twice.",
        Example(
            bad=(Edit(USAGE, f"{FEATURE}.type.symbols[4]", "UNDO"),),
            good=(Edit(USAGE, f"{FEATURE}.type.symbols[4]", "REDO"),),
            at=(USAGE, "$"),
        ),
    ),
)  # fmt: skip
