"""The commands `query` and `sink` at their edges: what is printed, which exit code, how a signal ends it."""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from threading import Event

import pytest
from click.testing import CliRunner, Result

from broker.port import Received
from consumers.sink import parquet
from consumers.sink.rows import Row, Rows
from deploy.commands import query, sink
from deploy.signals import stop_on_signals
from schemas.catalogue import load
from schemas.registry import Role
from tests.unit.sink_samples import clock, message


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with three events."""
    folder, catalogue = tmp_path_factory.mktemp("data"), load()
    rows, wanted = Rows(catalogue, clock), ("call.ended", Role.TELEMETRY)
    schema = next(item for item in catalogue.schemas.values() if (item.event, item.role) == wanted)
    made = [rows.of(Received("telemetry.usage", 0, seed, 0, message(schema, seed))) for seed in range(3)]
    kept = [row for row in made if isinstance(row, Row)]
    parquet.write(folder / "tables", kept[0].table, [row.values for row in kept])
    return folder


def ask(data_dir: Path, sql: str, *options: str) -> Result:
    """Run `query`."""
    return CliRunner().invoke(query.command, [sql, "--data-dir", str(data_dir), *options])


AWKWARD = """
    SELECT 'a,"b' AS text, NULL AS nothing, 1.5 AS number, TIMESTAMPTZ '2026-11-24 04:05:06Z' AS moment, [1, 2] AS list
"""


def test_a_table_is_the_default(data_dir: Path) -> None:
    """People get a table and the number of rows."""
    result = ask(data_dir, "SELECT name, rows FROM tables WHERE rows > 0")
    assert result.exit_code == 0
    assert "usage.call_ended" in result.stdout
    assert result.stdout.endswith("1 row\n")


def test_a_table_shows_values_that_look_like_markup(data_dir: Path) -> None:
    """A value in square brackets is shown, not taken for a style; no row leaves the columns and the count."""
    assert "[bold]x" in ask(data_dir, "SELECT '[bold]x' AS \"[red]a\"").stdout
    assert ask(data_dir, "SELECT 1 AS a WHERE false").stdout.endswith("0 rows\n")


def test_columns_that_do_not_fit_stand_upright(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 80 columns a row of many is a line for each value, none of it a letter a line; in enough, a table."""
    result = ask(data_dir, "SELECT * FROM usage.call_ended")
    lines = result.stdout.splitlines()
    assert (lines[0], lines[-1]) == ("── row 1 ──", "3 rows")
    assert all(len(line.split()[1]) > 3 for line in lines if line.split()[0] == "reason")
    assert len(lines) > 3 * 10
    assert ask(
        data_dir, "SELECT e'a\\x1bb' AS a, repeat('c', 50) AS ccc, " + ", ".join(f"1 AS c{n}" for n in range(20))
    ).stdout.splitlines()[1:3] == ["  a  a\\x1bb", f"ccc  {'c' * 50}"]
    monkeypatch.setenv("COLUMNS", "2000")
    assert "── row 1 ──" not in ask(data_dir, "SELECT * FROM usage.call_ended").stdout


def test_json_is_one_object_a_line(data_dir: Path) -> None:
    """Programs get JSON lines with whole values: moments in ISO 8601 with Z, absent ones null."""
    result = ask(data_dir, AWKWARD, "--format", "json")
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"text": 'a,"b', "nothing": None, "number": 1.5, "moment": "2026-11-24T04:05:06Z", "list": [1, 2]}
    ]
    assert len(ask(data_dir, "FROM usage.call_ended", "--format", "json").stdout.splitlines()) == 3


