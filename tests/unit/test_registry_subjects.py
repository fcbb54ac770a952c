"""Subjects, versions and served texts: the frozen schemas under the names that Confluent's clients use."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import fastavro
import pytest
from fastavro.schema import to_parsing_canonical_form

from deploy.registry_subjects import TAGS, NoSchema, Subjects, subject_of
from schemas.codec import Codec
from schemas.registry import Role
from tests.unit.gate_samples import catalogue
from tests.unit.registry_samples import CALL_ENDED, one_each, subjects

SCHEMAS = catalogue().schemas
IMAGE = "ml.eligible-ml.meetings.usage.CallEnded"


def fields(avro: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Every field of a text, those of records within it too."""
    for field in avro["fields"]:
        yield field
        if isinstance(field["type"], dict) and field["type"]["type"] == "record":
            yield from fields(field["type"])


@pytest.mark.parametrize(
    ("name", "subject"),
    [
        ("tidegate.Quarantined", "quarantine-tidegate.Quarantined"),
        ("meetings.usage.CallEnded", CALL_ENDED),
        ("meetings.diagnostic.ApiRequest", "telemetry.diagnostic-meetings.diagnostic.ApiRequest"),
        ("meetings.content.ChatMessage", "customer.content-meetings.content.ChatMessage"),
        ("ml.meetings.usage.CallEnded", IMAGE),
    ],
)
def test_a_subject_is_topic_and_record_name(name: str, subject: str) -> None:
    """Each schema's subject is the topic its messages go to, and its full name."""
    assert {subject_of(schema) for schema in SCHEMAS.values() if schema.name == name} == {subject}


def test_messages_lie_on_the_topic_of_their_subject() -> None:
    """What the gate and the validator make of each event goes to the topic that its schema's subject names."""
    for message in one_each():
        version = subjects().by_id[int.from_bytes((message.value or b"")[1:5])]
        assert version.subject.startswith(f"{message.topic}-")


def test_versions_are_in_the_order_of_ids() -> None:
    """A subject's versions count from 1 in the order of their ids; every id is one version of one subject."""
    told = {of.id for versions in subjects().versions.values() for of in versions}
    assert told == set(SCHEMAS) == set(subjects().by_id)
    for versions in subjects().versions.values():
        assert [of.version for of in versions] == list(range(1, len(versions) + 1))
        assert [of.id for of in versions] == sorted(of.id for of in versions)
    assert any(len(versions) > 1 for versions in subjects().versions.values())


@pytest.mark.parametrize("number", sorted(SCHEMAS))
def test_tags_are_all_that_is_added(number: int) -> None:
    """A served text is the frozen one with tags, and its parsing canonical form is the frozen one's."""
    served, frozen = json.loads(subjects().by_id[number].text), SCHEMAS[number].avro
    assert _canonical(served) == _canonical(frozen)
    tagged = [field.pop(TAGS, None) for field in fields(served)]
    assert any(tagged)
    assert served == frozen


def _canonical(avro: dict[str, Any]) -> str:
    return str(to_parsing_canonical_form(fastavro.parse_schema(avro, named_schemas={})))


def _tags(number: int) -> dict[str, list[str]]:
    return {field["name"]: field.get(TAGS, []) for field in fields(json.loads(subjects().by_id[number].text))}


def _latest(subject: str) -> int:
    return subjects().versions[subject][-1].id


def test_tags_say_what_a_field_carries() -> None:
    """The event's kind, a pseudonym, the content class; in an image that ML may have it; the seal in quarantine."""
    usage, chat = _tags(_latest(CALL_ENDED)), _tags(_latest("customer.content-meetings.content.ChatMessage"))
    assert usage["duration"] == ["USAGE"]
    assert usage["call"] == usage["session"] == ["USAGE", "PSEUDONYM"]
    assert usage["origin"] == []
    assert chat["text"] == ["CONTENT", "CONTENT_CHAT"]
    assert chat["sender"] == ["CONTENT", "PSEUDONYM"]
    assert _tags(_latest(IMAGE))["duration"] == ["USAGE", "ML_ELIGIBLE"]
    quarantine = _tags(_latest("quarantine-tidegate.Quarantined"))
    assert {name for name, tags in quarantine.items() if tags} == {"sealed"}
    assert quarantine["sealed"] == ["SEALED"]


