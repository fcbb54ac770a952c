"""kafka-python's batches, read with bounds: one that can't be read is handed on as what it is, and stops nobody.

The library decompresses without a limit, and raises over a batch that it can't read: again at every try, so that
everything behind it waits for ever. Here such a batch becomes one record whose value is the batch's own bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kafka.consumer.fetcher import Fetcher
from kafka.record.default_records import DefaultRecord, DefaultRecordBatch
from kafka.record.util import decode_varint

from broker.batch import MAX_REQUEST
from broker.inflate import TooMuch, UnknownCodec, inflated
from broker.port import Unreadable, Why

if TYPE_CHECKING:
    from collections.abc import Iterator

AT_ONCE = 16 * 2**20  # bytes after which a poll hands out what it has
LONG = 64 * 1024  # bytes of a record from which on its headers are counted before they are made
MOST_HEADERS = 1000  # of such a record: an empty one is two bytes on the wire, and a hundred in memory
_HEADER_COST = 128  # bytes


class Raw(bytes):
    """A batch as it is stored, where a record's value would be."""

    unreadable: Unreadable

    @classmethod
    def of(cls, stored: bytes, unreadable: Unreadable) -> Raw:
        """Say why these bytes can't be read."""
        raw = cls(stored)
        raw.unreadable = unreadable
        return raw


class Enough(Exception):  # noqa: N818 - no error: the library has no other way out of its loop
    """The poll has all that it may hand out; goes no further than `Purse.closed`."""


class Purse:
    """How many bytes a poll may still hand out; the last record may exceed it."""

    def __init__(self) -> None:
        """Begin empty: each poll fills it."""
        self.left = 0

    def fill(self) -> None:
        """Begin a poll."""
        self.left = AT_ONCE

    def pay(self, record: Any) -> None:  # noqa: ANN401 - the library has no types
        """Take a record's size off."""
        self.left -= len(record.value or b"") + len(record.key or b"")
        self.left -= max(0, record.serialized_header_size) + _HEADER_COST * len(record.headers)


def bound(fetcher: Any) -> Purse:  # noqa: ANN401 - as above
    """Have a consumer's fetcher read with bounds; gives the purse of its polls."""
    purse = Purse()

    def partition_records(*args: Any, **options: Any) -> _PartitionRecords:  # noqa: ANN401 - as above
        return _PartitionRecords(purse, *args, **options)

    fetcher.PartitionRecords = partition_records
    return purse


def forget_enough(fetcher: Any) -> None:  # noqa: ANN401 - as above
    """Take back what ended the last poll: the library would raise it in the next."""
    kept = fetcher._next_in_line_exception_metadata  # noqa: SLF001 - where the library keeps it
    if kept is not None and isinstance(kept.exception, Enough):
        fetcher._next_in_line_exception_metadata = None  # noqa: SLF001 - as above


class _PartitionRecords(Fetcher.PartitionRecords):  # type: ignore[misc]  # the library has no types
    """One partition's part of an answer: hands out no more than the purse has."""

    def __init__(self, purse: Purse, fetch_offset: int, place: Any, records: Any, **options: Any) -> None:  # noqa: ANN401
        super().__init__(fetch_offset, place, _Batches(records), **options)
        self._purse = purse

    def take(self, n: int | None = None) -> list[Any]:
        records: list[Any] = []
        iterator = self.record_iterator
        while self._purse.left > 0 and (n is None or len(records) < n):
            record = next(iterator, None)
            if record is None:
                return records
            self._purse.pay(record)
            records.append(record)
        if not records:
            raise Enough
        return records


class _Batches:
    """The batches of an answer, each as ours."""

    def __init__(self, records: Any) -> None:  # noqa: ANN401 - as above
        self._records = records

    def next_batch(self) -> Any:  # noqa: ANN401 - as above
        batch = self._records.next_batch()
        return Batch(batch._buffer) if isinstance(batch, DefaultRecordBatch) else batch  # noqa: SLF001 - as above


class Batch(DefaultRecordBatch):  # type: ignore[misc]  # the library has no types
    """A batch that, where it can't be read, says so in a record of its own."""

    __slots__ = ("_is_whole",)

    def __init__(self, stored: bytes) -> None:
        super().__init__(stored)
        self._is_whole = True

    def validate_crc(self) -> bool:
        """Note whether the checksum holds; the library would raise, at each try, if told that it does not."""
        self._is_whole = super().validate_crc()
        return True

    def __iter__(self) -> Iterator[Any]:
        """Give the records; from the first on that can't be read, the batch's bytes in their place."""
        stored = bytes(self._buffer)
        why: Why | None = "checksum"
        if self._is_whole:
            why = self._open(stored)
        while why is None and self._next_record_index < self._num_records:
            try:
                record = self._read_msg()
            except MemoryError:
                why = "memory"
            except Exception:  # noqa: BLE001 - whatever it is, the next try would find it again
                why = "form"
            else:
                self._next_record_index += 1
                yield record
        if why is not None:
            unreadable = Unreadable(self.base_offset + self._next_record_index, why)
            raw = Raw.of(stored, unreadable)
            yield DefaultRecord(len(raw), self.last_offset, self.max_timestamp, self.timestamp_type, None, raw, [])

    def _open(self, stored: bytes) -> Why | None:
        """Decompress; gives why not."""
        library: Any = self
        try:
            plain = inflated(self.compression_type, stored[self.HEADER_STRUCT.size :], MAX_REQUEST)
            library._buffer, library._pos, library._decompressed = bytearray(plain), 0, True  # noqa: SLF001 - its own
        except TooMuch:
            return "size"
        except UnknownCodec:
            return "codec"
        except MemoryError:
            return "memory"
        except Exception:  # noqa: BLE001 - as above
            return "form"
        return None

    def _read_msg(self) -> Any:  # noqa: ANN401 - as above
        length, at = decode_varint(self._buffer, self._pos)
        if length > LONG:
            self._count_headers(at)
        return super()._read_msg()

    def _count_headers(self, at: int) -> None:
        for _ in range(3):  # attributes, time, offset
            _, at = decode_varint(self._buffer, at)
        for _ in range(2):  # key, value
            size, at = decode_varint(self._buffer, at)
            at += max(0, size)
        count, _ = decode_varint(self._buffer, at)
        if count > MOST_HEADERS:
            raise ValueError
