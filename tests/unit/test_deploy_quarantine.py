"""The operator's tools: a line in the audit log first, the key here alone, a replay once, a purge in bounds."""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from broker.port import Message
from collector.otlp_json import decode
from collector.records import LogRecord
from collector.signals import METRICS, TRACES
from deploy.quarantine.groups import DAY
from schemas.codec import frame
from schemas.quarantine import Recipient, new_identity
from tests.unit.gate_samples import CANARY, SNEAKY, catalogue, record
from tests.unit.gate_stack import held
from tests.unit.quarantine_desk import URL, Desk

GOLDEN = Path(__file__).parents[1] / "golden"


@pytest.fixture(name="desk")
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    """Give a desk whose collector has refused two requests."""
    desk = Desk(tmp_path, monkeypatch, capsys)
    for _ in range(2):
        desk.take(refused())
    yield desk
    desk.gateway.close()


def refused() -> LogRecord:
    """Make a record of now that is refused."""
    sent = record("call.ended", time=time.time_ns())
    return replace(sent, attributes=(*sent.attributes, ("note", CANARY)))


def lines(text: str) -> list[dict[str, object]]:
    """Read JSON lines."""
    return [json.loads(line) for line in text.splitlines()]


def test_the_audit_line_is_on_the_disk_before_anything_is_shown(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who looked can't take it back by pulling the plug."""
    out, synced = tmp_path / "out.jsonl", list[tuple[bool, str]]()
    monkeypatch.setattr(os, "fsync", lambda _: synced.append((out.exists(), desk.audit)))
    desk.with_key("open", "--output", str(out))
    [(shown, line)] = synced
    assert not shown
    assert (lines(line)[0]["what"], lines(line)[0]["why"]) == ("open", "ticket 7")
    assert out.read_text("utf-8").count(SNEAKY) == 2
    assert SNEAKY not in desk.audit


def test_the_audit_log_and_what_was_opened_are_the_operators_alone(desk: Desk, tmp_path: Path) -> None:
    """Both files from their first moment; an opened one is new."""
    out = tmp_path / "out.jsonl"
    desk.with_key("open", "--output", str(out))
    assert [stat.S_IMODE(path.stat().st_mode) for path in (out, desk.folder.quarantine_audit)] == [0o600, 0o600]
    before = out.read_bytes()
    assert "not written over" in desk.with_key("open", "--output", str(out), code=2)
    assert out.read_bytes() == before


def test_without_an_audit_log_nothing_is_done(desk: Desk, tmp_path: Path) -> None:
    """Nothing is shown, sent or deleted that left no line."""
    desk.folder.quarantine_audit.mkdir()
    out = tmp_path / "out.jsonl"
    assert "nothing was done" in desk.with_key("open", "--output", str(out), code=2)
    assert "nothing was done" in desk.run("purge", "--older-than", "0", "--reason", "ticket 7", code=2)
    assert not out.exists()
    assert len(held(desk.broker, "quarantine")) == 2


def test_a_replay_leaves_a_line_before_it_sends(desk: Desk) -> None:
    """One that fails at its first message has been told of all the same."""
    desk.fails_after = 0
    assert "503" in desk.with_key("replay", "--collector", URL, code=2)
    assert [(line["what"], line["messages"]) for line in lines(desk.audit)] == [("replay", ["0/0", "0/1"])]


def test_what_is_opened_goes_into_no_pipe_by_accident(desk: Desk) -> None:
    """Standard output that is no terminal must be asked for."""
    assert "--output" in desk.with_key("open", code=2)
    assert not desk.audit
    assert SNEAKY in desk.with_key("open", "--output", "-")


def test_a_key_that_others_may_read_is_refused(desk: Desk) -> None:
    """A private half lies in a private file."""
    desk.key.chmod(0o644)
    for name in ("open", "replay"):
        assert "chmod 600" in desk.with_key(name, *(["--output", "-"] if name == "open" else []), code=2)


def test_the_key_stays_here(desk: Desk) -> None:
    """It is in nothing that goes to Kafka or to a collector, and in no line."""
    told = desk.with_key("open", "--output", "-") + desk.with_key("replay", "--collector", URL)
    wire = [body for _, body in desk.sent] + [of.value or b"" for of in held(desk.broker, "quarantine")]
    assert len(wire) == 2 + 4
    assert desk.identity not in told + desk.audit
    assert not any(desk.identity.encode() in each for each in wire)


def test_the_topic_is_read_with_the_operators_right_alone(desk: Desk) -> None:
    """Listing and opening need no other principal; only a replay of the validator's writes."""
    desk.run("list")
    desk.with_key("open", "--output", "-")
    assert set(desk.users) == {"quarantine-operator"}


@pytest.mark.parametrize("name", ["open", "replay"])
def test_with_another_key_nothing_happens(desk: Desk, tmp_path: Path, name: str) -> None:
    """The messages are counted and named, what they hold is not; nothing is shown, sent or taken as sent."""
    other, out = other_key(tmp_path)[0], tmp_path / "out.jsonl"
    more = ["--output", str(out)] if name == "open" else ["--collector", URL]
    said = desk.run(name, "--identity", str(other), "--reason", "ticket 7", *more, code=1)
    assert said.startswith("2 not opened (no --identity given opens the seal")
    assert said.endswith(": 0/0, 0/1\n")
    assert not out.exists()
    assert not desk.sent
    assert '"replayed"' not in desk.audit


def other_key(folder: Path) -> tuple[Path, str]:
    """Make another pair: the file of its private half, and the public one."""
    identity, public = new_identity()
    path = folder / "other"
    path.write_text(identity)
    path.chmod(0o600)
    return path, public


def test_one_message_that_does_not_open_keeps_nobody_from_the_others(desk: Desk, tmp_path: Path) -> None:
    """It is named, the exit code says so, and the audit log tells of those alone that were opened."""
    other, public = other_key(tmp_path)
    desk.seal("kafka.value", [b"x"], to=public)
    out, all_ = tmp_path / "out.jsonl", tmp_path / "all.jsonl"
    said = desk.with_key("open", "--output", str(out), code=1)
    assert said.startswith("1 not opened")
    assert said.endswith(": 0/2\n")
    assert [line["message"] for line in lines(out.read_text("utf-8"))] == ["0/0", "0/1"]
    assert [line["messages"] for line in lines(desk.audit)] == [["0/0", "0/1"]]
    desk.with_key("open", "--identity", str(other), "--output", str(all_))
    assert [line["message"] for line in lines(all_.read_text("utf-8"))] == ["0/0", "0/1", "0/2"]


def test_a_replay_passes_over_what_does_not_open(desk: Desk, tmp_path: Path) -> None:
    """What lies behind it is sent; it comes again with the key that opens it, and nothing else does."""
    other, public = other_key(tmp_path)
    (desk.folder.credentials / "collector").unlink()
    desk.seal("kafka.value", [b"x"], to=public)
    desk.take(refused())
    assert desk.with_key("replay", "--collector", URL, code=1).endswith(": 0/2\n")
    assert len(desk.sent) == 3
    of_first = [part for place in ("0/0", "0/1", "0/2", "0/3") for part in ("--message", place)]
    told = desk.with_key("replay", "--identity", str(other), "--collector", URL, *of_first)
    assert told.startswith("1 messages: left")
    assert len(desk.sent) == 3


def test_what_is_shown_commands_no_terminal(desk: Desk) -> None:
    """A record of a stranger's may hold any character: those that can't be seen are spelt as JSON spells them."""
    sent = refused()
    desk.take(replace(sent, attributes=(*sent.attributes, ("note", "\x9b2J\x1b[2J\u202eQuince"))))
    shown = desk.with_key("open", "--output", "-", "--message", "0/2")
    assert shown.removesuffix("\n").isprintable()
    [line] = lines(shown)
    assert ["note", "\x9b2J\x1b[2J\u202eQuince"] in line["attributes"]  # type: ignore[operator]


def test_what_was_replayed_is_not_replayed_again(desk: Desk) -> None:
    """What is refused again is sealed anew, and is another message; --again sends all."""
    assert "2 messages: sent 2, refused again 2" in desk.with_key("replay", "--collector", URL)
    assert "2 messages" in desk.with_key("replay", "--collector", URL)
    assert "6 messages" in desk.with_key("replay", "--collector", URL, "--again")


def test_a_replay_that_broke_off_goes_on_where_it_stopped(desk: Desk) -> None:
    """What was not taken is not taken as replayed."""
    desk.fails_after = 1
    assert "503" in desk.with_key("replay", "--collector", URL, code=2)
    desk.fails_after = 10**6
    assert desk.with_key("replay", "--collector", URL, "--message", "0/0", "--message", "0/1").startswith("1 messages")
    assert len(desk.sent) == 2


def test_an_answer_that_is_no_collectors_is_none(desk: Desk) -> None:
    """Whatever says 200 at that address: nothing counts as replayed."""
    desk.answer = b"<html>"
    assert "is no collector" in desk.with_key("replay", "--collector", URL, code=2)
    assert "replayed" not in desk.audit


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://collector", "collector:4318"])
def test_a_collector_is_reached_by_http(desk: Desk, url: str) -> None:
    """Records go to no file and to no other protocol."""
    assert "http://HOST:PORT" in desk.with_key("replay", "--collector", url, code=2)
    assert not desk.sent


def test_what_the_validator_refused_goes_to_its_topic_and_content_to_none(desk: Desk) -> None:
    """By the kind of its schema; a schema of content, or none, has no topic that the validator reads."""
    telemetry, content = (catalogue().plans[event].schema_id for event in ("call.ended", "chat.message"))
    desk.seal("kafka.value", [frame(telemetry, b"x"), frame(content, CANARY.encode()), b"Quince", frame(10**6, b"")])
    told = desk.with_key("replay", "--message", "0/2")
    assert "written 1" in told
    assert "left: of no known schema 3" in told
    assert [of.value for of in held(desk.broker, "telemetry.usage")] == [frame(telemetry, b"x")]
    assert not held(desk.broker, "telemetry.diagnostic") + held(desk.broker, "customer.content")


def test_a_batch_that_can_not_be_read_is_left(desk: Desk) -> None:
    """Whatever its bytes look like: it was no message."""
    desk.seal("kafka.batch", [frame(catalogue().plans["call.ended"].schema_id, b"x")])
    assert "left: of no known schema 1" in desk.with_key("replay", "--message", "0/2")
    assert not held(desk.broker, "telemetry.usage")


def test_without_the_right_to_write_telemetry_it_is_said(desk: Desk) -> None:
    """The operator's own principal may not; the collector's credential may be elsewhere."""
    (desk.folder.credentials / "collector").unlink()
    desk.seal("kafka.value", [frame(catalogue().plans["call.ended"].schema_id, b"x")])
    assert "left: no right to write telemetry 1" in desk.with_key("replay", "--message", "0/2")


def test_spans_and_points_are_shown_and_go_through_their_own_door(desk: Desk) -> None:
    """Each signal to its path; a span is shown by its ids, an event within it by its name, a point by its metric's."""
    for case, signal in (("spans_refused", TRACES), ("metrics_refused", METRICS)):
        desk.take(*decode((GOLDEN / case / "in.otlp.json").read_bytes(), signal))
    shown = lines(desk.with_key("open", "--output", "-", "--message", "0/2", "--message", "0/3"))
    names = {"span", "span_event", "metric"}
    assert {(str(each["format"]), *(names & each.keys())) for each in shown} == {
        ("otlp.traces", "span"),
        ("otlp.traces", "span_event"),
        ("otlp.metrics", "metric"),
    }
    desk.with_key("replay", "--collector", URL)
    assert [path for path, _ in desk.sent] == ["/v1/logs", "/v1/logs", "/v1/traces", "/v1/metrics"]


def test_the_list_says_what_of_a_metrics_form_is_wrong(desk: Desk) -> None:
    """In the field's place, in the table and as JSON: a word of ours."""
    desk.take(*decode((GOLDEN / "metrics_refused" / "in.otlp.json").read_bytes(), METRICS))
    listed = lines(desk.run("list", "--format", "json"))
    told = {(each["event"], each["field"]) for each in listed if each["reason"] == "metric_form"}
    assert told == {("jitter.measured", "metric.bounds"), ("shortcuts.counted", "metric.temporality")}
    assert "metric.temporality" in desk.run("list")


@pytest.mark.parametrize("form", ["otlp.logs", "otlp.traces", "otlp.metrics", "kafka.value", "kafka.batch", "Quince"])
def test_what_somebody_else_sealed_is_shown_as_bytes(desk: Desk, form: str) -> None:
    """The key is public: inside a seal may be anything."""
    desk.seal(form, [b"\xff\xff"])
    [shown] = lines(desk.with_key("open", "--output", "-", "--message", "0/2"))
    assert shown["bytes"] == "//8="


def test_a_seal_of_something_else_is_named_and_not_shown(desk: Desk) -> None:
    """What is sealed is no record of ours at all."""
    good = held(desk.broker, "quarantine")[0].value or b""
    start = good.index(b"age-encryption.org") - 2  # the seal's length stands before it, in two bytes
    sealed = Recipient(desk.public).seal(CANARY.encode())
    assert 64 <= len(sealed) < 8192
    length = len(sealed) * 2
    desk.put(good[:start] + bytes([length & 0x7F | 0x80, length >> 7]) + sealed)
    said = desk.with_key("open", "--output", "-", code=1)
    assert "1 not opened (what is sealed is no record of ours" in said
    assert ": 0/2\n" in said
    assert SNEAKY not in said


def test_strays_stop_nobody(desk: Desk, capsys: pytest.CaptureFixture[str]) -> None:
    """What somebody else wrote to the topic is counted, and the rest is listed."""
    for value in (CANARY.encode(), frame(1, b""), b""):
        desk.put(value)
    assert desk.run("list").count("undeclared_attribute") == 1
    desk.run("list", "--format", "json")
    desk.with_key("open", "--output", "-")
    assert SNEAKY not in capsys.readouterr().err


@pytest.mark.parametrize(("days", "left"), [("3", 3), ("2", 3), ("1", 2), ("0.5", 2), ("0", 0)])
def test_a_purge_deletes_what_is_older_and_nothing_else(desk: Desk, days: str, left: int) -> None:
    """Days count back from now; 0 takes everything. One line says up to when, before; another how many, after."""
    desk.now -= 36 * 3600 * 1000
    log = desk.broker._cluster.logs["quarantine", 0]
    log[0] = replace(log[0], timestamp=desk.now)
    desk.now += 36 * 3600 * 1000
    desk.take(refused())
    time.sleep(0.01)
    told = desk.run("purge", "--older-than", days, "--reason", "retention")
    assert told == f"{3 - left} messages deleted\n"
    assert len(held(desk.broker, "quarantine")) == left
    line, after = lines(desk.audit)
    assert (line["what"], line["why"]) == ("purge", "retention")
    assert (after["what"], after["before"], after["count"]) == ("purged", line["before"], 3 - left)
    assert abs(int(str(line["before"])) - (time.time() * 1000 - float(days) * DAY)) < 60_000


@pytest.mark.parametrize("days", ["-1", "", "all", "nan"])
def test_a_purge_of_no_age_is_refused(desk: Desk, days: str) -> None:
    """Not even what is yet to come can be purged by a slip."""
    desk.run("purge", "--older-than", days, "--reason", "retention", code=2)
    assert len(held(desk.broker, "quarantine")) == 2


def test_a_purge_touches_no_other_topic(desk: Desk) -> None:
    """It is quarantine's, whatever it is asked."""
    desk.broker.producer().produce([Message("telemetry.usage", b"x")], timeout=1)
    time.sleep(0.01)
    desk.run("purge", "--older-than", "0", "--reason", "retention")
    assert len(held(desk.broker, "telemetry.usage")) == 1
