"""Passwords and keys lie in files that only their owner can read, and are never written over."""

from __future__ import annotations

import stat
import time
from typing import TYPE_CHECKING

import pytest

from deploy import credentials, keys
from deploy.cli import run
from deploy.errors import Problem
from schemas.keyfile import read_keyring
from schemas.quarantine import Label, Recipient, Stage, open_sealed, quarantined
from schemas.quarantine_forms import QUARANTINE_CODEC

if TYPE_CHECKING:
    from pathlib import Path


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_password_is_made_once(tmp_path: Path) -> None:
    """Each principal gets its own password, in a file of mode 0600 in a folder of mode 0700, and keeps it."""
    folder = tmp_path / "credentials"
    first = credentials.ensure(folder, ["collector", "validator"])
    again = credentials.ensure(folder, ["collector", "validator", "trainer"])
    assert first["collector"] == again["collector"]
    assert len(set(again.values())) == 3
    assert min(map(len, again.values())) >= 32
    assert _mode(folder) == 0o700
    assert {_mode(path) for path in folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.iterdir()) == ["collector", "trainer", "validator"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660])
def test_a_password_that_others_may_read_is_refused(mode: int, tmp_path: Path) -> None:
    """A credential file with loose permissions stops everything, with the command that mends it."""
    password = credentials.ensure(tmp_path, ["collector"])["collector"]
    (tmp_path / "collector").chmod(mode)
    with pytest.raises(Problem, match="chmod 600") as caught:
        credentials.ensure(tmp_path, ["collector"])
    assert password not in str(caught.value)


def test_an_empty_password_is_refused(tmp_path: Path) -> None:
    """A credential file without a password is no credential."""
    credentials.write_private(tmp_path / "collector", "\n")
    with pytest.raises(Problem, match="empty"):
        credentials.ensure(tmp_path, ["collector"])


def test_a_secret_is_never_written_over(tmp_path: Path) -> None:
    """Writing where a secret is leaves it as it is, and no draft beside it."""
    credentials.write_private(tmp_path / "secret", "first\n")
    with pytest.raises(Problem, match="not written over"):
        credentials.write_private(tmp_path / "secret", "second\n")
    assert credentials.read_private(tmp_path / "secret") == "first"
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_new_keys_fit_each_other(tmp_path: Path) -> None:
    """The identity opens what was sealed to the recipient; the two pseudonym keys are 32 different bytes each."""
    made = keys.new(tmp_path / "keys")
    recipient = Recipient(made.recipient.read_text("ascii").strip())
    record = quarantined(Label(Stage.COLLECTOR, "0" * 12, 0, bytes(32)), [], "otlp.logs", [b"refused"], recipient)
    sealed = QUARANTINE_CODEC.decode(record)["sealed"]
    assert open_sealed(sealed, made.identity.read_text("ascii")) == ("otlp.logs", [b"refused"])
    secrets = {read_keyring(path).at(time.time_ns() // 1000) for path in (made.telemetry, made.ml)}
    assert sorted(map(len, secrets)) == [32, 32]
    assert [_mode(path) for path in made.all] == [0o600, 0o644, 0o600, 0o600, 0o600]
    assert _mode(made.folder) == 0o700


def test_keys_are_never_written_over(tmp_path: Path) -> None:
    """Where one key lies already none is made, and the file is named."""
    made = keys.new(tmp_path)
    before = {path: path.read_bytes() for path in made.all}
    made.ml.unlink()
    with pytest.raises(Problem, match=r"telemetry\.key"):
        keys.new(tmp_path)
    assert not made.ml.exists()
    assert all(path.read_bytes() == before[path] for path in made.all if path != made.ml)


def test_the_private_half_may_be_taken_away(tmp_path: Path) -> None:
    """A stack starts without the quarantine identity, which belongs elsewhere; without another key it does not."""
    made = keys.new(tmp_path)
    made.identity.unlink()
    assert keys.ensure(tmp_path) == made
    assert not made.identity.exists()
    made.telemetry.unlink()
    with pytest.raises(Problem, match=r"lacks telemetry\.key"):
        keys.ensure(tmp_path)


def test_the_command_makes_keys_and_shows_none(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`tidegate keys new` names the files and prints no secret; a second time it writes nothing and exits with 2."""
    assert run(["keys", "new", "--data-dir", str(tmp_path)]) == 0
    made = keys.Keys(tmp_path / "keys")
    shown = capsys.readouterr().out
    assert all(str(path) in shown for path in made.all)
    assert not any(path.read_text("ascii").split()[-1] in shown for path in made.all)
    assert run(["keys", "new", "--data-dir", str(tmp_path)]) == 2
    assert run(["keys", "new", "--into", str(tmp_path / "elsewhere")]) == 0
    assert all(path.exists() for path in keys.Keys(tmp_path / "elsewhere").all)
