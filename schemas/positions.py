"""Where each value of a JSON text stands, for files that have findings; reading itself is the standard library's.

No library on PyPI that does this is both maintained and free of recursion, and a hostile file must not end the process.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from functools import lru_cache

Place = tuple[int, int]  # line and column, from 1, in characters
START: Place = (1, 1)
DEEPEST = 64  # objects and arrays within one another; a schema needs about ten

_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,95}", re.ASCII)
_TOKEN = re.compile(r'[ \t\r\n]*("(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+)', re.DOTALL)
_STEP = re.compile(r'\.[A-Za-z_][A-Za-z0-9_-]*$|\[(\d+|"([^"\\]|\\.)*")\]$', re.ASCII)
_OPENING, _CLOSING, _BETWEEN = "{[", "}]", ",:"
_LONGEST = 64  # characters of an odd key that a path shows


@lru_cache(maxsize=4096)
def step(key: str | int) -> str:
    """Write one step of a JSON path: `.name`, `[0]`, or `["odd name"]` with everything odd in it escaped."""
    if isinstance(key, int):
        return f"[{key}]"
    return f".{key}" if _PLAIN.fullmatch(key) else f"[{json.dumps(key[:_LONGEST])}]"


def place_of(path: str, places: Mapping[str, Place]) -> Place:
    """Look a JSON path up; for what is not there, such as a missing property, the nearest value around it."""
    while path not in places:
        match = _STEP.search(path)
        if match is None:
            return START
        path = path[: match.start()]
    return places[path]


def line_finder(text: str) -> Callable[[int], Place]:
    """Turn offsets into lines and columns."""
    starts = [0, *(match.end() for match in re.finditer("\n", text))]

    def place(offset: int) -> Place:
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    return place


def json_places(text: str) -> dict[str, Place]:
    """Line and column of each value, by JSON path. Of a text that is no JSON, as much as there is before it breaks."""
    place = line_finder(text)
    return {path: place(offset) for path, offset in _Scan(text).offsets.items()}


def repeated_key(text: str) -> tuple[str, Place] | None:
    """JSON path and place of the first value whose key stood in its object already."""
    twice = _Scan(text).twice
    return (twice[0], line_finder(text)(twice[1])) if twice else None


class _Scan:
    """One pass over the tokens, with a stack of its own: path of the container, and next index of a list."""

    def __init__(self, text: str) -> None:
        """Find the offset of each value, and the first key that repeats."""
        self.offsets: dict[str, int] = {}
        self.twice: tuple[str, int] | None = None
        self._stack: list[tuple[str, list[int] | None]] = []
        self._key: str | None = None
        for found in _TOKEN.finditer(text):
            self._take(found[1], found.start(1))
            if len(self._stack) > DEEPEST:
                break

    def _take(self, sign: str, offset: int) -> None:
        _, index = self._stack[-1] if self._stack else ("", None)
        if sign in _CLOSING:
            if self._stack:
                self._stack.pop()
        elif sign in _BETWEEN:
            if index is not None:
                index[0] += sign == _BETWEEN[0]
        elif self._stack and index is None and self._key is None:
            self._key = _unquoted(sign)
        else:
            self._value(sign, offset)

    def _value(self, sign: str, offset: int) -> None:
        path = self._path()
        if path in self.offsets and self.twice is None:
            self.twice = path, offset
        self.offsets[path] = offset
        if sign in _OPENING:
            self._stack.append((path, [0] if sign == _OPENING[1] else None))

    def _path(self) -> str:
        if not self._stack:
            return "$"
        container, index = self._stack[-1]
        if index is not None:
            return container + step(index[0])
        key, self._key = self._key or "", None
        return container + step(key)


def _unquoted(written: str) -> str:
    if "\\" not in written:
        return written[1:-1]
    try:
        return str(json.loads(written))
    except ValueError:
        return written
