"""kafka-python's batches, read with bounds: what can't be read is one record, and what is behind it is read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from kafka.consumer.fetcher import Fetcher
from kafka.record.default_records import DefaultRecordBatch, DefaultRecordBatchBuilder
from kafka.record.memory_records import MemoryRecords
from kafka.record.util import calc_crc32c
from kafka.structs import TopicPartition

from broker import kafka_python_records
from broker.batch import MAX_REQUEST
from broker.inflate import UnknownCodec
from broker.kafka_python_records import AT_ONCE, Enough, Raw, bound
from broker.port import Unreadable, Why

PLACE = TopicPartition("usage", 0)
Header = tuple[str, bytes | None]


class NoText(str):
    """A header's key that is no UTF-8 on the wire."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        """Give bytes that no text has."""
        return b"\xff\xfe"


def batch(*values: bytes, first: int = 0, codec: int = 0, headers: Sequence[Header] = ()) -> bytes:
    """Make a batch as a producer would."""
    builder = DefaultRecordBatchBuilder(2, codec, False, -1, -1, -1, 2**31 - 1)  # noqa: FBT003 - the library's
    for number, value in enumerate(values):
        builder.append(number, 1_000, None, value, list(headers))
    made = bytearray(builder.build())
    made[:8] = first.to_bytes(8)
    return bytes(made)


def spoilt(stored: bytes, at: int, byte: int, *, sealed: bool = True) -> bytes:
    """Change a byte; where `sealed`, the checksum is made anew."""
    changed = bytearray(stored)
    changed[at] = byte
    if sealed:
        crc = calc_crc32c(memoryview(changed)[DefaultRecordBatch.ATTRIBUTES_OFFSET :])
        changed[DefaultRecordBatch.CRC_OFFSET : DefaultRecordBatch.CRC_OFFSET + 4] = crc.to_bytes(4)
    return bytes(changed)


def parted(*stored: bytes, at: int = 0) -> tuple[Any, Any]:
    """Give the library's records of an answer, and the purse they are paid from."""

    class Has:
        PartitionRecords: Any = Fetcher.PartitionRecords

    has = Has()
    purse = bound(has)
    purse.fill()
    return has.PartitionRecords(at, PLACE, MemoryRecords(b"".join(stored))), purse


def read(*stored: bytes, at: int = 0) -> list[tuple[int, int, bytes | Why]]:
    """Read an answer: first and last offset and value, or why there is none."""
    records, _ = parted(*stored, at=at)
    told: list[tuple[int, int, bytes | Why]] = []
    for record in records.take(1000):
        unreadable = record.value.unreadable if isinstance(record.value, Raw) else None
        if unreadable is None:
            told.append((record.offset, record.offset, record.value))
        else:
            assert bytes(record.value) in stored
            told.append((unreadable.first, record.offset, unreadable.why))
    return told


GOOD = batch(b"good", first=10)


@pytest.mark.parametrize("codec", [0, 1, 3, 4])  # the library writes snappy with a package that we have not
def test_batches_in_order_are_read_as_before(codec: int) -> None:
    """In every codec, and from the middle of a batch on."""
    stored = batch(b"one", b"two", b"three", codec=codec), GOOD
    assert read(*stored) == [(0, 0, b"one"), (1, 1, b"two"), (2, 2, b"three"), (10, 10, b"good")]
    assert read(*stored, at=2) == [(2, 2, b"three"), (10, 10, b"good")]


BAD: dict[str, tuple[bytes, Why]] = {
    "a bomb in gzip": (batch(bytes(MAX_REQUEST), bytes(1000), codec=1), "size"),
    "a bomb in lz4": (batch(bytes(MAX_REQUEST), bytes(1000), codec=3), "size"),
    "a bomb in zstd": (batch(bytes(MAX_REQUEST), bytes(1000), codec=4), "size"),
    "a codec that is none": (spoilt(batch(b"one", b"two"), DefaultRecordBatch.ATTRIBUTES_OFFSET + 1, 7), "codec"),
    "bytes of another codec": (spoilt(batch(b"one", b"two"), DefaultRecordBatch.ATTRIBUTES_OFFSET + 1, 4), "form"),
    "a checksum that does not hold": (spoilt(batch(b"one", b"two"), 70, 1, sealed=False), "checksum"),
    "a length beyond its end": (spoilt(batch(b"one", b"two"), 61, 120), "form"),
    "a header's key that is no text": (batch(b"one", b"two", headers=[(NoText("k"), b"v")]), "form"),
    "headers without end": (batch(b"one", b"two", headers=[("", None)] * 70_000), "form"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_batch_that_can_not_be_read_is_one_record(name: str) -> None:
    """At its last offset, with its own bytes, and why; then comes what is behind it."""
    stored, why = BAD[name]
    assert read(stored, GOOD) == [(0, 1, why), (10, 10, b"good")]


def test_what_comes_before_the_bad_record_is_read() -> None:
    """The batch's bytes stand for those from the first bad one on."""
    two = batch(b"one", b"two")
    assert read(spoilt(two, two.index(b"two") - 1, 60), GOOD) == [(0, 0, b"one"), (1, 1, "form"), (10, 10, b"good")]


@pytest.mark.parametrize(("error", "why"), [(MemoryError(), "memory"), (UnknownCodec(), "codec"), (OSError(), "form")])
def test_whatever_is_raised_over_a_batch_stops_nobody(
    monkeypatch: pytest.MonkeyPatch, error: Exception, why: Why
) -> None:
    """A want of memory is told apart: it may pass."""

    def inflated(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(kafka_python_records, "inflated", inflated)
    assert read(batch(b"one", b"two")) == [(0, 1, why)]
    assert Unreadable(0, why).may_pass is (why == "memory")


def test_a_poll_hands_out_no_more_than_its_share() -> None:
    """Many small batches that each grow to their bound are read in as many polls as it takes."""
    many = [batch(bytes(8 * 2**20), first=number, codec=4) for number in range(5)]
    records, purse = parted(*many)
    polls = []
    while records:
        purse.fill()
        taken = records.take(1000)
        polls.append(len(taken))
        assert sum(len(record.value) for record in taken) <= AT_ONCE + MAX_REQUEST
        if records:
            with pytest.raises(Enough):
                records.take(1000)
    assert sum(polls) == 5
    assert max(polls) == 2
