"""Queries: what they see, and that they reach nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from broker.port import Received
from consumers.query import QueryFailed, query
from consumers.sink import parquet
from consumers.sink.columns import table_of
from consumers.sink.rows import Row, Rows, tables_of
from schemas.catalogue import load
from schemas.model import Kind
from schemas.registry import Registered, Role, text_of
from tests.unit.sink_samples import clock, message

CATALOGUE = load()
KNOWN = tables_of(CATALOGUE)
FEW = [table for table in KNOWN if table.event in {"call.ended", "call.joined"}]
ROWS = Rows(CATALOGUE, clock)
ENDED = next(item for item in CATALOGUE.schemas.values() if (item.event, item.role) == ("call.ended", Role.TELEMETRY))


def write(tables: Path, seeds: list[int], first: int = 0, partition: int = 0) -> Path:
    """Write a file of `call.ended`: one row a seed, offsets counted from `first`."""
    messages = [
        Received("telemetry.usage", partition, first + number, 0, message(ENDED, seed))
        for number, seed in enumerate(seeds)
    ]
    rows = [row for row in map(ROWS.of, messages) if isinstance(row, Row)]
    return parquet.write(tables, rows[0].table, [row.values for row in rows])


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """Five events of one kind."""
    write(tmp_path / "tables", [1, 2, 3, 4, 5])
    return tmp_path / "tables"


def test_every_event_has_a_view_before_anything_is_written(tmp_path: Path) -> None:
    """Without a file, even without the folder, each table of the catalogue is there with its columns and no row."""
    sql = "SELECT schema_name || '.' || table_name, column_name FROM duckdb_columns() WHERE schema_name != 'main'"
    assert set(query(sql, tmp_path / "none", KNOWN).rows) >= {
        (table.name, column.name) for table in KNOWN for column in table.columns
    }
    names = query("SELECT name, rows, files FROM tables ORDER BY name", tmp_path / "none", KNOWN)
    assert names.rows == tuple((name, 0, 0) for name in sorted({table.name for table in KNOWN}))


def test_the_view_of_tables_tells_rows_and_files(tables: Path) -> None:
    """`tables` has a line per event with its rows, repeated ones left out, and its files."""
    write(tables, [5, 6, 7], first=5)
    assert query("SELECT * FROM tables WHERE rows > 0", tables, KNOWN).rows == (("usage.call_ended", 7, 2),)


def test_a_repeated_event_is_seen_once_with_its_first_offset(tables: Path) -> None:
    """What was delivered twice, in batches cut differently, counts once; the row with the first offset is shown."""
    before = query("SELECT * FROM usage.call_ended ORDER BY _offset", tables, KNOWN)
    write(tables, [2, 3], first=1)
    write(tables, [4, 5, 1, 2], first=30)
    write(tables, [3], first=0, partition=2)
    assert query("SELECT * FROM usage.call_ended ORDER BY _offset", tables, KNOWN) == before


def test_two_versions_of_a_schema_are_one_table(tables: Path) -> None:
    """A later schema of an event adds columns, and may change a type: rows of both are in the one view."""
    fields = [
        {"name": "event_id", "type": "string"},
        {"name": "reason", "type": "int"},
        {"name": "added", "type": "boolean"},
    ]
    avro = {"type": "record", "name": "CallEnded", "namespace": "x", "fields": fields}
    later = table_of(
        "telemetry.usage", Registered(9999, Role.TELEMETRY, Kind.USAGE, "call.ended", "x.C", None, text_of(avro))
    )
    row = {"event_id": "e", "reason": 7, "added": True, "_partition": 0, "_offset": 99}
    parquet.write(tables, later, [row])
    sql = "SELECT count(*), count(added), count(duration), count(*) FILTER (reason = '7') FROM usage.call_ended"
    for known in (KNOWN, [*KNOWN, later], []):
        assert query(sql, tables, known).rows == ((6, 1, 5, 1),)


FORBIDDEN = [
    "SELECT * FROM read_csv('/etc/passwd')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM sniff_csv('/etc/passwd')",
    "SELECT * FROM read_parquet('{file}')",
    "SELECT * FROM parquet_metadata('{file}')",
    "SELECT * FROM '{file}'",
    "COPY usage.call_ended TO '{folder}/out.csv'",
    "COPY (SELECT 1) TO '{file}' (FORMAT parquet)",
    "COPY (SELECT 1) TO '/dev/stdout'",
    "CREATE TABLE t(line VARCHAR); COPY t FROM '/etc/passwd'",
    "EXPORT DATABASE '{folder}/export'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{folder}/other.db' AS other",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{folder}/any.duckdb_extension'",
    "SELECT * FROM read_csv('https://localhost:1/x.csv')",
    "SET enable_external_access = true",
    "SET allowed_directories = ['/']",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "SET python_enable_replacements = true",
    "SET temp_directory = '{folder}/spill'",
    "PRAGMA profile_output = '{folder}/profile'",
    "CALL enable_logging(storage = 'file', storage_path = '{folder}/log')",
    "CREATE MACRO f() AS TABLE SELECT * FROM read_text('/etc/passwd'); SELECT * FROM f()",
]


@pytest.mark.parametrize("sql", FORBIDDEN)
def test_a_query_reaches_nothing_but_the_views(tables: Path, sql: str) -> None:
    """No statement reads another file, writes one, loads an extension or undoes a lock; the tables stay as they are."""
    file = next(tables.rglob("*.parquet"))
    before = {path: path.read_bytes() for path in tables.parent.rglob("*") if path.is_file()}
    with pytest.raises(QueryFailed) as caught:
        query(sql.format(file=file, folder=tables), tables, FEW)
    assert "root:" not in str(caught.value)
    assert {path: path.read_bytes() for path in tables.parent.rglob("*") if path.is_file()} == before
    assert query("SELECT count(*) FROM usage.call_ended", tables, FEW).rows == ((5,),)


def test_no_variable_of_the_program_is_a_table(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A data set that the program holds under some name can't be asked for by that name."""
    monkeypatch.setattr("consumers.query.held", parquet.read(tables, FEW)[0].data, raising=False)
    with pytest.raises(QueryFailed, match="Table with name held does not exist"):
        query("SELECT * FROM held", tables, FEW)


