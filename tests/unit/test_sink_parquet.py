"""The Parquet door: files that are whole or not there, and columns of the right types."""

from __future__ import annotations

import errno
import os
import resource
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from broker.port import Received
from consumers.query import query
from consumers.sink import parquet
from consumers.sink.errors import SinkStopped
from consumers.sink.rows import BELONGS, Row, Rows
from schemas.catalogue import load
from schemas.registry import Role
from tests.unit.sink_samples import clock, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from consumers.sink.columns import Table

CATALOGUE = load()
ROWS = Rows(CATALOGUE, clock)


def rows_of(event: str, role: Role, seeds: range) -> tuple[Table, list[Mapping[str, object]]]:
    """Make rows of one event, offsets as the seeds."""
    schema = next(item for item in CATALOGUE.schemas.values() if (item.event, item.role) == (event, role))
    assert schema.kind is not None
    topic = BELONGS[role, schema.kind]
    made = [ROWS.of(Received(topic, 0, seed, 0, message(schema, seed))) for seed in seeds]
    rows = [row for row in made if isinstance(row, Row)]
    assert len(rows) == len(seeds)
    return rows[0].table, [row.values for row in rows]


def everything(folder: Path) -> list[str]:
    """Name every file below a folder, hidden ones too."""
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let the system refuse to write a file beyond `size` bytes, as a full disk does: in the middle of the write."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("role", [Role.TELEMETRY, Role.ML])
def test_what_is_written_is_read_back(tmp_path: Path, role: Role) -> None:
    """Every value of every row comes back as it was, moments as UTC times, absent ones as None."""
    for event in ("call.ended", "app.crashed", "call.quality", "api.request", "app.started"):
        table, rows = rows_of(event, role, range(40))
        parquet.write(tmp_path, table, rows)
        result = query(f"SELECT * FROM {table.name} ORDER BY _offset", tmp_path)  # noqa: S608 - a name of ours
        assert result.columns == tuple(column.name for column in table.columns)
        times = {
            column.name: column.type.value for column in table.columns if column.type.value in {"millis", "micros"}
        }
        for got, row in zip(result.rows, rows, strict=True):
            for name, value in zip(result.columns, got, strict=True):
                if name in times and value is not None:
                    unit = 1000 if times[name] == "millis" else 1_000_000
                    assert value.utcoffset().total_seconds() == 0  # type: ignore[attr-defined]
                    assert value.timestamp() * unit == row[name]  # type: ignore[attr-defined]
                else:
                    assert value == row[name]


def test_the_same_batch_overwrites_its_own_file(tmp_path: Path) -> None:
    """Written twice, a batch leaves one file, in the folder of its topic and event, with its offsets in the name."""
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(3, 9))
    first, second = parquet.write(tmp_path, table, rows), parquet.write(tmp_path, table, rows)
    assert first == second
    assert everything(tmp_path) == [first.relative_to(tmp_path).as_posix()]
    assert first.relative_to(tmp_path).as_posix().startswith(f"telemetry.usage/call.ended/s{table.schema_id}-p0-3-8-")


def test_a_cluster_made_anew_overwrites_nothing(tmp_path: Path) -> None:
    """Other events under the same offsets go to another file."""
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(5))
    _, others = rows_of("call.ended", Role.TELEMETRY, range(100, 105))
    again = [dict(row) | {"_offset": offset} for offset, row in enumerate(others)]
    assert parquet.write(tmp_path, table, rows) != parquet.write(tmp_path, table, again)
    assert query("SELECT count(*) FROM usage.call_ended", tmp_path).rows == ((10,),)


def test_a_full_disk_stops_the_sink_and_leaves_nothing_behind(tmp_path: Path) -> None:
    """When the disk takes no more the sink stops, says what to do, and no part of a file stays."""
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(2000))
    with no_file_above(20_000), pytest.raises(SinkStopped, match="the disk is full: free some space"):
        parquet.write(tmp_path, table, rows)
    assert everything(tmp_path) == []
    parquet.write(tmp_path, table, rows)
    assert len(everything(tmp_path)) == 1


def test_a_folder_that_cannot_be_written_stops_the_sink(tmp_path: Path) -> None:
    """Where the folder's place is taken by a file, the sink stops and says what to do."""
    (tmp_path / "tables").write_text("")
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(2))
    with pytest.raises(SinkStopped, match="make it a folder that this user can write"):
        parquet.write(tmp_path / "tables", table, rows)


@pytest.mark.parametrize(
    ("number", "words"),
    [(errno.ENOSPC, "full"), (errno.EDQUOT, "full"), (errno.EROFS, "may not write"), (errno.EIO, "EIO")],
)
def test_each_error_of_the_disk_has_its_remedy(number: int, words: str) -> None:
    """A full disk, a spent quota, a read-only one and a broken one are told apart."""
    assert words in parquet._remedy(OSError(number, "x"))


def test_no_value_is_told_when_rows_do_not_fit(tmp_path: Path) -> None:
    """Rows of the wrong type stop the sink without a word of what they hold."""
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(1))
    with pytest.raises(SinkStopped) as caught:
        parquet.write(tmp_path, table, [dict(rows[0]) | {"duration": "a secret"}])
    assert "secret" not in str(caught.value)
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__
    assert everything(tmp_path) == []


def test_drafts_of_a_killed_sink_are_swept(tmp_path: Path) -> None:
    """Old drafts go, fresh ones and the tables stay; a draft is never read as a table."""
    table, rows = rows_of("call.ended", Role.TELEMETRY, range(2))
    whole = parquet.write(tmp_path, table, rows)
    old, fresh = (whole.parent / f".{name}.parquet.1.tmp" for name in ("old", "fresh"))
    old.write_bytes(b"half")
    fresh.write_bytes(b"half")
    os.utime(old, (1000, 1000))
    assert query("SELECT count(*) FROM usage.call_ended", tmp_path).rows == ((2,),)
    assert parquet.sweep(tmp_path, before=2000) == 1
    assert everything(tmp_path) == sorted(path.relative_to(tmp_path).as_posix() for path in (fresh, whole))


def test_words_are_stored_as_a_dictionary(tmp_path: Path) -> None:
    """Words of closed lists are dictionary-encoded strings, moments UTC timestamps in the unit of their schema."""
    table, rows = rows_of("call.ended", Role.ML, range(2))
    parquet.write(tmp_path, table, rows)
    stored = parquet.read(tmp_path, [])
    types = {item.name: str(item.type) for item in stored[0].data.schema}
    assert types["reason"] == types["app"] == "dictionary<values=string, indices=int32, ordered=0>"
    assert types["event_time"] == "timestamp[ms, tz=UTC]"
