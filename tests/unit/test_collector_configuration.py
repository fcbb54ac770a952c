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
        (f"port = {SECRET}", "is no TOML"),
        ("port = 1\nport = 2", "is no TOML"),
        (f'port = "{SECRET}"', "TIDEGATE_PORT: input should be a valid integer"),
        ("[limits]\nrecrds = 1", "TIDEGATE_LIMITS.recrds: unexpected keyword argument"),
        (f'metrics = "{SECRET}"', "TIDEGATE_METRICS: input should be"),
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


def test_a_missing_file_and_a_bad_flag_are_one_clear_line(tmp_path: Path) -> None:
    """Exit code 2, and what is wrong."""
    missing = run("--config", tmp_path / "none.toml")
    assert (missing.exit_code, "can't be read" in missing.stderr, missing.stderr.count("\n")) == (2, True, 1)
    flag = run("--port", "70000")
    assert (flag.exit_code, "TIDEGATE_PORT: input should be less than" in flag.stderr) == (2, True)
