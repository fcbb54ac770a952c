"""The stock OpenTelemetry SDK for Node, fetched by npm, and what tests send through it."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import time
from pathlib import Path
from typing import Any, Final

import pytest

from tests.unit.gate_samples import CANARY, record
from tests.unit.signal_samples import made

HERE: Final = Path(__file__).parents[1] / "node"
OFFLINE: Final = (
    "ENOTFOUND",
    "EAI_AGAIN",
    "ECONNREFUSED",
    "ECONNRESET",
    "ENETUNREACH",
    "ETIMEDOUT",
    "ERR_SOCKET_TIMEOUT",
)
NPM: Final = (
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
    "--no-package-lock",
    "--prefer-offline",
    "--fetch-retries=0",
)


def fetched_sdk(config: pytest.Config, temporary: pytest.TempPathFactory) -> Path:
    """A folder with the SDK and the program that sends through it; skips where it can't be had, and says why."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        pytest.skip("node and npm are not installed")
    wanted = (HERE / "package.json").read_bytes()
    name = f"node-sdk-{hashlib.sha256(wanted).hexdigest()[:12]}"
    cache: pytest.Cache | None = getattr(config, "cache", None)  # pytest can be told to keep none
    folder = temporary.mktemp(name) if cache is None else cache.mkdir(name)
    shutil.copy(HERE / "send.mjs", folder)
    if not (folder / "complete").exists():
        (folder / "package.json").write_bytes(wanted)
        try:
            command = [npm, "install", *NPM]
            fetched = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=100, check=False)  # noqa: S603 - the npm of this machine
        except subprocess.TimeoutExpired:
            pytest.skip("npm did not fetch the SDK within a hundred seconds")
        if any(code in fetched.stderr for code in OFFLINE):
            pytest.skip("npm has no network")
        assert fetched.returncode == 0, fetched.stderr
        (folder / "complete").touch()
    return folder


def send(sdk: Path, port: int, encoding: str, **what: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Send through the SDK; what it said of it."""
    command = [str(shutil.which("node")), "send.mjs", f"http://127.0.0.1:{port}", encoding]
    done = subprocess.run(  # noqa: S603 - the node of this machine
        command, cwd=sdk, input=json.dumps(what), capture_output=True, text=True, timeout=50, check=False
    )
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def calls(count: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - attributes
    """Make logs that are accepted, each with a moment of its own; `changes` go into the last one."""
    sample = record("call.ended")
    now = time.time_ns()
    logs = [
        {
            "eventName": sample.event_name,
            "timestamp": [(now + n * 1000) // 10**9, (now + n * 1000) % 10**9],
            "severityNumber": 9,
            "attributes": dict(sample.attributes) | (changes if n == count - 1 else {}),
        }
        for n in range(count)
    ]
    return {"resource": dict(sample.resource.attributes), "scope": sample.scope.name, "logs": logs}


def spans(count: int, **changes: Any) -> dict[str, Any]:  # noqa: ANN401 - attributes
    """Make spans that are accepted; `changes` go into the last one."""
    sample = made("http.client.called")
    of = [
        {"name": f"GET {CANARY}", "attributes": dict(sample.attributes) | (changes if n == count - 1 else {})}
        for n in range(count)
    ]
    return {"resource": dict(sample.resource.attributes), "scope": sample.scope.name, "spans": of}


MAKE: Final = {"logs": calls, "spans": spans}
