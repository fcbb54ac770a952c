"""The one door to DuckDB: SQL over the tables, in memory, with every way to a file or the network shut.

DuckDB opens no file itself: it scans data sets that are handed to it, so that nothing at all need be allowed to it. Not
even the tables' own folder, for what it may read there it could also write.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb

from consumers.sink import parquet
from consumers.sink.columns import OFFSET, PARTITION, SCHEMA_OF, Table
from consumers.sink.errors import Unreadable
from consumers.sink.parquet import Stored

_CONFIG: dict[str, str | bool | int | float | list[str]] = {
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
}
_LOCKS = (
    "SET TimeZone = 'UTC'",
    "SET enable_external_access = false",
    "SET lock_configuration = true",
)


class QueryFailed(Exception):  # noqa: N818 - a fact about a query
    """The question could not be answered; the text is DuckDB's, in one line."""


@dataclass(frozen=True, slots=True)
class Result:
    """A question's answer. No two columns have one name."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...] = field(repr=False)


def query(sql: str, tables: Path, known: Sequence[Table] = ()) -> Result:
    """Answer a question in SQL over the Parquet files below `tables`.

    There is a view per event, `usage.call_ended`, `diagnostic.…`, `ml.…`, each event once (of a repeated one the row
    with the first offset), and the view `tables` with the columns name, rows, files. The `known` tables have a view
    also while they have no file.

    Raises:
        QueryFailed: SQL that is wrong, or that reaches for a file or the network; a table file that can't be read.
    """
    with duckdb.connect(":memory:", config=_CONFIG) as connection:
        try:
            _views(connection, parquet.read(tables, known))
            for lock in _LOCKS:
                connection.execute(lock)
            relation = connection.sql(sql)
            return Result((), ()) if relation is None else _result(relation.to_arrow_table())
        except duckdb.Error as error:
            raise QueryFailed(_one_line(str(error))) from None
        except Unreadable as error:
            raise QueryFailed(str(error)) from None


def _views(connection: duckdb.DuckDBPyConnection, stored: Sequence[Stored]) -> None:
    for schema in SCHEMA_OF.values():
        connection.execute(f"CREATE SCHEMA {schema}")
    counts = []
    for (topic, event), parts in groupby(stored, key=lambda part: (part.topic, part.event)):
        schema, table = SCHEMA_OF[topic], event.replace(".", "_")
        name, plain = f"{schema}.{_quoted(table)}", _text(f"{schema}.{table}")
        files = _view(connection, name, list(parts))
        rows = f"(SELECT count(*) FROM {name})"  # noqa: S608 - names, quoted
        counts.append(f"SELECT {plain} AS name, {rows} AS rows, {files} AS files")
    nothing = "SELECT ''::VARCHAR AS name, 0::BIGINT AS rows, 0 AS files WHERE false"
    connection.execute(f"CREATE VIEW tables AS {' UNION ALL '.join([nothing, *counts])}")


def _view(connection: duckdb.DuckDBPyConnection, name: str, parts: Sequence[Stored]) -> int:
    """Put the schemas of one event together by column name, each event once; returns the number of files."""
    sources = []
    for part in parts:
        source = f"{part.topic}/{part.event}/{part.schema_id}"
        connection.register(source, part.data)
        sources.append(f"SELECT * FROM {_quoted(source)}")  # noqa: S608 - a name, quoted
    together = " UNION ALL BY NAME ".join(sources)
    once = f"row_number() OVER (PARTITION BY event_id ORDER BY {PARTITION}, {OFFSET}) = 1"
    connection.execute(f"CREATE VIEW {name} AS SELECT * FROM ({together}) QUALIFY {once}")  # noqa: S608 - as above
    return sum(part.files for part in parts)


def _result(answer: Any) -> Result:  # noqa: ANN401 - an Arrow table; pyarrow ships no types
    columns = [[_plain(value) for value in column.to_pylist()] for column in answer.columns]
    return Result(tuple(_distinct(answer.column_names)), tuple(zip(*columns, strict=True)))


def _plain(value: object) -> object:
    """A whole decimal, as which sums of whole numbers come, is a whole number."""
    return int(value) if isinstance(value, Decimal) and value.as_tuple().exponent == 0 else value


def _distinct(names: Sequence[str]) -> list[str]:
    distinct: list[str] = []
    for name in names:
        unique, number = name, 1
        while unique in distinct:
            unique, number = f"{name}_{number}", number + 1
        distinct.append(unique)
    return distinct


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _one_line(message: str) -> str:
    """Keep DuckDB's sentence and its advice; drop the picture of the place."""
    lines = message.split("\n\n", 1)[0].splitlines()
    return " ".join(line.strip() for line in lines if line.strip())
