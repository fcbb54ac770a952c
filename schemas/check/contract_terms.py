"""Contract checks over what an event promises: who answers for it, what for, until when; and what nothing uses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from schemas.check.making import (
    DURATION,
    HEAD,
    USAGE,
    USER,
    fields,
    one,
    over_all,
    over_schemas,
    reported,
)
from schemas.check.rule import ABSENT, Edit, Example, Rule, Severity, Spot
from schemas.check.suppressions import EXPIRED, UNKNOWN, UNUSED
from schemas.model import Purpose
from schemas.shape import unwrapped

if TYPE_CHECKING:
    from schemas.check.subject import Subject, Workspace

SOON = timedelta(days=30)
FAR = timedelta(days=2 * 366)
_NOBODY = frozenset(
    {
        "admin",
        "all",
        "anyone",
        "everybody",
        "everyone",
        "me",
        "nobody",
        "none",
        "owner",
        "tbd",
        "team",
        "todo",
        "unknown",
    }
)


def _expires(subject: Subject) -> date | None:
    day = subject.schema.tidegate.expires if subject.schema else "never"
    return None if isinstance(day, str) else day


def expired(subject: Subject) -> Iterator[Spot]:
    """An event has expired."""
    day = _expires(subject)
    if day is not None and day < subject.workspace.today:
        remedy = "Take the event out of the apps and the schema away; or want it again, and give a later day."
        yield Spot("$.tidegate.expires", f"The event expired on {day}: nothing of it is ML-eligible.", remedy)


def expires_soon(subject: Subject) -> Iterator[Spot]:
    """An event expires within 30 days."""
    day = _expires(subject)
    if day is not None and subject.workspace.today <= day <= subject.workspace.today + SOON:
        remedy = "Ask its owner: take it out, or give a later day."
        yield Spot("$.tidegate.expires", f"The event expires on {day}.", remedy)


def expires_late(subject: Subject) -> Iterator[Spot]:
    """An event expires more than two years from now."""
    day = _expires(subject)
    if day is not None and day > subject.workspace.today + FAR:
        remedy = "Give a day within two years; it can be moved when somebody still wants the event."
        yield Spot("$.tidegate.expires", f"{day} is so far away that nobody will ask again.", remedy)


def owner(subject: Subject) -> Iterator[Spot]:
    """An event's owner is nobody in particular."""
    if subject.schema is not None and subject.schema.tidegate.owner in _NOBODY:
        yield Spot("$.tidegate.owner", "The owner is nobody in particular.", "Name the team that answers for it.")


def purpose_alone(subject: Subject) -> Iterator[Spot]:
    """An event is collected for training alone."""
    if subject.schema is not None and subject.schema.tidegate.purposes == (Purpose.TRAIN_AI_SYSTEM,):
        remedy = "Name the purpose that it is collected for in the first place; or don't collect it."
        yield Spot("$.tidegate.purposes", "Nothing but train_ai_system is it collected for.", remedy)


def listed_twice(workspace: Workspace) -> Iterator[Spot]:
    """A purpose, a discarded attribute or a scope is listed twice."""
    lists: list[tuple[str, str, Sequence[str]]] = [(HEAD, "$.scopes", workspace.scopes)]
    for subject in workspace.subjects:
        if subject.schema is not None:
            lists.append((subject.file, "$.tidegate.purposes", subject.schema.tidegate.purposes))
            lists.append((subject.file, "$.tidegate.discards", subject.schema.tidegate.discards))
    for file, at, listed in lists:
        seen = Counter[str]()
        for index, name in enumerate(listed):
            if seen[name] == 1:
                yield Spot(f"{at}[{index}]", "It is listed already.", "Take it out.", file)
            seen[name] += 1


def null_default(subject: Subject) -> Iterator[Spot]:
    """An optional field has no default."""
    for at, field in fields(subject):
        if unwrapped(field.type)[0] and "default" not in field.model_fields_set:
            yield Spot(at, 'An optional field needs `"default": null`.', 'Add `"default": null`.')


def vocabulary_unused(workspace: Workspace) -> Iterator[Spot]:
    """A vocabulary is used by no schema."""
    if any(subject.schema is None for subject in workspace.subjects):
        return  # the schema that can't be read may use it
    used = {_vocabulary(field) for subject in workspace.subjects for field in _raw_fields(subject.raw)}
    used |= {_vocabulary(field) for field in _raw_fields(workspace.origin)}
    for name in workspace.vocabularies:
        if name not in used:
            yield Spot("$", "No schema uses it.", "Take it away, or use it.", f"vocabularies/{name}.yaml")


def _raw_fields(raw: object) -> list[object]:
    fields_ = raw.get("fields") if hasattr(raw, "get") else None
    return fields_ if isinstance(fields_, list) else []


def _vocabulary(field: object) -> str:
    meta = field.get("tidegate") if isinstance(field, dict) else None
    return str(meta.get("vocabulary")) if isinstance(meta, dict) else ""


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING
_EXPIRES: Final = "$.tidegate.expires"
_IGNORE: Final = f"{USER}.tidegate.ignore"
_PLAIN: Final = Edit(USAGE, f"{USER}.doc", "Who used it")


