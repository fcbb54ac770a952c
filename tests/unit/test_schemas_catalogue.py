"""The catalogue: what ships is whole, and whatever is wrong with one is told at once, with file and JSON path."""

from __future__ import annotations

import dataclasses
import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from schemas.authored import read_authored
from schemas.catalogue import SHIPPED, load, register
from schemas.domains import Domain
from schemas.findings import Finding
from schemas.model import Kind, Purpose
from tests.unit.catalogue_copies import CODES, CONTENT, DIAGNOSTIC, HEAD, ORIGIN, TABLE, USAGE, change, findings, small
from tests.unit.catalogue_defects import DEFECTS, meta, without
from tests.unit.domain_samples import catalogue

ALL = tuple(DEFECTS)


def places(found: tuple[Finding, ...]) -> set[tuple[str, str, str]]:
    """File, JSON path and rule of each."""
    return {(finding.file, finding.path, finding.rule) for finding in found}


def test_the_shipped_catalogue_has_its_schemas() -> None:
    """At least 10 usage, 8 diagnostic, 8 content schemas, each current plan under its own ids."""
    kinds = Counter(plan.kind for plan in catalogue().plans.values())
    assert kinds[Kind.USAGE] >= 10
    assert kinds[Kind.DIAGNOSTIC] >= 8
    assert kinds[Kind.CONTENT] >= 8
    for plan in catalogue().plans.values():
        assert catalogue().by_id[plan.schema_id] is plan
        assert catalogue().schemas[plan.schema_id].event == plan.event
        assert (plan.ml_schema_id == 0) == (plan.kind is Kind.CONTENT)


def test_content_is_never_for_ml() -> None:
    """No content plan has an ML codec or the purpose; no other plan has a content field or reads the body."""
    for plan in catalogue().by_id.values():
        is_content = plan.kind is Kind.CONTENT
        assert not is_content or (plan.ml_codec is None and Purpose.TRAIN_AI_SYSTEM not in plan.purposes)
        assert is_content or (plan.reads_body is None and all(place.domain is not None for place in plan.fields))


def test_budgets_hold() -> None:
    """32 bits a field, 64 an event, of which Origin takes about half."""
    for plan in catalogue().plans.values():
        assert all(place.bits <= 32 for place in plan.fields)
        assert plan.kind is Kind.CONTENT or plan.bits <= 64


def test_a_catalogue_is_a_value() -> None:
    """Nothing of it can be set, and reading it again gives the same version."""
    with pytest.raises(dataclasses.FrozenInstanceError):
        catalogue().name = "other"  # type: ignore[misc]
    with pytest.raises(TypeError):
        catalogue().plans["x"] = next(iter(catalogue().plans.values()))  # type: ignore[index]
    assert load().version == catalogue().version
    assert len(catalogue().version) == 12


def test_the_small_catalogue_has_no_findings(tmp_path: Path) -> None:
    """So that each defect below is the only one; and once registered it loads."""
    folder = small(tmp_path)
    assert findings(read_authored, folder) == ()
    assert {finding.rule for finding in findings(load, folder)} == {"registered/pending"}
    register(folder)
    assert set(load(folder).plans) == {"call.ended", "api.request", "chat.message"}


@pytest.mark.parametrize("name", ALL)
def test_a_planted_defect_is_found_where_it_is(name: str, tmp_path: Path) -> None:
    """With its file, its JSON path, a rule and what to do; in one line."""
    changed, how, file, path, rule = DEFECTS[name]
    folder = small(tmp_path)
    change(folder, changed, how)
    found = findings(read_authored, folder)
    assert (file, path, rule) in places(found)
    for finding in found:
        assert finding.defect.endswith(".")
        assert finding.remedy.endswith((".", "]"))
        assert "\n" not in str(finding)


def test_there_are_enough_planted_defects() -> None:
    """The table is what shows that checks fire."""
    assert len(DEFECTS) >= 40


def test_all_findings_of_all_files_come_at_once(tmp_path: Path) -> None:
    """One run tells everything: no finding hides another, in its own file or elsewhere."""
    folder = small(tmp_path)
    together = (
        "no owner", "no domain", "default beside null", "no vocabulary", "content trains", "word twice",
        "unknown class", "unknown content", "short event ids", "scope of nothing",
    )  # fmt: skip
    for name in together:
        changed, how, *_ = DEFECTS[name]
        change(folder, changed, how)
    (folder / "usage" / "Broken.avsc").write_text("{", encoding="utf-8")
    (folder / "registered").mkdir()
    found = places(findings(load, folder))
    assert {DEFECTS[name][2:] for name in together} <= found
    assert ("usage/Broken.avsc", "$", "structure/unreadable") in found
    assert ("registered/index.tsv", "$", "structure/registry-index") in found


def test_a_broken_table_is_one_finding(tmp_path: Path) -> None:
    """Where attributes.yaml can't be read, no attribute is called unclassified for it."""
    folder = small(tmp_path)
    (folder / TABLE).write_text("version: [", encoding="utf-8")
    assert {finding.file for finding in findings(read_authored, folder)} == {TABLE}


