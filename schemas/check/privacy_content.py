"""Privacy checks around content: its classes, its schemas, its purposes, and what a schema destroys of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final

from schemas.check.privacy_reading import CONTENT, USAGE, classed, own_fields, service_generated
from schemas.check.rule import Edit, Example, Rule, Severity, Spot
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.words import Enum, Vocabulary
from schemas.model import BODY, AttributeClass, ContentClass, Kind, Purpose
from schemas.names import words_of

if TYPE_CHECKING:
    from schemas.check.subject import Subject

_HINTS: Final[dict[ContentClass, str]] = {
    ContentClass.CHAT: "chat message",
    ContentClass.AUDIO: "audio voice",
    ContentClass.VIDEO: "video camera",
    ContentClass.TITLE: "title agenda subject",
    ContentClass.TRANSCRIPT: "transcript caption subtitle",
    ContentClass.POLL: "poll vote",
    ContentClass.WHITEBOARD: "whiteboard stroke",
    ContentClass.REACTION: "reaction emoji",
    ContentClass.ATTACHMENT: "attachment file",
    ContentClass.SCREEN_SHARE: "screen",
}
_CLASSES = {word: of for of, words in _HINTS.items() for word in words.split()}
_OPEN_ENDED = re.compile(
    r"\b(free[- ]?(text|form)|as (typed|written|spoken|said)|verbatim|raw text|full text|user[- ]entered"
    r"|(what|whatever) (the |a )?(user|customer|person|somebody|people) "
    r"(wrote|typed|said|entered|writes|types|says))\b",
    re.IGNORECASE,
)
_NEGATED = re.compile(r"\b(not|never|no|without|nothing)\b", re.IGNORECASE)
_USES = frozenset({Purpose.ESSENTIAL, Purpose.FUNCTIONAL, Purpose.SECURITY, Purpose.TRAIN_AI_SYSTEM})
# the last has a rule of its own, which is an error


def content_class(subject: Subject) -> Iterator[Spot]:
    """A content field's class is another than its name says."""
    for at, field_, plan in own_fields(subject):
        if plan.content is None or subject.plan is None:
            continue
        name = subject.plan.event if plan.attribute == BODY else plan.attribute or ""
        said = {_CLASSES[word] for word in words_of(name) if word in _CLASSES}
        if said and plan.content not in said:
            defect = f"`{field_.name}` is called {plan.content}, and its name says {' or '.join(sorted(said))}."
            yield Spot(f"{at}.tidegate.content_class", defect, "Give it the class of what it holds.")


def no_content(subject: Subject) -> Iterator[Spot]:
    """A content schema has no content field: its event is lost to analytics for nothing."""
    if (
        subject.plan is not None
        and subject.plan.kind is Kind.CONTENT
        and all(f.content is None for f in subject.plan.fields)
    ):
        remedy = "Make it a usage or diagnostic schema, or give the fields that hold content their `content_class`."
        yield Spot("$.fields", "The schema is of kind content and has no content field.", remedy)


def doc_says_content(subject: Subject) -> Iterator[Spot]:
    """A field's own description says that it holds what somebody wrote."""
    for at, field_, plan in service_generated(subject):
        # A count of free texts is a count.
        is_worded = isinstance(plan.domain, (Enum, Vocabulary, Pseudonym))
        sentences = re.split(r"[.;]", field_.doc or "")
        if is_worded and any(_OPEN_ENDED.search(part) and not _NEGATED.search(part) for part in sentences):
            defect = f"The `doc` of `{field_.name}` speaks of free text."
            yield Spot(
                f"{at}.doc", defect, "Move the field to a content schema, or say what its domain leaves of the text."
            )


def content_use(subject: Subject) -> Iterator[Spot]:
    """A content schema has a purpose beyond carrying the content."""
    if subject.schema is None or subject.schema.tidegate.kind is not Kind.CONTENT:
        return
    for index, purpose in enumerate(subject.schema.tidegate.purposes):
        if purpose not in _USES:
            defect = f"Content is to be used for {purpose}."
            yield Spot(f"$.tidegate.purposes[{index}]", defect, "Learn it from usage and diagnostic events instead.")


def discards(subject: Subject) -> Iterator[Spot]:
    """A discarded attribute has no class: nobody has judged what is thrown away."""
    for index, name in _discards(subject):
        if name != BODY and name not in subject.workspace.classes:
            yield Spot(f"$.tidegate.discards[{index}]", f"`{name}` has no class.", "Give it one in attributes.yaml.")


