"""The collector's settings: flags before environment before the file before defaults; shown without secrets."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from collector.configuration import configure
from deploy.cli import cli

SECRET = "Quince-Heron-4471"


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the shell that runs the tests, but the one that has no default."""
    for name in [name for name in os.environ if name.startswith("TIDEGATE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "localhost:9092")


@pytest.fixture(name="file")
def a_file(tmp_path: Path) -> Path:
    """Give a settings file."""
    file = tmp_path / "collector.toml"
    file.write_text('host = "0.0.0.0"\nport = 1\ndata_dir = "there"\n[limits]\nrecords = 5\n')
    return file


def run(*arguments: str | Path) -> Result:
    """Run `tidegate collector`."""
    return CliRunner().invoke(cli, ["collector", *map(str, arguments)])


def test_each_source_beats_the_ones_behind_it(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A flag beats a variable, a variable the file, the file the default; and each setting's origin is told."""
    monkeypatch.setenv("TIDEGATE_PORT", "2")
    monkeypatch.setenv("TIDEGATE_DATA_DIR", "elsewhere")
    configured = configure(file, host="127.0.0.1", catalog=None)
    settings, origins = configured.settings, configured.origins
    assert (settings.host, settings.port, settings.data_dir) == ("127.0.0.1", 2, Path("elsewhere"))
    assert (settings.limits.records, settings.metrics) == (5, "local")
    assert [origins[name] for name in ("host", "port", "data_dir", "limits", "metrics", "catalog")] == [
        "flag",
        "environment",
        "environment",
        "file",
        "default",
        "default",
    ]


def test_a_variable_changes_one_limit_of_the_files(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Limits of the environment go over those of the file, each for itself."""
    monkeypatch.setenv("TIDEGATE_LIMITS", '{"depth": 3}')
    limits = configure(file).settings.limits
    assert (limits.records, limits.depth) == (5, 3)


def test_print_config_shows_what_is_in_force_and_masks_secrets(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every setting is shown with its origin; a password is not, in neither form. Exit code 0."""
    monkeypatch.setenv("TIDEGATE_KAFKA_PASSWORD", SECRET)
    text = run("--config", file, "--port", "3", "--print-config")
    assert (text.exit_code, text.stderr) == (0, "")
    assert {
        'host = "0.0.0.0"  # file',
        "port = 3  # flag",
        'data_dir = "there"  # file',
        "limits.records = 5  # file",
        'kafka_bootstrap = "localhost:9092"  # environment',
        "# kafka_password is set and not shown  # environment",
        "# kafka_ca_file is not set  # default",
    } <= set(text.stdout.splitlines())
    shown = run("--config", file, "--print-config", "--format", "json")
    assert json.loads(shown.stdout)["host"] == {"value": "0.0.0.0", "from": "file"}  # noqa: S104 - read, never bound
    assert SECRET not in text.output + shown.output


def test_what_print_config_shows_is_a_settings_file(tmp_path: Path) -> None:
    """Its text, given as --config, makes the same settings."""
    file = tmp_path / "shown.toml"
    file.write_text(run("--print-config").stdout)
    assert configure(file).settings.model_dump() == configure().settings.model_dump()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("prt = 1", "prt is no setting, did you mean port?"),
        (f'"{SECRET}" = 1', "a key is no setting"),
        (f"port = {SECRET}", "is no TOML, at line 1;"),
        ("port = 1\nport = 2", "is no TOML"),
        (f'port = "{SECRET}"', "collector.toml: port: input should be a valid integer"),
        ("[limits]\nrecrds = 1", "collector.toml: limits: recrds is no limit, did you mean records?; there are body, "),
        ("[limits]\nrecords = 0", "collector.toml: limits.records: input should be greater"),
        (f'limits = "{SECRET}"', "collector.toml: limits: must be a table"),
        (f'[limits]\n"{SECRET}" = 1', "collector.toml: limits: a key is no limit; there are body, "),
        (f'metrics = "{SECRET}"', "collector.toml: metrics: input should be"),
    ],
)
def test_a_bad_file_is_one_clear_line(text: str, told: str, tmp_path: Path) -> None:
    """An unknown key, a broken file or a wrong value is one line without the value, and exit code 2."""
    file = tmp_path / "collector.toml"
    file.write_text(text)
    result = run("--config", file)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert told in result.stderr
    assert SECRET not in result.output


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("CORS_ORIGINS", "*", ": must be exact origins with commas between, as https://app.example.org: no *, "),
        ("CORS_ORIGINS", '["*"]', ": must be exact origins with commas between"),
        ("CORS_ORIGINS", f'["{SECRET}', ": must be exact origins with commas between"),
        ("CORS_ORIGINS", '{"a": 1}', ": must be exact origins with commas between"),
        ("LIMITS", SECRET, ': must be JSON, as {"records": 2000}'),
        ("LIMITS", '{"records": 5, "records": 6}', ': must be JSON, as {"records": 2000}, no key twice'),
        ("LIMITS", "[" * 100_000, ': must be JSON, as {"records": 2000}'),
        ("LIMITS", "5", ': must be a table, in a variable JSON, as {"records": 2000}'),
        ("LIMITS", '{"body": 1, "recrds": 1}', ": recrds is no limit, did you mean records?; there are body, compr"),
        ("RATE", "5", ': must be a table, in a variable JSON, as {"records": 2000, "burst": 5}'),
        (
            "RATE",
            '{"record": 5}',
            ": record is no part of rate, did you mean records?; there are records, bytes, burst",
        ),
        ("TRACE_ENDPOINT", "http://localhost:4318", ": lacks the path: write it as http://localhost:4318/v1/traces"),
        ("TRACE_ENDPOINT", f"http://me:{SECRET}@a/", ": must be a URL without user or password, as http://localhost:"),
        ("KAFKA_BOOTSTRAP", SECRET, ": must be HOST:PORT, or several with commas between"),
        ("PORT", SECRET, ": input should be a valid integer"),
    ],
)
def test_a_bad_variable_is_one_clear_line(name: str, value: str, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """It names the variable, says what it has to be and not what it is; exit code 2."""
    monkeypatch.setenv(f"TIDEGATE_{name}", value)
    result = run()
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert result.stderr.startswith(f"Error: TIDEGATE_{name}{told}")
    assert SECRET not in result.output


@pytest.mark.parametrize(
    "value", ["https://app.example.org, http://b:8080", '["https://app.example.org","http://b:8080"]']
)
def test_origins_are_listed_with_commas_or_as_json(value: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either is taken; nothing at all is none."""
    monkeypatch.setenv("TIDEGATE_CORS_ORIGINS", value)
    assert configure().settings.cors_origins == ("https://app.example.org", "http://b:8080")
    monkeypatch.setenv("TIDEGATE_CORS_ORIGINS", "")
    assert configure().settings.cors_origins == ()


def test_a_variable_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line each, with the nearest name there is; those of other services and of Kubernetes are known."""
    for name in (
        "LIMITS__BODY",
        "TLS_CERT_FIEL",
        "NOSUCH",
        "VALIDATOR_SCHEMA_WAIT",
        "SINK_ROWS",
        "DEBUG",
        "COLLECTOR_SERVICE_PORT",
        "COLLECTOR_PORT_4318_TCP_ADDR",
        SECRET,
    ):
        monkeypatch.setenv(f"TIDEGATE_{name}", "1")
    result = run("--print-config")
    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "TIDEGATE_LIMITS__BODY is no setting and has no effect, did you mean TIDEGATE_LIMITS?",
        "TIDEGATE_NOSUCH is no setting and has no effect; docs/settings.md lists what there is",
        "a TIDEGATE_… variable is no setting and has no effect; docs/settings.md lists what there is",
        "TIDEGATE_TLS_CERT_FIEL is no setting and has no effect, did you mean TIDEGATE_TLS_CERT_FILE?",
    ]


def test_print_config_needs_no_kafka(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What would be in force is shown without the one setting that has no default; to run takes it."""
    monkeypatch.delenv("TIDEGATE_KAFKA_BOOTSTRAP")
    shown = run("--config", file, "--print-config")
    assert (shown.exit_code, shown.stderr) == (0, "")
    assert "# kafka_bootstrap is not set  # default" in shown.stdout.splitlines()
    assert json.loads(run("--print-config", "--format", "json").stdout)["kafka_bootstrap"]["value"] is None
    assert run("--config", file).stderr == "Error: TIDEGATE_KAFKA_BOOTSTRAP: not set\n"


def test_each_limit_has_its_own_origin(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One from the file, one from the variable, the others by default."""
    monkeypatch.setenv("TIDEGATE_LIMITS", '{"depth": 3}')
    lines = run("--config", file, "--print-config").stdout.splitlines()
    limits = {"limits.records = 5  # file", "limits.depth = 3  # environment", "limits.hands = 2  # default"}
    assert limits <= set(lines)
    shown = json.loads(run("--config", file, "--print-config", "--format", "json").stdout)
    assert {key: shown["limits"]["from"][key] for key in ("records", "depth", "hands")} == {
        "records": "file",
        "depth": "environment",
        "hands": "default",
    }


def test_a_missing_file_and_a_bad_flag_are_one_clear_line(tmp_path: Path) -> None:
    """Exit code 2, and what is wrong."""
    missing = run("--config", tmp_path / "none.toml")
    assert (missing.exit_code, "can't be read" in missing.stderr, missing.stderr.count("\n")) == (2, True, 1)
    flag = run("--port", "70000")
    assert (flag.exit_code, "Error: --port: input should be less than" in flag.stderr) == (2, True)


@pytest.mark.parametrize("asked", ["variable", "file", "both"])
def test_what_is_wrong_is_an_object_where_the_log_is_to_be(
    asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads the log as JSON reads why the collector does not start, too; a file may be wrong in itself."""
    file = tmp_path / "collector.toml"
    file.write_text('log_format = "json"\nprot = 1\n' if asked != "variable" else "[")
    if asked != "file":
        monkeypatch.setenv("TIDEGATE_LOG_FORMAT", "json" if asked == "variable" else "text")
    result = run("--config", file)
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith("Error: " if asked == "both" else '{"time": ')
    assert asked == "both" or json.loads(line)["event"] == "cannot_start"


def test_a_file_may_be_a_pipe() -> None:
    """As of `--config <(…)`: it can be read once, and what it says holds."""
    read, write = os.pipe()
    with os.fdopen(read), os.fdopen(write, "w") as told:
        told.write("port = 5\n")
        told.close()
        configured = configure(Path(f"/dev/fd/{read}"))
    assert (configured.settings.port, configured.origins["port"]) == (5, "file")
