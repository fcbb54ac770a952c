"""The collector's log: sentences for people, or a JSON object a line with nothing that is not ours."""

from __future__ import annotations

import ast
import io
import json
import logging
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from collector import logbook
from collector.logbook import EVENTS, event_of
from deploy.cli import cli

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
    """Level, logger and place in the code, not a word of the message, its arguments or its traceback."""
    told = written("kafka.conn", logging.WARNING, "saw %s", CANARY)
    place = f"{Path(__file__).name}:7"
    assert told == {"level": "warning", "event": "library", "logger": "kafka.conn", "place": place}
    assert written(f"kafka {CANARY}", logging.ERROR, "")["logger"] == "?"


FILES = [
    *(ROOT / "collector").rglob("*.py"),
    *(
        ROOT / "deploy" / name
        for name in ("collecting.py", "keys.py", "place.py", "reload.py", "spills.py", "variables.py", "workers.py")
    ),
    ROOT / "broker/patience.py",
    ROOT / "deploy/commands/collector.py",
]


@pytest.mark.parametrize("mark", EVENTS)
def test_every_event_is_said_somewhere(mark: str) -> None:
    """No event of the list has lost its sentence in the code."""
    text = "".join(file.read_text("utf-8") for file in FILES if file.name != "logbook.py")
    assert mark[1:] in text if mark.startswith("…") else re.search(rf'"{re.escape(mark)}', text)


def sentences() -> Iterator[tuple[str, str]]:
    """Yield what the code tells, with … for what is filled in, and the file."""
    for file in FILES:
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in TELLING:
                for part in node.args[:1]:
                    texts = [part] if isinstance(part, ast.Constant) else getattr(part, "values", [])
                    line = "".join(str(of.value) if isinstance(of, ast.Constant) else "…" for of in texts)
                    if len(re.findall(r"[a-z]", line)) > 3:
                        yield line, file.name


TELLING = ("tell", "_tell")


def test_every_sentence_has_an_event() -> None:
    """What is told anywhere in the collector has its event and its level in the table."""
    told = list(sentences())
    assert len(told) >= 12
    assert [(line, file) for line, file in told if event_of(line)[0] == "said"] == []


@pytest.mark.parametrize(
    ("line", "event", "level"),
    [
        ("/a.pem can't be read (OSError); what was in force before stays", "certificate_unusable", "error"),
        ("the tokens file can't be read: /t; until then nothing is taken", "tokens_unreadable", "error"),
        ("17 bytes are left in the spill: the next start brings them to Kafka", "spill_left", "warning"),
        ("worker 1 ended with -9, and is started again in 2 s", "worker_ended", "error"),
        ("worker 1 is stuck: nothing was heard of it for 30 s; it is killed", "worker_stuck", "error"),
        ("TIDEGATE_NOSUCH is no setting and has no effect", "unknown_variable", "warning"),
        ("the broker does not answer: waiting for it", "kafka_away", "warning"),
    ],
)
def test_a_sentence_is_told_at_its_level(line: str, event: str, level: str, caplog: pytest.LogCaptureFixture) -> None:
    """The record itself has the level, and the JSON line says it."""
    logging.getLogger("tidegate.collector.told").setLevel(logging.INFO)
    logbook.tell(line)
    [record] = caplog.records
    told = json.loads(logbook._Json().format(record))
    assert (told["event"], told["level"], record.levelname.lower()) == (event, level, level)


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_library_that_repeats_itself_is_told_once_a_minute(form: logbook.LogFormat) -> None:
    """By the place in its code, with a count, in both forms without its text; our own lines all come."""
    now, out = [0.0], io.StringIO()
    handler = logging.StreamHandler(out)
    handler.addFilter(logbook._Seldom(lambda: now[0]))
    handler.setFormatter(logbook._Json() if form == "json" else logbook._Text("collector"))
    for second in range(130):
        now[0] = second / 2
        for name, line in (("kafka.cluster", 165), ("kafka.conn", 7), ("tidegate.collector", 9)):
            handler.handle(logging.LogRecord(name, logging.WARNING, f"{name}.py", line, CANARY[: line - 8], (), None))
    lines = out.getvalue().splitlines()
    assert CANARY not in out.getvalue()
    assert len([line for line in lines if "kafka" in line]) == 4
    assert len(lines) == 130 + 4
    last = [line for line in lines if "kafka.cluster" in line][-1]
    if form == "text":
        told = "collector: warning of kafka.cluster at kafka.cluster.py:165, and 119 times since it was last told"
        assert last == told
    else:
        assert json.loads(last)["more"] == 119


def test_why_it_does_not_start_is_an_object_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the log is JSON, the line before exit code 2 is."""
    root = logging.getLogger()
    monkeypatch.setattr(root, "handlers", [])
    monkeypatch.setattr(root, "level", root.level)
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("TIDEGATE_LOG_FORMAT", "json")
    result = CliRunner().invoke(cli, ["collector", "--data-dir", str(tmp_path)])
    [line] = result.stderr.splitlines()
    told = json.loads(line)
    assert (result.exit_code, told["event"], told["level"]) == (2, "cannot_start", "error")
    assert told["message"].endswith("make keys with `tidegate keys new`")


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
