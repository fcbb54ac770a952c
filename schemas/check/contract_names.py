"""Contract checks over names: an event, its record, file, fields and words are found by name for years."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from schemas.check.making import (
    CONTENT,
    DIAGNOSTIC,
    DURATION,
    FEATURE,
    RETRIED,
    TEMPLATE,
    USAGE,
    USER,
    fields,
    one,
    over_all,
    over_schemas,
    words_of,
)
from schemas.check.rule import ABSENT, Edit, Example, Rule, Severity, Spot
from schemas.domains.words import OTHER
from schemas.shape import unwrapped

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace

_SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_PASCAL = re.compile(r"([A-Z][a-z0-9]*)+")
_UPPER = re.compile(r"[A-Z][A-Z0-9]*(_[A-Z0-9]+)*")
_OURS = frozenset({"tidegate", "otel", "opentelemetry", "telemetry"})
_NOT_YET = {
    "begin": "begun", "change": "changed", "click": "clicked", "close": "closed", "create": "created",
    "crash": "crashed", "delete": "deleted", "end": "ended", "enter": "entered", "fail": "failed",
    "finish": "finished", "install": "installed", "join": "joined", "leave": "left", "open": "opened",
    "press": "pressed", "select": "selected", "send": "sent", "start": "started", "stop": "stopped",
    "submit": "submitted", "tap": "tapped", "update": "updated", "use": "used",
}  # fmt: skip
_NEGATIONS = frozenset({"not", "no", "non", "without", "disable", "disabled", "dont", "never"})
_UNIT_WORDS: Final = {
    "s": {"s", "sec", "secs", "seconds"},
    "ms": {"ms", "msec", "millis", "milliseconds"},
    "us": {"us", "usec", "micros", "microseconds"},
    "By": {"by", "b", "bytes"},
    "KiBy": {"kib", "kibibytes"},
    "MiBy": {"mib", "mebibytes"},
}
_ANY_UNIT = frozenset({"minutes", "hours", "days", "kb", "mb", "ns"}).union(*_UNIT_WORDS.values()) - {"s", "b", "by"}


def field_case(subject: Subject) -> Iterator[Spot]:
    """A field's name is not written in snake case."""
    for at, field in fields(subject):
        if not _SNAKE.fullmatch(field.name):
            yield Spot(f"{at}.name", f"`{field.name}` is not in snake case.", "Write it like `peak_participants`.")


def record_case(subject: Subject) -> Iterator[Spot]:
    """A record's name is not written in Pascal case."""
    if subject.schema is not None and not _PASCAL.fullmatch(subject.schema.name):
        yield Spot("$.name", f"`{subject.schema.name}` is not in Pascal case.", "Write it like `CallEnded`.")


def file_name(subject: Subject) -> Iterator[Spot]:
    """A file is not called like the record in it."""
    if subject.schema is not None and subject.file != f"{subject.file.split('/')[0]}/{subject.schema.name}.avsc":
        remedy = f"Call the file {subject.schema.name}.avsc, or the record like the file."
        yield Spot("$.name", "The file is not called like the record in it.", remedy)


def record_event(subject: Subject) -> Iterator[Spot]:
    """A record and its event have nothing in common but the file."""
    if subject.schema is not None:
        last = words_of(subject.schema.tidegate.event)[-1]
        if last not in words_of(subject.schema.name):
            defect = f"The record's name does not have `{last}`, the last word of its event's."
            yield Spot("$.tidegate.event", defect, "Let `CallEnded` describe `call.ended`.")


def event_reserved(subject: Subject) -> Iterator[Spot]:
    """An event's name begins like ours or OpenTelemetry's own."""
    event = subject.event
    if event is not None and event.split(".")[0] in _OURS:
        yield Spot("$.tidegate.event", "The name begins with a word that is reserved.", "Begin with what it is about.")


def event_tense(subject: Subject) -> Iterator[Spot]:
    """An event is named like an order, not like something that happened."""
    last = words_of(subject.event or "-")[-1:]
    if last and last[0] in _NOT_YET:
        defect = f"`{subject.event}` tells somebody to do it; an event has happened."
        yield Spot("$.tidegate.event", defect, f"End it with `{_NOT_YET[last[0]]}`.")


def namespace(subject: Subject) -> Iterator[Spot]:
    """A record's namespace is not the catalogue's name and the kind."""
    if subject.schema is not None and subject.workspace.name:
        wanted = f"{subject.workspace.name.replace('-', '_')}.{subject.schema.tidegate.kind}"
        if subject.schema.namespace != wanted:
            yield Spot("$.namespace", "The namespace is not the catalogue's name and the kind.", f"Use {wanted}.")


