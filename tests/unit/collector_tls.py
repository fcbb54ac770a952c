"""Certificates of a test's own authorities, as files that doors read, and clients that trust one of them."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import httpx
import trustme

from collector.grpc_tls import credentials
from collector.intake import Intake
from collector.tls import Certificate, TlsFiles
from collector.work import Work
from tests.unit.collector_grpc import Answered, Doors, both, client
from tests.unit.collector_serving import BODY, HEADERS


@dataclass
class Authority:
    """One that signs."""

    ca: trustme.CA = field(default_factory=trustme.CA)

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return bytes(self.ca.cert_pem.bytes())

    def issue(self, *names: str) -> tuple[bytes, bytes]:
        """Give a certificate with its chain, and its key."""
        issued = self.ca.issue_cert(*(names or ("127.0.0.1", "localhost")))
        return b"".join(pem.bytes() for pem in issued.cert_chain_pems), issued.private_key_pem.bytes()


@dataclass
class Files:
    """A server's files in a folder."""

    folder: Path
    certificate: Path = field(init=False)
    key: Path = field(init=False)
    client_ca: Path = field(init=False)

    def __post_init__(self) -> None:
        """Name them."""
        self.certificate, self.key = self.folder / "server.pem", self.folder / "server.key"
        self.client_ca = self.folder / "clients.pem"

    def write(self, certificate: bytes, key: bytes) -> None:
        """Write both, each whole."""
        _write(self.key, key)
        _write(self.certificate, certificate)

    def trust(self, authority: Authority) -> None:
        """Write who signs the certificates of clients."""
        _write(self.client_ca, authority.pem)

    def all(self, *, clients: bool = False) -> TlsFiles:
        """Give their names."""
        return TlsFiles(self.certificate, self.key, self.client_ca if clients else None)


def _write(path: Path, content: bytes) -> None:
    aside = path.with_suffix(".new")
    aside.write_bytes(content)
    aside.chmod(0o600)
    aside.replace(path)


@dataclass
class Caller:
    """A client that trusts an authority, and may have a certificate of its own."""

    trusted: Authority
    shown: tuple[bytes, bytes] | None = None
    body: bytes = BODY

    def post(self, doors: Doors, folder: Path) -> int | None:
        """Send over HTTPS, on a new connection; None: there was none."""
        where = f"https://127.0.0.1:{doors.http}/v1/logs"
        context = ssl.create_default_context(cadata=self.trusted.pem.decode())
        if self.shown:
            pem = folder / "client.pem"
            pem.write_bytes(b"".join(self.shown))
            context.load_cert_chain(pem)
        try:
            with httpx.Client(verify=context) as sender:
                return sender.post(where, content=self.body, headers=HEADERS).status_code
        except httpx.TransportError:
            return None

    @property
    def credentials(self) -> Any:  # noqa: ANN401 - grpc ships no types
        """Its side of a secure channel."""
        chain, key = self.shown or (None, None)
        return grpc.ssl_channel_credentials(self.trusted.pem, key, chain)

    def export(self, doors: Doors) -> Answered:
        """Send over gRPC, on a new connection."""
        with client(doors.target, self.credentials) as caller:
            return caller.export(self.body)

    def gets_in(self, doors: Doors, folder: Path) -> tuple[bool, bool]:
        """Tell for each door whether it is let in."""
        answer = self.export(doors)
        assert answer.code in ("OK", "UNAVAILABLE")
        return self.post(doors, folder) == 200, answer.code == "OK"


@contextmanager
def secured(
    intake: Intake, files: Files, told: list[str], *, clients: bool = False
) -> Iterator[tuple[Doors, Certificate]]:
    """Serve both doors with TLS."""
    shown = Certificate(files.all(clients=clients), told.append)
    with both(Work(intake), tls=shown.context(), credentials=credentials(shown)) as doors:
        yield doors, shown
