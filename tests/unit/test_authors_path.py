"""An author's path through the command line: begin a catalogue, add an event, try values, freeze it, look at it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from deploy.cli import run
from deploy.docs import pages
from schemas.catalogue import load


@pytest.fixture
def begun(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """A catalogue made by `tidegate init`."""
    folder = tmp_path / "catalog"
    assert run(["init", str(folder)]) == 0
    capsys.readouterr()
    return folder


def add(folder: Path, *more: str) -> int:
    """Add an event without being asked anything."""
    return run(
        ["event", "new", "document.exported", "--catalog", str(folder), "--kind", "usage", "--owner", "product",
         "--purpose", "product_improvement", "--purpose", "train_ai_system", "--doc", "Somebody exported a document.",
         "--field", "pages:count:max=1000:buckets=12:doc=How many pages it has.", *more]
    )  # fmt: skip


def test_a_new_catalogue_is_clean_and_runs(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It passes the check, loads, and is never written over."""
    assert run(["check", str(begun)]) == 0
    assert len(load(begun).plans) == 3
    before = {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}
    assert run(["init", str(begun)]) == 2
    assert "Error: " in capsys.readouterr().err
    assert before == {path: path.read_bytes() for path in begun.rglob("*") if path.is_file()}


def test_an_added_event_passes_the_check_and_is_registered(begun: Path) -> None:
    """`event new` writes a schema without findings, `register` freezes it, and the catalogue loads with it."""
    assert add(begun) == 0
    assert run(["check", str(begun)]) == 0
    assert run(["register", "--catalog", str(begun)]) == 0
    assert "document.exported" in load(begun).plans


def test_an_event_is_never_overwritten(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A second event of the name is refused, and the first stays as it is."""
    assert add(begun) == 0
    before = (begun / "usage" / "DocumentExported.avsc").read_bytes()
    assert add(begun) == 2
    assert (begun / "usage" / "DocumentExported.avsc").read_bytes() == before
    assert "Error: " in capsys.readouterr().err


def test_values_are_tried_on_the_real_gate(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A value in its domain leaves its images, exit code 0; one outside is refused with the reason, exit code 1."""
    assert add(begun) == 0
    trial = ["event", "test", "document.exported", "--catalog", str(begun), "--value"]
    assert run([*trial, "pages=12"]) == 0
    assert "Accepted" in capsys.readouterr().out
    assert run([*trial, "pages=twelve"]) == 1
    assert "wrong_type" in capsys.readouterr().out


def test_a_content_value_is_not_printed(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What a customer wrote is told by its size alone."""
    run(["event", "test", "note.written", "--catalog", str(begun), "--value", "body=please keep this between us"])
    told = capsys.readouterr()
    assert "between us" not in told.out + told.err


@pytest.mark.parametrize(
    ("event", "values", "told"),
    [
        (
            "http.client.called",
            ["method=GET", "duration=250", "outcome=error"],
            {"duration": "250", "outcome": "ERROR"},
        ),
        ("exception.recorded", ["exception=ValueError"], {"exception": "ValueError"}),
        ("shortcuts.counted", ["group=editing", "uses=7"], {"uses": "7"}),
        (
            "jitter.measured",
            ["medium=audio", "observations=[1, 10, 12.5, 700]"],
            {"samples": "4", "worst": "700.0", "low": "2", "middling": "3", "high": "3"},
        ),
    ],
)
def test_spans_and_points_are_tried(
    event: str, values: list[str], told: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """As records of their own signal: what they say by themselves may be given, by the field's name too."""
    given = [part for value in values for part in ("--value", value)]
    assert run(["event", "test", event, *given, "--format", "json"]) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["accepted"]
    assert {row["field"]: row["telemetry"] for row in done["fields"] if row["field"] in told} == told


@pytest.mark.parametrize(
    ("event", "value", "reason"),
    [
        ("jitter.measured", "observations=[1, 7000]", "out_of_range"),
        ("http.client.called", "duration=-5", "out_of_range"),
        ("shortcuts.counted", "value=2.5", "wrong_type"),
    ],
)
def test_what_a_point_says_is_refused_where_it_stands(
    event: str, value: str, reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """At the field that reads it, by the gate itself."""
    assert run(["event", "test", event, "--value", value, "--format", "json"]) == 1
    rows = json.loads(capsys.readouterr().out)["fields"]
    assert reason in {row["refusal"] for row in rows if row["given"]}


@pytest.mark.parametrize(
    ("event", "value"),
    [
        ("jitter.measured", "observations=7"),
        ("jitter.measured", "observations=[]"),
        ("jitter.measured", 'observations=["please"]'),
        ("http.client.called", "outcome=please"),
        ("shortcuts.counted", "value=please"),
    ],
)
def test_what_no_record_can_say_is_misuse(event: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    """One line, exit code 2, without the value."""
    assert run(["event", "test", event, "--value", value]) == 2
    told = capsys.readouterr()
    assert told.err.startswith("Error: ")
    assert "please" not in told.out + told.err


def test_a_catalogue_is_shown(begun: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Events, fields and capacity, as a table or as JSON."""
    for form in ("table", "json", "markdown"):
        assert run(["catalogue", "show", "feature.used", "--catalog", str(begun), "--format", form]) == 0
        assert "feature" in capsys.readouterr().out
    assert run(["catalogue", "capacity", "--catalog", str(begun), "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_frames_come_from_code_objects(capsys: pytest.CaptureFixture[str]) -> None:
    """A release manifest lists a package's functions with provenance and licence, without importing it."""
    assert run(["vocabulary", "frames", "click"]) == 0
    told = capsys.readouterr().out
    assert '"click.core.Command.invoke"' in told
    assert "SHA-256" in told


def test_the_reference_pages_are_up_to_date() -> None:
    """docs/ says what the models, the reasons and the command line say; `python -m deploy.docs` writes it."""
    assert list(pages.stale()) == []