def _enums(subject: Subject) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """JSON path and Avro of each enum, and the field's `tidegate`."""
    for at, field in fields(subject):
        nullable, avro = unwrapped(field.type)
        if isinstance(avro, dict) and avro.get("type") == "enum":
            yield f"{at}.type{'[1]' * nullable}", avro, field.tidegate or {}


def enum_case(subject: Subject) -> Iterator[Spot]:
    """An enum's name is not written in Pascal case."""
    for at, avro, _ in _enums(subject):
        if not _PASCAL.fullmatch(str(avro.get("name"))):
            yield Spot(f"{at}.name", "The enum's name is not in Pascal case.", "Write it like `EndReason`.")


def symbol_case(subject: Subject) -> Iterator[Spot]:
    """An enum's symbol is not written in capitals."""
    for at, avro, _ in _enums(subject):
        for index, symbol in enumerate(_symbols(avro)):
            if not _UPPER.fullmatch(symbol):
                remedy = "Write it like HOST_ENDED; `host_ended` is what an app sends."
                yield Spot(f"{at}.symbols[{index}]", "The symbol is not in capitals.", remedy)


def _symbols(avro: dict[str, Any]) -> list[str]:
    symbols = avro.get("symbols")
    return [symbol for symbol in symbols if isinstance(symbol, str)] if isinstance(symbols, list) else []


def other_default(subject: Subject) -> Iterator[Spot]:
    """An enum takes what it does not list as OTHER, and readers of an older list do not."""
    for at, avro, meta in _enums(subject):
        if meta.get("on_miss") == "other" and OTHER in _symbols(avro) and avro.get("default") != OTHER:
            yield Spot(at, "With `on_miss: other` the enum's default must be OTHER.", 'Add `"default": "OTHER"`.')


def other_unreached(subject: Subject) -> Iterator[Spot]:
    """An enum lists OTHER, and refuses what it does not list all the same."""
    for at, avro, meta in _enums(subject):
        if meta.get("on_miss", "refuse") == "refuse" and OTHER in _symbols(avro):
            remedy = "Add `on_miss: other`; or take OTHER out, or call it what apps mean by it."
            yield Spot(at, "Nothing becomes OTHER but what an app calls so.", remedy)


def unit_name(subject: Subject) -> Iterator[Spot]:
    """A field's name ends with another unit than the field has."""
    for at, field in fields(subject):
        unit = (field.tidegate or {}).get("unit")
        last = words_of(field.name)[-1:]
        if unit in _UNIT_WORDS and len(words_of(field.name)) > 1 and {*last} & _ANY_UNIT - _UNIT_WORDS[unit]:
            yield Spot(f"{at}.name", f"The name ends with {last[0]}, the unit is {unit}.", "Make them say the same.")


def flag_negated(subject: Subject) -> Iterator[Spot]:
    """A flag is named by what is not."""
    for at, field in fields(subject):
        if (field.tidegate or {}).get("domain") == "flag" and _NEGATIONS & set(words_of(field.name)):
            yield Spot(f"{at}.name", "False then says that something is: read twice, got wrong.", "Name what is.")


def vocabulary_name(workspace: Workspace) -> Iterator[Spot]:
    """A vocabulary's file is not named in snake case."""
    for name in workspace.vocabularies:
        if not _SNAKE.fullmatch(name):
            defect = "The vocabulary's name is not in snake case."
            yield Spot("$", defect, "Rename the file like `http_status.yaml`.", f"vocabularies/{name}.yaml")


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_COLOURS: Final = {
    "version": 1,
    "source": "Our own themes.",
    "licence": "own",
    "words": ["ocean-theme", "forest-theme"],
}
_THEME: Final = {
    "name": "theme", "type": "string", "doc": "The colours it was shown in.",
}  # fmt: skip


def _themed(vocabulary: str) -> tuple[Edit, ...]:
    wired = {"attribute": "feature.duration", "domain": "vocabulary", "vocabulary": vocabulary}
    field = _THEME | {"tidegate": wired}
    return Edit(f"vocabularies/{vocabulary}.yaml", "$", _COLOURS), Edit(USAGE, DURATION, field)


def _moved(name: str, file: str = USAGE, event: str = "feature.used") -> tuple[Edit, ...]:
    """A template schema under another record's name, in a file of that name."""
    schema = json.loads((TEMPLATE / file).read_text(encoding="utf-8"))
    schema["name"], schema["tidegate"]["event"] = name, event
    return (Edit(f"{file.split('/', maxsplit=1)[0]}/{name}.avsc", "$", schema),)


