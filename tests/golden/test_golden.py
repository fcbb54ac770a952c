"""Golden cases: what one request becomes, in files that a person can read.

Each folder here is a case:

    in.otlp.json        the request, as an app sends it
    now.txt             the moment of receipt, RFC 3339; 2026-11-24T09:30:00Z where the file is missing
    out.ndjson          the accepted messages, in order: topic, schema, key, value decoded
    ml.ndjson           what the validator makes of those on the telemetry topics: image decoded, or why it is withheld
    quarantine.ndjson   what is told of each refused record, in order; the record itself would be sealed. And what was
                        destroyed as planned: a span's event without a schema, a point without a value

Keys are fixed, so ids and pseudonyms are. Bytes are written as hex. After a change that is meant:

    python tests/golden/test_golden.py --rewrite [CASE …]

writes the last three files of these cases, or of all, anew; read the difference before you commit it.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from broker.port import Received
from collector.otlp_json import decode
from collector.pipeline import Accepted, Discarded, Refused, gate
from collector.signals import SIGNALS, Signal
from consumers.validator.journey import TOPICS, Eligible, Outcome, Withheld, judge
from schemas.catalogue import Catalogue, load
from schemas.codec import Codec
from schemas.domains import Context
from schemas.keyring import Keyring
from schemas.reasons import Refusal

HERE = Path(__file__).parent
CASES = sorted(path.parent.name for path in HERE.glob("*/in.otlp.json"))
OUTPUTS = ("out.ndjson", "ml.ndjson", "quarantine.ndjson")
TELEMETRY_KEY, ML_KEY = bytes(range(32)), Keyring.forever(bytes(range(32, 64)))
NOW = "2026-11-24T09:30:00Z"
Line = dict[str, Any]


@cache
def catalogue() -> Catalogue:
    """Read the shipped catalogue."""
    return load()


def carried(case: str) -> dict[str, str]:
    """Carry a case's request through decoder, gate and validator; gives the text of each output file."""
    at = HERE / case / "now.txt"
    moment = datetime.fromisoformat(at.read_text().strip() if at.exists() else NOW)
    now = int(moment.timestamp()) * 1_000_000
    body = (HERE / case / "in.otlp.json").read_bytes()
    records = decode(body, signal_of(json.loads(body)))
    outcomes = gate(records, catalogue(), Context(TELEMETRY_KEY, now))
    accepted = [outcome for outcome in outcomes if isinstance(outcome, Accepted)]
    telemetry = [Received(of.topic, 0, 0, now // 1000, of.value, of.key) for of in accepted if of.topic in TOPICS]
    judged = judge(telemetry, catalogue(), ML_KEY, now)
    lines = {
        "out.ndjson": [_message(outcome) for outcome in accepted],
        "ml.ndjson": [_judged(outcome) for outcome in judged],
        "quarantine.ndjson": [_told(outcome) for outcome in outcomes if not isinstance(outcome, Accepted)],
    }
    assert len(lines["out.ndjson"]) + len(lines["quarantine.ndjson"]) == len(records)
    return {name: "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in of) for name, of in lines.items()}


def signal_of(request: Line) -> Signal:
    """Tell the signal of a request by its one property."""
    known = {"resourceLogs": "logs", "resourceSpans": "traces", "resourceMetrics": "metrics"}
    return next(signal for signal in SIGNALS if signal.name == known[next(iter(request))])


def _told(outcome: Refused | Discarded) -> Line:
    return _refused(outcome.refusal) if isinstance(outcome, Refused) else {"discarded": str(outcome)}


def _message(outcome: Accepted) -> Line:
    return {"topic": outcome.topic, "key": outcome.key.decode(), "dropped": outcome.dropped, **_decoded(outcome.value)}


def _judged(outcome: Outcome) -> Line:
    if isinstance(outcome, Withheld):
        return {"withheld": outcome.reason.code}
    assert isinstance(outcome, Eligible)
    return _decoded(outcome.value)


def _refused(refusal: Refusal) -> Line:
    schema = catalogue().schemas[refusal.schema_id].name if refusal.schema_id else None
    where = {"schema": schema, "field": refusal.field}
    return {"reason": refusal.reason.code, **where, "kind": refusal.value_kind.value, "size": refusal.size.value}


def _decoded(message: bytes) -> Line:
    schema = catalogue().schemas[int.from_bytes(message[1:5])]
    return {"schema": schema.name, "value": _plain(Codec(schema.avro).decode(message[5:]))}


def _plain(value: Any) -> Any:  # noqa: ANN401 - a decoded Avro value, as JSON
    if isinstance(value, dict):
        return {name: _plain(inner) for name, inner in value.items()}
    return value.hex() if isinstance(value, bytes) else value


@pytest.mark.parametrize("case", CASES)
def test_a_request_becomes_what_it_became(case: str) -> None:
    """A case's request gives its messages, images and refusals, to the letter."""
    assert carried(case) == {name: (HERE / case / name).read_text(encoding="utf-8") for name in OUTPUTS}


def _lines(name: str) -> Iterator[Line]:
    for case in CASES:
        yield from map(json.loads, (HERE / case / name).read_text(encoding="utf-8").splitlines())


def test_the_cases_show_everything_of_interest() -> None:
    """Together they show each topic, each way of withholding, and two thirds of the collector's reasons."""
    assert {line["topic"] for line in _lines("out.ndjson")} == {*TOPICS, "customer.content"}
    assert {line["withheld"] for line in _lines("ml.ndjson") if "withheld" in line} == {
        "expired",
        "purpose",
        "opted_out",
    }
    assert len({line["reason"] for line in _lines("quarantine.ndjson") if "reason" in line}) >= 12


if __name__ == "__main__":
    if sys.argv[1:2] != ["--rewrite"] or not set(sys.argv[2:]) <= set(CASES):
        sys.exit(__doc__)
    for chosen in sys.argv[2:] or CASES:
        for file, text in carried(chosen).items():
            (HERE / chosen / file).write_text(text, encoding="utf-8")
