"""Any Avro reader decodes the topics: plain fastavro, the registered text, and nothing of ours."""

from __future__ import annotations

import io
import json
from datetime import datetime
from typing import Any

import fastavro
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.codec import Codec
from tests.unit.avro_samples import values
from tests.unit.domain_samples import NOW, catalogue

IDS = sorted(catalogue().schemas)
SAFE = (NOW // 1_000_000) * 1_000_000  # a moment that is one in microseconds and, as milliseconds, before the year 9999


def plain(value: Any) -> Any:  # noqa: ANN401 - a decoded value
    """What fastavro makes of times, as the whole numbers they were."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return "time" if isinstance(value, datetime) else value


def timed(avro: Any, value: Any) -> Any:  # noqa: ANN401 - a value of an Avro type
    """The same value, with each time as the word `time`: its reading as a date is fastavro's affair."""
    if isinstance(avro, list):
        return None if value is None else timed(avro[1], value)
    if isinstance(avro, dict) and avro["type"] == "record" and isinstance(value, dict):
        return {field["name"]: timed(field["type"], value[field["name"]]) for field in avro["fields"]}
    return "time" if isinstance(avro, dict) and "logicalType" in avro else value


def bounded(avro: Any, value: Any) -> Any:  # noqa: ANN401 - as above
    """The value with each time replaced by one that a date can hold."""
    if isinstance(avro, list):
        return None if value is None else bounded(avro[1], value)
    if isinstance(avro, dict) and avro["type"] == "record" and isinstance(value, dict):
        return {field["name"]: bounded(field["type"], value[field["name"]]) for field in avro["fields"]}
    if isinstance(avro, dict) and "logicalType" in avro:
        return SAFE if avro["logicalType"] == "timestamp-micros" else SAFE // 1000
    return value


@pytest.mark.parametrize("number", IDS)
def test_every_registered_text_parses_alone(number: int) -> None:
    """No text needs another file, or a reader that knows us."""
    text = catalogue().schemas[number].text
    parsed = fastavro.parse_schema(json.loads(text), named_schemas={})
    assert isinstance(parsed, dict)
    assert parsed["name"].endswith(catalogue().schemas[number].name.rsplit(".", 1)[-1])


@settings(max_examples=150)
@given(data=st.data())
def test_plain_fastavro_decodes_what_the_codec_encodes(data: st.DataObject) -> None:
    """To the same value, times read as times."""
    avro = catalogue().schemas[data.draw(st.sampled_from(IDS))].avro
    value = bounded(avro, data.draw(values(avro)))
    source = io.BytesIO(Codec(avro).encode(value))
    decoded = fastavro.schemaless_reader(source, fastavro.parse_schema(avro), None)
    assert plain(decoded) == timed(avro, value)
    assert source.read() == b""


@pytest.mark.parametrize("number", IDS)
def test_the_meaning_survives_the_text(number: int) -> None:
    """Each field of an event's schema says its attribute or source, in the ML schema its domain, in the text itself."""
    it = catalogue().schemas[number]
    if it.event is None:
        return
    fields: list[dict[str, Any]] = it.avro["fields"]
    for field in (*fields[0]["type"]["fields"], *fields[1:]):
        meta = field["tidegate"]
        assert {"attribute", "source", "domain"} & set(meta)
        assert meta.get("domain") != "vocabulary" or len(meta["words"]) > 0
