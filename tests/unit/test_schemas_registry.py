"""`registered/`: frozen, append-only, whole; what changes gets new ids, and what was stays decodable."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas import catalogue as catalogue_module
from schemas import derive
from schemas.catalogue import SHIPPED, load, register
from schemas.codec import Codec
from schemas.registry import Role, append, read_registry, text_of
from tests.unit.catalogue_copies import DIAGNOSTIC, TABLE, USAGE, change, findings, small
from tests.unit.domain_samples import catalogue
from tests.unit.registry_damage import SPOILT

ROOT = Path(__file__).parents[2]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A small registered catalogue: 1 quarantine, 2 and 3 api.request, 4 and 5 call.ended, 6 chat.message."""
    register(small(tmp_path))
    return tmp_path


def texts(folder: Path) -> dict[str, bytes]:
    """Every file of the registry."""
    return {path.name: path.read_bytes() for path in (folder / "registered").iterdir()}


def later(folder: Path) -> None:
    """Change what call.ended keeps."""
    change(folder, USAGE, lambda data: data["fields"].pop())


def test_the_first_registration_numbers_from_one(folder: Path) -> None:
    """Quarantine, then each event by name, its ML schema after it; content has none."""
    told = [(it.id, it.role, it.event, it.derived_from) for it in read_registry(folder).values()]
    assert told == [
        (1, Role.QUARANTINE, None, None),
        (2, Role.TELEMETRY, "api.request", None),
        (3, Role.ML, "api.request", 2),
        (4, Role.TELEMETRY, "call.ended", None),
        (5, Role.ML, "call.ended", 4),
        (6, Role.TELEMETRY, "chat.message", None),
    ]


def test_registering_again_does_nothing(folder: Path) -> None:
    """No id is spent, no byte is written."""
    before = texts(folder)
    assert register(folder) == []
    assert texts(folder) == before


