"""`tidegate up` hands the collector its own settings, from variables and from a file."""

from __future__ import annotations

import json
import os
import signal
import ssl
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import httpx
import pytest

from collector.otlp import encode_logs
from collector.records import LogRecord, Resource, Scope
from deploy.cli import run
from deploy.ports import free
from tests.unit.collector_tls import Authority, Files

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.kafka, pytest.mark.e2e]
THREE = encode_logs([LogRecord(Resource(), Scope("s"), time=number) for number in range(3)])


def test_the_collector_of_up_has_its_settings(tmp_path: Path) -> None:
    """TLS, a limit and the log's form from variables, who sees /metrics from the file: each holds."""
    authority, files = Authority(), Files(tmp_path)
    files.write(*authority.issue())
    files.key.chmod(0o600)
    (tmp_path / "collector.toml").write_text('metrics = "off"\nlog_format = "text"\ngrpc_port = "off"\n')
    (tmp_path / "ca.pem").write_bytes(authority.pem)
    port, data = free("127.0.0.1", 0, "--port"), tmp_path / "data"
    given = {
        "TIDEGATE_PORT": str(port),
        "TIDEGATE_TLS_CERT_FILE": str(files.certificate),
        "TIDEGATE_TLS_KEY_FILE": str(files.key),
        "TIDEGATE_LIMITS": '{"records": 2}',
        "TIDEGATE_LOG_FORMAT": "json",
    }
    command = [sys.executable, "-P", "-m", "deploy.cli", "up", "--data-dir", str(data), "--kafka-port", "0"]
    command += ["--config", str(tmp_path / "collector.toml")]
    with (tmp_path / "err").open("wb") as err:
        process = subprocess.Popen(command, stderr=err, env=os.environ | given)  # noqa: S603 - our own interpreter
    try:
        until = time.monotonic() + 90
        while run(["status", "--data-dir", str(data)]) != 0:
            assert process.poll() is None, (tmp_path / "err").read_text()
            assert time.monotonic() < until
            time.sleep(0.1)
        trusting = ssl.create_default_context(cafile=str(tmp_path / "ca.pem"))
        headers = {"content-type": "application/x-protobuf"}
        with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=trusting) as client:
            assert client.post("/v1/logs", content=THREE, headers=headers).status_code == 413
            assert client.get("/metrics").status_code == 404
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.post(f"http://127.0.0.1:{port}/v1/logs", content=THREE, headers=headers)
        lines = (data / "logs" / "collector.log").read_text().splitlines()
        assert "listening" in [json.loads(line)["event"] for line in lines]
        assert f"Send OTLP/HTTP to https://127.0.0.1:{port}; " in (tmp_path / "err").read_text()
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(60)
