"""What the operator's tools ask for before they do anything: a reason, messages that are there, secrets kept secret."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from deploy.quarantine.reading import read
from deploy.quarantine.replaying import Door
from schemas.codec import frame, unframe
from schemas.quarantine_forms import QUARANTINE_CODEC
from tests.unit.gate_samples import CANARY, catalogue, record
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
    for blank in ("", "  ", "\u200b", "-"):
        assert "say why" in desk.run(name, *key, *more, "--reason", blank, code=2)
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


@pytest.mark.parametrize("name", ["open", "replay"])
def test_what_is_no_private_key_is_said(desk: Desk, tmp_path: Path, name: str) -> None:
    """The public half given by mistake, or the second of two: that is misuse, and not a seal that does not open."""
    public = tmp_path / "public"
    public.write_text(desk.public)
    public.chmod(0o600)
    more = ["--output", "-"] if name == "open" else ["--collector", URL]
    said = desk.with_key(name, "--identity", str(public), *more, code=2)
    assert "public: not the private half" in said
    assert desk.public not in said
    assert not desk.audit
    assert not desk.sent


def test_a_list_commands_no_terminal(desk: Desk) -> None:
    """Who may write to the topic may write anything outside a seal: it is spelt out, and breaks nothing."""
    good = QUARANTINE_CODEC.decode(unframe(held(desk.broker, "quarantine")[0].value)[1])
    forged = good["refusals"][0] | {"app": "\x1b]0;quince\x07\x9b2J", "app_version": "x.\x1b[2J", "field": "\u202e\n"}
    value = QUARANTINE_CODEC.encode(good | {"refusals": [forged, forged | {"app_version": "9" * 5000}]})
    desk.put(frame(catalogue().quarantine_id, value))
    for shown in (desk.run("list"), desk.run("list", "--format", "json")):
        assert all(map(str.isprintable, shown.splitlines()))
        assert "\x1b" not in shown
        assert "quince" in shown
    assert "\\x1b]0;quince" in desk.run("list")
    assert "2J" not in desk.run("list").split("quince")[1].partition("\\x9b2J")[2]


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
