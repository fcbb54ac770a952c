"""Defects planted in a copy of the shipped catalogue: each found by the right rule, at the right line, alone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from schemas.catalogue import SHIPPED
from schemas.check.engine import check

# File, the text that is changed, what it becomes, the rule. The line is the one on which the change is made.
PLANTED = [
    ("usage/CallEnded.avsc", '"level": "required"', '"level": "sometimes"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"owner": "calls"', '"owner": "The Calls Team"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"expires": "2027-11-30"', '"expires": "soon"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"expires": "2027-11-30"', '"expires": "2020-01-01"', "contract/expired"),
    ("usage/CallEnded.avsc", '"expires": "2027-11-30"', '"expires": "never"', "contract/expires"),
    ("usage/CallEnded.avsc", '"expires": "2027-11-30"', '"expires": "2099-01-01"', "contract/expires-late"),
    ("usage/CallEnded.avsc", '"kind": "usage"', '"kind": "gossip"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"domain": "duration"', '"domain": "eternity"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"max": 86400', '"max": -1', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"buckets": 24', '"buckets": 2000', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"buckets": 24', '"bucket": 24', "structure/unknown-property"),
    ("usage/CallEnded.avsc", '"unit": "s"', '"unit": "fortnight"', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"domain": "ratio", "step": 0.05', '"domain": "ratio", "step": 0', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"event": "call.ended"', '"event": "Call Ended"', "structure/bad-value"),
    (
        "usage/CallEnded.avsc",
        '"namespace": "meetings.usage"',
        '"namespace": "meetings.diagnostic"',
        "contract/namespace",
    ),
    (
        "usage/CallEnded.avsc",
        '"doc": "A participant left a call, or the call was closed."',
        '"doc": "X"',
        "structure/bad-value",
    ),
    (
        "usage/CallEnded.avsc",
        '"doc": "A participant left a call, or the call was closed."',
        '"doc": "A participant left a call, or the call was closed"',
        "contract/doc-end",
    ),
    ("usage/CallEnded.avsc", '"doc": "Who left."', '"doc": "who left."', "contract/doc-start"),
    ("usage/CallEnded.avsc", '"doc": "Who left."', '"doc": ""', "structure/bad-value"),
    ("usage/CallEnded.avsc", '"attribute": "user.id"', '"attribute": "call.id"', "structure/attribute-twice"),
    ("usage/CallEnded.avsc", '"attribute": "user.id"', '"attribute": "made.up"', "privacy/unclassified"),
    ("usage/CallEnded.avsc", '"attribute": "user.id"', '"attribute": "user.email"', "privacy/attribute-class"),
    ("usage/CallEnded.avsc", '"attribute": "user.id"', '"attribute": "body"', "privacy/body"),
    (
        "usage/CallEnded.avsc",
        '"attribute": "user.id", "domain": "pseudonym"',
        '"attribute": "user.id"',
        "privacy/raw-id",
    ),
    (
        "usage/CallEnded.avsc",
        '"attribute": "user.id", "domain": "pseudonym"',
        '"attribute": "user.id", "domain": "pseudonym", "bits": 32',
        "structure/bad-value",
    ),
    (
        "usage/CallEnded.avsc",
        '"attribute": "user.id", "domain": "pseudonym"',
        '"attribute": "user.id", "content_class": "chat"',
        "privacy/content-field",
    ),
    (
        "usage/CallEnded.avsc",
        '"attribute": "user.id", "domain": "pseudonym"',
        '"attribute": "user.id", "domain": "vocabulary", "vocabulary": "nope"',
        "structure/no-vocabulary",
    ),
    ("usage/CallEnded.avsc", '"name": "caller"', '"name": "Caller"', "contract/field-case"),
    ("usage/CallEnded.avsc", '"name": "caller"', '"name": "call"', "structure/name-twice"),
    (
        "usage/CallEnded.avsc",
        '"name": "caller", "type": "string"',
        '"name": "caller", "type": "bytes"',
        "structure/type",
    ),
    (
        "usage/CallEnded.avsc",
        '"name": "caller", "type": "string"',
        '"name": "caller", "type": ["null", "string"]',
        "contract/null-default",
    ),
    (
        "usage/CallEnded.avsc",
        '"name": "caller", "type": "string"',
        '"name": "caller", "type": {"type": "map", "values": "string"}',
        "structure/type",
    ),
    (
        "usage/CallEnded.avsc",
        '"name": "origin", "type": "tidegate.Origin"',
        '"name": "source", "type": "tidegate.Origin"',
        "structure/origin",
    ),
    (
        "usage/CallEnded.avsc",
        '"name": "duration", "type": "long"',
        '"name": "duration", "type": "string"',
        "structure/type",
    ),
    (
        "usage/CallEnded.avsc",
        '"purposes": ["product_improvement", "train_ai_system"]',
        '"purposes": []',
        "structure/bad-value",
    ),
    (
        "content/ChatMessage.avsc",
        '"purposes": ["essential"]',
        '"purposes": ["essential", "train_ai_system"]',
        "privacy/content-purpose",
    ),
    ("content/ChatMessage.avsc", '"content_class": "chat"', '"content_class": "gossip"', "structure/bad-value"),
    ("content/ChatMessage.avsc", '"content_class": "chat"', '"content_class": "chat", "max": 3', "structure/both"),
    ("content/ChatMessage.avsc", '"expires": "never"', '"expires": "tomorrow"', "structure/bad-value"),
    (
        "content/ChatMessage.avsc",
        '"name": "text", "type": "string"',
        '"name": "text", "type": {"type": "array", "items": "string"}',
        "structure/type",
    ),
    ("vocabularies/codec.yaml", "version: 1", "version: 0", "structure/bad-value"),
    ("catalogue.yaml", "name: meetings", "name: My Meetings", "structure/bad-value"),
    ("types/Origin.avsc", '"components": [15, 63, 63]', '"components": [15, 63, 63, 9, 9]', "structure/bad-value"),
    ("diagnostic/AppStarted.avsc", '"symbols": ["COLD", "WARM", "HOT"]', '"symbols": []', "structure/bad-value"),
    ("diagnostic/AppStarted.avsc", '"tidegate.UserAgent"', '"tidegate.UserAgents"', "structure/unknown-type"),
    (
        "diagnostic/AppStarted.avsc",
        '"level": "required"',
        '"level": "required", "colour": "blue"',
        "structure/unknown-property",
    ),
    ("diagnostic/AppStarted.avsc", '"type": "record"', '"type": "recrod"', "structure/bad-value"),
]


@pytest.mark.parametrize(("file", "before", "after", "rule"), PLANTED)
def test_a_planted_defect_is_found_where_it_is(tmp_path: Path, file: str, before: str, after: str, rule: str) -> None:
    """One finding: that rule, that file, that line. What the change does to readers is another family's business."""
    folder = tmp_path / "catalog"
    shutil.copytree(SHIPPED, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert text.count(before) == 1
    line = text[: text.index(before)].count("\n") + 1
    (folder / file).write_text(text.replace(before, after), encoding="utf-8")
    found = [
        (finding.rule, finding.file, finding.line) for finding in check(folder, ignore=("compatibility",)).findings
    ]
    assert found == [(rule, file, line)]


def test_another_field_in_origin_is_a_finding(tmp_path: Path) -> None:
    """A field that Origin should not have is told, at Origin's fields, however many schemas begin with it."""
    folder = tmp_path / "catalog"
    shutil.copytree(SHIPPED, folder)
    file = folder / "types" / "Origin.avsc"
    file.write_text(
        file.read_text(encoding="utf-8").replace('"name": "tenant"', '"name": "customer"'), encoding="utf-8"
    )
    found = {(finding.rule, finding.file) for finding in check(folder, ignore=("compatibility",)).findings}
    assert found == {("structure/origin", "types/Origin.avsc")}
