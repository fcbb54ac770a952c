"""Rules on what loosens privacy: more gets in, more goes on, or it may be used for more. Each needs an approval."""

from __future__ import annotations

from typing import Final

from schemas.check.catalogue_changes import classes, scopes
from schemas.check.compatibility_readers import field
from schemas.check.compatibility_rule import CONTENT, DIAGNOSTIC, USAGE, breaking, catalogue_wide, noted, templated
from schemas.check.rule import ABSENT, Edit, Example, Rule, Severity

_APPROVAL: Final = "Take it back; or add an entry to approvals.yaml: rule, event, who, why, until."
_PURPOSES: Final = "$.tidegate.purposes"
_MOVED: Final = "usage/RequestFinished.avsc"
_LABEL: Final = {"class": "content", "reason": "What people call it.", "names": ["feature.nickname"]}


def _optional(avro: str, **tidegate: object) -> dict[str, object]:
    return field(["null", avro], None, **tidegate)


def _document(avro: object, **tidegate: object) -> Edit:
    return Edit(CONTENT, "$.fields[3]", field(avro, None, attribute="feature.name", **tidegate))


KINDS: tuple[Rule, ...] = (
    breaking(
        "kind-changed",
        "An event is of another kind than before.",
        "The kind decides the topic, who may read it and whether it may train: what one team sent as content would be"
        " read as usage from one day on, and older events stay where they are.",
        "Make a new event of the other kind, and let this one expire.",
        Example(
            bad=(
                Edit(DIAGNOSTIC, "$", ABSENT),
                Edit(_MOVED, "$", templated(DIAGNOSTIC, kind="usage") | {"namespace": "example.usage"}),
            ),
            good=(Edit(DIAGNOSTIC, "$.doc", "A request was answered."),),
            at=(_MOVED, "$.tidegate.kind"),
        ),
    ),
    breaking(
        "content-removed",
        "A content field no longer counts as content.",
        "What it held was kept from everybody but the product; under the same name it would go anywhere now.",
        "Keep the class; add a new field for what is no content.",
        Example(
            before=(_document(["null", "string"], content_class="title"),),
            bad=(_document(["null", "string"], domain="vocabulary", vocabulary="app"),),
            good=(_document(["null", "string"], content_class="title"),),
            at=(CONTENT, "$.fields[3].tidegate"),
        ),
    ),
    noted(
        "content-changed",
        "A content field has another content class.",
        "Who may read a field and how long it is kept go by its class; older events have the old one.",
        "Keep the class, or add a field.",
        Example(
            bad=(Edit(CONTENT, "$.fields[2].tidegate.content_class", "transcript"),),
            good=(Edit(CONTENT, "$.fields[2].doc", "What was written."),),
            at=(CONTENT, "$.fields[2].tidegate.content_class"),
        ),
    ),
    catalogue_wide(
        "attribute-loosened",
        Severity.ERROR,
        classes,
        "An attribute's class keeps out less than before.",
        "The class is what stops a content or identifying attribute from being read into a usage field by anybody, in"
        " any schema.",
        _APPROVAL,
        Example(
            before=(Edit("attributes.yaml", "$.groups", [_LABEL]),),
            bad=(Edit("attributes.yaml", "$.groups[0].class", "service_generated"),),
            good=(Edit("attributes.yaml", "$.groups[0].reason", "What people call a feature."),),
            at=("attributes.yaml", "$.groups[0].names[0]"),
        ),
    ),
    catalogue_wide(
        "scope-added",
        Severity.ERROR,
        scopes,
        "An instrumentation scope is accepted that was refused.",
        "Whatever library bears that name may send now; a scope is the first gate, and often the only one that tells"
        " our own code from somebody else's.",
        _APPROVAL,
        Example(
            bad=(Edit("catalogue.yaml", "$.scopes", ["example.app", "example.worker"]),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=("catalogue.yaml", "$.scopes[1]"),
        ),
    ),
)

WIDER: tuple[Rule, ...] = (
    breaking(
        "domain-loosened",
        "A field's domain lets more through: a wider range, finer steps, more symbols, `on_miss: other`, into ML.",
        "Each bit more is a bit that can tell people apart, or carry what nobody meant to send.",
        _APPROVAL,
        Example(
            bad=(Edit(DIAGNOSTIC, "$.fields[3].tidegate.buckets", 32),),
            good=(Edit(DIAGNOSTIC, "$.fields[3].doc", "From request to answer, in milliseconds."),),
            at=(DIAGNOSTIC, "$.fields[3].tidegate"),
        ),
    ),
    breaking(
        "vocabulary-widened",
        "A vocabulary has new words.",
        "Words are the residual leak: what a customer says is told exactly where it is such a word. Each new one is one"
        " more, in every event that uses the list, and older ML consumers do not know its number.",
        "Take the words out; or add an entry to approvals.yaml: rule, vocabulary, who, why, until.",
        Example(
            bad=(Edit("vocabularies/app.yaml", "$.words", ["example-web", "example-desktop", "example-cli"]),),
            good=(Edit("vocabularies/app.yaml", "$.source", "The two apps that send telemetry."),),
            at=("vocabularies/app.yaml", "$.words"),
        ),
    ),
    breaking(
        "capacity-grown",
        "New fields let an ML-eligible event carry more bits than before.",
        "Fields that are harmless one by one single a person out together; the sum is what counts, and somebody should"
        " have looked at it.",
        'Take the field out, keep it out of ML ("ml": "none"), or add an entry to approvals.yaml: rule, event, who,'
        " why, until.",
        Example(
            bad=(Edit(USAGE, "$.fields[4]", _optional("boolean", attribute="request.retried", domain="flag")),),
            good=(
                Edit(
                    USAGE,
                    "$.fields[4]",
                    _optional("boolean", attribute="request.retried", domain="flag", ml="none"),
                ),
            ),
            at=(USAGE, "$.fields[4]"),
        ),
    ),
    breaking(
        "identifier-added",
        "An event got a new pseudonym.",
        "A pseudonym tells nothing by itself, but it joins: events that stood alone become one person's or one thing's"
        " history.",
        _APPROVAL,
        Example(
            before=(Edit(USAGE, _PURPOSES, ["product_improvement"]),),
            bad=(Edit(USAGE, "$.fields[4]", _optional("string", attribute="document.id", domain="pseudonym")),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.fields[4]"),
        ),
    ),
)

USES: tuple[Rule, ...] = (
    breaking(
        "training-added",
        "An event becomes ML-eligible: it has the purpose train_ai_system, and had not.",
        "People were told what it is used for; what has trained a model can't be taken back.",
        _APPROVAL,
        Example(
            before=(Edit(USAGE, _PURPOSES, ["product_improvement"]),),
            bad=(Edit(USAGE, _PURPOSES, ["product_improvement", "train_ai_system"]),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, _PURPOSES),
        ),
    ),
    noted(
        "purpose-added",
        "An event may be used for more than before.",
        "People were told what it is used for; events collected before are bound to the old purposes.",
        _APPROVAL,
        Example(
            bad=(Edit(USAGE, _PURPOSES, ["product_improvement", "train_ai_system", "analytics"]),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, _PURPOSES),
        ),
    ),
    breaking(
        "level-required",
        "An optional event became required.",
        "People who switched it off send it again without being asked.",
        _APPROVAL,
        Example(
            bad=(Edit(USAGE, "$.tidegate.level", "required"),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.tidegate.level"),
        ),
    ),
    noted(
        "expiry-later",
        "An event is collected for longer than was agreed.",
        "The date is a promise: somebody has to want the event again, not merely let it run.",
        "Say who wants it and why in approvals.yaml: rule, event, who, why, until.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.expires", "2028-09-30"),),
            good=(Edit(USAGE, "$.tidegate.expires", "2028-03-31"),),
            at=(USAGE, "$.tidegate.expires"),
        ),
    ),
    noted(
        "discard-added",
        "An attribute is destroyed on arrival whose records were refused.",
        "A refusal is seen and mended at the sender; a discard lets it go on sending what should never leave the app.",
        _APPROVAL,
        Example(
            bad=(Edit(USAGE, "$.tidegate.discards", ["http.route"]),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.tidegate.discards"),
        ),
    ),
)

RULES: tuple[Rule, ...] = (*KINDS, *WIDER, *USES)
LOOSENING: frozenset[str] = frozenset(rule.id for rule in RULES)
