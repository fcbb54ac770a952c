"""What changed in the Avro of an event, and which readers it breaks: by Avro's rules, and where they are silent."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.check.avro_reading import NAMED, Resolver, full_name, kind_of, names_in, same_name
from schemas.check.difference import Difference, Leaf, Party, leaves
from schemas.shape import unwrapped

_BESIDE = "Leave the field as it is and add a new one, under a new name and with a default, beside it."


def avro_changes(old: Mapping[str, Any], new: Mapping[str, Any], file: str) -> Iterator[Difference]:
    """Compare two resolved schemas of one event; documentation and order of fields are nobody's break."""
    before, after = leaves(old, file), leaves(new, file)
    names = (names_in(old), names_in(new))
    renamed = {path: source for path, leaf in after.items() if (source := _alias_of(leaf, before, after))}
    yield from _moved(old, new, file)
    for path, leaf in after.items():
        if path in renamed:
            yield _laundered(leaf, renamed[path])
        elif path in before:
            yield from _field(before[path], leaf, *names)
        elif "default" not in leaf.raw:
            yield _added(leaf)
    for path, leaf in before.items():
        if path not in after and path not in renamed.values():
            yield _removed(leaf)


def _moved(old: Mapping[str, Any], new: Mapping[str, Any], file: str) -> Iterator[Difference]:
    was, now = full_name(old), full_name(new)
    if was == now:
        return
    aliases = {full_name({"name": alias}, now.rpartition(".")[0]) for alias in new.get("aliases", ())}
    part = "name" if old.get("name") != new.get("name") else "namespace"
    breaks = (Party.TABLES,) if same_name(old, new) else (Party.NEW_READERS, Party.OLD_READERS, Party.TABLES)
    said = f"The record {was} is called {now} now: another subject in the registry, another type to Avro."
    if was in aliases:
        yield Difference("alias", file, "$.aliases", f"{said} An alias hides it.", "Keep the name.", breaks)
    else:
        yield Difference("name-moved", file, f"$.{part}", said, f"Keep the name {was}.", breaks)


def _alias_of(leaf: Leaf, before: Mapping[tuple[str, ...], Leaf], after: Mapping[tuple[str, ...], Leaf]) -> Any:  # noqa: ANN401 - a path or None
    """Path of the field that is gone and that this new one claims to be."""
    if leaf.path in before:
        return None
    claimed = [(*leaf.path[:-1], str(alias)) for alias in leaf.raw.get("aliases", ())]
    return next((path for path in claimed if path in before and path not in after), None)


def _laundered(leaf: Leaf, source: tuple[str, ...]) -> Difference:
    said = f"`{leaf.dotted}` takes the place of `{'.'.join(source)}` by an alias."
    breaks = (Party.OLD_READERS, Party.TABLES)
    return Difference(
        "alias", leaf.file, f"{leaf.at}.aliases", said, "Keep the old name; aliases hide changes.", breaks
    )


def _added(leaf: Leaf) -> Difference:
    said = f"`{leaf.dotted}` is new and has no default."
    remedy = 'Make its type ["null", …] with "default": null, or give it another default.'
    return Difference("field-added", leaf.file, leaf.at, said, remedy, (Party.NEW_READERS,))


def _removed(leaf: Leaf) -> Difference:
    if "default" in leaf.raw:
        said = f"`{leaf.dotted}` is gone; readers with the old schema fill in its default."
        return Difference("field-retired", leaf.file, "$.fields", said, "Tell those who query it.", (Party.TABLES,))
    said = f"`{leaf.dotted}` is gone, and it had no default."
    remedy = "Keep the field; or first give it a default, and take it out when no reader has the older schema."
    return Difference("field-removed", leaf.file, "$.fields", said, remedy, (Party.OLD_READERS, Party.TABLES))