RULES: tuple[Rule, ...] = (
    over_schemas(
        "contract/field-case", _ERROR, field_case,
        "A field is a column of a table; SQL folds cases, and two spellings of one name are two columns.",
        "Write it in snake case, like `peak_participants`.",
        one(USAGE, f"{USER}.name", "featureUser", "feature_user"),
    ),
    over_schemas(
        "contract/record-case", _ERROR, record_case,
        "Generated classes take their names from it.",
        "Write it in Pascal case, like `CallEnded`.",
        Example(
            bad=(Edit(USAGE, "$", ABSENT), *_moved("feature_used")),
            good=(Edit(USAGE, "$", ABSENT), *_moved("FeatureWasUsed")),
            at=("usage/feature_used.avsc", "$.name"),
        ),
    ),
    over_schemas(
        "contract/file-name", _ERROR, file_name,
        "A schema is looked for by its record's name, in the folder and in version control.",
        "Call the file like the record.",
        one(USAGE, "$.name", "FeatureWasUsed", "FeatureUsed"),
    ),
    over_schemas(
        "contract/record-event", _WARNING, record_event,
        "Apps know the event's name, readers the record's; who sees one must find the other.",
        "Let `CallEnded` describe `call.ended`.",
        one(USAGE, "$.tidegate.event", "feature.exported", "app.feature.used"),
    ),
    over_schemas(
        "contract/event-reserved", _ERROR, event_reserved,
        "OpenTelemetry and Tidegate send events of their own under these words, today or one day.",
        "Begin with what the event is about.",
        one(USAGE, "$.tidegate.event", "otel.used", "app.used"),
    ),
    over_schemas(
        "contract/event-tense", _WARNING, event_tense,
        "An event is what happened. `call.start` leaves open whether it was tried, begun or done.",
        "End it with a past participle or a thing: `call.started`, `call.quality`.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$", ABSENT), *_moved("RequestFinish", DIAGNOSTIC, "request.finish")),
            good=(Edit(DIAGNOSTIC, "$", ABSENT), *_moved("RequestEnded", DIAGNOSTIC, "request.ended")),
            at=("diagnostic/RequestFinish.avsc", "$.tidegate.event"),
        ),
    ),
    over_schemas(
        "contract/namespace", _ERROR, namespace,
        "The full name says whose record it is and of which kind; a copy from another catalogue would say it wrongly.",
        "Use the catalogue's name and the kind, as in `meetings.usage`.",
        one(CONTENT, "$.namespace", "example.notes", "example.content"),
    ),
    over_schemas(
        "contract/enum-case", _ERROR, enum_case,
        "Generated classes take their names from it.",
        "Write it in Pascal case, like `EndReason`.",
        one(USAGE, f"{FEATURE}.type.name", "feature_kind", "FeatureKind"),
    ),
    over_schemas(
        "contract/symbol-case", _ERROR, symbol_case,
        "A symbol is the constant of a generated class, and its lower-case spelling what an app sends.",
        "Write it in capitals, like HOST_ENDED.",
        Example(
            bad=(Edit(USAGE, f"{FEATURE}.type.symbols[1]", "Export"),),
            good=(Edit(USAGE, f"{FEATURE}.type.symbols[1]", "EXPORT"),),
            at=(USAGE, f"{FEATURE}.type.symbols[1]"),
        ),
    ),
    over_schemas(
        "contract/other-default", _ERROR, other_default,
        "A reader with last month's list meets a new symbol: Avro takes the default, or fails where there is none.",
        'Give the enum `"default": "OTHER"`.',
        Example(
            bad=(Edit(USAGE, f"{FEATURE}.type.default", ABSENT),),
            good=(Edit(USAGE, f"{FEATURE}.type.default", "OTHER"),),
            at=(USAGE, f"{FEATURE}.type"),
        ),
    ),
    over_schemas(
        "contract/other-unreached", _WARNING, other_unreached,
        "The list looks open and is closed: a new word in an app refuses its records, whole.",
        "Add `on_miss: other`; or take OTHER out.",
        Example(
            bad=(Edit(USAGE, f"{FEATURE}.tidegate.on_miss", ABSENT),),
            good=(Edit(USAGE, f"{FEATURE}.tidegate.on_miss", "other"),),
            at=(USAGE, f"{FEATURE}.type"),
        ),
    ),
    over_schemas(
        "contract/unit-name", _ERROR, unit_name,
        "The name is what stands in queries; a thousandfold error passes unseen.",
        "Make the name and `unit` say the same.",
        one(USAGE, f"{DURATION}.name", "duration_ms", "duration_seconds"),
    ),
    over_schemas(
        "contract/flag-negated", _WARNING, flag_negated,
        "`not_retried = false` is read twice and got wrong once.",
        "Name what is, and let false say that it is not.",
        one(DIAGNOSTIC, f"{RETRIED}.name", "not_retried", "retried"),
    ),
    over_all(
        "contract/vocabulary-name", _ERROR, vocabulary_name,
        "The file's name is the vocabulary's, in schemas and in readers' notes.",
        "Write it in snake case, like `http_status.yaml`.",
        Example(bad=_themed("Theme"), good=_themed("theme"), at=("vocabularies/Theme.yaml", "$")),
    ),
)  # fmt: skip
