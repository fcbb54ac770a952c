"""An operator's desk without Kafka: the quarantine commands on an in-memory cluster, a collector behind a fake door."""

from __future__ import annotations

import asyncio
import io
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.message import Message as Headers
from pathlib import Path

import pytest

from broker.memory import MemoryBroker
from broker.port import Connection, Driver, Message
from collector.otlp import decode, encode_answer
from collector.records import Record
from collector.service import Gateway, Policy
from collector.signals import SIGNALS
from deploy import cluster, credentials
from deploy.cli import run
from deploy.commands import quarantine as commands
from deploy.folder import Folder
from deploy.quarantine import reading
from deploy.topology import plan, read
from schemas.codec import frame
from schemas.mistakes import Mistake
from schemas.quarantine import Label, Recipient, Stage, new_identity, quarantined
from schemas.reasons import Reason, Refusal
from tests.unit.gate_samples import TELEMETRY_KEY, catalogue

URL = "http://collector:4318"


class Desk:
    """A cluster with a collector, the operator's key, and what went over the wire."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self.now = time.time_ns() // 1_000_000
        self.broker = MemoryBroker(now=lambda: self.now)
        self.broker.admin().create_topics(plan(read(), 1).topics)
        self.broker.admin().set_grants(plan(read(), 1).grants)
        self.folder = Folder(folder)
        credentials.ensure(self.folder.credentials, ("quarantine-operator", "collector"))
        self.identity, self.public = new_identity()
        self.key = folder / "identity.txt"
        credentials.write_private(self.key, self.identity + "\n")
        policy = Policy(catalogue(), Recipient(self.public), TELEMETRY_KEY)
        self.gateway = Gateway(policy, self.broker.as_user("collector"), list[str]().append)
        self.users: list[str | None] = []
        self.sent: list[tuple[str, bytes]] = []
        self.fails_after = 10**6
        self.answer: bytes | None = None
        self._capsys = capsys
        kafka = cluster.Kafka(Connection("memory:9092", username="admin", password="x"), "kafka-python")
        monkeypatch.setattr(cluster, "running", lambda _: kafka)
        monkeypatch.setattr(commands, "connect", self._connect)
        monkeypatch.setattr(reading, "_SILENCE", 0.0)
        monkeypatch.setattr(urllib.request, "urlopen", self._open)

    def run(self, name: str, *arguments: str, code: int = 0) -> str:
        """Run a command; gives its output, or its error lines where it fails."""
        assert run(["quarantine", name, "--data-dir", str(self.folder.root), *arguments]) == code
        said = self._capsys.readouterr()
        return said.err if code else said.out

    def with_key(self, name: str, *arguments: str, code: int = 0) -> str:
        """Run a command that needs the private key and a reason."""
        return self.run(name, "--identity", str(self.key), "--reason", "ticket 7", *arguments, code=code)

    def take(self, *records: Record) -> None:
        """Send the collector a request."""
        asyncio.run(self.gateway.take(list(records)))

    def seal(self, form: str, items: Sequence[bytes], to: str | None = None) -> None:
        """Put a message of the validator's on the topic."""
        label = Label(Stage.VALIDATOR, catalogue().version, 0, bytes(32))
        mistakes = [Mistake(Refusal(Reason.NOT_FRAMED))] * len(items)
        value = quarantined(label, mistakes, form, items, Recipient(to or self.public))
        self.put(frame(catalogue().quarantine_id, value))

    def put(self, value: bytes) -> None:
        """Put bytes on the topic."""
        self.broker.producer().produce([Message("quarantine", value)], timeout=1)

    @property
    def audit(self) -> str:
        """Read the audit log."""
        path = self.folder.quarantine_audit
        return path.read_text("utf-8") if path.exists() else ""

    def _connect(self, connection: Connection, _: Driver) -> MemoryBroker:
        self.users.append(connection.username)
        return self.broker if connection.username == "admin" else self.broker.as_user(str(connection.username))

    def _open(self, request: urllib.request.Request, timeout: float) -> io.BytesIO:
        assert timeout < 60
        body = request.data
        assert isinstance(body, bytes)
        path = request.full_url.removeprefix(URL)
        if len(self.sent) >= self.fails_after:
            raise urllib.error.HTTPError(request.full_url, 503, "", Headers(), None)
        self.sent.append((path, body))
        if self.answer is not None:
            return io.BytesIO(self.answer)
        [signal] = [signal for signal in SIGNALS if signal.path == path]
        answer = asyncio.run(self.gateway.take(decode(body, signal)))
        return io.BytesIO(encode_answer(sum(answer.refused.values()), "", json=False, signal=signal))
