"""Shows a sheet: a table for people, JSON for machines, markdown for a page."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rich.console import Console

    from deploy.authoring.overview import Row, Sheet

shape = click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "markdown"]),
    default="table",
    show_default=True,
    help="A table for people, JSON, or markdown.",
)
_PIPED = 180  # columns
_NUMBERS = {"fields", "bits", "images", "share", "words", "place"}


def show(sheet: Sheet, shape: str) -> None:
    """Print a sheet."""
    if shape == "json":
        click.echo(json.dumps({**sheet.rest, "rows": sheet.rows}, ensure_ascii=False, indent=2))
    elif shape == "markdown":
        click.echo(markdown(sheet), nl=False)
    else:
        _table(sheet)


def markdown(sheet: Sheet) -> str:
    """Write a sheet as a markdown section."""
    heads = " | ".join(sheet.columns.values())
    rules = " | ".join("--:" if key in _NUMBERS else "---" for key in sheet.columns)
    rows = [
        "| " + " | ".join(_cell(row, key).replace("|", "\\|") for key in sheet.columns) + " |" for row in sheet.rows
    ]
    return "\n".join([f"## {sheet.title}", "", f"| {heads} |", f"| {rules} |", *rows, "", *sheet.lines, ""])


def _table(sheet: Sheet) -> None:
    from rich.markup import escape  # noqa: PLC0415 - only a table needs it
    from rich.table import Table  # noqa: PLC0415 - as above

    drawn = Table(box=None, pad_edge=False)
    for key, heading in sheet.columns.items():
        drawn.add_column(heading, justify="right" if key in _NUMBERS else "left", overflow="fold")
    for row in sheet.rows:
        drawn.add_row(*(escape(_cell(row, key)) for key in sheet.columns))
    console = wide()
    console.print(sheet.title, style="bold", markup=False, highlight=False)
    console.print(drawn)
    for line in sheet.lines:
        console.print(line, markup=False, highlight=False)


def wide() -> Console:
    """Make a console as wide as the terminal; where there is none, wide enough that no cell is broken in two."""
    from rich.console import Console  # noqa: PLC0415 - only a table needs it

    return Console() if sys.stdout.isatty() else Console(width=_PIPED)


def _cell(row: Row, key: str) -> str:
    value = row[key]
    if value is None:
        return ""
    if key == "share" and isinstance(value, float):
        return f"{value:.0%}"
    if isinstance(value, float):
        return f"{value:.2f}"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) else str(value)
