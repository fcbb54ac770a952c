"""A collector whose key does not open its spill says so in one line, and leaves everything as it is."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from broker.port import Message
from collector import logbook
from collector.errors import CannotStart
from collector.settings import CollectorSettings
from collector.spill.leftovers import folder_of
from collector.spill.store import Spill
from deploy import keys, spills
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


@pytest.mark.parametrize("name", ["0000000001 (copy).spill", "7.spill", "._0000000001.refused"])
@pytest.mark.parametrize("number", [0, 1])
def test_a_file_that_was_brought_under_another_name_is_named(tmp_path: Path, number: int, name: str) -> None:
    """It may be somebody's records: the collector says what to do, rather than pass it over; nothing was changed."""
    settings = CollectorSettings(kafka_bootstrap="127.0.0.1:9", data_dir=tmp_path)
    key = read_storage_key(keys.new(tmp_path / "keys").storage)
    folder = folder_of(settings.spill_path, number)
    spill = Spill(folder, key, most=2**20, clock=time.time, tell=print)
    spill.append([Message("telemetry.usage", b"a")])
    spill.close()
    next(folder.glob("*.spill")).rename(folder / name)
    before = contents(settings.spill_path)
    with pytest.raises(CannotStart, match="has no name that the spill knows") as told:
        spills.take_over_leftovers(settings)
    assert str(folder / name) in str(told.value)
    with pytest.raises(CannotStart, match="has no name that the spill knows"):
        spills.opened(settings, number, 2)
    assert contents(settings.spill_path) == before


@pytest.mark.parametrize("ends", [True, False])
def test_a_spill_that_is_held_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, ends: bool) -> None:
    """By a worker whose supervisor was killed, until it has finished what it accepted; not for ever."""
    told = list[str]()
    monkeypatch.setattr(spills, "PATIENCE", 20 if ends else 0.3)
    monkeypatch.setattr(logbook, "tell", told.append)
    settings = CollectorSettings(kafka_bootstrap="127.0.0.1:9", data_dir=tmp_path)
    key = read_storage_key(keys.new(tmp_path / "keys").storage)
    other = Spill(settings.spill_path, key, most=2**20, clock=time.time, tell=print)
    if ends:
        threading.Timer(0.3, other.close).start()
        spill = spills.opened(settings, 0, 1)
        assert spill is not None
        spill.close()
    else:
        with pytest.raises(CannotStart, match="another collector holds the spill"):
            spills.opened(settings, 0, 1)
        other.close()
    assert [line[:18] for line in told] == ["the spill is held:"]


def contents(folder: Path) -> dict[Path, bytes]:
    """Read all segments."""
    return {path: path.read_bytes() for path in folder.rglob("*.*")}