def test_csv_has_a_head_and_quotes_what_needs_it(data_dir: Path) -> None:
    """Spreadsheets get a line of names, then the values; a comma or quote inside a value stays inside."""
    result = ask(data_dir, AWKWARD, "--format", "csv")
    assert list(csv.reader(result.stdout.splitlines())) == [
        ["text", "nothing", "number", "moment", "list"],
        ['a,"b', "", "1.5", "2026-11-24T04:05:06Z", "[1, 2]"],
    ]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (float("nan"), None),
        (Decimal("1.25"), 1.25),
        (b"\x00\xff", "00ff"),
        (date(2026, 11, 24), "2026-11-24"),
        (datetime(2026, 11, 24, tzinfo=UTC), "2026-11-24T00:00:00Z"),
        ({"a": [float("inf"), True]}, {"a": [None, True]}),
    ],
)
def test_every_value_has_a_form_in_json(value: object, wanted: object) -> None:
    """What JSON has no word for is written as the nearest it has."""
    assert query._jsonable(value) == wanted


@pytest.mark.parametrize("sql", ["SELECT bogus", "COPY (SELECT 1) TO '/tmp/x.csv'", "SELECT * FROM '/etc/passwd'"])
def test_a_query_that_fails_ends_with_2_and_one_line(data_dir: Path, sql: str) -> None:
    """Wrong or forbidden SQL is one line on stderr, nothing on stdout, exit code 2."""
    result = ask(data_dir, sql)
    assert (result.exit_code, result.stdout) == (2, "")
    assert len(result.stderr.splitlines()) == 1
    assert result.stderr.startswith("Error: ")


def test_a_data_folder_that_is_not_there_has_empty_tables(tmp_path: Path) -> None:
    """Before anything ran, a question about an event is answered with nothing, not with an error."""
    result = ask(tmp_path / "none", "SELECT count(*) AS n FROM ml.call_ended", "--format", "json")
    assert (result.exit_code, result.stdout) == (0, '{"n": 0}\n')
    assert not (tmp_path / "none").exists()


def test_a_sink_without_settings_says_what_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a bootstrap, or without a password, the sink ends at once with 2 and names the variable."""
    monkeypatch.delenv("TIDEGATE_KAFKA_BOOTSTRAP", raising=False)
    monkeypatch.delenv("TIDEGATE_KAFKA_PASSWORD", raising=False)
    monkeypatch.delenv("TIDEGATE_KAFKA_PASSWORD_FILE", raising=False)
    result = CliRunner().invoke(sink.command, ["--data-dir", str(tmp_path)])
    assert (result.exit_code, result.stderr) == (2, "Error: TIDEGATE_KAFKA_BOOTSTRAP: not set\n")
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    result = CliRunner().invoke(sink.command, ["--data-dir", str(tmp_path)])
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: TIDEGATE_KAFKA_PASSWORD_FILE: ")


def test_a_sink_that_waits_for_its_broker_ends_on_sigterm(tmp_path: Path) -> None:
    """With no broker there the sink waits, says so once, beats `waiting`, and ends cleanly when told to."""
    env = {**os.environ, "TIDEGATE_KAFKA_BOOTSTRAP": "127.0.0.1:1", "TIDEGATE_KAFKA_PASSWORD": "x"}
    code = "from deploy.commands.sink import command; command()"
    arguments = [sys.executable, "-c", code, "--data-dir", str(tmp_path)]
    with subprocess.Popen(arguments, stderr=subprocess.PIPE, text=True, env=env) as process:  # noqa: S603 - ours
        assert process.stderr is not None
        line = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]
    assert line == "sink: the broker does not answer: waiting for it\n"
    assert (process.returncode, rest) == (0, "sink: stopped: 0 rows written, 0 messages committed\n")
    assert json.loads((tmp_path / "run" / "sink.json").read_text())["state"] == "stopped"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_sets_the_event_and_a_second_one_is_not_caught(number: signal.Signals) -> None:
    """The first signal asks the loop to stop; from then on the system's own handling is back: a hang can be ended."""
    before, stop = signal.getsignal(number), Event()
    with stop_on_signals(stop):
        os.kill(os.getpid(), number)
        assert stop.wait(5)
        assert signal.getsignal(number) is signal.SIG_DFL
    assert signal.getsignal(number) is before
