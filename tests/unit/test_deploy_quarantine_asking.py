"""What the operator's tools ask for before they do anything: a reason, messages that are there, secrets kept secret."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.quarantine.reading import read
from deploy.quarantine.replaying import Door
from tests.unit.gate_samples import CANARY, record
from tests.unit.gate_stack import held
from tests.unit.quarantine_desk import URL, Desk


@pytest.fixture(name="desk")
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """Give a desk whose collector has refused a request."""
    desk = Desk(tmp_path, monkeypatch, capsys)
    sent = record("call.ended", time=time.time_ns())
    desk.take(replace(sent, attributes=(*sent.attributes, ("note", CANARY))))
    yield desk
    desk.gateway.close()


@pytest.mark.parametrize("name", ["open", "replay", "purge"])
def test_no_deed_goes_without_a_reason(desk: Desk, name: str) -> None:
    """Nothing is shown, sent or deleted, and no line is left that says nothing."""
    more = {"open": ["--output", "-"], "replay": ["--collector", URL], "purge": ["--older-than", "0"]}[name]
    key = [] if name == "purge" else ["--identity", str(desk.key)]
    assert "--reason" in desk.run(name, *key, *more, code=2)
    assert not desk.audit
    assert not desk.sent
    assert len(held(desk.broker, "quarantine")) == 1


@pytest.mark.parametrize("name", ["open", "replay"])
def test_a_message_that_is_not_there_is_said(desk: Desk, name: str) -> None:
    """A slip of the finger does not pass for work done; what is there is left alone, too."""
    more = ["--output", "-"] if name == "open" else ["--collector", URL]
    said = desk.with_key(name, "--message", "0/0", "--message", "0/7", *more, code=2)
    assert "no message 0/7" in said
    assert not desk.audit
    assert not desk.sent


def test_a_token_that_others_may_read_is_refused(desk: Desk, tmp_path: Path) -> None:
    """As the private key is: whoever has it may send in the operator's name."""
    token = tmp_path / "token"
    token.write_text("tg_quince")
    token.chmod(0o644)
    assert "chmod 600" in desk.with_key("replay", "--collector", URL, "--token-file", str(token), code=2)
    assert not desk.sent


def test_neither_seal_nor_token_is_shown(desk: Desk) -> None:
    """Not even by the `repr` that a traceback or a failing test prints."""
    assert "quince" not in repr(Door(URL, "quince"))
    [sealed] = read(desk.broker)
    assert sealed is not None
    assert "age-encryption" not in repr(sealed)
    assert b"age-encryption" in sealed.seal