HOSTILE: dict[str, bytes] = {
    "nothing": b"",
    "null": b"null",
    "blank": b" \n",
    "broken": b'{"a": ',
    "a list": b"[1]",
    "a text": b'"Quince"',
    "not UTF-8": b'{"a": "\xff"}',
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a NUL": b'{"a": "\x00"}',
    "key twice": b'{"a": 1, "a": 2}',
    "NaN": b'{"a": NaN}',
    "infinity": b'{"a": -Infinity}',
    "beyond a double": b'{"a": 1e999}',
    "number of 5,000 digits": b'{"a": ' + b"9" * 5000 + b"}",
    "deep lists": b"[" * 100_000,
    "deep objects": b'{"a":' * 300 + b"1" + b"}" * 300,
    "deep but whole": b'{"a":' * 70 + b"1" + b"}" * 70,
    "huge": b'{"a": "' + b"x" * 2**20 + b'"}',
    "lone surrogate": b'{"type": "record", "name": "\\ud800"}',
    "two documents": b"a: 1\n---\nb: 2\n",
    "alias": b"a: &x [1]\nb: *x\n",
    "alias of itself": b"a: &x [*x]\n",
    "laughs": b"a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
    "merge": b"a: &x {b: 1}\nc:\n  <<: *x\n",
    "tag": b"a: !!python/object/apply:os.system [true]\n",
    "own tag": b"a: !secret x\n",
    "list for a key": b"? [a, b]\n: c\n",
    "date for a key": b"2026-01-01: c\n",
    "number for a key": b"version: 1\nclasses: {1: content}\n",
    "key twice in YAML": b"version: 1\nversion: 1\n",
    "tab": b"\tversion: 1\n",
}


@pytest.mark.parametrize("files", [(USAGE, TABLE), (ORIGIN, HEAD), (CONTENT, CODES)], ids=["a", "b", "c"])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_a_finding(name: str, files: tuple[str, str], tmp_path: Path) -> None:
    """Whatever a file holds, it is told with its name, no other exception comes, and its text is not repeated."""
    folder = small(tmp_path)
    for file in files:
        (folder / file).write_bytes(HOSTILE[name])
    found = findings(read_authored, folder)
    assert set(files) <= {finding.file for finding in found}
    assert "Quince" not in "".join(map(str, found))


@pytest.mark.parametrize("file", [USAGE, DIAGNOSTIC, CONTENT, ORIGIN, TABLE, HEAD, CODES])
def test_a_file_that_is_gone_or_no_file_is_a_finding(file: str, tmp_path: Path) -> None:
    """A folder of that name; and, where something needs it, nothing at all."""
    folder = small(tmp_path)
    (folder / file).unlink()
    (folder / file).mkdir()
    assert file in {finding.file for finding in findings(read_authored, folder)}
    (folder / file).rmdir()
    if file in {ORIGIN, TABLE, HEAD}:
        assert file in {finding.file for finding in findings(read_authored, folder)}


def test_a_folder_that_is_none_is_a_finding(tmp_path: Path) -> None:
    """A mistyped `--catalog` says which files are missing."""
    assert {finding.file for finding in findings(load, tmp_path / "nowhere")} == {HEAD, TABLE, ORIGIN}


def test_other_lines_ends_change_nothing(tmp_path: Path) -> None:
    """A checkout that writes CR LF has the same catalogue, of the same version."""
    folder = shutil.copytree(SHIPPED, tmp_path / "catalog")
    for path in folder.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert load(folder).version == catalogue().version


@pytest.mark.parametrize("how", [meta(owner="other"), meta(purposes=["essential"]), without("fields", 6)])
def test_an_unregistered_change_is_refused(how: Callable[[object], object], tmp_path: Path) -> None:
    """What runs is what is registered: `load` says which schema is not, and what to do."""
    folder = small(tmp_path)
    register(folder)
    change(folder, USAGE, how)
    found = findings(load, folder)
    assert {finding.rule for finding in found} == {"registered/pending"}
    assert all("tidegate register" in finding.remedy for finding in found)


def test_a_changed_vocabulary_is_an_unregistered_change(tmp_path: Path) -> None:
    """The words stand in the schemas' texts."""
    folder = small(tmp_path)
    register(folder)
    change(folder, CODES, lambda data: data["words"].append(799))
    assert {finding.rule for finding in findings(load, folder)} == {"registered/pending"}


def test_every_domain_tells_what_it_costs() -> None:
    """Bits of each field add up to what the ML schema says."""
    for plan in catalogue().plans.values():
        if plan.ml_avro is not None:
            bits = [place.domain.bits for place in plan.fields if place.in_ml and isinstance(place.domain, Domain)]
            assert sum(bits) <= plan.bits
            assert json.loads(catalogue().schemas[plan.ml_schema_id].text)["tidegate"]["bits"] == round(plan.bits, 2)
