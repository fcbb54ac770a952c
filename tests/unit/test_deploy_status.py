"""A service's beat: written whole, read back, and never half."""

from __future__ import annotations

import errno
import json
import os
import stat
import time
from pathlib import Path

import pytest

from broker.local.lock import Lock
from collector.errors import CannotStart
from collector.together import Together
from consumers.notes import leave
from deploy.place import first_beat
from deploy.status import Beat, read_beat
from tests.waiting import eventually


def test_a_beat_is_read_back(tmp_path: Path) -> None:
    """What was written is read: service, process, state, counts, and when. No other file is left."""
    path = tmp_path / "run" / "sink.json"
    Beat(path, "sink").write("running", {"rows": 3})
    status = read_beat(path)
    assert status is not None
    assert (status.service, status.pid, status.state, status.counts) == ("sink", os.getpid(), "running", {"rows": 3})
    assert 0 <= status.age() < 5
    assert list(path.parent.iterdir()) == [path]


def test_what_runs_is_for_its_owner_alone(tmp_path: Path) -> None:
    """The folder and all that lies there, whatever the umask says: how much comes in is nobody else's to see."""
    folder, before = tmp_path / "run", os.umask(0o022)
    try:
        Beat(folder / "sink.json", "sink").write("running", {})
        leave(folder / "validator-tries.json", {})
        Lock(folder / "stack.json").release()
        Together(folder, 1, 2, lambda: b"").write()
    finally:
        os.umask(before)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert (len(modes), set(modes.values())) == (4, {0o600})


def test_a_beat_is_never_half_written(tmp_path: Path) -> None:
    """A reader beside a writer sees a whole beat every time."""
    path, going = tmp_path / "sink.json", True
    beat = Beat(path, "sink")
    with beat.beating(lambda: ("running", {f"count.{number}": number for number in range(500)}), every=0.0001):
        until = time.monotonic() + 0.5
        while going and time.monotonic() < until:
            going = read_beat(path) is not None
    assert going


def test_a_beat_goes_on_by_itself_and_says_how_it_ended(tmp_path: Path) -> None:
    """It is written at once, then again without help, then a last time with the state at the end."""
    path, state = tmp_path / "sink.json", ["starting"]
    with Beat(path, "sink").beating(lambda: (state[0], {}), every=0.01):
        first = read_beat(path)
        state[0] = "running"
        until = time.monotonic() + 5
        while (beat := read_beat(path)) is not None and beat.state != "running" and time.monotonic() < until:
            time.sleep(0.01)
        second = read_beat(path)
        state[0] = "stopped"
    last = read_beat(path)
    assert [status and status.state for status in (first, second, last)] == ["starting", "running", "stopped"]


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES])
def test_a_full_disk_lets_a_collector_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """Its first beat is for want of room alone left to later ones: else one line says what can't be written."""

    def write(*_: object, **__: object) -> None:
        raise OSError(number, "")

    monkeypatch.setattr(Path, "write_text", write)
    path = tmp_path / "collector.json"
    if number == errno.EACCES:
        with pytest.raises(CannotStart, match=f"{tmp_path} can't be written"):
            first_beat(path)
    else:
        first_beat(path)
    assert read_beat(path) is None


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EACCES])
def test_a_full_disk_lets_a_service_begin(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """What fills it may be the collector's spill, which only a collector clears; a folder of others' stops it."""

    def write(*_: object, **__: object) -> None:
        raise OSError(number, "")

    with monkeypatch.context() as broken:
        broken.setattr(Path, "write_text", write)
        beating = Beat(tmp_path / "b.json", "b").beating(lambda: ("running", {}), every=0.01)
        if number == errno.EACCES:
            with pytest.raises(OSError, match=str(errno.EACCES)), beating:
                pass
            return
        with beating:
            broken.undo()
            eventually(lambda: read_beat(tmp_path / "b.json") is not None)


def test_a_service_that_fails_still_says_how_it_ended(tmp_path: Path) -> None:
    """The last beat is written when the service raises, and its error comes through."""
    state = ["running"]

    def fail() -> None:
        state[0] = "failed"
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), Beat(tmp_path / "b.json", "b").beating(lambda: (state[0], {})):
        fail()
    status = read_beat(tmp_path / "b.json")
    assert status is not None
    assert status.state == "failed"


@pytest.mark.parametrize("text", [None, "", "{", "[]", "null", '{"service": "x"}', '{"counts": 3}', b"\xff"])
def test_what_is_no_beat_reads_as_none(tmp_path: Path, text: str | bytes | None) -> None:
    """A missing file, half a file, another JSON value: none of them is a beat, none of them raises."""
    path = tmp_path / "sink.json"
    if text is not None:
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    assert read_beat(path) is None


def test_a_beat_has_the_documented_form(tmp_path: Path) -> None:
    """The file is one JSON object with exactly the documented keys."""
    Beat(tmp_path / "b.json", "b").write("running", {"rows": 1})
    assert set(json.loads((tmp_path / "b.json").read_text())) == {"service", "pid", "state", "counts", "at"}
