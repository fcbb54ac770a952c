"""The circuit breaker from the operator's side: why it tripped, and how it is told to go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from consumers.validator.breaker import FUSE, Breaker, Tripped
from consumers.validator.service import TRIPPED
from deploy.cli import run
from deploy.commands._services import whys
from deploy.folder import Folder
from deploy.lock import Lock
from deploy.stack import Stack
from deploy.states import of_beat
from deploy.status import Beat, read_beat
from schemas.reasons import Reason

Up = Callable[..., None]


@pytest.fixture(name="folder")
def tripped(tmp_path: Path) -> Folder:
    """Give the folder of a validator that has tripped."""
    folder = Folder(tmp_path / "data")
    breaker = Breaker(FUSE, folder.run / TRIPPED)
    with pytest.raises(Tripped):
        breaker.check(600, [Reason.NOT_FRAMED] * 400 + [Reason.HEADERS] * 50)
    Beat(folder.beat("validator"), "validator").write("tripped", {"judged": 600})
    Beat(folder.beat("sink"), "sink").write("running", {})
    return folder


@pytest.fixture(name="stack")
def running(folder: Folder) -> Iterator[Up]:
    """Give what tells `status` of a stack that is up."""
    lock = Lock(folder.stack)
    yield lambda **told: lock.tell(phase="up", **told)
    lock.release()


def test_status_says_why(folder: Folder, stack: Up, capsys: pytest.CaptureFixture[str]) -> None:
    """How many of how many, for which reasons, and what to do; as JSON too, where the others have no why."""
    stack(bootstrap="127.0.0.1:1", collector_url="http://127.0.0.1:2", restarts={"sink": 0, "validator": 0})
    assert run(["status", "--data-dir", str(folder.root)]) == 1
    said = capsys.readouterr().out
    why = "stopped by the circuit breaker: 450 of the last 600 messages would be refused (not_framed 400, headers 50)"
    assert f"validator: {why}" in said
    assert "`tidegate validator resume`" in said
    run(["status", "--data-dir", str(folder.root), "--format", "json"])
    told = json.loads(capsys.readouterr().out)["services"]
    assert [(it["service"], it["why"].startswith(why), bool(it["why"])) for it in told] == [
        ("sink", False, False),
        ("validator", True, True),
    ]


def test_up_says_why(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    """What `up` shows of a stack's services has it, beside the table and in a line."""
    stack = Stack(folder.root)
    states = {"validator": of_beat("validator", read_beat(folder.beat("validator")))}
    monkeypatch.setattr(stack, "_supervisor", SimpleNamespace(states=lambda: states))
    [line] = whys(stack.services().values())
    assert line.startswith("validator: stopped by the circuit breaker: 450 of the last 600 messages")


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"judged": "x", "refused": {}}', '{"judged": 1, "refused": [1]}'])
def test_a_spoilt_file_of_the_trip_is_a_trip(
    folder: Folder, stack: Up, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The validator takes whatever stands there as a trip, so `status` does."""
    folder.trip.write_text(text)
    stack(restarts={"validator": 0})
    assert run(["status", "--data-dir", str(folder.root)]) == 1
    assert "validator: stopped by the circuit breaker, for reasons that its log tells" in capsys.readouterr().out


def test_what_is_no_reason_of_ours_is_not_shown(folder: Folder, stack: Up, capsys: pytest.CaptureFixture[str]) -> None:
    """Words of ours alone, whoever wrote the file."""
    folder.trip.write_text(json.dumps({"judged": 9, "refused": {"headers": 6, "\x1b[2JQuince": 3}}))
    stack(restarts={"validator": 0})
    run(["status", "--data-dir", str(folder.root)])
    said = capsys.readouterr().out
    assert "(headers 6)" in said
    assert "Quince" not in said


@pytest.mark.parametrize("place", ["before", "behind", "both"])
def test_resume_takes_its_folder_in_both_places(folder: Folder, tmp_path: Path, place: str) -> None:
    """Where people write it; what stands behind is nearer, and holds."""
    named = ["--data-dir", str(folder.root)]
    lines = {
        "before": ["validator", *named, "resume"],
        "behind": ["validator", "resume", *named],
        "both": ["validator", "--data-dir", str(tmp_path), "resume", *named],
    }
    assert run(lines[place]) == 0
    assert not folder.trip.exists()


def test_resume_says_where_nothing_has_tripped(folder: Folder, capsys: pytest.CaptureFixture[str]) -> None:
    """A validator that goes on anyway is nothing to be alarmed by."""
    folder.trip.unlink()
    assert run(["validator", "resume", "--data-dir", str(folder.root)]) == 0
    assert "has not tripped" in capsys.readouterr().out


def test_resume_in_a_folder_without_a_validator_is_misuse(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A slip in the folder's name does not pass for an answer."""
    assert run(["validator", "resume", "--data-dir", str(tmp_path)]) == 2
    assert "no validator has run" in capsys.readouterr().err


def test_the_file_is_the_validators() -> None:
    """One file, whichever side names it."""
    assert Folder(Path()).trip == Folder(Path()).run / TRIPPED
