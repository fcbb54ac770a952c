"""The one door to pyarrow: rows of one table into a Parquet file, whole or not at all, and files back into a data set.

Layout: `TABLES/<topic>/<event>/s<schema id>-p<partition>-<first offset>-<last offset>-<digest>.parquet`. The digest is
of the event ids: a batch that is delivered again the same overwrites its own file, and a cluster made anew, whose
offsets start over, overwrites nothing.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq

from consumers.sink.columns import OFFSET, PARTITION, SCHEMA_OF, Column, Table, Type
from consumers.sink.errors import SinkStopped, Unreadable

_NAME = re.compile(r"s(?P<schema>\d+)-p\d+-\d+-\d+-[0-9a-f]{16}\.parquet", re.ASCII)
_ARROW = {
    Type.BOOLEAN: pa.bool_(),
    Type.INTEGER: pa.int64(),
    Type.NUMBER: pa.float64(),
    Type.TEXT: pa.string(),
    Type.WORD: pa.dictionary(pa.int32(), pa.string()),
    Type.MILLIS: pa.timestamp("ms", "UTC"),
    Type.MICROS: pa.timestamp("us", "UTC"),
}


def write(tables: Path, table: Table, rows: Sequence[Mapping[str, object]]) -> Path:
    """Write rows of one table and one partition, in the order of their offsets; durable when this returns.

    Raises:
        SinkStopped: the disk is full, the folder can't be written; no part of a file is left behind.
    """
    folder = tables / table.topic / table.event
    target = folder / _name(table, rows)
    draft = folder / f".{target.name}.{os.getpid()}.tmp"
    try:
        _make(folder)
        with draft.open("wb") as file:
            pq.write_table(_arrow(table, rows), file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        draft.replace(target)
        _sync(folder)
    except OSError as error:
        raise SinkStopped(f"{tables}: {_remedy(error)} Nothing of this batch was committed.") from None
    except pa.ArrowException as error:
        raise SinkStopped(f"rows do not fit the table {table.name} ({type(error).__name__}): a defect.") from None
    finally:
        with contextlib.suppress(OSError):
            draft.unlink(missing_ok=True)
    return target


def sweep(tables: Path, *, before: float) -> int:
    """Remove drafts last touched `before` (seconds since the epoch), which a killed sink left; returns how many."""
    swept = 0
    for draft in tables.glob("*/*/.*.tmp"):
        with contextlib.suppress(OSError):
            if draft.stat().st_mtime < before:
                draft.unlink()
                swept += 1
    return swept


@dataclass(frozen=True, slots=True)
class Stored:
    """The files that one schema filled. `data` is what DuckDB scans: it opens no file itself."""

    topic: str
    event: str
    schema_id: int
    files: int
    data: Any = field(repr=False)


def read(tables: Path, known: Sequence[Table]) -> list[Stored]:
    """Find what is stored, and an empty data set for each known table that has no file yet.

    Raises:
        Unreadable: the folder, or a file of a schema that is not known, can't be read.
    """
    found = _files(tables)
    schemas = {(table.topic, table.event, table.schema_id): _schema(table) for table in known}
    stored = []
    for place in sorted(set(found) | set(schemas)):
        files = found.get(place, [])
        data = _dataset(files, schemas.get(place)) if files else schemas[place].empty_table()
        stored.append(Stored(*place, len(files), data))
    return stored


def _dataset(files: Sequence[Path], schema: Any) -> Any:  # noqa: ANN401 - pyarrow ships no types
    """Open files as one data set; a schema that the catalogue does not know is read off the first file."""
    try:
        return ds.dataset([str(file) for file in sorted(files)], schema=schema, format="parquet")
    except (OSError, pa.ArrowException):
        folder = files[0].parent
        raise Unreadable(f"the tables in {folder} can't be read: move what is broken out of that folder") from None


def _files(tables: Path) -> dict[tuple[str, str, int], list[Path]]:
    found: dict[tuple[str, str, int], list[Path]] = {}
    for topic in SCHEMA_OF:
        for event in _inside(tables / topic):
            for file in _inside(event):
                match = _NAME.fullmatch(file.name)
                if match is not None:
                    found.setdefault((topic, event.name, int(match["schema"])), []).append(file)
    return found


def _inside(folder: Path) -> list[Path]:
    """List a folder; one that is not there is empty. `glob` would take one that can't be listed for empty too."""
    try:
        return list(folder.iterdir()) if folder.is_dir() else []
    except OSError:
        raise Unreadable(f"{folder} can't be listed: make it a folder that this user can read") from None


def _name(table: Table, rows: Sequence[Mapping[str, object]]) -> str:
    first, last = rows[0], rows[-1]
    ids = hashlib.sha256("\n".join(str(row["event_id"]) for row in rows).encode()).hexdigest()[:16]
    return f"s{table.schema_id}-p{first[PARTITION]}-{first[OFFSET]}-{last[OFFSET]}-{ids}.parquet"


def _arrow(table: Table, rows: Sequence[Mapping[str, object]]) -> Any:  # noqa: ANN401 - pyarrow ships no types
    schema = _schema(table)
    return pa.table([pa.array([row[item.name] for row in rows], item.type) for item in schema], schema=schema)


def _schema(table: Table) -> Any:  # noqa: ANN401 - as above
    return pa.schema([_field(column) for column in table.columns])


def _field(column: Column) -> Any:  # noqa: ANN401 - as above
    return pa.field(column.name, _ARROW[column.type])


def _make(folder: Path) -> None:
    """Make a folder whose entry outlives a power cut."""
    if folder.is_dir():
        return
    if not folder.parent.is_dir():
        _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOTDIR, errno.EEXIST}


def _remedy(error: OSError) -> str:
    if error.errno in _FULL:
        return "the disk is full: free some space and start the sink again."
    if error.errno in _CLOSED:
        return "the sink may not write here: make it a folder that this user can write, and start the sink again."
    return f"the tables can't be written ({errno.errorcode.get(error.errno or 0, 'unknown error')}): check the disk."
