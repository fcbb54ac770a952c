"""Writes docs/otlp.md: `make proof` does, with the other pages."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from tests.proof.otlp import encodings, grpc, http
from tests.proof.otlp.model import SPECIFICATION, VERSION, Part, Row
from tests.proof.pages import table

PARTS: Final = (
    http.ANY, grpc.REQUEST, grpc.RESPONSE, grpc.THROTTLING, encodings.BINARY, encodings.JSON, http.REQUEST,
    http.RESPONSE, http.FAILURES, http.CONNECTION, encodings.VERSIONS,
)  # fmt: skip
ROWS: Final = tuple(row for part in PARTS for row in part.rows)
PREFACE: Final = f"""# OTLP, line by line

Written by `make proof` from tests/proof/otlp/; a test holds it against the code and finds every test that it names.
Each MUST and SHOULD of the OpenTelemetry protocol's specification, version {VERSION}, that concerns a server, in our
words; what it asks of clients alone is not here. RECOMMENDED is as strong as SHOULD; "says" is what the text states
without such a word, and what a client relies on all the same."""


def page() -> str:
    """Write the page."""
    return "\n\n".join((PREFACE, _sum(ROWS), *map(_part, PARTS))) + "\n"


def _sum(rows: Sequence[Row]) -> str:
    levels = Counter(row.level for row in rows)
    asked = ", ".join(f"{levels[level]} {level}" for level in levels)
    otherwise = sum(bool(row.but) for row in rows)
    return f"{len(rows)} rows ({asked}): {otherwise} say what we do otherwise, and why."


def _part(part: Part) -> str:
    rows = [(row.asks, row.level, _answer(row), _shown(row)) for row in part.rows]
    heading = f"## [{part.title}]({SPECIFICATION}#{part.anchor})"
    return f"{heading}\n\n{table(('what is asked', '', 'our answer', 'shown by'), rows)}"


def _answer(row: Row) -> str:
    return f"{row.answer} **Otherwise:** {row.but}" if row.but else row.answer


def _shown(row: Row) -> str:
    return "<br>".join(f"`{test.removeprefix('tests/')}`" for test in row.tests)
