"""Everything that is searched, as bytes with a name: topics, table files, all other files of the data folder."""

from __future__ import annotations

import time
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consumers.sink import parquet
from schemas.codec import CodecError, unframe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from broker.port import Broker, Received

BETWEEN = b"\n\x00\n"  # stands between two things, so that their bytes don't run together
POLL = 1.0  # seconds


@dataclass(frozen=True, slots=True)
class Haystack:
    """Bytes to search; `place` is made of names of ours: topic and event, or a file's path in the data folder."""

    place: str
    part: str
    data: bytes = field(repr=False)


def read_topics(broker: Broker, sizes: Mapping[str, int], *, timeout: float) -> dict[str, list[Received]]:
    """Read every message of the topics, `sizes` tells how many there are, from the beginning and without a group.

    Raises:
        TimeoutError: fewer came within `timeout` seconds: what can't be read can't be searched.
    """
    messages: dict[str, list[Received]] = {topic: [] for topic in sizes}
    wanted, until = sum(sizes.values()), time.monotonic() + timeout
    consumer = broker.consumer(sorted(sizes), group=None)
    try:
        count = 0
        while count < wanted:
            if time.monotonic() > until:
                raise TimeoutError(f"{count} of {wanted} messages could be read within {timeout:.0f} s")
            for message in consumer.consume(timeout=POLL, most=5000):
                messages[message.topic].append(message)
                count += message.offset - message.first + 1  # a batch that can't be read comes as one
    finally:
        consumer.close()
    return messages


def of_messages(topic: str, messages: Iterable[Received], events: Mapping[int, str]) -> Iterator[Haystack]:
    """Give a topic's values (apart by event), keys, header names and header values.

    `events` names the event of each schema id.
    """
    values: dict[str, list[bytes]] = defaultdict(list)
    keys, names, contents = [], [], []
    for message in messages:
        values[_event(message.value, events)].append(message.value or b"")
        keys.append(message.key or b"")
        names += [name.encode() for name, _ in message.headers]
        contents += [value or b"" for _, value in message.headers]
    for event, parts in sorted(values.items()):
        yield Haystack(f"{topic}/{event}", "value", BETWEEN.join(parts))
    for part, several in (("key", keys), ("header name", names), ("header value", contents)):
        yield Haystack(topic, part, BETWEEN.join(several))


def _event(value: bytes | None, events: Mapping[int, str]) -> str:
    try:
        return events.get(unframe(value)[0], "?")
    except CodecError:
        return "?"


def of_tables(tables: Path) -> Iterator[Haystack]:
    """Give each table's column names and every cell of every row, unpacked; the files' bytes are among `of_files`."""
    for stored in parquet.read(tables, ()):
        table = stored.data.to_table()
        yield Haystack(f"tables/{stored.topic}/{stored.event}", "columns", "\n".join(table.column_names).encode())
        for column in table.columns:
            cells = column.cast("string").drop_null().to_pylist()
            yield Haystack(f"tables/{stored.topic}/{stored.event}", "cells", "\n".join(cells).encode())


def of_files(folder: Path, leave_out: Callable[[Path], bool] = lambda _: False) -> Iterator[Haystack]:
    """Give the bytes of every file below a folder, and all their paths.

    `leave_out` gets a file's path within the folder, and says whether it is searched by another way, or not ours.
    """
    paths = [path.relative_to(folder) for path in sorted(folder.rglob("*")) if path.is_file()]
    paths = [path for path in paths if not leave_out(path)]
    for path in paths:
        yield Haystack(str(path), "file", (folder / path).read_bytes())
    yield Haystack(".", "file names", "\n".join(map(str, paths)).encode())
