"""The two ports of `tidegate collector`: one line when they are taken, and a door that is switched off."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from deploy import keys
from deploy.cli import cli
from tests.unit.collector_running import Running


@pytest.fixture(name="taken")
def a_taken_port() -> Iterator[int]:
    """Listen somewhere."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


def start(folder: Path, monkeypatch: pytest.MonkeyPatch, *ports: str) -> Result:
    """Start a collector that can't."""
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("TIDEGATE_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
    keys.new(folder / "keys")
    return CliRunner().invoke(cli, ["collector", "--data-dir", str(folder), *ports])


@pytest.mark.parametrize("option", ["--port", "--grpc-port"])
def test_a_taken_port_is_one_line(option: str, taken: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whichever of the two: exit code 2, and what to do, before Kafka is connected to; no door stays open."""
    monkeypatch.setattr("deploy.collecting.connect", lambda *_: pytest.fail("Kafka was connected to"))
    other = "--port" if option == "--grpc-port" else "--grpc-port"
    result = start(tmp_path, monkeypatch, option, str(taken), other, "0")
    assert result.exit_code == 2
    [line] = result.stderr.splitlines()
    assert line.startswith(f"Error: cannot listen on 127.0.0.1:{taken}: ")
    assert line.endswith("in use; choose another port, or stop what listens there")


@pytest.mark.parametrize("value", ["70000", "-1", "on", ""])
def test_what_is_no_port_is_one_line(value: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor `off`."""
    result = start(tmp_path, monkeypatch, "--port", "0", f"--grpc-port={value}")
    told = "Error: --grpc-port: must be a port from 0 to 65535, or off\n"
    assert (result.exit_code, result.stderr) == (2, told)


def test_the_grpc_door_can_be_switched_off(tmp_path: Path) -> None:
    """Then the line names one door, and there is no other."""
    running = Running(tmp_path, "--grpc-port", "off")
    try:
        assert (running.url[:7], running.grpc_url) == ("http://", "")
    finally:
        running.end()
