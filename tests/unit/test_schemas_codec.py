"""The codec: what encodes decodes to the same, and hostile bytes are one error that tells nothing."""

from __future__ import annotations

import struct
import traceback
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.codec import Codec, CodecError, frame, unframe
from schemas.quarantine_forms import QUARANTINED
from tests.unit.avro_samples import LONG, values
from tests.unit.domain_samples import catalogue

CANARY = b"Quince-Heron"
ONE: dict[str, Any] = {
    "type": "record",
    "name": "One",
    "fields": [
        {"name": "number", "type": "long"},
        {"name": "text", "type": "string"},
        {"name": "choice", "type": {"type": "enum", "name": "Choice", "symbols": ["A", "B"]}},
        {"name": "maybe", "type": ["null", "boolean"], "default": None},
    ],
}
CODEC = Codec(ONE)
VALUE = {"number": 7, "text": CANARY.decode(), "choice": "B", "maybe": True}
GOOD = b"\x0e\x18" + CANARY + b"\x02\x02\x01"


@cache
def codecs() -> dict[int, tuple[dict[str, Any], Codec]]:
    """Every registered schema with its codec, by id."""
    return {number: (it.avro, Codec(it.avro)) for number, it in catalogue().schemas.items()}


def refused(codec: Codec, payload: bytes) -> None:
    """Assert that bytes are refused with an error that tells none of them, in text or traceback."""
    with pytest.raises(CodecError) as caught:
        codec.decode(payload)
    assert caught.value.__context__ is None or caught.value.__suppress_context__  # a foreign text is not shown
    told = "".join(traceback.format_exception(caught.value))
    assert "Quince" not in told
    assert "Heron" not in told


def test_a_value_is_its_bytes() -> None:
    """As the specification writes them."""
    assert CODEC.encode(VALUE) == GOOD
    assert CODEC.decode(GOOD) == VALUE


@given(data=st.data())
def test_what_encodes_decodes_to_the_same(data: st.DataObject) -> None:
    """For every registered schema, over all values that Avro allows, and byte for byte back again."""
    avro, codec = codecs()[data.draw(st.sampled_from(sorted(codecs())))]
    value = data.draw(values(avro))
    payload = codec.encode(value)
    assert codec.decode(payload) == value
    assert codec.encode(codec.decode(payload)) == payload
    assert unframe(frame(3, payload)) == (3, payload)


@given(data=st.data())
def test_a_part_of_a_value_is_none_and_a_value_with_more_is_none(data: st.DataObject) -> None:
    """Cut anywhere, or with anything after it, the bytes are refused."""
    avro, codec = codecs()[data.draw(st.sampled_from(sorted(codecs())))]
    payload = codec.encode(data.draw(values(avro)))
    refused(codec, payload[: data.draw(st.integers(0, len(payload) - 1))])
    refused(codec, payload + data.draw(st.binary(min_size=1, max_size=9)))


@given(payload=st.binary(max_size=200), data=st.data())
def test_random_bytes_are_a_canonical_value_or_refused(payload: bytes, data: st.DataObject) -> None:
    """Nothing but CodecError comes out, and what is taken encodes to the very same bytes."""
    _, codec = codecs()[data.draw(st.sampled_from(sorted(codecs())))]
    try:
        assert codec.encode(codec.decode(payload)) == payload
    except CodecError:
        return


@given(data=st.data())
def test_a_changed_byte_is_another_canonical_value_or_refused(data: st.DataObject) -> None:
    """One byte of an honest value changed: no two encodings mean the same."""
    avro, codec = codecs()[data.draw(st.sampled_from(sorted(codecs())))]
    value = data.draw(values(avro))
    changed = bytearray(codec.encode(value))
    place = data.draw(st.integers(0, len(changed) - 1))
    changed[place] ^= data.draw(st.integers(1, 255))
    try:
        assert codec.encode(codec.decode(bytes(changed))) == changed
    except CodecError:
        return