def _ignoring(rule: str, expires: str = "2028-01-31") -> Edit:
    return Edit(USAGE, _IGNORE, [{"rule": rule, "reason": "It stands so in a heading.", "expires": expires}])


RULES: tuple[Rule, ...] = (
    reported(
        "contract/doc",
        "A field has no description.",
        "The description is all that an analyst, a reviewer or a privacy team gets to read.",
        "Say in a sentence what it tells.",
        Example(
            bad=(Edit(USAGE, f"{USER}.doc", ABSENT),),
            good=(Edit(USAGE, f"{USER}.doc", "Who used it."),),
            at=(USAGE, USER),
        ),
    ),
    reported(
        "contract/expires",
        "A usage or diagnostic event never expires.",
        "What nobody has to want again is collected for ever.",
        "Give a date; only content schemas may say `never`.",
        one(USAGE, _EXPIRES, "never", "2028-01-31"),
    ),
    over_schemas(
        "contract/expired", _ERROR, expired,
        "Apps still send it, and from the day after nothing of it is ML-eligible: it costs and is of no use.",
        "Take the event out; or want it again, and give a later day.",
        one(USAGE, _EXPIRES, "2024-01-31", "2028-01-31"),
    ),
    over_schemas(
        "contract/expires-soon", _WARNING, expires_soon,
        "Consumers find out on the day after, when the records stay away.",
        "Ask its owner: take it out, or give a later day.",
        one(USAGE, _EXPIRES, "2026-12-11", "2028-01-31"),
    ),
    over_schemas(
        "contract/expires-late", _ERROR, expires_late,
        "An expiry that nobody of today will see is none.",
        "Give a day within two years; it can be moved.",
        one(USAGE, _EXPIRES, "2039-01-31", "2028-01-31"),
    ),
    over_schemas(
        "contract/owner", _ERROR, owner,
        "When the event breaks, expires or leaks, somebody has to be asked.",
        "Name the team that answers for it.",
        one(USAGE, "$.tidegate.owner", "tbd", "product"),
    ),
    over_schemas(
        "contract/purpose-alone", _WARNING, purpose_alone,
        "Data may be used to train what it was collected for; collecting it to train asks for another basis in law.",
        "Name the purpose that it is collected for in the first place.",
        one(USAGE, "$.tidegate.purposes", ["train_ai_system"], ["product_improvement", "train_ai_system"]),
    ),
    over_all(
        "contract/listed-twice", _WARNING, listed_twice,
        "Who takes one of the two out believes that it is gone.",
        "Take one of them out.",
        Example(
            bad=(Edit(HEAD, "$.scopes[1]", "example.app"),),
            good=(Edit(HEAD, "$.scopes[1]", "example.worker"),),
            at=(HEAD, "$.scopes[1]"),
        ),
    ),
    over_schemas(
        "contract/null-default", _ERROR, null_default,
        "A reader that knows the field fails on records from before it was there.",
        'Add `"default": null`.',
        Example(
            bad=(Edit(USAGE, f"{DURATION}.default", ABSENT),),
            good=(Edit(USAGE, f"{DURATION}.default", None),),
            at=(USAGE, DURATION),
        ),
    ),
    over_all(
        "contract/vocabulary-unused", _WARNING, vocabulary_unused,
        "A list that nothing uses is kept up, or worse, is the misspelt twin of one that is used.",
        "Take it away, or use it.",
        Example(
            bad=(
                Edit("vocabularies/theme.yaml", "$", "version: 1\nsource: Ours.\nlicence: own\nwords: [ocean-hue]\n"),
            ),
            at=("vocabularies/theme.yaml", "$"),
        ),
    ),
    reported(
        UNKNOWN,
        "A suppression names no rule, or one that can't be passed over.",
        "A misspelt suppression hides nothing, and whoever wrote it believes otherwise.",
        "Mend the id; what the compiler or a change reports can't be passed over.",
        Example(
            bad=(_ignoring("contract/doc-fin"),),
            good=(_ignoring("contract/doc-end"), _PLAIN),
            at=(USAGE, f"{_IGNORE}[0].rule"),
        ),
    ),
    reported(
        UNUSED,
        "A suppression hides nothing.",
        "What it was for is mended; left in, it would hide the next one.",
        "Take it out.",
        Example(
            bad=(_ignoring("contract/doc-end"),),
            good=(_ignoring("contract/doc-end"), _PLAIN),
            at=(USAGE, f"{_IGNORE}[0]"),
        ),
    ),
    reported(
        EXPIRED,
        "A suppression has expired.",
        "Passing over was meant to end; what it hid is told again beside it.",
        "Mend what it hides; or give it a later day, and say why.",
        Example(
            bad=(_ignoring("contract/doc-end", "2024-01-31"),),
            good=(_ignoring("contract/doc-end"), _PLAIN),
            at=(USAGE, f"{_IGNORE}[0].expires"),
        ),
    ),
)  # fmt: skip
