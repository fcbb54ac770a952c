"""The main job on real parts: the README's own commands, a validator that is killed, and the demo's whole path."""

from __future__ import annotations

import io
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from rich.console import Console

from broker.port import Received
from deploy.demo.run import Options, run
from deploy.stack import Stack
from schemas.catalogue import load
from schemas.codec import Codec, unframe
from schemas.domains.pseudonyms import is_random_id, keyed
from schemas.keyfile import read_keyring
from tests.e2e.topics import everything
from tests.waiting import eventually

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
ROOT = Path(__file__).parents[2]
CATALOGUE = load()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack of this module's own, on free ports."""
    with Stack(tmp_path_factory.mktemp("main-job"), collector_port=0) as up:
        yield up


def event_ids(messages: list[Received]) -> Counter[object]:
    """Count messages by their event id."""
    codecs: dict[int, Codec] = {}
    ids: Counter[object] = Counter()
    for message in messages:
        number, payload = unframe(message.value)
        codec = codecs.setdefault(number, Codec(CATALOGUE.schemas[number].avro))
        ids[codec.decode(payload)["origin"]["event_id"]] += 1
    return ids


def blocks(language: str) -> list[str]:
    """Give the README's code blocks of a language."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def shell(script: str, stack: Stack) -> str:
    """Run a README block as it stands; curl is told by its own settings that 4318 is this stack's port."""
    address = stack.collector_url.removeprefix("http://")
    (stack.folder.root / ".curlrc").write_text(f'connect-to = "127.0.0.1:4318:{address}"\n', "utf-8")
    environment = {**os.environ, "CURL_HOME": str(stack.folder.root)}
    command = ["bash", "-ceu", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True, env=environment)  # noqa: S603 - the README's own text, as a user runs it
    return done.stdout


def test_the_readme_as_a_person_follows_it(stack: Stack) -> None:
    """The good event arrives in ml.eligible for plain kafka-python and fastavro; the leaking one is nowhere."""
    good, leaking = blocks("sh")
    assert shell(good, stack) == "{}"
    answer = json.loads(shell(leaking, stack))
    assert answer == json.loads(blocks("json")[0])
    eventually(lambda: stack.counts()["validator"].get("eligible", 0) >= 1, 30, "the event did not get to ml.eligible")
    reader = blocks("python")[0].replace('".tidegate"', repr(str(stack.folder.root)))
    reader = reader.replace("127.0.0.1:9092", stack.bootstrap)
    reader = reader.replace("consumer_timeout_ms=5000", "consumer_timeout_ms=20000")  # on a busy machine
    told = subprocess.run(  # noqa: S603 - the README's own text
        [sys.executable, "-c", reader], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    ).stdout
    assert "CallEnded" in told
    assert "'reason': 'HOST_ENDED', 'duration': 17" in told
    secret = b"layoffs"
    for topic in ("telemetry.usage", "telemetry.diagnostic", "customer.content", "ml.eligible", "quarantine"):
        held = everything(stack, topic)
        assert not any(secret in (message.value or b"") + (message.key or b"") for message in held), topic
    assert not any(secret in log.read_bytes() for log in stack.folder.logs.glob("*.log"))


RANDOM = random.Random("mutes")  # noqa: S311 - fixed, so that each run is the same


def new_id() -> str:
    """Make an id that no other record has."""
    while not is_random_id(made := str(UUID(int=RANDOM.getrandbits(128), version=4))):
        pass  # one in 4,000 holds text
    return made


def mutes(count: int) -> dict[str, object]:
    """Make an OTLP/JSON request of valid mute.changed events."""

    def attribute(name: str, kind: str, value: object) -> dict[str, object]:
        return {"key": name, "value": {f"{kind}Value": value}}

    resource = [
        attribute("service.name", "string", "meetings-web"),
        attribute("service.version", "string", "6.4.12"),
        attribute("os.type", "string", "linux"),
        attribute("tenant.id", "string", new_id()),
        attribute("session.id", "string", new_id()),
    ]
    records = [
        {
            "timeUnixNano": str(time.time_ns() + number),
            "eventName": "mute.changed",
            "attributes": [
                attribute("call.id", "string", new_id()),
                attribute("call.mute.muted", "bool", number % 2 == 0),
                attribute("call.mute.medium", "string", "microphone"),
                attribute("call.mute.trigger", "string", "button"),
                attribute("call.elapsed", "int", number),
            ],
        }
        for number in range(count)
    ]
    scope = {"scope": {"name": "meetings.client"}, "logRecords": records}
    return {"resourceLogs": [{"resource": {"attributes": resource}, "scopeLogs": [scope]}]}


def test_a_validator_killed_in_mid_stream_loses_nothing(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Killed with -9 three times under load: each accepted record has its image in ml.eligible, at least once."""
    accepted = 0
    done = threading.Event()

    def send() -> None:
        nonlocal accepted
        with httpx.Client(base_url=stack.collector_url, timeout=30) as client:
            for _ in range(60):
                response = client.post("/v1/logs", json=mutes(100))
                assert response.json() == {}, response.status_code
                accepted += 100
        done.set()

    sender = threading.Thread(target=send)
    sender.start()
    for _ in range(3):
        pid = stack.services()["validator"].pid
        time.sleep(0.7)
        stack.kill("validator")
        eventually(
            lambda pid=pid: stack.services()["validator"].ready and stack.services()["validator"].pid != pid,  # type: ignore[misc]
            30,
            "the validator was not started again",
        )
    sender.join(timeout=60)
    assert done.is_set(), "not every request was answered 200"
    telemetry = event_ids(everything(stack, "telemetry.usage"))
    key = read_keyring(stack.folder.keys / "ml.key").at(time.time_ns() // 1000)
    wanted = {keyed(key, bytes.fromhex(str(number)), 128) for number in telemetry}
    found: Counter[object] = Counter()

    def all_there() -> bool:
        nonlocal found
        found = event_ids(everything(stack, "ml.eligible"))
        return wanted <= set(found)

    eventually(all_there, 60, "images are missing")
    twice = sum(found.values()) - len(found)
    with capsys.disabled():
        print(f"\nkill -9 x3: accepted {accepted}, telemetry {len(telemetry)}, ml.eligible {len(found)}, twice {twice}")  # noqa: T201 - the figures a reader of the run wants
    assert len(telemetry) >= accepted
    assert set(found) == wanted, "there is an image of nothing"


def test_the_demo_adds_up(tmp_path: Path) -> None:
    """A small fleet through the demo's whole path: sums, reasons and the canary scan are all in order."""
    console = Console(record=True, width=100, file=io.StringIO())
    assert run(Options(tmp_path / "demo", scale=0.1), console), console.export_text()
    assert not (tmp_path / "demo").exists()