@pytest.mark.parametrize(
    "payload",
    {
        "nothing": b"",
        "trailing": GOOD + b"\x00",
        "two values": GOOD + GOOD,
        "truncated": GOOD[:-1],
        "long varint": b"\x8e\x00" + GOOD[1:],
        "endless varint": b"\xff" * 40,
        "varint of eleven": b"\x8e" + b"\x80" * 9 + b"\x00" + GOOD[1:],
        "negative length": b"\x0e\x17" + GOOD[2:],
        "negative rest": b"\x0e\x01" + GOOD[2:],
        "huge length": b"\x0e" + b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f" + GOOD[2:],
        "largest length": b"\x0e" + b"\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01" + GOOD[2:],
        "length beyond": b"\x0e\xfe\x0f" + GOOD[2:],
        "no UTF-8": b"\x0e\x18" + CANARY[:-1] + b"\xff\x02\x02\x01",
        "surrogate": b"\x0e\x18" + CANARY[:-3] + b"\xed\xa0\x80\x02\x02\x01",
        "overlong NUL": b"\x0e\x18" + CANARY[:-2] + b"\xc0\x80\x02\x02\x01",
        "enum beyond": GOOD[:-3] + b"\x04\x02\x01",
        "enum below": GOOD[:-3] + b"\x01\x02\x01",
        "union beyond": GOOD[:-2] + b"\x04\x01",
        "union below": GOOD[:-2] + b"\x01\x01",
        "boolean of 2": GOOD[:-1] + b"\x02",
    }.values(),
)
def test_hostile_bytes_are_refused(payload: bytes) -> None:
    """Each is one error, and its traceback holds no byte of the text."""
    refused(CODEC, payload)


def test_an_array_in_other_blocks_is_refused() -> None:
    """The same refusals in two blocks, or with a block's size before it, are not the canonical bytes."""
    items = {"name": "a", "type": {"type": "array", "items": "bytes"}}
    codec = Codec({"type": "record", "name": "A", "fields": [items]})
    whole = b"\x04\x02a\x02b\x00"
    assert codec.decode(whole) == {"a": [b"a", b"b"]}
    refused(codec, b"\x02\x02a\x02\x02b\x00")
    refused(codec, b"\x03\x08\x02a\x02b\x00")
    refused(codec, b"\xfe\xff\xff\xff\xff\xff\xff\xff\x7f\x02a")


@pytest.mark.parametrize(
    "change",
    [
        {"number": "Quince-Heron"},
        {"number": LONG},
        {"text": 7},
        {"text": b"Quince-Heron"},
        {"text": "\ud800 Quince-Heron"},
        {"choice": "Quince-Heron"},
        {"choice": 1},
        {"maybe": "Quince-Heron"},
        {"Quince-Heron": 1},
    ],
)
def test_a_value_that_does_not_fit_is_refused(change: dict[str, Any]) -> None:
    """Wrong types, unknown symbols, fields that the schema lacks; the error tells none of it."""
    with pytest.raises(CodecError) as caught:
        CODEC.encode(VALUE | change)
    told = "".join(traceback.format_exception(caught.value))
    assert "Quince" not in told


@pytest.mark.parametrize("name", sorted(VALUE))
def test_a_value_has_every_field(name: str) -> None:
    """Even one that has a default: what is written was said."""
    with pytest.raises(CodecError):
        CODEC.encode({key: value for key, value in VALUE.items() if key != name})


@pytest.mark.parametrize(
    "avro",
    [
        {},
        {"type": "record"},
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": "Missing"}]},
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "map", "values": "string"}}]},
        {"type": "record", "name": "R", "fields": [{"name": "a", "type": {"type": "enum", "name": "E"}}]},
        ONE | {"fields": [*ONE["fields"], {"name": "again", "type": ONE["fields"][2]["type"]}]},
        "Missing",
        None,
    ],
)
def test_what_is_no_schema_is_said_to_be_none(avro: Any) -> None:  # noqa: ANN401 - anything
    """One error for all, with nothing of the schema in it; and no map has a way in."""
    with pytest.raises(CodecError):
        Codec(avro)


def test_one_codec_knows_nothing_of_another() -> None:
    """Two schemas of one name, as versions are, stand side by side."""
    other = Codec(ONE | {"fields": ONE["fields"][:1]})
    assert other.decode(other.encode({"number": 1})) == {"number": 1}
    assert CODEC.decode(GOOD) == VALUE


def test_times_are_integers_and_fixed_values_bytes() -> None:
    """A plain fastavro would make dates of logical times, and could not make one of the year 300,000."""
    avro = QUARANTINED | {"fields": [QUARANTINED["fields"][2]]}
    codec = Codec(avro)
    assert codec.decode(codec.encode({"hour": LONG - 1})) == {"hour": LONG - 1}


@pytest.mark.parametrize("message", [None, b"", b"\x00", b"\x00\x00\x00\x00", b"\x01\x00\x00\x00\x07", b"Quince-Heron"])
def test_a_message_without_the_frame_is_refused(message: bytes | None) -> None:
    """A tombstone, too short, another magic byte."""
    with pytest.raises(CodecError) as caught:
        unframe(message)
    assert "Quince" not in str(caught.value)


def test_a_frame_is_confluents() -> None:
    """A nought, the id in four big-endian bytes, the payload."""
    assert frame(0x01020304, b"x") == b"\x00\x01\x02\x03\x04x" == b"\x00" + struct.pack(">I", 0x01020304) + b"x"
    assert unframe(b"\x00\xff\xff\xff\xff") == (2**32 - 1, b"")
