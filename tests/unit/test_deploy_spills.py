"""A collector whose key does not open its spill says so in one line, and leaves everything as it is."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.port import Message
from collector.spill.leftovers import folder_of
from collector.spill.store import Spill
from deploy import keys
from deploy.cli import cli
from schemas.keyfile import read_storage_key
from schemas.quarantine import new_identity


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [0, 1])
def test_another_storage_key_is_one_line_and_exit_code_2(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, workers: int, number: int
) -> None:
    """Whichever worker's spill it is, one that is no more among them, and before anything is served or moved."""
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    path = keys.new(tmp_path / "keys").storage
    spill = Spill(
        folder_of(tmp_path / "spill", number), read_storage_key(path), most=2**20, clock=time.time, tell=print
    )
    spill.append([Message("telemetry.usage", b"a")])
    spill.close()
    path.write_text(new_identity()[0])
    before = contents(tmp_path / "spill")
    arguments = ("collector", "--data-dir", tmp_path, "--workers", workers, "--port", 0, "--grpc-port", "off")
    result = CliRunner().invoke(cli, [*map(str, arguments)])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "the storage key does not open the spill" in result.stderr
    assert contents(tmp_path / "spill") == before


def contents(folder: Path) -> dict[Path, bytes]:
    """Read all segments."""
    return {path: path.read_bytes() for path in folder.rglob("*.*")}
