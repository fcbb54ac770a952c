"""A pull request's view: five changes in real commits, checked by the real command against the branch it comes from."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.pull_request import FILES, FINDINGS, branched, checked

# What each of the five changes leads to; the harmless one to nothing.
EXPECTED = {
    ("compatibility/field-removed", "usage/CallEnded.avsc"),
    ("compatibility/attribute-loosened", "attributes.yaml"),
    ("compatibility/vocabulary-widened", "vocabularies/codec.yaml"),
    ("compatibility/event-deleted", "usage/PollOpened.avsc"),
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the catalogue on main, and a branch of five commits."""
    return branched(tmp_path_factory.mktemp("repository"))


@pytest.fixture(scope="module")
def sarif(repository: Path) -> Any:  # noqa: ANN401 - JSON
    """The SARIF log of the branch."""
    return json.loads(checked(repository, "sarif").stdout)


@pytest.mark.parametrize("form", FILES)
def test_the_documented_example_is_what_the_command_says(repository: Path, form: str) -> None:
    """docs/examples holds the output, byte for byte; `python -m tests.contract.pull_request --rewrite` renews it."""
    done = checked(repository, form)
    assert (done.returncode, done.stderr) == (FINDINGS, "")
    assert done.stdout == FILES[form].read_text(encoding="utf-8")


def test_each_change_is_found_and_the_harmless_one_not(sarif: Any) -> None:  # noqa: ANN401 - JSON
    """Four rules of compatibility at four files; nothing at the event whose words were changed."""
    results = sarif["runs"][0]["results"]
    found = {(result["ruleId"], _file(result)) for result in results}
    assert {(rule, file) for rule, file in found if rule.startswith("compatibility/")} == EXPECTED
    assert not [file for _, file in found if file.endswith("HandRaised.avsc")]


def test_the_approved_change_is_a_note(sarif: Any) -> None:  # noqa: ANN401 - JSON
    """The codec was approved: it is told, and does not count."""
    levels = {result["ruleId"]: result["level"] for result in sarif["runs"][0]["results"]}
    assert levels["compatibility/vocabulary-widened"] == "note"
    assert levels["compatibility/attribute-loosened"] == "error"


def test_the_comment_tells_the_reviewer_what_to_decide(repository: Path) -> None:
    """Each changed thing has its line: whom it breaks, whose approval it has or needs; and a data review follows."""
    text = checked(repository, "markdown").stdout
    lines = {line.split("|")[1].strip().strip("`"): line for line in text.splitlines() if line.count("|") == 7}
    assert "readers of new data with the old schema" in lines["call.ended"]
    assert "given by privacy-team until 2028-01-31" in lines["vocabulary codec"]
    assert "deleted" in lines["poll.opened"]
    assert "needed" in lines["attribute call.rating.comment"]
    assert "nothing that anybody notices" in lines["hand.raised"]
    assert "What may now be carried that could not before?" in text


def _file(result: Any) -> str:  # noqa: ANN401 - JSON
    uri: str = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return uri.removeprefix("telemetry/catalog/")
