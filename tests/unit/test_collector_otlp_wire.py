"""What a large request is made of is counted before protobuf parses it: no more is held than any request may be."""

from __future__ import annotations

import pytest
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as Message

from collector import otlp, otlp_wire
from collector.errors import TooLarge, Undecodable
from collector.limits import DEFAULT, Limits
from collector.otlp_wire import check_parts
from collector.records import LogRecord, Resource, Scope, Value
from collector.signals import LOGS, METRICS, TRACES, Signal
from tests.proof.badinput.protobuf import BYTES, FIXED32, FIXED64, VARINT, joined

LARGE = 2 * otlp_wire.SMALL


def within(path: tuple[int, ...], body: bytes) -> bytes:
    """Put fields into messages in one another, by their numbers from the outermost."""
    for number in reversed(path):
        body = joined([(number, BYTES, body)])
    return body


@pytest.mark.parametrize(
    ("signal", "path", "number"),
    [
        pytest.param(LOGS, (), 1, id="resources"),
        pytest.param(LOGS, (1,), 2, id="scopes"),
        pytest.param(LOGS, (1, 2), 2, id="records"),
        pytest.param(LOGS, (1, 2, 2), 6, id="attributes"),
        pytest.param(LOGS, (1, 2, 2, 5, 5), 1, id="items"),
        pytest.param(TRACES, (1, 2), 2, id="spans"),
        pytest.param(TRACES, (1, 2, 2), 11, id="events"),
        pytest.param(TRACES, (1, 2, 2), 13, id="links"),
        pytest.param(METRICS, (1, 2, 2, 10), 1, id="points"),
        pytest.param(METRICS, (1, 2, 2, 7, 1), 5, id="exemplars"),
    ],
)
def test_a_body_that_swells_is_refused_before_it_does(signal: Signal, path: tuple[int, ...], number: int) -> None:
    """A million empty messages of two bytes are told by counting; parsed, they would take a hundred megabytes."""
    body = within(path, joined([(number, BYTES, b"")]) * (LARGE // 2))
    with pytest.raises(TooLarge, match="more records or values"):  # what is parsed is refused in other words
        otlp.decode(body, signal)


def test_a_body_of_numbers_alone_is_refused_too() -> None:
    """A field said again and again takes no room, but time."""
    body = within((1, 2, 2), joined([(2, VARINT, b"\x01")]) * 2_100_000)
    with pytest.raises(TooLarge, match="more records or values"):
        check_parts(body, LOGS.request, DEFAULT)


def test_as_many_parts_as_a_request_may_have_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """One more is not; what is small is not counted at all."""
    record = LogRecord(Resource(), Scope(), attributes=tuple((f"k{number}", (number,)) for number in range(8)))
    body = otlp.encode_logs([record])  # resource, scope and record, eight attributes, eight items
    check_parts(body, LOGS.request, Limits(records=1, values=1))
    monkeypatch.setattr(otlp_wire, "SMALL", len(body) - 1)
    check_parts(body, LOGS.request, Limits(records=1, values=15))
    with pytest.raises(TooLarge):
        check_parts(body, LOGS.request, Limits(records=1, values=14))


def test_a_request_at_its_limits_is_taken() -> None:
    """As many records and values as there may be, in a body that is counted."""
    attributes = tuple((f"k{number}", True) for number in range(25))
    records = [LogRecord(Resource(), Scope(), time=1, attributes=attributes)] * DEFAULT.records
    body = otlp.encode_logs(records)
    assert otlp_wire.SMALL < len(body) < DEFAULT.body
    assert len(otlp.decode(body, LOGS)) == DEFAULT.records


def test_what_is_passed_over_is_passed_over_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unknown fields of every wire type, groups among them, change nothing of what is read."""
    monkeypatch.setattr(otlp_wire, "SMALL", 0)
    unknown = joined(
        [(99, VARINT, b"\x80\x80\x01"), (98, FIXED32, b"four"), (97, FIXED64, b"eight by"), (96, BYTES, b"x")]
    )
    group = b"\xf3\x05" + unknown + b"\xf4\x05"  # field 94 begins, and ends
    record = Message(time_unix_nano=7, trace_id=bytes(16)).SerializeToString()
    [plain] = otlp.decode(within((1, 2, 2), record), LOGS)
    assert otlp.decode(within((1, 2, 2), unknown + group + record), LOGS) == [plain]


def test_a_body_that_is_cut_off_is_undecodable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it ends, no error but this one leaves the decoder."""
    monkeypatch.setattr(otlp_wire, "SMALL", 0)
    body = otlp.encode_logs([LogRecord(Resource(), Scope("s"), time=1, attributes=(("k", 300),))])
    for end in range(1, len(body)):
        with pytest.raises(Undecodable):
            otlp.decode(body[:end], LOGS)


def test_a_number_without_end_is_undecodable() -> None:
    """Megabytes of one number are told at its eleventh byte, wherever it stands."""
    for head in (b"", b"\x0a", b"\x08"):
        with pytest.raises(Undecodable):
            check_parts(head + b"\xff" * LARGE, LOGS.request, DEFAULT)


def test_messages_in_one_another_without_end_are_undecodable(monkeypatch: pytest.MonkeyPatch) -> None:
    """As protobuf has it; as deep as a value may be is taken."""
    monkeypatch.setattr(otlp_wire, "SMALL", 0)
    deep = b""
    for _ in range(60):
        deep = within((5, 1), deep)
    with pytest.raises(Undecodable, match="nested too deeply"):
        check_parts(within((1, 2, 2, 5), deep), LOGS.request, DEFAULT)
    value: Value = 1
    for _ in range(DEFAULT.depth - 1):
        value = (value,)
    assert otlp.decode(otlp.encode_logs([LogRecord(Resource(), Scope(), body=value)]), LOGS)
