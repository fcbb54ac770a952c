"""Reads the catalogue's JSON and YAML, strictly: a key twice, a NaN, an alias or a broken file is a finding, no guess.

The one door to PyYAML in this room.
"""

from __future__ import annotations

import json
import math
import stat
from collections.abc import Hashable, Iterator
from typing import TYPE_CHECKING, Any

import yaml

from schemas.findings import Finding
from schemas.positions import DEEPEST, Place, json_places, repeated_key, step

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 2**20  # bytes; a catalogue file is written by people


class Unreadable(Exception):  # noqa: N818 - becomes a finding
    """A file can't be read; carries the finding."""

    def __init__(self, finding: Finding) -> None:
        """Keep the finding."""
        super().__init__(str(finding))
        self.finding = finding


def read_json(path: Path, name: str) -> Any:  # noqa: ANN401 - JSON is anything
    """Read a JSON file; `name` is how messages call it."""
    text = _text(path, name)
    try:
        data = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite)
    except RecursionError:
        raise Unreadable(_too_deep(name)) from None
    except json.JSONDecodeError as error:
        raise Unreadable(_broken(name, f"is no JSON: {error.msg}.", (error.lineno, error.colno))) from None
    except _Twice:
        where, place = repeated_key(text) or ("$", (1, 1))
        raise Unreadable(_repeated(name, where, place)) from None
    except _Odd as odd:
        raise Unreadable(_broken(name, f"{odd}.")) from None
    except ValueError:
        raise Unreadable(_broken(name, "has a number that is too long.")) from None
    return _sound(data, name)


def read_yaml(path: Path, name: str) -> Any:  # noqa: ANN401 - YAML is anything
    """Read a YAML file with the safe loader, made stricter: plain mappings of text, lists, scalars; nothing twice."""
    text = _text(path, name)
    try:
        data = yaml.load(text, Loader=_OnceLoader)  # noqa: S506 - a safe loader, made stricter
    except _KeyTwice as error:
        raise Unreadable(_repeated(name, "$", _place(error.problem_mark))) from None
    except yaml.MarkedYAMLError as error:
        defect = f"is no YAML we take: {error.problem}."
        raise Unreadable(_broken(name, defect, _place(error.problem_mark))) from None
    except RecursionError:
        raise Unreadable(_too_deep(name)) from None
    except (yaml.YAMLError, ValueError):
        raise Unreadable(_broken(name, "is no YAML we take.")) from None
    return _sound(data, name)


def places(path: Path) -> dict[str, Place]:
    """Line and column of each value of a JSON or YAML file, by JSON path; of one that can't be read, none."""
    try:
        text = _text(path, path.name)
        if path.suffix in (".avsc", ".json"):
            return json_places(text)
        node = yaml.compose(text, Loader=_OnceLoader)
    except (Unreadable, yaml.YAMLError, ValueError, RecursionError):
        return {}
    return dict(_marks(node, "$"))


def _marks(node: yaml.Node | None, path: str) -> Iterator[tuple[str, Place]]:
    if node is None:
        return
    yield path, _place(node.start_mark)
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            yield from _marks(value, path + step(str(key.value)))
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            yield from _marks(value, path + step(index))


def _place(mark: Any) -> Place:  # noqa: ANN401 - PyYAML's mark, or None
    return (mark.line + 1, mark.column + 1) if mark else (0, 0)


def _text(path: Path, name: str) -> str:
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise Unreadable(_broken(name, "is no regular file."))
        if found.st_size > LARGEST:
            defect = f"The file is larger than {LARGEST} bytes."
            raise Unreadable(Finding(name, "$", "structure/too-large", defect, "Split it, or list less."))
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise Unreadable(_broken(name, "is not UTF-8.")) from None
    except OSError as error:
        raise Unreadable(_broken(name, f"can't be read: {error.strerror}.")) from None


def _broken(name: str, defect: str, place: Place = (0, 0)) -> Finding:
    return Finding(name, "$", "structure/unreadable", f"The file {defect}", "Mend the file.", *place)


def _too_deep(name: str) -> Finding:
    defect = f"The file nests objects and lists more than {DEEPEST} deep."
    return Finding(name, "$", "structure/too-deep", defect, "Flatten it; a schema needs about ten.")


def _repeated(name: str, path: str, place: Place) -> Finding:
    defect = "A key stands twice in one object; readers differ in which they take."
    return Finding(name, path, "structure/duplicate-key", defect, "Take one of them out.", *place)


def _sound(data: Any, name: str) -> Any:  # noqa: ANN401 - as above
    """Refuse what later steps could not take: nothing, great depth, half a surrogate pair."""
    if data is None:
        raise Unreadable(_broken(name, "holds nothing."))
    level = [data]
    for _ in range(DEEPEST):
        level = [inner for outer in level if isinstance(outer, (dict, list)) for inner in _parts(outer)]
    if level:
        raise Unreadable(_too_deep(name))
    try:
        json.dumps(data, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        raise Unreadable(_broken(name, "has half a surrogate pair, which is no character.")) from None
    return data


def _parts(outer: dict[str, Any] | list[Any]) -> Any:  # noqa: ANN401 - as above
    return outer.values() if isinstance(outer, dict) else outer


class _Odd(ValueError):  # noqa: N818 - becomes a finding
    """JSON that Python reads and we don't take; the text says what, and tells no value."""


class _Twice(_Odd):
    """A key stands twice in one object."""


class _KeyTwice(yaml.constructor.ConstructorError):
    """A key stands twice in one mapping."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    mapping = dict(pairs)
    if len(mapping) != len(pairs):
        raise _Twice
    return mapping


def _no_constant(_: str) -> None:
    raise _Odd("has a NaN or an infinity, which JSON does not have")


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise _Odd("has a number beyond what a double holds")
    return number


class _PythonParser(yaml.reader.Reader, yaml.scanner.Scanner, yaml.parser.Parser):
    """What stands in where PyYAML was built without libyaml."""

    def __init__(self, text: str) -> None:
        yaml.reader.Reader.__init__(self, text)
        yaml.scanner.Scanner.__init__(self)
        yaml.parser.Parser.__init__(self)


# libyaml reads a vocabulary six times as fast; the composer stays Python's, since ours is stricter
_Parser: Any = yaml.cyaml.CParser if yaml.__with_libyaml__ else _PythonParser  # type: ignore[attr-defined]


class _OnceLoader(yaml.composer.Composer, _Parser, yaml.constructor.SafeConstructor, yaml.resolver.Resolver):  # type: ignore[misc]  # _Parser
    """PyYAML's safe loader, refusing a key twice, a key that is no text, and aliases, which multiply."""

    def __init__(self, text: str) -> None:
        _Parser.__init__(self, text)
        yaml.composer.Composer.__init__(self)
        yaml.constructor.SafeConstructor.__init__(self)
        yaml.resolver.Resolver.__init__(self)

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.events.AliasEvent):
            mark = self.peek_event().start_mark
            raise yaml.composer.ComposerError(None, None, "an alias stands where its value should", mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002 - PyYAML's signature
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        if not all(isinstance(key, str) for key in keys):
            raise yaml.constructor.ConstructorError(None, None, "a key is no text: quote it", node.start_mark)
        if len(set(keys)) != len(keys):
            again = next(node.value[place][0] for place, key in enumerate(keys) if key in keys[:place])
            raise _KeyTwice(None, None, "a key stands twice in one mapping", again.start_mark)
        return super().construct_mapping(node, deep=deep)