def test_registering_the_same_folder_gives_the_same_bytes(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Derived schemas too: nothing in a text depends on when or where it is made."""
    other = small(tmp_path_factory.mktemp("other"))
    register(other)
    assert texts(other) == texts(folder)


def test_registering_a_change_only_appends(folder: Path) -> None:
    """Every byte that was there is there, at its place; the changed schema has new ids, the others keep theirs."""
    before, ids = texts(folder), {name: plan.schema_id for name, plan in load(folder).plans.items()}
    later(folder)
    assert [(it.id, it.role, it.event, it.derived_from) for it in register(folder)] == [
        (7, Role.TELEMETRY, "call.ended", None),
        (8, Role.ML, "call.ended", 7),
    ]
    after = texts(folder)
    assert after.pop("index.tsv").startswith(before.pop("index.tsv"))
    assert {name: after[name] for name in before} == before
    assert {name: plan.schema_id for name, plan in load(folder).plans.items()} == ids | {"call.ended": 7}


def test_what_was_written_before_a_change_stays_decodable(folder: Path) -> None:
    """By its own plan, which leads to its own ML schema."""
    old = load(folder).plans["call.ended"]
    later(folder)
    register(folder)
    after = load(folder)
    assert after.by_id[4].ml_schema_id == 5
    assert after.by_id[7].ml_schema_id == 8
    assert after.by_id[4].avro == old.avro
    assert len(after.by_id[4].fields) == len(after.by_id[7].fields) + 1


def test_going_back_to_an_earlier_text_is_a_change_too(folder: Path) -> None:
    """The newest id is the current one, so the old text is registered anew."""
    text = (folder / USAGE).read_text(encoding="utf-8")
    later(folder)
    register(folder)
    (folder / USAGE).write_text(text, encoding="utf-8")
    assert [it.id for it in register(folder)] == [9, 10]
    assert load(folder).plans["call.ended"].schema_id == 9
    assert register(folder) == []


def test_an_event_that_leaves_keeps_its_ids(folder: Path) -> None:
    """Its schemas stay registered, its messages have no plan; when it comes back, so do its ids."""
    text = (folder / DIAGNOSTIC).read_text(encoding="utf-8")
    (folder / DIAGNOSTIC).unlink()
    without = load(folder)
    assert 2 in without.schemas
    assert 2 not in without.by_id
    (folder / DIAGNOSTIC).write_text(text, encoding="utf-8")
    assert register(folder) == []
    assert load(folder).plans["api.request"].schema_id == 2
    assert load(folder).version != without.version


def test_an_older_version_that_todays_rules_refuse_is_left_out(folder: Path) -> None:
    """An attribute turned out to be content: the current schema drops it, old messages are refused, all loads."""
    change(folder, TABLE, lambda data: data["classes"].update({"call.speech.ratio": "content"}))
    assert "privacy/attribute-class" in {finding.rule for finding in findings(load, folder)}
    later(folder)
    register(folder)
    after = load(folder)
    assert 4 not in after.by_id
    assert after.plans["call.ended"].schema_id == 7


def test_a_change_in_how_ml_schemas_are_derived_is_a_change(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of older versions too: each telemetry schema, under its old id, gets a new ML schema; the old is used no more."""
    later(folder)
    register(folder)

    def other(*arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - as the original
        return derive.ml_schema(*arguments) | {"doc": "Derived otherwise."}

    monkeypatch.setattr("schemas.compile.ml_schema", other)
    assert {finding.rule for finding in findings(load, folder)} == {"registered/pending"}
    assert sorted(it.derived_from or 0 for it in register(folder)) == [2, 4, 7]
    assert register(folder) == []
    after = load(folder)
    assert {number: plan.ml_schema_id for number, plan in after.by_id.items()} == {2: 9, 4: 11, 6: 0, 7: 10}


@pytest.mark.parametrize("name", SPOILT)
def test_a_spoilt_registry_is_refused(name: str, folder: Path) -> None:
    """By reading, by loading and by registering, each with the rule; nothing is written on top of it."""
    spoil, rule = SPOILT[name]
    spoil(folder)
    before = {path: path.read_bytes() for path in (folder / "registered").iterdir() if path.is_file()}
    for read in (read_registry, load, register):
        found = findings(read, folder)
        assert rule in {finding.rule for finding in found}
        assert all(finding.file.startswith("registered/") for finding in found)
    assert {path: path.read_bytes() for path in before} == before


def test_a_crash_between_texts_and_index_is_told(folder: Path) -> None:
    """Texts are written first: what was left behind is stray, and goes away by hand."""
    later(folder)
    pending = {finding.file for finding in findings(load, folder)}
    assert pending == {"registered/000007.avsc", "registered/000008.avsc"}
    (folder / "registered/000007.avsc").write_text("half", encoding="utf-8")
    assert {finding.rule for finding in findings(register, folder)} == {"structure/registry-stray"}


@pytest.mark.parametrize("how", [lambda text: text.rstrip("\n"), lambda text: text.replace("\n", "\r\n")])
def test_an_editor_that_touched_only_line_ends_does_no_harm(how: Callable[[str], str], folder: Path) -> None:
    """A lost last line end, or CR LF: the next line is still a line of its own."""
    path = folder / "registered/index.tsv"
    path.write_bytes(how(path.read_text(encoding="utf-8")).encode())
    later(folder)
    assert len(register(folder)) == 2
    assert len(load(folder).schemas) == 8


def test_an_empty_index_gets_its_columns(tmp_path: Path) -> None:
    """A folder that somebody made by hand is as good as none."""
    (small(tmp_path) / "registered").mkdir()
    (tmp_path / "registered/index.tsv").touch()
    append(tmp_path, [])
    assert read_registry(tmp_path) == {}
    assert len(register(tmp_path)) == 6


def test_the_shipped_registry_is_whole() -> None:
    """Its texts are as the code writes them, each ML schema is the one derived from its telemetry schema."""
    schemas = read_registry(SHIPPED)
    assert sorted(schemas) == list(range(1, len(schemas) + 1))
    for it in schemas.values():
        assert text_of(it.avro) == it.text
        Codec(it.avro)
    for plan in catalogue().by_id.values():
        if plan.ml_avro is not None:
            assert schemas[plan.ml_schema_id].text == text_of(plan.ml_avro)
            assert schemas[plan.ml_schema_id].derived_from == plan.schema_id
    assert catalogue_module.register(SHIPPED) == []


def test_history_knows_no_edit_of_a_registered_text() -> None:
    """In all of git's history, as far as it is here, no text was modified, renamed or deleted once committed."""
    where = SHIPPED.relative_to(ROOT) / "registered"
    git = shutil.which("git")
    if git is None:
        pytest.skip("git is not here")
    command = [git, "-C", str(ROOT), "log", "--diff-filter=MDRT", "--format=", "--name-status", "--", f"{where}/*.avsc"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    if run.returncode != 0:
        pytest.skip("this is no clone")
    assert run.stdout.split() == []
