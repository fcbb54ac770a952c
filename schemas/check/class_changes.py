"""What changed in the meaning of an event: what Avro's rules do not see, and privacy depends on."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from datetime import date

from schemas.check.difference import Difference, Leaf, Party, leaves
from schemas.check.domain_changes import domain_became, loosened, narrowed, words_added, words_moved
from schemas.domains.pseudonyms import Pseudonym
from schemas.domains.words import Vocabulary
from schemas.model import Kind, Level, Purpose
from schemas.plan import FieldPlan, Plan

Fields = Mapping[tuple[str, ...], FieldPlan]
_APPROVE = "Keep it as it was; or let whoever answers for privacy approve it in approvals.yaml."


def class_changes(old: Plan, new: Plan, file: str) -> Iterator[Difference]:
    """Compare two compiled states of one event."""
    places = leaves(new.avro, file)
    before, after = ({field.path: field for field in plan.fields} for plan in (old, new))
    is_content = Kind.CONTENT in (old.kind, new.kind)  # then nothing goes into ML, or the kind's change says all
    yield from _event(old, new, file)
    for path, field in after.items():
        if path in before and path in places:
            found = _field(before[path], field, places[path])
            yield from (one for one in found if not is_content or one.rule != "domain-loosened")
    if not is_content:
        yield from _new_fields(old, new, before, places)


def _event(old: Plan, new: Plan, file: str) -> Iterator[Difference]:
    def told(rule: str, place: str, said: str, remedy: str = _APPROVE, *breaks: Party) -> Difference:
        return Difference(rule, file, f"$.tidegate.{place}", said, remedy, breaks)

    if old.kind is not new.kind:
        parties = (Party.OLD_READERS, Party.TABLES, Party.ML)
        said = f"The kind {old.kind} became {new.kind}: other people may read it, on another topic."
        yield told("kind-changed", "kind", said, "Make a new event instead.", *parties)
    if old.match != new.match:
        said = "The event is made of other records."
        remedy = "Make a new event: what was measured otherwise belongs in a table of its own."
        where = next((name for name in ("span", "span_event", "metric") if name in new.avro["tidegate"]), "event")
        yield told("signal-changed", where, said, remedy, Party.SENDERS, Party.TABLES)
    if old.level is Level.OPTIONAL and new.level is Level.REQUIRED:
        yield told("level-required", "level", "People could switch it off, and no longer can.")
    if old.owner != new.owner:
        said = f"The owner {old.owner} became {new.owner}."
        yield told("owner-changed", "owner", said, "Let the new owner approve it in approvals.yaml.")
    if Purpose.TRAIN_AI_SYSTEM in new.purposes - old.purposes:
        said = f"It becomes ML-eligible: from 0 to {new.bits:.1f} bits an event."
        yield told("training-added", "purposes", said)
    if more := sorted(new.purposes - old.purposes - {Purpose.TRAIN_AI_SYSTEM}):
        yield told("purpose-added", "purposes", f"It may be used for more than before: {', '.join(more)}.")
    if (new.expires or date.max) > (old.expires or date.max):
        said = f"It is collected longer: until {new.expires or 'for ever'}, not {old.expires}."
        yield told("expiry-later", "expires", said)
    yield from _discards(old, new, file)


def _discards(old: Plan, new: Plan, file: str) -> Iterator[Difference]:
    if more := sorted(new.discards - old.discards):
        said = f"Records with {_names(more)} were refused, and now pass without it."
        yield Difference("discard-added", file, "$.tidegate.discards", said, _APPROVE)
    if less := sorted(old.discards - new.discards - set(new.by_attribute)):
        said = f"Records with {_names(less)} are refused now."
        remedy = "Keep the discard until no app sends it."
        place = "$.tidegate.discards" if new.discards else "$.tidegate"
        yield Difference("discard-removed", file, place, said, remedy, (Party.SENDERS,))


def _names(names: list[str]) -> str:
    return " or ".join(f"`{name}`" for name in names)


def _field(old: FieldPlan, new: FieldPlan, place: Leaf) -> Iterator[Difference]:
    def told(rule: str, below: str, said: str, remedy: str, *breaks: Party) -> Difference:
        return Difference(rule, place.file, f"{place.at}.tidegate{below}", f"`{place.dotted}`: {said}", remedy, breaks)

    if old.attribute != new.attribute and old.attribute and new.attribute:
        said = f"the attribute `{old.attribute}` became `{new.attribute}`: another fact under the same name."
        remedy = "Add a new field for the new attribute."
        yield told("attribute-changed", ".attribute", said, remedy, Party.SENDERS, Party.TABLES)
    if old.content is not None and new.content is None:
        said = f"it held {old.content}, and no longer counts as content."
        yield told("content-removed", "", said, "Content stays content; add a new field instead.", Party.TABLES)
    elif old.content is not None and new.content is not None and old.content is not new.content:
        said = f"the content class {old.content} became {new.content}."
        remedy = "Keep the class: who may read and for how long depends on it."
        yield told("content-changed", ".content_class", said, remedy, Party.TABLES)
    if became := domain_became(old, new):
        remedy = "Add a new field with the new domain; old values keep the old meaning."
        yield told("domain-changed", ".domain", f"{became}{_bits(old, new)}.", remedy, Party.TABLES, Party.ML)
    if more := loosened(old, new):
        yield told("domain-loosened", "", f"{', '.join(more)}{_bits(old, new)}.", _APPROVE)
    if less := narrowed(old, new):
        remedy = "Keep it; or add a new field, so that one name has one meaning."
        yield told("domain-narrowed", "", f"{', '.join(less)}{_bits(old, new)}.", remedy, Party.SENDERS, Party.ML)
    if isinstance(old.domain, Vocabulary) and isinstance(new.domain, Vocabulary):
        yield from _words(old.domain, new.domain, place)


def _bits(old: FieldPlan, new: FieldPlan) -> str:
    return f"; {old.bits:.1f} bits became {new.bits:.1f}" if old.bits != new.bits else ""


def _words(old: Vocabulary, new: Vocabulary, place: Leaf) -> Iterator[Difference]:
    """Compare word lists: told at the vocabulary's own file, so that many events with it tell it once."""
    if old.words == new.words:
        return
    is_same = old.vocabulary == new.vocabulary
    file = f"vocabularies/{new.vocabulary}.yaml" if is_same else place.file
    path = "$.words" if is_same else f"{place.at}.tidegate.vocabulary"
    name = f"The vocabulary {new.vocabulary}" if is_same else f"`{place.dotted}`"
    if added := words_added(old, new):
        sizes = f"from {len(old.words)} to {len(new.words)}"
        bits = f"{math.log2(len(old.words)):.1f} bits became {math.log2(len(new.words)):.1f}"
        said = f"{name} has {added} new word{'s' if added > 1 else ''}: {sizes}, {bits}."
        yield Difference("vocabulary-widened", file, path, said, _APPROVE, (Party.ML,))
    if words_moved(old, new):
        said = f"{name}: a word is gone or stands elsewhere; its number in the ML record means another word now."
        remedy = "Put the list back as it was; new words go at its end."
        yield Difference("vocabulary-reordered", file, path, said, remedy, (Party.SENDERS, Party.ML))


def _new_fields(old: Plan, new: Plan, before: Fields, places: Mapping[tuple[str, ...], Leaf]) -> Iterator[Difference]:
    added = [field for field in new.fields if field.path not in before and field.in_ml and field.path in places]
    for field in added:
        if isinstance(field.domain, Pseudonym) and field.source is None:
            place = places[field.path]
            said = f"`{place.dotted}` is a new pseudonym: the event can be joined by it."
            yield Difference("identifier-added", place.file, place.at, said, _APPROVE)
    wider = [field for field in added if field.bits > 0]
    if wider and new.bits > old.bits and old.for_ml and new.for_ml:
        place = places[wider[0].path]
        said = f"The event can carry more into ML: {old.bits:.1f} bits became {new.bits:.1f}."
        yield Difference("capacity-grown", place.file, place.at, said, _APPROVE)