def _field(old: Leaf, new: Leaf, written: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[Difference]:
    yield from _type(old, new, written, read)
    if _nullable(old) == _nullable(new) and "default" in old.raw and _default(old) != _default(new):
        said = f"The default of `{new.dotted}` is another: readers fill in a value that was never sent."
        path = f"{new.at}.default" if "default" in new.raw else new.at
        breaks = (Party.NEW_READERS,) if "default" not in new.raw else (Party.TABLES,)
        yield Difference("default-changed", new.file, path, said, "Keep the default.", breaks)


def _default(leaf: Leaf) -> str:
    """The default as JSON, in which false is not 0; nothing where there is none."""
    return json.dumps(leaf.raw["default"]) if "default" in leaf.raw else ""


def _nullable(leaf: Leaf) -> bool:
    return unwrapped(leaf.raw.get("type"))[0]


def _type(old: Leaf, new: Leaf, written: Mapping[str, Any], read: Mapping[str, Any]) -> Iterator[Difference]:
    was, now = old.raw.get("type"), new.raw.get("type")
    if was == now and was in (*written, kind_of(was)) and written.get(str(was)) == read.get(str(now)):
        return
    breaks = [] if Resolver(written, read).reads(was, now) else [Party.NEW_READERS]
    breaks += [] if Resolver(read, written).reads(now, was) else [Party.OLD_READERS]
    at, name = f"{new.at}.type", f"`{new.dotted}`"
    if _nullable(old) != _nullable(new):
        said = f"{name} {'may be absent' if _nullable(new) else 'must be there'} now."
        yield Difference("union-changed", new.file, at, said, _BESIDE, (*breaks, Party.TABLES))
    inner_was, inner_now = (_meant(unwrapped(avro)[1], names) for avro, names in ((was, written), (now, read)))
    place = f"{at}[1]" if _nullable(new) else at
    one_way, back = Resolver(written, read), Resolver(read, written)
    differs = not (one_way.reads(inner_was, inner_now) and back.reads(inner_now, inner_was))
    for rule, path, said, remedy, others in _kinds(inner_was, inner_now, differs=differs):
        parties = tuple(dict.fromkeys((*breaks, *others)))
        yield Difference(rule, new.file, place + path, f"{name}: {said}", remedy, parties)


def _meant(avro: Any, names: Mapping[str, Any]) -> Any:  # noqa: ANN401 - an Avro type
    return names.get(avro, avro) if isinstance(avro, str) else avro


_Told = tuple[
    str, str, str, str, tuple[Party, ...]
]  # rule, path below the type, sentence, remedy, parties besides readers


def _kinds(was: Any, now: Any, *, differs: bool) -> Iterator[_Told]:  # noqa: ANN401 - Avro types
    """Compare two types that are no unions with null."""
    one, other = kind_of(was), kind_of(now)
    if one != other:
        rule = "bytes-changed" if {one, other} == {"string", "bytes"} else "type-changed"
        yield rule, "", f"the type {one} became {other}.", _BESIDE, (Party.TABLES,)
    elif _logical(was) != _logical(now):
        said = f"the logical type {_said(was)} became {_said(now)}; Avro reads it in silence and means another value."
        yield "type-changed", "", said, _BESIDE, (Party.NEW_READERS, Party.OLD_READERS, Party.TABLES)
    elif one in NAMED and one != "record" and full_name(was) != full_name(now):
        claims = was.get("name") in [str(alias).rpartition(".")[2] for alias in now.get("aliases", ())]
        said = f"the type {full_name(was)} is called {full_name(now)} now{', by an alias' if claims else ''}."
        yield "alias" if claims else "name-moved", ".aliases" if claims else ".name", said, "Keep the name.", ()
    elif one == "enum":
        yield from _enums(was, now)
    elif differs:
        yield "type-changed", "", f"the {one} is built otherwise now.", _BESIDE, (Party.TABLES,)


def _enums(was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[_Told]:
    old, new = list(was.get("symbols", ())), list(now.get("symbols", ()))
    gone, added = [s for s in old if s not in new], [s for s in new if s not in old]
    if gone:
        lost = "become the default, in silence" if "default" in now else "can't be read"
        said = f"{len(gone)} of {len(old)} symbols are gone; old events with them {lost}."
        yield "enum-removed", ".symbols", said, "Keep every symbol.", (Party.TABLES, Party.ML)
    if added and "default" not in was:
        said = f"{len(added)} symbol{'s are' if len(added) > 1 else ' is'} new, and the old enum has no default."
        remedy = "Give the enum a default first, and add symbols when every reader has it."
        yield "enum-added", ".symbols", said, remedy, ()
    if [s for s in old if s in new] != [s for s in new if s in old]:
        said = "the symbols stand in another order; whoever keeps their places reads other words."
        yield "enum-reordered", ".symbols", said, "Keep the order; put new symbols at the end.", (Party.ML,)
    if was.get("default") != now.get("default"):
        said = "the enum's default is another; unknown symbols are read as something else."
        yield "enum-default", ".default" if "default" in now else "", said, "Keep the default.", ()


def _logical(avro: Any) -> tuple[Any, Any, Any]:  # noqa: ANN401 - an Avro type
    return (
        (avro.get("logicalType"), avro.get("precision"), avro.get("scale", 0))
        if isinstance(avro, dict)
        else (None, None, 0)
    )


def _said(avro: Any) -> str:  # noqa: ANN401 - an Avro type
    logical, precision, scale = _logical(avro)
    return f"{logical}({precision}, {scale})" if precision is not None else str(logical or "none")