def secret_discarded(subject: Subject) -> Iterator[Spot]:
    """A secret is expected to arrive, and is destroyed: it should not be sent."""
    for index, name in _discards(subject):
        if subject.workspace.classes.get(name) is AttributeClass.SECRET:
            remedy = "Mend the client so that it does not send it, then take it out of `discards`."
            yield Spot(f"$.tidegate.discards[{index}]", f"`{name}` is a secret that clients send.", remedy)


def _discards(subject: Subject) -> Iterator[tuple[int, str]]:
    yield from enumerate(subject.schema.tidegate.discards if subject.schema is not None else ())


def _rule(
    name: str, severity: Severity, check: Callable[[Subject], Iterator[Spot]], example: Example, **texts: str
) -> Rule:
    finds = (check.__doc__ or "").strip()
    return Rule(
        id=f"privacy/{name}", severity=severity, finds=finds, example=example, check=check, scope="schema", **texts
    )


_TRIMMED: Final = [
    {"name": "origin", "type": "tidegate.Origin"},
    {
        "name": "document",
        "type": "string",
        "doc": "The document it is about.",
        "tidegate": {"attribute": "document.id", "domain": "pseudonym"},
    },
]
RULES: Final = (
    _rule(
        "content-class",
        Severity.WARNING,
        content_class,
        Example(
            bad=(Edit(CONTENT, "$.fields[3].tidegate.content_class", "audio"),),
            good=(Edit(CONTENT, "$.fields[3].tidegate.content_class", "title"),),
            at=(CONTENT, "$.fields[3].tidegate.content_class"),
        ),
        why="Who may read content, and for how long it is kept, goes by its class: chat that is called audio "
        "is misfiled.",
        fix="Give the field the class of what it holds.",
    ),
    _rule(
        "no-content",
        Severity.ERROR,
        no_content,
        Example(bad=(Edit(CONTENT, "$.fields", _TRIMMED),), at=(CONTENT, "$.fields")),
        why="An event on the content topic is out of reach of analytics; one that holds no content is so for nothing, "
        "and blunts the word.",
        fix="Make it a usage or diagnostic schema, or class the fields that hold content.",
    ),
    _rule(
        "content-use",
        Severity.WARNING,
        content_use,
        Example(
            bad=(Edit(CONTENT, "$.tidegate.purposes", ["essential", "analytics"]),),
            good=(Edit(CONTENT, "$.tidegate.purposes", ["essential", "security"]),),
            at=(CONTENT, "$.tidegate.purposes[1]"),
        ),
        why="Customers hand over content to have it carried. Reading it to learn something is another promise.",
        fix="Keep to essential, functional or security; learn from usage and diagnostic events.",
    ),
    _rule(
        "doc-says-content",
        Severity.WARNING,
        doc_says_content,
        Example(
            bad=(Edit(USAGE, "$.fields[2].doc", "Which one, as typed into the command box."),),
            good=(Edit(USAGE, "$.fields[2].doc", "Which one, never what was typed."),),
            at=(USAGE, "$.fields[2].doc"),
        ),
        why="Where the description and the domain disagree, the client follows the description.",
        fix="Move the field to a content schema, or describe what its domain leaves of the text.",
    ),
    _rule(
        "discard-unclassified",
        Severity.ERROR,
        discards,
        Example(
            bad=(Edit(USAGE, "$.tidegate.discards", ["note.colour"]),),
            good=(Edit(USAGE, "$.tidegate.discards", ["note.title"]),),
            at=(USAGE, "$.tidegate.discards[0]"),
        ),
        why="A planned discard says that something arrives which must not be kept; somebody has to have judged "
        "what it is.",
        fix="Give the attribute a class in attributes.yaml.",
    ),
    _rule(
        "secret-discarded",
        Severity.WARNING,
        secret_discarded,
        Example(
            bad=(classed("secret", "login.cookie"), Edit(USAGE, "$.tidegate.discards", ["login.cookie"])),
            good=(Edit(USAGE, "$.tidegate.discards", ["note.title"]),),
            at=(USAGE, "$.tidegate.discards[0]"),
        ),
        why="Destroyed here, the secret has still crossed the network and every proxy on the way.",
        fix="Mend the client so that it does not send it.",
    ),
)
