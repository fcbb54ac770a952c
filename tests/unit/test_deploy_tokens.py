"""`tidegate tokens`: shown once, kept as a sum, whole or not at all, and told what is wrong before a record is lost."""

from __future__ import annotations

import json
import os
import re
import stat
import threading
from pathlib import Path

import pytest

from collector.app import make_app
from collector.entrance import Entrance
from collector.otlp import encode_logs
from collector.signals import LOGS
from collector.tokenfile import TokenFile, read_tokens
from collector.tokens import sum_of
from deploy import tokens
from deploy.cli import run
from deploy.errors import Problem
from deploy.quarantine.replaying import Door
from tests.unit.collector_intakes import Recording
from tests.unit.collector_serving import serving
from tests.unit.gate_samples import IDS, record

WHO = ("--tenant", IDS[0], "--app", "meetings-desktop")


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the shell that runs the tests."""
    for name in [name for name in os.environ if name.startswith("TIDEGATE_")]:
        monkeypatch.delenv(name)


def said(capsys: pytest.CaptureFixture[str], folder: Path, *arguments: str, code: int = 0) -> str:
    """Run the command on a data folder; what it printed."""
    assert run(["tokens", arguments[0], "--data-dir", str(folder), *arguments[1:]]) == code
    printed = capsys.readouterr()
    return printed.err if code else printed.out


def test_a_token_is_shown_once_and_kept_as_a_sum(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The token alone is on stdout; the file has mode 0600 and its SHA-256 alone; the list has neither."""
    token = said(capsys, tmp_path, "new", *WHO, "--event", "call.", "--days", "3").strip()
    path = tmp_path / "keys" / "tokens.json"
    assert re.fullmatch(r"tg_[A-Za-z0-9_-]{43}", token)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert sum_of(token) in path.read_text()
    listed = said(capsys, tmp_path, "list") + said(capsys, tmp_path, "list", "--format", "json")
    assert not any(token in text or token[3:] in text for text in (path.read_text(), listed))
    assert sum_of(token) not in listed
    [row] = json.loads(said(capsys, tmp_path, "list", "--format", "json"))["rows"]
    assert (row["state"], row["kind"], row["tenant"], row["events"]) == ("live", "secret", IDS[0], ["call."])


def test_what_may_not_be_as_expected_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A rate that one request of a stock SDK takes for minutes; an environment that no event has a field for."""
    slow = ("--records-per-second", "10", "--burst", "2", "--environment", "staging")
    assert run(["tokens", "new", "--data-dir", str(tmp_path), *WHO, *slow]) == 0
    told = capsys.readouterr().err
    assert "one of them takes 51 seconds' worth of this rate" in told
    assert "the environment is written nowhere" in told
    assert "staging" not in told
    assert run(["tokens", "new", "--data-dir", str(tmp_path), *WHO, "--records-per-second", "60"]) == 0
    assert "worth" not in capsys.readouterr().err


def test_a_revoked_token_stays_listed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Revoking names it by its id; twice is once; the others are untouched."""
    first, second = (json.loads(said(capsys, tmp_path, "new", *WHO, "--format", "json"))["id"] for _ in range(2))
    for _ in range(2):
        assert said(capsys, tmp_path, "revoke", first) == f"token {first} is revoked\n"
    rows = json.loads(said(capsys, tmp_path, "list", "--format", "json"))["rows"]
    assert {row["id"]: row["state"] for row in rows} == {first: "revoked", second: "live"}
    assert "has no token of that id" in said(capsys, tmp_path, "revoke", "ffffffff", code=2)


def test_a_browsers_token_is_limited_by_default(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Everybody can read it, so it has origins and rates; with JSON the token is a member."""
    made = json.loads(said(capsys, tmp_path, "new", *WHO, "--origin", "https://a.example", "--format", "json"))
    [kept] = read_tokens(tmp_path / "keys" / "tokens.json").tokens
    assert (kept.id, kept.sha256, kept.kind.value) == (made["id"], sum_of(made["token"]), "public")
    assert (kept.origins, kept.rate.records, kept.rate.bytes) == (("https://a.example",), 1000, 1024 * 1024)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--tenant", "acme", "--app", "meetings-web"), "the catalogue refuses this tenant.id"),
        (("--tenant", IDS[0], "--app", "acme-web"), "the catalogue refuses this service.name"),
        ((*WHO, "--event", "cal."), "no event of the catalogue is named cal."),
        ((*WHO, "--event", "*"), "no event of the catalogue is named *"),
        ((*WHO, "--origin", "*"), "origins: an origin is"),
        ((*WHO, "--origin", "https://A.example/"), "origins: an origin is"),
        ((*WHO, "--replay"), "Give --tenant and --app, or --replay alone."),
        (("--tenant", IDS[0]), "Give --tenant and --app, or --replay alone."),
        (("--replay", "--origin", "https://a.example"), "token: it has a tenant and an app"),
    ],
)
def test_what_would_be_refused_later_is_told_now(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], told: str
) -> None:
    """One line, exit code 2, and nothing is written: least of all a file from which on tokens are required."""
    assert told in said(capsys, tmp_path, "new", *arguments, code=2)
    assert not (tmp_path / "keys" / "tokens.json").exists()


def test_a_broken_file_is_not_written_over(tmp_path: Path) -> None:
    """What can't be read is left as it is."""
    path = tmp_path / "tokens.json"
    path.write_text("{")
    with pytest.raises(Problem, match="is no tokens file"):
        tokens.new(path, tenant=IDS[0], app="meetings-web")
    assert path.read_text() == "{"


def test_tokens_made_at_once_are_all_there(tmp_path: Path) -> None:
    """Two operators do not undo each other: one waits, or is told to try again."""
    path, made = tmp_path / "tokens.json", list[str]()

    def make() -> None:
        for _ in range(5):
            try:
                made.append(tokens.new(path, tenant=IDS[0], app="meetings-web")[0].id)
            except Problem as problem:
                assert "try again" in str(problem)  # noqa: PT017 - either is right

    threads = [threading.Thread(target=make) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made
    assert sorted(made) == sorted(of.id for of in read_tokens(path).tokens)


def test_a_replay_keeps_its_tenants(tmp_path: Path) -> None:
    """Quarantined records were given their tenant when they first came: the operator's token leaves it to them."""
    path, intake = tmp_path / "tokens.json", Recording()
    _, token = tokens.new(path, tenant=None, app=None)
    _, other = tokens.new(path, tenant=IDS[1], app="meetings-web")
    sent = encode_logs([record("call.ended", {"tenant.id": IDS[2]})])
    with serving(make_app(intake, entrance=Entrance(TokenFile(path, print)))) as port:
        address = f"http://127.0.0.1:{port}"
        assert Door(address, token).send(sent, LOGS) == Door(address, other).send(sent, LOGS) == 0
        with pytest.raises(Problem, match="asks for a token"):
            Door(address).send(sent, LOGS)
    assert [dict(each.resource.attributes)["tenant.id"] for each in intake.records] == [IDS[2], IDS[1]]
    assert token not in repr(Door(address, token))