def test_an_error_is_one_line(tables: Path) -> None:
    """Wrong SQL fails with DuckDB's sentence, in one line."""
    with pytest.raises(QueryFailed) as caught:
        query("SELECT nothing\nFROM usage.call_ended", tables, FEW)
    assert str(caught.value).startswith('Binder Error: Referenced column "nothing" not found')
    assert "\n" not in str(caught.value)


def test_a_broken_file_fails_the_query_that_reads_it(tables: Path) -> None:
    """A table file that is no Parquet is told as an error of the query; other tables can still be asked."""
    file = next(tables.rglob("*.parquet"))
    file.write_bytes(b"no parquet")
    with pytest.raises(QueryFailed):
        query("SELECT * FROM usage.call_ended", tables, FEW)
    assert query("SELECT count(*) FROM usage.call_joined", tables, FEW).rows == ((0,),)
    with pytest.raises(QueryFailed, match="move what is broken out of that folder"):
        query("SELECT 1", tables, [])


def test_columns_of_one_name_are_told_apart(tables: Path) -> None:
    """Two columns with one name keep both their values."""
    result = query("SELECT 1 AS a, 2 AS a, 3 AS a", tables, FEW)
    assert (result.columns, result.rows) == (("a", "a_1", "a_2"), ((1, 2, 3),))


def test_a_sum_of_whole_numbers_is_whole(tables: Path) -> None:
    """DuckDB's wide sums come back as int, not as decimal numbers."""
    total = query("SELECT sum(_offset) FROM usage.call_ended", tables, FEW).rows[0][0]
    assert (type(total), total) == (int, 10)


@pytest.mark.parametrize("sql", ["", "-- nothing"])
def test_nothing_asked_is_nothing_answered(tables: Path, sql: str) -> None:
    """An empty statement has no columns and no rows."""
    assert query(sql, tables, FEW).columns == ()


def test_times_are_utc(tables: Path) -> None:
    """Moments are shown in UTC wherever the machine stands."""
    assert query("SELECT current_setting('TimeZone')", tables, FEW).rows == (("UTC",),)
