"""TLS of both doors: certificate, key and the authority of clients, as their files are now.

They are looked at with each new connection, so a renewed certificate needs no restart. What can't be read, or does not
belong together, leaves the old in force and is told once. Nothing of a file's text is in any error.
"""

from __future__ import annotations

import os
import ssl
import stat
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

from collector.errors import BadCertificate
from collector.settings import CollectorSettings

Identity: TypeAlias = tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: a certificate with the chain behind it, its key, and who signs the certificates of clients."""

    certificate: Path
    key: Path
    client_ca: Path | None = None  # with it, a client without a certificate of this authority is refused


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """What belongs together: one state of the files, read whole."""

    certificate: bytes = field(repr=False)
    key: bytes = field(repr=False)
    client_ca: bytes | None = field(repr=False)
    context: ssl.SSLContext = field(repr=False)


class Certificate:
    """Follows the files. For any thread."""

    def __init__(self, files: TlsFiles, tell: Callable[[str], None]) -> None:
        """Read them.

        Raises:
            BadCertificate: they can't be used.
        """
        self._files, self._tell = files, tell
        self.failed = 0  # handshakes with `context`
        self._lock = threading.Lock()
        self._seen: Identity | None
        self._seen, self._material = _read(files)

    @property
    def asks_clients(self) -> bool:
        """Whether a client has to show a certificate."""
        return self._files.client_ca is not None

    def current(self) -> Material:
        """Give what is in force, after a look at the files."""
        with self._lock:
            found = _look(self._files)
            if found != self._seen:
                self._renew(found)
            return self._material

    def reload(self) -> None:
        """Read the files again, even if they look the same.

        Raises:
            BadCertificate: they can't be used; what was in force stays.
        """
        with self._lock:
            self._seen, self._material = _read(self._files)

    def context(self) -> ssl.SSLContext:
        """Make a server's context that hands each connection to the newest one."""
        following = _Following(ssl.PROTOCOL_TLS_SERVER)
        following.certificate = self
        return following

    def _renew(self, found: Identity | None) -> None:
        before = self._material
        try:
            self._seen, self._material = _read(self._files)
        except BadCertificate as error:
            self._seen = found
            self._tell(f"{error}; what was in force before stays")
            return
        now = self._material
        if (now.certificate, now.key) != (before.certificate, before.key):
            self._tell(f"the certificate in {self._files.certificate} is in force from now on")
        if now.client_ca != before.client_ca:
            self._tell(f"the authority of clients in {self._files.client_ca} is in force from now on")


class _Following(ssl.SSLContext):
    """Has no connection itself, so none can go on with a session that began under another authority of clients."""

    certificate: Certificate

    def wrap_bio(
        self,
        incoming: ssl.MemoryBIO,
        outgoing: ssl.MemoryBIO,
        server_side: bool = False,  # noqa: FBT001, FBT002 - as asyncio calls it
        server_hostname: str | bytes | None = None,
        session: ssl.SSLSession | None = None,
    ) -> ssl.SSLObject:
        """Begin a connection of the context in force."""
        of = self.certificate.current().context
        begun = of.wrap_bio(incoming, outgoing, server_side, server_hostname, session)
        assert isinstance(begun, _Connection)  # noqa: S101 - as the context was told
        begun.certificate = self.certificate
        return begun


class _Connection(ssl.SSLObject):
    """Counts a handshake that fails: asyncio tells nobody."""

    certificate: Certificate

    def do_handshake(self) -> None:
        """Go on with it."""
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError:
            self.certificate.failed += 1
            raise


def certificate(settings: CollectorSettings, tell: Callable[[str], None]) -> Certificate | None:
    """Read what the settings name; None where TLS is not asked for.

    Raises:
        BadCertificate: it can't be used, or a part is missing.
    """
    match settings.tls_cert_file, settings.tls_key_file, settings.tls_client_ca_file:
        case None, None, None:
            return None
        case Path() as of, Path() as key, client_ca:
            return Certificate(TlsFiles(of, key, client_ca), tell)
    raise BadCertificate("TLS takes a certificate and its key: set tls_cert_file and tls_key_file, both or none")


def _look(files: TlsFiles) -> Identity | None:
    """Tell one state of the files from another; None: they are not all there."""
    try:
        found = [path.stat() for path in (files.certificate, files.key, files.client_ca) if path]
    except OSError:
        return None
    return tuple((each.st_ino, each.st_mtime_ns, each.st_size) for each in found)


def _read(files: TlsFiles) -> tuple[Identity | None, Material]:
    before = _look(files)  # what changes while it is read is seen to have changed by the next look
    return before, _load(files)


def _load(files: TlsFiles) -> Material:
    chain, key = _bytes("tls_cert_file", files.certificate), _private("tls_key_file", files.key)
    client_ca = _bytes("tls_client_ca_file", files.client_ca) if files.client_ca else None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.sslobject_class = _Connection
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    try:
        context.load_cert_chain(files.certificate, files.key, password=lambda: "")  # never asks on a terminal
    except (OSError, ValueError) as error:  # ssl's among them; their texts may hold what they don't understand
        raise BadCertificate(_why(files, error)) from None
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
        try:
            context.load_verify_locations(cadata=client_ca.decode("ascii"))
        except (OSError, ValueError):
            raise BadCertificate(f"tls_client_ca_file: {files.client_ca} holds no certificate in PEM") from None
    return Material(chain, key, client_ca, context)


def _why(files: TlsFiles, error: Exception) -> str:
    if getattr(error, "reason", None) == "KEY_VALUES_MISMATCH":
        return f"tls_key_file: the key in {files.key} does not belong to the certificate in {files.certificate}"
    both = f"{files.certificate} and {files.key}"
    return f"tls_cert_file, tls_key_file: {both} are no certificate and key in PEM, without a passphrase"


def _private(setting: str, path: Path) -> bytes:
    """Read a file that others may not."""
    text, found = _bytes(setting, path), path.stat()
    if too_open(found.st_mode, found.st_uid, os.geteuid()):
        raise BadCertificate(f"{setting}: {path} may be read by others: chmod 600 it")
    return text


def too_open(mode: int, owner: int, me: int) -> bool:
    """Tell whether others may read it; its group may where root gave it to them, as in a mounted secret."""
    allowed = stat.S_IRWXU | (stat.S_IRGRP if owner == 0 and me != 0 else 0)
    return bool(mode & 0o777 & ~allowed)


def _bytes(setting: str, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise BadCertificate(f"{setting}: {path} can't be read ({type(error).__name__})") from None
