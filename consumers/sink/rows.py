"""A message to a row of its table, or to the reason why it has none. Pure: bytes, catalogue and time in, rows out.

Whoever can write to a telemetry topic can write anything, in any string that Avro allows: a row is made only of what
lies inside its domains, as the validator has it. `ml.eligible` has one writer, and Kafka sees to that.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from consumers.sink.columns import OFFSET, PARTITION, SCHEMA_OF, Table, table_of
from consumers.sink.inside import outside
from schemas.codec import Codec, CodecError, unframe
from schemas.model import Kind
from schemas.reasons import Reason
from schemas.registry import Role

if TYPE_CHECKING:
    from broker.port import Received
    from schemas.catalogue import Catalogue
    from schemas.registry import Registered

BELONGS = {
    (Role.TELEMETRY, Kind.USAGE): "telemetry.usage",
    (Role.TELEMETRY, Kind.DIAGNOSTIC): "telemetry.diagnostic",
    (Role.ML, Kind.USAGE): "ml.eligible",
    (Role.ML, Kind.DIAGNOSTIC): "ml.eligible",
}
"""The one topic on which a schema of this role and kind is taken. What is not listed has no table anywhere."""
TELEMETRY = frozenset(topic for (role, _), topic in BELONGS.items() if role is Role.TELEMETRY)


@dataclass(frozen=True, slots=True)
class Row:
    """One row: column names and values, in the order of the table's columns."""

    table: Table
    values: Mapping[str, object] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Skip:
    """A message that has no table: why, and the schema's id where it is one of ours."""

    reason: Reason
    schema_id: int | None = None


class Rows:
    """Makes rows by one catalogue; every table is worked out at the start."""

    def __init__(self, catalogue: Catalogue, clock: Callable[[], float] = time.time) -> None:
        """Work the tables out. `clock` gives seconds since the epoch.

        Raises:
            NoTable: a schema has a field of a type that tables don't carry.
        """
        self._clock = clock
        self._plans = catalogue.by_id
        self._known = frozenset(catalogue.schemas)
        self._tables = {table.schema_id: table for table in tables_of(catalogue)}
        self._codecs = {number: Codec(catalogue.schemas[number].avro) for number in self._tables}

    def of(self, received: Received) -> Row | Skip:
        """Give the row, or the reason; never anything else."""
        if received.unreadable is not None:
            return Skip(Reason.UNREADABLE)
        try:
            return self._of(received)
        except Exception:  # noqa: BLE001 - a defect of ours must not stop the sink on one message for ever
            return Skip(Reason.INTERNAL)

    def _of(self, received: Received) -> Row | Skip:
        try:
            number, payload = unframe(received.value)
        except CodecError:
            return Skip(Reason.NOT_FRAMED)
        if number not in self._known:
            return Skip(Reason.UNKNOWN_SCHEMA)
        table = self._tables.get(number)
        if table is None or table.topic != received.topic:
            return Skip(Reason.WRONG_KIND, number)
        try:
            record = self._codecs[number].decode(payload)
            if table.topic in TELEMETRY and (reason := outside(self._plans.get(number), record, self._clock())):
                return Skip(reason, number)
            values = {column.name: column.read(record) for column in table.columns if column.path}
        except (CodecError, IndexError):  # IndexError: a place beyond its vocabulary, a bucket beyond its edges
            return Skip(Reason.UNDECODABLE, number)
        return Row(table, {**values, PARTITION: received.partition, OFFSET: received.offset})


def tables_of(catalogue: Catalogue) -> list[Table]:
    """Every table the catalogue's schemas fill, by topic, event and schema id."""
    homes = ((_home(registered), registered) for registered in catalogue.schemas.values())
    tables = [table_of(topic, registered) for topic, registered in homes if topic is not None]
    return sorted(tables, key=lambda table: (list(SCHEMA_OF).index(table.topic), table.event, table.schema_id))


def _home(registered: Registered) -> str | None:
    if registered.kind is None:
        return None
    return BELONGS.get((registered.role, registered.kind))
