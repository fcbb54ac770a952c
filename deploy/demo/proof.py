"""Proof that the scan can see: a fresh word, planted in every shape into a copy of every kind of haystack."""

from __future__ import annotations

import random
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from consumers.sink import parquet
from consumers.sink.columns import OFFSET, PARTITION, Column, Table, Type
from deploy.demo.app.canaries import Mint
from deploy.demo.disguises import disguises
from deploy.demo.haystacks import Haystack, of_files, of_messages, of_tables
from deploy.demo.matcher import Matcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from broker.port import Received

NAME = "planted"
LOG = 65536  # bytes of a log's end that its copy holds
TEXT = "text"


@dataclass(frozen=True, slots=True)
class Plant:
    """One disguise in a copy of one kind of haystack, as the scan gets to see it."""

    kind: str
    shape: str
    haystacks: tuple[Haystack, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """How many were planted, in how many shapes and kinds of haystack, and which (kind, shape) were not found."""

    planted: int
    shapes: int
    kinds: int
    missed: tuple[tuple[str, str], ...]

    @property
    def holds(self) -> bool:
        """True when everything planted was found."""
        return self.planted > 0 and not self.missed


def prove(sample: Received, folder: Path) -> Proof:
    """Plant into copies of a real message, a real log file of `folder`, and tables written as the sink writes them."""
    word = Mint(random.SystemRandom()).canary(NAME).words[0]
    matcher = Matcher({NAME: (word,)})
    with tempfile.TemporaryDirectory(prefix="proof-", dir=folder) as scratch:
        plants = [
            plant
            for number, (shape, disguise) in enumerate(disguises(word))
            for plant in (
                *_messages(shape, disguise, sample),
                *_files(shape, disguise, folder, Path(scratch) / f"log-{number}"),
                *_tables(shape, disguise, Path(scratch) / f"tables-{number}"),
            )
        ]
    missed = [(plant.kind, plant.shape) for plant in plants if not _seen(plant, matcher)]
    shapes, kinds = {plant.shape for plant in plants}, {plant.kind for plant in plants}
    return Proof(len(plants), len(shapes), len(kinds), tuple(missed))


def _seen(plant: Plant, matcher: Matcher) -> bool:
    return any(hit.shape == plant.shape for haystack in plant.haystacks for hit in matcher.hits(haystack.data))


def _messages(shape: str, disguise: bytes, sample: Received) -> Iterator[Plant]:
    """Value, key, header value; a header's name where the bytes can be text."""
    altered = {
        "message value": replace(sample, value=(sample.value or b"") + disguise),
        "message key": replace(sample, key=disguise),
        "header value": replace(sample, headers=(("trace", disguise),)),
    }
    if disguise.isascii():
        altered["header name"] = replace(sample, headers=((disguise.decode(), None),))
    for kind, message in altered.items():
        yield Plant(kind, shape, tuple(of_messages(message.topic, [message], {})))


def _files(shape: str, disguise: bytes, folder: Path, scratch: Path) -> Iterator[Plant]:
    """A log file; a file's name where the bytes can be one."""
    logs = sorted((folder / "logs").glob("*.log"))
    scratch.mkdir()
    (scratch / "copy.log").write_bytes((logs[0].read_bytes()[-LOG:] if logs else b"") + disguise + b"\n")
    yield Plant("log file", shape, tuple(of_files(scratch)))
    if disguise.isascii() and not set(disguise) & set(b"/\x00\n"):
        (scratch / "copy.log").rename(scratch / disguise.decode())
        (scratch / disguise.decode()).write_bytes(b"")
        yield Plant("file name", shape, tuple(of_files(scratch)))


def _tables(shape: str, disguise: bytes, scratch: Path) -> Iterator[Plant]:
    """A cell; a column's name where the bytes can be one."""
    if not disguise.isascii():
        return
    text = disguise.decode()
    cell = {TEXT: text, "event_id": "0", PARTITION: 0, OFFSET: 0}
    yield Plant("table cell", shape, _written(scratch / "cell", TEXT, cell))
    if "\x00" not in text:
        yield Plant("table column", shape, _written(scratch / "column", text, cell | {text: ""}))


def _written(tables: Path, column: str, row: dict[str, object]) -> tuple[Haystack, ...]:
    columns = (Column(column, Type.TEXT), Column(PARTITION, Type.INTEGER), Column(OFFSET, Type.INTEGER))
    parquet.write(tables, Table("telemetry.usage", "planted", 1, columns), [row])
    return tuple(of_tables(tables))
