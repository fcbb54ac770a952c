"""The groups as a table for people."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table
from rich.text import Text

from schemas.check.formats.plain import printable

if TYPE_CHECKING:
    from deploy.quarantine.groups import Group

_WIDE = 200  # columns, where nobody's terminal says otherwise
_COLUMNS = (
    "reason",
    "event",
    "field",
    "value",
    "refused by",
    "app",
    "version",
    "count",
    "24 h",
    "trend",
    "release before",
    "first seen",
    "last seen",
)


def show(made: Sequence[Group]) -> None:
    """Print the groups; a release that leaks more than the one before it stands out."""
    drawn = Table(*_COLUMNS, box=None, pad_edge=False)
    for group in made:
        drawn.add_row(*_row(group), style="yellow" if group.is_worse else None)
    width = None if sys.stdout.isatty() else _WIDE
    Console(width=width).print(drawn if made else "Quarantine is empty.")


def _row(group: Group) -> list[Text]:
    cells = (
        group.reason,
        group.event or "",
        group.field or "",
        group.value_kind,
        group.stage.lower(),
        group.app or "",
        group.version or "",
        f"{group.count:,}",
        f"{group.today:,}",
        group.trend,
        _compared(group),
        f"{group.first:%Y-%m-%d %H:%M}",
        f"{group.last:%Y-%m-%d %H:%M}",
    )
    return [Text(printable(cell)) for cell in cells]  # whoever may write the topic may write anything there


def _compared(group: Group) -> str:
    if group.predecessor is None:
        return ""
    than = f"{group.predecessor}: {group.of_predecessor:,}"
    return f"more than {than}" if group.is_worse else than
