"""Rules on what an event, a name or a scope stands for, and on the approvals themselves."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

from schemas.check.approvals import FILE
from schemas.check.catalogue_changes import scopes
from schemas.check.compatibility_readers import field
from schemas.check.compatibility_rule import CONTENT, DIAGNOSTIC, USAGE, breaking, catalogue_wide, noted, templated
from schemas.check.rule import ABSENT, Edit, Example, Family, Rule, Severity

_OLD: Final = json.dumps({
    "type": "record",
    "name": "NoteWritten",
    "namespace": "example.content",
    "doc": "Somebody wrote a note.",
    "tidegate": {"event": "note.written", "kind": "content", "level": "required", "owner": "notes",
                 "purposes": ["essential"], "expires": "never"},
    "fields": [field("string", "", attribute="body", content_class="chat")],
})  # fmt: skip
_HASH: Final = hashlib.sha256(_OLD.encode()).hexdigest()
_INDEX: Final = (
    "id\trole\tkind\tevent\tname\tderived_from\tsha256\n"
    f"1\ttelemetry\tcontent\tnote.written\texample.content.NoteWritten\t\t{_HASH}\n"
)
_PSEUDONYM: Final[dict[str, Any]] = {"attribute": "user.id", "domain": "pseudonym"}

_ANY_NAME: Final = {"rule": "contract/file-name", "reason": "Part of an example.", "expires": "2100-01-01"}

_SPANS: Final = {"scope": "example.app", "kind": "client"}

MEANINGS: tuple[Rule, ...] = (
    breaking(
        "signal-changed",
        "An event is made of other spans, of another metric, or of log records instead.",
        "What the apps send is refused from one day on, or one table holds two measurements under one name.",
        "Make a new event with a schema of its own.",
        Example(
            before=(Edit(DIAGNOSTIC, "$.tidegate.span", _SPANS),),
            bad=(Edit(DIAGNOSTIC, "$.tidegate.span.kind", "server"),),
            good=(Edit(DIAGNOSTIC, "$.fields[3].doc", "From request to answer, in milliseconds."),),
            at=(DIAGNOSTIC, "$.tidegate.span"),
        ),
    ),
    breaking(
        "domain-changed",
        "A field has another domain or another unit.",
        "Old and new values stand in one column and mean different things: seconds and milliseconds.",
        "Add a new field with the new domain.",
        Example(
            bad=(
                Edit(USAGE, "$.fields[3].tidegate.unit", "ms"),
                Edit(
                    USAGE, "$.fields[3].doc", "How long it was in use, in milliseconds; absent when it has no length."
                ),
            ),
            good=(Edit(USAGE, "$.fields[3].doc", "How long it was in use, in seconds."),),
            at=(USAGE, "$.fields[3].tidegate.domain"),
        ),
    ),
    noted(
        "domain-narrowed",
        "A field's domain takes less than before, or its numbers in the ML record stand for other values.",
        "Records that were taken are refused, whole; a model that learned bucket 7 as ten seconds reads another.",
        "Keep it; or add a new field, and let this one be.",
        Example(
            bad=(Edit(DIAGNOSTIC, "$.fields[3].tidegate.max", 60000),),
            good=(Edit(DIAGNOSTIC, "$.fields[3].doc", "From request to answer, in milliseconds."),),
            at=(DIAGNOSTIC, "$.fields[3].tidegate"),
        ),
    ),
    breaking(
        "vocabulary-reordered",
        "A word of a vocabulary is gone, or stands at another place.",
        "The ML record holds a word's number; the same number now means another word.",
        "Put the list back as it was; new words go at its end.",
        Example(
            bad=(Edit("vocabularies/app.yaml", "$.words", ["example-desktop", "example-web"]),),
            good=(Edit("vocabularies/app.yaml", "$.source", "The two apps that send telemetry."),),
            at=("vocabularies/app.yaml", "$.words"),
        ),
    ),
    breaking(
        "attribute-changed",
        "A field is read from another attribute than before.",
        "One column then holds two facts, and apps that send the old attribute are refused.",
        "Add a new field for the new attribute.",
        Example(
            bad=(Edit(USAGE, "$.fields[3].tidegate.attribute", "request.duration"),),
            good=(Edit(USAGE, "$.fields[3].doc", "How long it was in use, in seconds."),),
            at=(USAGE, "$.fields[3].tidegate.attribute"),
        ),
    ),
    breaking(
        "field-reused",
        "A field that was taken out comes back and means something else than in a registered version.",
        "Tables keep old values under the name; a query over both reads two things as one.",
        "Give the field a name that was never used in this event.",
        Example(
            before=(Edit("registered/000001.avsc", "$", _OLD), Edit("registered/index.tsv", "$", _INDEX)),
            bad=(Edit(CONTENT, "$.fields[4]", field(["null", "string"], None, **_PSEUDONYM)),),
            good=(Edit(CONTENT, "$.fields[4]", field(["null", "string"], None, **_PSEUDONYM) | {"name": "author"}),),
            at=(CONTENT, "$.fields[4]"),
        ),
    ),
)

EVENTS: tuple[Rule, ...] = (
    breaking(
        "event-deleted",
        "An event has no schema any more.",
        "Apps that still send it are refused, and whoever queries its table waits for events that never come.",
        "Let its `expires` pass, so that apps stop; then delete it with an approval in approvals.yaml.",
        Example(
            bad=(Edit(USAGE, "$", ABSENT),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$"),
        ),
    ),
    breaking(
        "event-renamed",
        "The same record carries an event of another name.",
        "Apps that send the old name are refused, its table ends, and its registered history stands under two names.",
        "Keep the name; or make a second schema for the new event, and let this one expire.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.event", "app.feature.used"),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.tidegate.event"),
        ),
    ),
    noted(
        "file-renamed",
        "An event's schema lies in another file.",
        "Its history in version control, its owners and what was said in review do not follow it.",
        "Keep the file's name.",
        Example(
            bad=(Edit(CONTENT, "$", ABSENT), Edit("content/Note.avsc", "$", templated(CONTENT, ignore=[_ANY_NAME]))),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=("content/Note.avsc", "$"),
        ),
    ),
    noted(
        "owner-changed",
        "An event has another owner.",
        "The owner is who answers for it; taking it over should be that team's own word.",
        "Let the new owner say so in approvals.yaml: rule, event, who, why, until.",
        Example(
            bad=(Edit(USAGE, "$.tidegate.owner", "growth"),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.tidegate.owner"),
        ),
    ),
    noted(
        "discard-removed",
        "An attribute is no longer discarded.",
        "Records that carry it are refused, whole, from the day this is deployed.",
        "Keep the discard until no app sends the attribute.",
        Example(
            before=(Edit(USAGE, "$.tidegate.discards", ["http.route"]),),
            bad=(Edit(USAGE, "$.tidegate.discards", ABSENT),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=(USAGE, "$.tidegate"),
        ),
    ),
    catalogue_wide(
        "scope-removed",
        Severity.WARNING,
        scopes,
        "An instrumentation scope is no longer accepted.",
        "Everything that an app sends under it is refused from the day this is deployed.",
        "Keep it until no app uses it.",
        Example(
            before=(Edit("catalogue.yaml", "$.scopes", ["example.app", "example.worker"]),),
            bad=(Edit("catalogue.yaml", "$.scopes", ["example.app"]),),
            good=(Edit(USAGE, "$.doc", "A feature was used."),),
            at=("catalogue.yaml", "$.scopes"),
        ),
    ),
)


def _approval(rule: str, until: str = "2100-01-01", **about: str) -> Edit:
    entry = {
        "rule": f"compatibility/{rule}",
        **about,
        "who": "privacy-team",
        "why": "An example of one.",
        "until": until,
    }
    return Edit(FILE, "$", json.dumps({"approvals": [entry]}))  # JSON is YAML


_RENEWED: Final = Edit(USAGE, "$.tidegate.level", "required")


def _settled(name: str, finds: str, why: str, fix: str, example: Example) -> Rule:
    """Make a rule that the engine reports when it has heard the approvals."""
    return Rule(f"{Family.COMPATIBILITY}/{name}", Severity.ERROR, finds, why, fix, example)


APPROVALS: tuple[Rule, ...] = (
    _settled(
        "approval-unknown",
        "An approval is for a rule or a thing that does not exist.",
        "A misspelt approval approves nothing, and whoever wrote it believes otherwise.",
        "Mend the id or the name; `tidegate rule` lists the ids.",
        Example(
            bad=(_approval("levels-required", event="feature.used"),),
            good=(_approval("level-required", event="feature.used"), _RENEWED),
            at=(FILE, "$.approvals[0].rule"),
        ),
    ),
    _settled(
        "approval-unused",
        "An approval is for nothing that this change does.",
        "Left in, it would let a later change of the same sort through unseen.",
        "Take it out: what it was for has landed.",
        Example(
            bad=(_approval("level-required", event="feature.used"),),
            good=(_approval("level-required", event="feature.used"), _RENEWED),
            at=(FILE, "$.approvals[0]"),
        ),
    ),
    _settled(
        "approval-expired",
        "An approval's day has passed.",
        "It approves nothing any more, and looks as if it did.",
        "Take it out; or ask for it again.",
        Example(
            bad=(_approval("level-required", "2020-01-01", event="feature.used"),),
            good=(_approval("level-required", event="feature.used"), _RENEWED),
            at=(FILE, "$.approvals[0].until"),
        ),
    ),
)

RULES: tuple[Rule, ...] = (*MEANINGS, *EVENTS, *APPROVALS)
