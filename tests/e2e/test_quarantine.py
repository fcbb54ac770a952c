"""The operator's tools for quarantine, on a whole stack: seen without a key, opened with it, replayed, purged."""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from broker.port import Message
from collector.otlp import encode_logs
from deploy import topology
from deploy.cli import run
from deploy.quarantine.groups import DAY
from deploy.stack import Stack
from schemas.codec import Codec, frame
from schemas.quarantine import Recipient, new_identity
from schemas.quarantine_forms import QUARANTINED_1, SEALED
from tests.unit.gate_samples import CANARY, SNEAKY, catalogue, record
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
HEADERS = {"Content-Type": "application/x-protobuf"}
Tool = Callable[..., str]


@pytest.fixture(scope="module", name="stack")
def started(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own, on free ports."""
    with Stack(tmp_path_factory.mktemp("quarantine"), collector_port=0) as up:
        yield up


@pytest.fixture(name="tool")
def command(stack: Stack, capsys: pytest.CaptureFixture[str]) -> Tool:
    """Run `tidegate quarantine …` on the stack's folder; gives its output, or its error line where it fails."""

    def call(name: str, *arguments: str, code: int = 0) -> str:
        assert run(["quarantine", name, "--data-dir", str(stack.folder.root), *arguments]) == code
        said = capsys.readouterr()
        assert SNEAKY not in said.err
        return said.err if code else said.out

    return call


def send(stack: Stack, **attributes: object) -> None:
    """Send a call.ended of now with attributes that it does not declare, or of another app."""
    made = record("call.ended", dict(attributes), time=time.time_ns())  # type: ignore[arg-type]
    answer = httpx.post(f"{stack.collector_url}/v1/logs", content=encode_logs([made]), headers=HEADERS)
    assert answer.status_code == 200


def listed(tool: Tool) -> list[dict[str, object]]:
    """Give the groups."""
    return [json.loads(line) for line in tool("list", "--format", "json").splitlines()]


def test_mistakes_are_grouped_without_a_key(stack: Stack, tool: Tool) -> None:
    """Reason, event, field, app, version and count; nothing of a value, and nothing of a sender's names."""
    assert "empty" in tool("list")
    for _ in range(3):
        send(stack, note=CANARY)
    send(stack, **{"user.id": CANARY})
    with stack.broker("collector") as broker:
        broker.producer().produce([Message("telemetry.usage", CANARY.encode())], timeout=30)
    eventually(lambda: stack.counts()["validator"].get("refused") == 1)
    columns = ("stage", "reason", "event", "field", "app", "version", "count")
    assert [tuple(each[name] for name in columns) for each in listed(tool)] == [
        ("COLLECTOR", "undeclared_attribute", "call.ended", None, "meetings-android", "1.1.1", 3),
        ("COLLECTOR", "not_an_id", "call.ended", "caller", "meetings-android", "1.1.1", 1),
        ("VALIDATOR", "not_framed", None, None, None, None, 1),
    ]
    assert {(each["today"], each["before"], each["trend"]) for each in listed(tool)} == {(3, 0, "new"), (1, 0, "new")}
    assert [len(each["fingerprints"]) for each in listed(tool)] == [1, 1, 1]  # type: ignore[arg-type]
    assert all(datetime.fromisoformat(str(each["first"])).tzinfo == UTC for each in listed(tool))
    table = tool("list")
    assert "undeclared_attribute" in table
    assert SNEAKY not in table
    assert "note" not in table


def test_opening_needs_the_key_a_reason_and_a_place(stack: Stack, tool: Tool, tmp_path: Path) -> None:
    """Written to a new private file, after the audit line; never into a pipe, with another key, or over a file."""
    identity = ("--identity", str(stack.folder.keys / "quarantine-identity.txt"), "--reason", "ticket 7")
    audit = stack.folder.quarantine_audit
    assert "--output" in tool("open", *identity, code=2)
    wrong = tmp_path / "wrong"
    wrong.write_text(new_identity()[0])
    wrong.chmod(0o600)
    out = str(tmp_path / "opened.jsonl")
    assert "not opened" in tool("open", "--identity", str(wrong), "--reason", "x", "--output", out, code=1)
    assert "no message 9/9" in tool("open", *identity, "--message", "9/9", "--output", out, code=2)
    assert not audit.exists()
    assert tool("open", *identity, "--output", out) == ""
    assert "not written over" in tool("open", *identity, "--output", out, code=2)
    opened = [json.loads(line) for line in Path(out).read_text().splitlines()]
    assert len(opened) == 5
    assert sum(["note", CANARY] in each.get("attributes", ()) for each in opened) == 3
    assert Path(out).stat().st_mode & 0o077 == 0
    entries = [json.loads(line) for line in audit.read_text().splitlines()]
    assert [(entry["what"], entry["why"], len(entry["messages"])) for entry in entries] == [("open", "ticket 7", 5)] * 2
    assert audit.stat().st_mode & 0o077 == 0
    assert SNEAKY not in audit.read_text()


def test_a_replay_goes_through_the_whole_gate_and_once(stack: Stack, tool: Tool) -> None:
    """What is still a mistake is refused and sealed again; what was replayed is not replayed by the next call."""
    identity = ("--identity", str(stack.folder.keys / "quarantine-identity.txt"), "--reason", "the catalogue is mended")
    url = ("--collector", stack.collector_url)
    before = {(each["reason"], each["stage"]): each["count"] for each in listed(tool)}
    assert "is it up?" in tool("replay", *identity, "--collector", "http://127.0.0.1:9", code=2)
    told = tool("replay", *identity, *url)
    assert "5 messages: sent 4, refused again 4" in told
    assert "left: of no known schema 1" in told
    after = {(each["reason"], each["stage"]): each["count"] for each in listed(tool)}
    assert after["undeclared_attribute", "COLLECTOR"] == 2 * int(str(before["undeclared_attribute", "COLLECTOR"]))
    assert tool("replay", *identity, *url).startswith("4 messages")  # those sealed by the replay itself


def test_what_the_validator_refused_is_judged_again(stack: Stack, tool: Tool) -> None:
    """A framed message goes to its telemetry topic again, and is refused again where nothing was mended."""
    identity = ("--identity", str(stack.folder.keys / "quarantine-identity.txt"), "--reason", "again")
    tool("replay", *identity, "--collector", stack.collector_url)
    schema_id = catalogue().plans["call.ended"].schema_id
    with stack.broker("collector") as broker:
        broker.producer().produce([Message("telemetry.usage", frame(schema_id, CANARY.encode()))], timeout=30)
    refused = stack.counts()["validator"].get("refused", 0)
    eventually(lambda: stack.counts()["validator"].get("refused", 0) > refused)
    refused = stack.counts()["validator"]["refused"]
    assert "written 1" in tool("replay", *identity, "--collector", stack.collector_url)
    eventually(lambda: stack.counts()["validator"]["refused"] > refused)


def test_a_release_that_leaks_more_than_the_one_before_is_seen(stack: Stack, tool: Tool) -> None:
    """Side by side, newest first; a version that is text is not told, and what it said is nowhere."""
    app = {"service.name": "meetings-web"}
    for version in ("6.1.0", "6.2.0", "6.2.0", f"6.3.0 {CANARY}"):
        send(stack, chat=CANARY, **app, **{"service.version": version})
    releases = [each for each in listed(tool) if each["app"] == "meetings-web" and not each["field"]]
    assert [(each["version"], each["count"], each["predecessor"], each["of_predecessor"]) for each in releases] == [
        ("6.2.0", 2, "6.1.0", 1),
        ("6.1.0", 1, None, 0),
        (None, 1, None, 0),
    ]
    table = tool("list")
    assert "more than 6.1.0: 1" in table
    assert SNEAKY not in table


def test_what_was_quarantined_before_an_upgrade_is_listed_and_opened(stack: Stack, tool: Tool, tmp_path: Path) -> None:
    """Messages in the first form, under id 1, lie on the topic for as long as it keeps them."""
    told = {"reason": "body", "schema_id": None, "field": None, "value_kind": "string", "size": "1-15", "count": 7}
    seal = Recipient((stack.folder.keys / "quarantine-recipient.txt").read_text()).seal(
        Codec(SEALED).encode({"format": "kafka.value", "items": [b"refused"]})
    )
    value = {"stage": "VALIDATOR", "catalogue": "0" * 12, "hour": 0, "records": 7, "refusals": [told], "sealed": seal}
    with stack.broker("collector") as broker:
        broker.producer().produce([Message("quarantine", frame(1, Codec(QUARANTINED_1).encode(value)))], timeout=30)
    [group] = [each for each in listed(tool) if each["reason"] == "body"]
    assert (group["count"], group["app"], group["version"], group["fingerprints"]) == (7, None, None, [])
    out = tmp_path / "opened.jsonl"
    identity = str(stack.folder.keys / "quarantine-identity.txt")
    tool("open", "--identity", identity, "--reason", "ticket 8", "--output", str(out))
    assert json.loads(out.read_text().splitlines()[-1])["bytes"] == "cmVmdXNlZA=="


def test_the_topic_keeps_what_the_topology_says(stack: Stack) -> None:
    """Retention on the live cluster is what `deploy/topology.yaml` sets, to the day for quarantine."""
    with contextlib.closing(stack.broker("admin").admin()) as admin:
        live = admin.topics()
    wanted = topology.read().topics
    assert {name: live[name].settings["retention.ms"] for name in wanted} == {
        name: str(topic.settings.retention_ms) for name, topic in wanted.items()
    }
    assert live["quarantine"].settings["segment.ms"] == str(DAY) == str(wanted["quarantine"].settings.segment_ms)


def test_a_purge_deletes_what_is_old(tool: Tool) -> None:
    """Nothing is older than a day; with 0 everything goes."""
    assert tool("purge", "--older-than", "1", "--reason", "retention") == "0 messages deleted\n"
    assert int(tool("purge", "--older-than", "0", "--reason", "retention").split()[0]) > 8
    assert "empty" in tool("list")
