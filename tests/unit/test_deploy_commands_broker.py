"""`tidegate broker` where nothing is up, and where nothing can be."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING

from deploy.cli import run

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_status_and_down_where_nothing_is_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`status` is a finding, exit code 1; `down` has nothing to do, exit code 0."""
    assert run(["broker", "status", "--data-dir", str(tmp_path)]) == 1
    assert run(["broker", "down", "--data-dir", str(tmp_path)]) == 0
    assert capsys.readouterr().out == "Kafka is not up.\nNothing is up.\n"


def test_up_on_a_taken_port_is_one_line_and_exit_2(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A taken port: one line on stderr that names it and what to do."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        assert run(["broker", "up", "--data-dir", str(tmp_path), "--port", str(port)]) == 2
    error = capsys.readouterr().err
    assert f"Error: port {port} is taken: choose another with --port" in error
    assert len([line for line in error.splitlines() if line.startswith("Error")]) == 1


def test_two_nodes_are_no_choice(tmp_path: Path) -> None:
    """One node, or three: two would survive nothing."""
    assert run(["broker", "up", "--data-dir", str(tmp_path), "--nodes", "2"]) == 2
