"""Texts of schema files in markdown: in a code span or escaped, always.

A name can neither mention a person, link, close an issue nor break the table.
"""

from __future__ import annotations

import re

from schemas.check.formats.plain import printable

_SPECIAL = re.compile(r"[\\`*_{}\[\]<>|~&$]|:(?=//|\w)|(?<=[wW])\.")
_MENTION = re.compile(r"[@#]+")  # GitHub links these in rendered text too: escaping them is not enough
_RUN = re.compile(r"`+")


def escaped(text: str) -> str:
    """Escape a text for a cell or a sentence: it reads as it is, and does nothing."""
    return _MENTION.sub(r"`\g<0>`", _SPECIAL.sub(r"\\\g<0>", printable(text)))


def code(text: str) -> str:
    """Put a text into a code span that may stand in a table's cell."""
    shown = printable(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in _RUN.findall(shown)), default=0) + 1)
    room = " " if shown.startswith("`") or shown.endswith("`") or not shown.strip() else ""
    return f"{fence}{room}{shown}{room}{fence}"
