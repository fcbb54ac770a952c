"""TLS as an operator sets it: a running collector, and what can't be used as one clear line."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from collector.tls import too_open
from deploy import keys
from deploy.cli import cli
from tests.unit.collector_grpc import Doors, client
from tests.unit.collector_running import Running
from tests.unit.collector_tls import Authority, Caller, Files

PHRASE = b"Quince-Heron-4471"
CERT, KEY, CLIENTS = (
    "tls_cert_file: {0}/server.pem",
    "tls_key_file: {0}/server.key",
    "tls_client_ca_file: {0}/clients.pem",
)
NO_PEM = "tls_cert_file, tls_key_file: {0}/server.pem and {0}/server.key are no certificate and key in PEM"


@pytest.fixture(name="files")
def a_servers_files(tmp_path: Path) -> Files:
    """Give a server's files, and those of its clients' authority."""
    files = Files(tmp_path)
    files.write(*Authority().issue())
    files.trust(Authority())
    return files


@pytest.fixture(name="running")
def a_running_collector(files: Files) -> Iterator[Running]:
    """Run one with TLS on both doors; stop it afterwards."""
    running = Running(files.folder / "data", tls_cert_file=str(files.certificate), tls_key_file=str(files.key))
    try:
        yield running
    finally:
        running.end()


def test_a_running_collector_takes_up_a_certificate_and_says_nothing_of_handshakes(
    running: Running, files: Files, tmp_path: Path
) -> None:
    """Its line names both doors; SIGHUP reads the files too, and a key that does not belong leaves the old in force."""
    assert (running.url[:8], running.grpc_url[:8]) == ("https://", "grpcs://")
    doors = Doors(int(running.url.rpartition(":")[2]), int(running.grpc_url.rpartition(":")[2]))
    authority = Authority()
    assert Caller(authority, body=b"").gets_in(doors, tmp_path) == (False, False)
    with client(doors.target) as plain:
        assert plain.export().code == "UNAVAILABLE"
    files.write(*authority.issue())
    assert running.reload() == "collector: reloaded: catalogue, keys, tokens and certificate"
    assert Caller(authority, body=b"").gets_in(doors, tmp_path) == (True, True)
    files.write(authority.issue()[0], authority.issue()[1])
    told = running.reload()
    assert told.startswith("collector: nothing was reloaded, what was in force stays: tls_key_file: the key in ")
    assert Caller(authority, body=b"").gets_in(doors, tmp_path) == (True, True)
    assert [line for line in running.heard if "Handshake" in line or "SSL" in line] == []


def _mismatched(files: Files) -> None:
    files.key.write_bytes(Authority().issue()[1])


def _locked(files: Files) -> None:
    key = load_pem_private_key(files.key.read_bytes(), None)
    locked = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(PHRASE))
    files.key.write_bytes(locked)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (lambda files: files.certificate.unlink(), f"{CERT} can't be read (FileNotFoundError)"),
        (lambda files: files.key.unlink(), f"{KEY} can't be read (FileNotFoundError)"),
        (lambda files: files.client_ca.unlink(), f"{CLIENTS} can't be read (FileNotFoundError)"),
        (lambda files: files.key.chmod(0o644), f"{KEY} may be read by others: chmod 600 it"),
        (lambda files: files.certificate.write_bytes(PHRASE), NO_PEM),
        (lambda files: files.key.write_bytes(PHRASE), NO_PEM),
        (lambda files: files.client_ca.write_bytes(PHRASE), f"{CLIENTS} holds no certificate in PEM"),
        (lambda files: files.client_ca.write_bytes(b"\xff"), f"{CLIENTS} holds no certificate in PEM"),
        (_mismatched, "tls_key_file: the key in {}/server.key does not belong to the certificate in "),
        (_locked, f"{NO_PEM}, without a passphrase"),
    ],
    ids=["cert", "key", "ca", "others", "cert-text", "key-text", "ca-text", "ca-bytes", "mismatch", "locked"],
)
def test_what_cannot_be_used_is_one_clear_line(
    spoil: Callable[[Files], object], told: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit code 2, the setting, its file and what is wrong with it; nothing of its text."""
    spoil(files)
    result = start(files, monkeypatch, TLS_CERT_FILE=files.certificate, TLS_KEY_FILE=files.key)
    assert (result[0], result[1].count("\n")) == (2, 1)
    assert told.format(files.key.parent) in result[1]
    assert PHRASE.decode() not in result[1]


@pytest.mark.parametrize(
    ("mode", "owner", "me", "is_open"),
    [
        (0o100600, 7, 7, False),
        (0o100400, 0, 0, False),
        (0o100640, 7, 7, True),
        (0o100604, 7, 7, True),
        (0o100640, 0, 7, False),
        (0o100660, 0, 7, True),
        (0o100644, 0, 7, True),
        (0o100640, 0, 0, True),
    ],
)
def test_a_key_is_its_owners(mode: int, owner: int, me: int, is_open: bool) -> None:  # noqa: FBT001 - of a table
    """Or root's, who gave it to our group to read, as in a mounted secret."""
    assert too_open(mode, owner, me) is is_open


@pytest.mark.parametrize("lone", ["TLS_CERT_FILE", "TLS_KEY_FILE"])
def test_half_of_it_is_one_clear_line(lone: str, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """A certificate without a key, a key without a certificate: nobody listens without TLS by mistake."""
    code, text = start(files, monkeypatch, **{lone: files.certificate})
    assert (code, "set tls_cert_file and tls_key_file, both or none" in text) == (2, True)


def start(files: Files, monkeypatch: pytest.MonkeyPatch, **more: Path) -> tuple[int, str]:
    """Start a collector that can't; gives exit code and stderr."""
    monkeypatch.setenv("TIDEGATE_KAFKA_BOOTSTRAP", "127.0.0.1:9")
    monkeypatch.setenv("TIDEGATE_KAFKA_SECURITY_PROTOCOL", "PLAINTEXT")
    monkeypatch.setenv("TIDEGATE_TLS_CLIENT_CA_FILE", str(files.client_ca))
    for name, path in more.items():
        monkeypatch.setenv(f"TIDEGATE_{name}", str(path))
    keys.new(files.folder / "data" / "keys")
    with socket.create_server(("127.0.0.1", 0)) as taken:  # so that one that starts after all comes to an end
        data = ("--data-dir", str(files.folder / "data"), "--port", str(taken.getsockname()[1]), "--grpc-port", "off")
        result = CliRunner().invoke(cli, ["collector", *data])
    return result.exit_code, result.stderr
