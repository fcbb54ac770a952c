"""Everything that differs between an event's new state and the states before it, each difference once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from schemas.check.avro_changes import avro_changes
from schemas.check.avro_reading import kind_of
from schemas.check.class_changes import class_changes
from schemas.check.difference import Difference, Leaf, Party, leaves
from schemas.plan import Plan
from schemas.shape import unwrapped


@dataclass(frozen=True, slots=True)
class State:
    """One state of an event's schema. `plan` is None where today's rules do not compile it."""

    file: str
    avro: Mapping[str, Any]
    plan: Plan | None


def event_changes(before: State, after: State, history: Sequence[State]) -> list[Difference]:
    """Compare with the state before, and with every registered one for what the state before does not show.

    `history` is newest first.
    """
    direct = [*avro_changes(before.avro, after.avro, after.file)]
    if before.plan is not None and after.plan is not None:
        direct += class_changes(before.plan, after.plan, after.file)
    if any(difference.rule == "kind-changed" for difference in direct):
        direct = [difference for difference in direct if difference.rule != "name-moved"]
    elif before.file != after.file:
        said = f"The file was {before.file}: its history and what was said about it do not follow."
        direct.append(Difference("file-renamed", after.file, "$", said, "Keep the file's name."))
    if before.avro != after.avro:
        direct += _reused(before, after, history)
        direct += _from_afar(before, after, history, direct)
    return direct


def _reused(before: State, after: State, history: Sequence[State]) -> Iterator[Difference]:
    """Find fields that come back after a time without them and mean something else."""
    known = leaves(before.avro, before.file)
    for path, leaf in leaves(after.avro, after.file).items():
        earlier = next((old[path] for state in history if path in (old := leaves(state.avro, state.file))), None)
        if path in known or earlier is None or meaning(earlier) == meaning(leaf):
            continue
        said = f"`{leaf.dotted}` was a field before, and meant something else."
        breaks = (Party.NEW_READERS, Party.TABLES)
        yield Difference("field-reused", leaf.file, leaf.at, said, "Give the field a name that was never used.", breaks)


def meaning(leaf: Leaf) -> tuple[object, ...]:
    """What one name must always mean: the fact, how it is bounded, its unit and its type."""
    meta = leaf.raw.get("tidegate")
    noted = meta if isinstance(meta, dict) else {}
    said = tuple(noted.get(key) for key in ("attribute", "source", "le", "domain", "unit", "content_class"))
    return (*said, kind_of(unwrapped(leaf.raw.get("type"))[1]))


def _from_afar(
    before: State, after: State, history: Sequence[State], direct: Sequence[Difference]
) -> Iterator[Difference]:
    """What breaks readers of data older than the state before, and did not break them already."""
    told = {(difference.rule, difference.path) for difference in direct}
    reused = {difference.path for difference in direct if difference.rule == "field-reused"}
    for state in history:
        if state.avro in (before.avro, after.avro):
            continue
        known = {(old.rule, old.said) for old in avro_changes(state.avro, before.avro, before.file)}
        for difference in avro_changes(state.avro, after.avro, after.file):
            key = (difference.rule, difference.path)
            is_old = key in told or (difference.rule, difference.said) in known
            if is_old or Party.NEW_READERS not in difference.breaks or difference.path.startswith(tuple(reused)):
                continue
            told.add(key)
            said = f"{difference.said} The registered {state.file} had it otherwise."
            yield Difference(
                difference.rule, difference.file, difference.path, said, difference.remedy, difference.breaks
            )
