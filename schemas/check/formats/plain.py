"""Text of strangers made safe to show: a schema file may hold any character, a terminal or a CI log may obey some.

What is left after `printable` is one line that no terminal, XML reader or CI runner takes for a command, and that reads
in the order in which it is written.
"""

from __future__ import annotations

import re
import unicodedata

# Control, format (bidirectional marks, zero-width), surrogate, private, unassigned; line and paragraph ends.
_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
# GitHub's runner obeys `##[command]` anywhere in a line, and `::command::` at its start.
_COMMAND = re.compile(r"##(?=\[)|^(\s*):(?=:)")


def printable(text: str) -> str:
    r"""Spell every character that can't be seen as `\n`, `\x1b` or `\u202e`, and break what a CI runner would obey."""
    if not text.isprintable():  # Space is printable, other separators and everything hidden are not
        text = "".join(_spelt(character) for character in text)
    return _COMMAND.sub(_broken, text)


def _spelt(character: str) -> str:
    if unicodedata.category(character) in _HIDDEN:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _broken(found: re.Match[str]) -> str:
    return r"#\x23" if found[0] == "##" else f"{found[1]}\\x3a"


def shortened(text: str, most: int) -> str:
    """Cut a text to `most` characters, an ellipsis at the cut."""
    return text if len(text) <= most else text[: most - 1] + "…"


def counted(number: int, noun: str) -> str:
    """Count things in words: `1 error`, `2 errors`, `1,204 errors`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
