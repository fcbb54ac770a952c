"""What can go wrong with tables. No text holds a value of a message.

NoTable      a registered schema has a field of a type that tables don't carry
SinkStopped  the tables can't be written: nothing of the batch is committed, all of it will be read again
Unreadable   a table's files can't be read
"""

from __future__ import annotations


class NoTable(Exception):  # noqa: N818 - a fact about a schema
    """The text names schema and field, both of them the catalogue's words."""


class Unreadable(Exception):  # noqa: N818 - a fact about files
    """The text says which table, and what to do."""


class SinkStopped(Exception):  # noqa: N818 - a state of the service
    """The text says what to do."""
