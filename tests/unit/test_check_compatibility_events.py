"""What differs between two states of a catalogue, and which states before them count."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from schemas.catalogue import register
from schemas.check.engine import check
from schemas.check.event_changes import State, event_changes
from tests.unit.catalogue_copies import change
from tests.unit.template_states import CONTENT, DIAGNOSTIC, TODAY, USAGE, compared, copied, setting

APP_WORDS = setting("words", to=["example-web", "example-desktop", "example-tv"])


def rules(report: Any) -> list[tuple[str, str, str]]:  # noqa: ANN401 - a report
    """What was found, and where."""
    return [(finding.rule.removeprefix("compatibility/"), finding.file, finding.path) for finding in report.findings]


def record(*fields: dict[str, Any]) -> State:
    """Write a state of a schema that is Avro and no more."""
    return State("usage/R.avsc", {"type": "record", "name": "R", "fields": list(fields)}, None)


def test_documentation_is_no_difference(tmp_path: Path) -> None:
    """Other words in `doc` break nobody; the event counts as changed all the same."""
    report = compared(tmp_path, {USAGE: setting("doc", to="Somebody used a feature.")})
    assert rules(report) == []
    assert [summary.change for summary in report.summaries] == ["nothing that anybody notices"]


def test_a_vocabulary_is_told_once(tmp_path: Path) -> None:
    """Every event has the app in its Origin; its new word is one finding, at the list."""
    report = compared(tmp_path, {"vocabularies/app.yaml": APP_WORDS})
    assert rules(report) == [("vocabulary-widened", "vocabularies/app.yaml", "$.words")]


def test_another_vocabulary_is_told_at_the_field(tmp_path: Path) -> None:
    """The list itself did not change; the field that takes another one did."""
    report = compared(tmp_path, {DIAGNOSTIC: setting("fields", 1, "tidegate", "vocabulary", to="platform")})
    path = "$.fields[1].tidegate.vocabulary"
    found = [("vocabulary-reordered", DIAGNOSTIC, path), ("vocabulary-widened", DIAGNOSTIC, path)]
    assert [one for one in rules(report) if one[1] == DIAGNOSTIC] == found


def test_origin_is_told_once_at_its_own_file(tmp_path: Path) -> None:
    """What all events have in common is one finding."""
    report = compared(tmp_path, {"types/Origin.avsc": setting("fields", 5, "tidegate", "components", to=[15, 63, 127])})
    assert rules(report) == [("domain-loosened", "types/Origin.avsc", "$.fields[5].tidegate")]


def test_a_broken_schema_is_not_gone(tmp_path: Path) -> None:
    """A file that no longer parses is a finding of its own, and its event is not called deleted."""
    older, newer = copied(tmp_path / "older"), copied(tmp_path / "newer")
    (newer / USAGE).write_text("{", encoding="utf-8")
    assert "compatibility/event-deleted" not in {f.rule for f in check(newer, against=older, today=TODAY).findings}


def test_without_an_older_state_the_registered_one_counts(tmp_path: Path) -> None:
    """What is not yet registered is compared with what was registered last; an event long deleted is not told again."""
    folder = copied(tmp_path / "catalog")
    register(folder)
    assert rules(check(folder, today=TODAY)) == []
    change(folder, DIAGNOSTIC, setting("fields", 3, "type", to="int"))
    (folder / USAGE).unlink()
    assert rules(check(folder, today=TODAY)) == [("type-changed", DIAGNOSTIC, "$.fields[3].type")]


def test_an_event_renamed_long_ago_is_not_told_again(tmp_path: Path) -> None:
    """Its old name stays registered for ever, beside the new one."""
    folder = copied(tmp_path / "catalog")
    register(folder)
    change(folder, USAGE, setting("tidegate", "event", to="app.feature.used"))
    register(folder)
    assert rules(check(folder, today=TODAY)) == []


def test_every_registered_version_counts(tmp_path: Path) -> None:
    """A field that was there two versions ago can't come back as something else."""
    older = copied(tmp_path / "older")
    register(older)
    change(older, DIAGNOSTIC, lambda schema: schema["fields"].pop(4))
    register(older)
    newer = tmp_path / "newer"
    newer.mkdir()
    for path in sorted(older.rglob("*")):
        target = newer / path.relative_to(older)
        target.mkdir(exist_ok=True) if path.is_dir() else target.write_bytes(path.read_bytes())
    meta = {"attribute": "feature.duration", "domain": "count", "max": 9, "buckets": 2, "ml": "none"}
    back = {"name": "retried", "type": ["null", "long"], "default": None, "doc": "How often.", "tidegate": meta}
    change(newer, DIAGNOSTIC, lambda schema: schema["fields"].append(back))
    assert rules(check(newer, against=older, today=TODAY)) == [("field-reused", DIAGNOSTIC, "$.fields[4]")]
    same = json.loads((copied(tmp_path / "as_it_was") / DIAGNOSTIC).read_text(encoding="utf-8"))["fields"][4]
    change(newer, DIAGNOSTIC, lambda schema: schema["fields"].__setitem__(4, same | {"default": False}))
    assert rules(check(newer, against=older, today=TODAY)) == [("capacity-grown", DIAGNOSTIC, "$.fields[4]")]


def test_readers_of_the_oldest_data_count() -> None:
    """What the state before does not show, an earlier one does; what was broken already is not told again."""
    enum = {"type": "enum", "name": "E", "symbols": ["A", "B"], "default": "A"}
    first, second = enum, enum | {"symbols": ["A", "B", "C"]}
    states = [record({"name": "f", "type": "string"}), record({"name": "f", "type": first})]
    third = record({"name": "f", "type": second})
    assert [d.rule for d in event_changes(states[1], third, [states[0]])] == []
    gone = record()
    back = record({"name": "f", "type": "string", "default": ""})
    assert [d.rule for d in event_changes(gone, back, [states[1], gone])] == ["field-reused"]


def test_a_default_taken_away_breaks_readers_of_data_from_before_the_field() -> None:
    """The state before has the field; only data older than that needs the default."""
    before, after = record({"name": "f", "type": "int", "default": 1}), record({"name": "f", "type": "int"})
    found = event_changes(before, after, [before, record()])
    assert [(d.rule, "it otherwise" in d.said) for d in found] == [("default-changed", False), ("field-added", True)]


def test_a_deleted_and_a_renamed_event_are_two_things(tmp_path: Path) -> None:
    """The same record under another event name is a renaming, told at the new name."""
    renamed = compared(tmp_path / "a", {USAGE: setting("tidegate", "event", to="app.feature.used")})
    assert rules(renamed) == [("event-renamed", USAGE, "$.tidegate.event")]
    older, newer = copied(tmp_path / "older"), copied(tmp_path / "newer")
    (newer / CONTENT).unlink()
    assert rules(check(newer, against=older, today=TODAY)) == [("event-deleted", CONTENT, "$")]


def test_content_carries_nothing_into_ml_and_so_loosens_nothing(tmp_path: Path) -> None:
    """A wider domain in a content schema is nobody's capacity."""
    added = {"name": "size", "type": "long", "default": 0, "doc": "Its length.",
             "tidegate": {"attribute": "feature.duration", "domain": "size", "max": 100, "buckets": 4}}  # fmt: skip
    older = copied(tmp_path / "older", {CONTENT: lambda schema: schema["fields"].append(added)})
    newer = copied(tmp_path / "newer", {CONTENT: lambda schema: schema["fields"].append(added)})
    change(newer, CONTENT, setting("fields", 4, "tidegate", "max", to=200))
    assert rules(check(newer, against=older, today=TODAY)) == []
