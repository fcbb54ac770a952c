"""The command line: quick to start, clear when it fails, silent about values."""

from __future__ import annotations

import json
import subprocess
import sys

import click
import pytest

from broker.port import Refused
from deploy import cli
from deploy.cli import COMMANDS, run
from deploy.errors import Problem

# What `tidegate --help` may load beside the standard library: click and the room's own two modules.
LIGHT = {"click", "deploy", "deploy.cli"}


def _modules_after(arguments: list[str]) -> set[str]:
    script = (
        "import json, sys; before = set(sys.modules); from deploy.cli import run;"
        f"code = run({arguments!r}); print(json.dumps([code, sorted(set(sys.modules) - before)]), file=sys.stderr)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", script], capture_output=True, check=True, timeout=60)  # noqa: S603 - our own interpreter
    code, modules = json.loads(done.stderr.splitlines()[-1])
    assert code == 0
    return set(modules)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"]])
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    """Help and version load click and nothing else: no Kafka client, no pydantic, no rich, no room below."""
    foreign = {
        module
        for module in _modules_after(arguments)
        if module.split(".")[0] not in sys.stdlib_module_names and not module.startswith(("click.", "_"))
    }
    assert foreign <= LIGHT


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    """Help has a line for each sub-command, without a colour where the output is no terminal."""
    assert run(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(f"  {name} " in text for name in COMMANDS)
    assert "\x1b" not in text


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Every sub-command can be loaded and explains itself."""
    assert run([name, "--help"]) == 0
    assert capsys.readouterr().out.startswith(f"Usage: tidegate {name}")


@pytest.mark.parametrize("arguments", [["no-such-command"], ["up", "--no-such-option"], ["up", "--nodes", "9"], []])
def test_wrong_usage_exits_with_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A command or option that does not exist is exit code 2, told on stderr alone."""
    assert run(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err


def _failing(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> None:
    @click.command()
    def fail() -> None:
        raise error

    monkeypatch.setattr(cli.cli, "get_command", lambda _context, _name: fail)


@pytest.mark.parametrize("error", [Problem("port 1 is taken: choose another"), Refused("the broker says no")])
def test_an_error_of_ours_is_its_own_line(
    error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error of ours is one line on stderr in its own words, exit code 2."""
    _failing(monkeypatch, error)
    assert run(["fail"]) == 2
    assert capsys.readouterr().err == f"Error: {error}\n"


CANARY = "meet me at seven"


@pytest.mark.parametrize("error", [KeyError(CANARY), ValueError(CANARY), OSError(CANARY), OSError(28, CANARY, CANARY)])
@pytest.mark.parametrize("debug", ["", "1"])
def test_a_bug_tells_its_place_and_never_its_text(
    error: Exception, debug: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """An error that is not ours is told by type and place; its text, which may hold a value, never, frames or not."""
    monkeypatch.setenv("TIDEGATE_DEBUG", debug)
    error.__cause__ = RuntimeError(CANARY)
    _failing(monkeypatch, error)
    assert run(["fail"]) == 2
    captured = capsys.readouterr()
    assert CANARY not in captured.out + captured.err
    assert type(error).__name__ in captured.err
    assert "deploy/cli.py" in captured.err
    assert ("RuntimeError" in captured.err) == bool(debug)
    assert "Traceback" not in captured.err


def test_an_interrupt_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C in a command that has nothing to stop ends with the shell's code for it."""
    _failing(monkeypatch, KeyboardInterrupt())
    assert run(["fail"]) == 130


@pytest.mark.parametrize(("code", "expected"), [(0, 0), (1, 1), (None, 0)])
def test_a_command_says_its_exit_code(code: int | None, expected: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a command returns, or exits with, is the exit code."""
    _failing(monkeypatch, SystemExit(code))
    assert run(["fail"]) == expected