@pytest.mark.parametrize("number", sorted(SCHEMAS))
def test_every_meant_field_is_tagged_and_no_image_with_content(number: int) -> None:
    """A field with a meaning has its kind's tag; a content tag stands in content schemas alone."""
    schema = SCHEMAS[number]
    for field in fields(json.loads(subjects().by_id[number].text)):
        tags = field.get(TAGS, [])
        if schema.kind is not None:
            assert bool(tags) == ("tidegate" in field)
            assert tags[:1] in ([], [schema.kind.value.upper()])
        assert schema.kind == "content" or not any(tag.startswith("CONTENT") for tag in tags)
        assert ("ML_ELIGIBLE" in tags) <= (schema.role is Role.ML)


def test_properties_tell_what_a_person_asks_first() -> None:
    """Role, kind, event, owner, level, expiry and the frozen text's digest; of an image what it is derived from."""
    properties = subjects().by_id[_latest(CALL_ENDED)].properties
    frozen = SCHEMAS[_latest(CALL_ENDED)]
    assert properties == {
        "tidegate.role": "telemetry",
        "tidegate.kind": "usage",
        "tidegate.event": "call.ended",
        "tidegate.owner": "calls",
        "tidegate.level": "required",
        "tidegate.expires": frozen.avro["tidegate"]["expires"],
        "tidegate.sha256": frozen.sha256,
    }
    image = subjects().by_id[_latest(IMAGE)].properties
    assert image["tidegate.derived_from"] == str(frozen.id)
    assert subjects().by_id[1].properties.keys() == {"tidegate.role", "tidegate.sha256"}


def test_either_text_is_found_in_any_layout() -> None:
    """The frozen and the served text find their id, spread out, in one line, keys in another order."""
    for number, version in subjects().by_id.items():
        frozen = SCHEMAS[number].text
        turned = json.dumps(dict(reversed(json.loads(version.text).items())))
        for text in (frozen, version.text, json.dumps(json.loads(frozen)), turned):
            assert subjects().find(version.subject, text) == version


def test_another_text_is_not_found() -> None:
    """A text with one word changed, or that of another subject, is no version of this one."""
    text = subjects().by_id[_latest(CALL_ENDED)].text
    assert subjects().find(CALL_ENDED, text.replace('"duration"', '"durations"', 1)) is None
    assert subjects().find(CALL_ENDED, text.replace('"default":null', '"default":0', 1)) is None
    assert subjects().find(IMAGE, text) is None


def test_of_equal_texts_the_newest_is_found() -> None:
    """A text that was registered, changed, and registered again has two ids; the look-up gives the current one."""
    first = SCHEMAS[_latest(CALL_ENDED)]
    again = replace(first, id=900)
    both = Subjects([again, first])
    assert [of.id for of in both.versions[CALL_ENDED]] == [first.id, 900]
    found = both.find(CALL_ENDED, first.text)
    assert found is not None
    assert found.id == 900


@pytest.mark.parametrize("text", ["", "{", "record", "[" * 200_000, "1" * 5000, "\ud800"])
def test_what_is_no_json_is_said_to_be(text: str) -> None:
    """A text that is no JSON, however deep or long, is `NoSchema`, without the text in it."""
    with pytest.raises(NoSchema) as told:
        subjects().find(CALL_ENDED, text)
    assert str(told.value) == ""


def test_a_served_text_encodes_as_the_frozen_one() -> None:
    """Our own strict codec reads with the served text what was written with the frozen one."""
    for message in one_each():
        value = message.value or b""
        number = int.from_bytes(value[1:5])
        served = Codec(json.loads(subjects().by_id[number].text))
        assert served.decode(value[5:]) == Codec(SCHEMAS[number].avro).decode(value[5:])
