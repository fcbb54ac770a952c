"""The collector's log: sentences for people, or a JSON object a line with nothing that is not ours."""

from __future__ import annotations

import io
import json
import logging
import re
from pathlib import Path

import pytest

from collector import logbook
from collector.logbook import EVENTS

ROOT = Path(__file__).resolve().parents[2]
CANARY = "Quince-Heron-4471"


def written(name: str, level: int, text: str, *arguments: object) -> dict[str, str]:
    """Format a record as the JSON log does."""
    record = logging.LogRecord(name, level, __file__, 7, text, arguments, None)
    read: dict[str, str] = json.loads(logbook._Json().format(record))
    assert read.pop("time").endswith("+00:00")
    return read


def test_a_line_of_ours_has_level_event_and_sentence() -> None:
    """The event's name comes from a closed list, with the level that it is worth."""
    line = "senders are told to come again: Unavailable: no answer"
    assert written("tidegate.collector.told", logging.INFO, "%s", line) == {
        "level": "warning",
        "event": "turned_away",
        "message": line,
    }
    assert written("tidegate.collector", logging.WARNING, "other words")["event"] == "said"


def test_a_librarys_line_is_told_without_its_text() -> None:
    """Level and place in the code, not a word of the message, its arguments or its traceback."""
    told = written("kafka.conn", logging.WARNING, "saw %s", CANARY)
    assert told == {"level": "warning", "event": "library", "place": f"{Path(__file__).name}:7"}


@pytest.mark.parametrize("beginning", EVENTS)
def test_every_event_is_said_somewhere(beginning: str) -> None:
    """No event of the list has lost its sentence in the code."""
    files = [
        *(ROOT / "collector").rglob("*.py"),
        *(ROOT / "deploy").glob("*.py"),
        ROOT / "deploy/commands/collector.py",
    ]
    text = "".join(file.read_text("utf-8") for file in files if file.name != "logbook.py")
    assert re.search(rf'"{re.escape(beginning)}', text)


def test_lines_go_to_stderr_in_the_form_that_was_asked_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Text has the service's name before the sentence; JSON replaces it."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    for form in ("text", "json"):
        monkeypatch.setattr("sys.stderr", stream := io.StringIO())
        logbook.start(form)
        logbook.tell("the spill is empty: Kafka has everything")
        text = stream.getvalue()
        if form == "text":
            assert text == "collector: the spill is empty: Kafka has everything\n"
        else:
            assert json.loads(text)["event"] == "spill_drained"
    assert capsys.readouterr().err == ""
