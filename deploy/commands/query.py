"""`tidegate query`: a question in SQL over the tables."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Iterator
from datetime import date, time
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from consumers.query import QueryFailed, query
from consumers.sink.errors import NoTable
from consumers.sink.rows import tables_of
from deploy.commands import _options
from deploy.commands._errors import Stop
from schemas.catalogue import SHIPPED, load
from schemas.findings import CatalogueInvalid

if TYPE_CHECKING:
    from consumers.query import Result

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # what a terminal would obey
_ENOUGH = 20  # characters of a value in its column; more are folded


@click.command()
@click.argument("sql")
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "json", "csv"]),
    default="table",
    show_default=True,
    help="A table for people, JSON lines, or CSV.",
)
@_options.data_dir
@click.option(
    "--catalog",
    envvar="TIDEGATE_CATALOG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=SHIPPED,
    help="Catalogue folder; by default the shipped one.",
)
def command(sql: str, shape: str, data_dir: Path, catalog: Path) -> None:
    """Ask the tables a question in SQL (DuckDB's).

    Each event is a table: usage.call_ended, diagnostic.call_quality, ml.call_ended. `SELECT * FROM tables` lists them.
    The query can neither read other files nor write any.
    """
    try:
        result = query(sql, data_dir / "tables", tables_of(load(catalog)))
    except (QueryFailed, NoTable, CatalogueInvalid) as error:
        raise Stop(str(error)) from None
    if shape == "table":
        _table(result)
        return
    for line in _json(result) if shape == "json" else _csv(result):
        click.echo(line)


def _table(result: Result) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a table needs it
    from rich.markup import escape  # noqa: PLC0415 - as above
    from rich.table import Table  # noqa: PLC0415 - as above

    console = Console(soft_wrap=False)
    if not _fits(result, console.width):
        for line in _upright(result):
            click.echo(line)
        return
    table = Table()
    for index, name in enumerate(result.columns):
        numbers = all(isinstance(row[index], (int, float, Decimal, type(None))) for row in result.rows)
        table.add_column(escape(name), justify="right" if numbers else "left", overflow="fold")
    for row in result.rows:
        table.add_row(*("" if value is None else escape(_text(value)) for value in row))
    if result.columns:
        console.print(table)
    console.print(_number(result), highlight=False)


def _fits(result: Result, width: int) -> bool:
    """Tell whether each column has room for its name, and for its values or a good part of them."""
    from rich.cells import cell_len  # noqa: PLC0415 - only a table needs it

    def needs(index: int, name: str) -> int:
        longest = max((cell_len(_text(row[index])) for row in result.rows), default=0)
        return 3 + max(cell_len(name), min(longest, _ENOUGH))

    return 1 + sum(needs(index, name) for index, name in enumerate(result.columns)) <= width


def _upright(result: Result) -> Iterator[str]:
    """Write a line for each value, under a head for each row."""
    widest = max(map(len, result.columns))
    for number, row in enumerate(result.rows, 1):
        yield f"── row {number} ──"
        for name, value in zip(result.columns, row, strict=True):
            text = "" if value is None else _CONTROL.sub(lambda sign: f"\\x{ord(sign[0]):02x}", _text(value))
            yield f"{name:>{widest}}  {text}".rstrip()
    yield _number(result)


def _number(result: Result) -> str:
    return f"{len(result.rows)} row{'' if len(result.rows) == 1 else 's'}"


def _json(result: Result) -> Iterator[str]:
    for row in result.rows:
        yield json.dumps(dict(zip(result.columns, map(_jsonable, row), strict=True)), ensure_ascii=False)


def _csv(result: Result) -> Iterator[str]:
    for row in (result.columns, *result.rows):
        line = io.StringIO()
        csv.writer(line, lineterminator="").writerow("" if value is None else _text(value) for value in row)
        yield line.getvalue()


def _text(value: object) -> str:
    plain = _jsonable(value)
    return plain if isinstance(plain, str) else json.dumps(plain, ensure_ascii=False)


def _jsonable(value: object) -> object:
    """Write a value with what JSON has: times in ISO 8601, bytes as hex, NaN and infinity as null."""
    if isinstance(value, dict):
        return {str(key): _jsonable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_jsonable(item) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, float | Decimal):
        return float(value) if math.isfinite(value) else None
    if isinstance(value, date | time):  # a datetime is a date
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, bool | int | str | None) else str(value)
