"""What is said of a setting that is wrong: where it was given, and what it has to be; never its value."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields
from typing import Any, Final

from collector.limits import Limits
from collector.senders import Rate

# Settings of several parts, with how some are written in a variable.
TABLES: Final[Mapping[str, tuple[str, ...]]] = {
    "limits": tuple(part.name for part in fields(Limits)),
    "rate": tuple(part.name for part in fields(Rate)),
}
_AS_JSON: Final = {"limits": '{"records": 2000}', "rate": '{"records": 2000, "burst": 5}'}
_PART: Final = "unexpected_keyword_argument"
_TABLE: Final = frozenset({"dataclass_type", "dataclass_exact_type", "dict_type"})


def wrong(found: Iterable[Mapping[str, Any]], named: Callable[[str, str], str]) -> str:
    """Say in one line what is wrong; `named` says where a setting, or a part of one, was given."""
    lines = (_line(str(item["loc"][0]), [*map(str, item["loc"][1:2]), ""][0], item, named) for item in found)
    return "; ".join(dict.fromkeys(lines))


def not_json(name: str) -> str:
    """Say what a variable has to hold."""
    return f"must be JSON, as {_AS_JSON[name]}, no key twice" if name in _AS_JSON else "must be JSON"


def unknown(key: str, what: str, there_are: Iterable[str]) -> str:
    """Say that a key is none, and which one it may be meant for; an odd key is not repeated."""
    if not re.fullmatch(r"[a-z][a-z_]{0,39}", key):
        return f"a key is no {what}"
    close = difflib.get_close_matches(key, list(there_are), n=1)
    return f"{key} is no {what}" + (f", did you mean {close[0]}?" if close else "")


def _line(name: str, part: str, item: Mapping[str, Any], named: Callable[[str, str], str]) -> str:
    kind, message = item["type"], item["msg"]
    if kind == "missing":
        return f"{named(name, '')}: not set"
    if name in TABLES and kind == _PART:
        parts = TABLES[name]
        what = "limit" if name == "limits" else f"part of {name}"
        return f"{named(name, '')}: {unknown(part, what, parts)}; there are {', '.join(parts)}"
    if name in TABLES and kind in _TABLE:
        return f"{named(name, '')}: must be a table, in a variable JSON, as {_AS_JSON[name]}"
    if kind == "string_pattern_mismatch" and name == "kafka_bootstrap":
        return f"{named(name, '')}: must be HOST:PORT, or several with commas between"
    return f"{named(name, part if name in TABLES else '')}: {message[0].lower()}{message[1:]}"
