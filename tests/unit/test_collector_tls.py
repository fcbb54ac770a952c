"""TLS on both doors: who is let in, and how another certificate is taken up while the collector runs."""

from __future__ import annotations

import os
import socket
import ssl
import time
from pathlib import Path

import httpx
import pytest
from opentelemetry._logs import LogRecord as SdkLogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor, LogRecordExporter
from opentelemetry.sdk.resources import Resource as SdkResource

from collector.errors import BadCertificate
from collector.tls import Certificate
from tests.unit.collector_grpc import client
from tests.unit.collector_intakes import Recording
from tests.unit.collector_serving import BODY, HEADERS, url
from tests.unit.collector_tls import Authority, Caller, Files, secured
from tests.waiting import eventually

OPEN, SHUT = (True, True), (False, False)


@pytest.fixture(name="authority")
def an_authority() -> Authority:
    """Give one."""
    return Authority()


@pytest.fixture(name="files")
def a_servers_files(tmp_path: Path, authority: Authority) -> Files:
    """Give a server's files, signed by the authority."""
    files = Files(tmp_path)
    files.write(*authority.issue())
    return files


def emit(exporter: LogRecordExporter) -> None:
    """Send one record as an app does."""
    provider = LoggerProvider(SdkResource({}), shutdown_on_exit=False)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter))
    provider.get_logger("s").emit(SdkLogRecord(body="x"))
    provider.force_flush()
    provider.shutdown()


def test_stock_exporters_send_over_tls(
    files: Files, authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over https and grpcs, with the authority's certificate in their settings; and with one of their own."""
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):  # requests takes them before what it is told
        monkeypatch.delenv(name, raising=False)
    own = authority.issue("client.example")
    for name, content in (("ca", authority.pem), ("chain", own[0]), ("key", own[1])):
        (tmp_path / name).write_bytes(content)
    files.trust(authority)
    intake = Recording()
    for clients in (False, True):
        chain, key = (str(tmp_path / "chain"), str(tmp_path / "key")) if clients else (None, None)
        caller = Caller(authority, own if clients else None)
        with secured(intake, files, [], clients=clients) as (doors, _):
            address = f"https://127.0.0.1:{doors.http}/v1/logs"
            emit(HttpExporter(address, str(tmp_path / "ca"), client_certificate_file=chain, client_key_file=key))
            emit(GrpcExporter(f"https://{doors.target}", credentials=caller.credentials))
    assert [record.body for record in intake.records] == ["x"] * 4


def test_who_trusts_another_authority_or_speaks_plainly_is_not_served(files: Files, tmp_path: Path) -> None:
    """A client that does not know the certificate hangs up; without TLS there is no answer."""
    intake = Recording()
    with secured(intake, files, []) as (doors, shown):
        assert Caller(Authority()).gets_in(doors, tmp_path) == SHUT
        eventually(lambda: shown.failed == 1)  # over HTTP; grpc tells nobody of its own
        with client(doors.target) as plain:
            assert plain.export().code == "UNAVAILABLE"
        with pytest.raises(httpx.TransportError):
            httpx.post(url(doors.http), content=BODY, headers=HEADERS)
        eventually(lambda: shown.failed == 2)
    assert intake.calls == 0


def test_without_a_certificate_of_the_clients_authority_nobody_gets_in(
    files: Files, authority: Authority, tmp_path: Path
) -> None:
    """None, or one that another authority signed: refused by both doors; with a good one: taken."""
    clients, intake = Authority(), Recording()
    files.trust(clients)
    with secured(intake, files, [], clients=True) as (doors, shown):
        assert Caller(authority).gets_in(doors, tmp_path) == SHUT
        assert Caller(authority, authority.issue("client.example")).gets_in(doors, tmp_path) == SHUT
        eventually(lambda: shown.failed == 2)
        assert intake.calls == 0
        assert Caller(authority, clients.issue("client.example")).gets_in(doors, tmp_path) == OPEN
        assert shown.failed == 2
    assert intake.calls == 2


def test_another_certificate_is_shown_to_the_next_connection(
    files: Files, authority: Authority, tmp_path: Path
) -> None:
    """Without a restart; connections that there are go on."""
    other, told = Authority(), list[str]()
    with secured(Recording(), files, told) as (doors, _):
        context = ssl.create_default_context(cadata=authority.pem.decode())
        with (
            httpx.Client(verify=context) as sender,
            client(doors.target, Caller(authority).credentials) as caller,
        ):
            where = f"https://127.0.0.1:{doors.http}/v1/logs"
            assert sender.post(where, content=BODY, headers=HEADERS).status_code == 200
            assert caller.export().code == "OK"
            files.write(*other.issue())
            assert Caller(other).gets_in(doors, tmp_path) == OPEN
            assert Caller(authority).gets_in(doors, tmp_path) == SHUT
            assert sender.post(where, content=BODY, headers=HEADERS).status_code == 200
            assert caller.export().code == "OK"
    assert told == [f"the certificate in {files.certificate} is in force from now on"]


def test_another_authority_of_clients_holds_from_the_next_connection_on(
    files: Files, authority: Authority, tmp_path: Path
) -> None:
    """Who was let in before is not any more, and who was not is."""
    before, after = Authority(), Authority()
    one, two = (Caller(authority, of.issue("client.example")) for of in (before, after))
    files.trust(before)
    with secured(Recording(), files, [], clients=True) as (doors, _):
        assert (one.gets_in(doors, tmp_path), two.gets_in(doors, tmp_path)) == (OPEN, SHUT)
        files.trust(after)
        assert (one.gets_in(doors, tmp_path), two.gets_in(doors, tmp_path)) == (SHUT, OPEN)


def test_what_has_changed_is_told_by_its_name(files: Files, authority: Authority) -> None:
    """The certificate, or the authority of clients; of files that were only touched, nothing."""
    told = list[str]()
    files.trust(Authority())
    shown = Certificate(files.all(clients=True), told.append)
    files.trust(Authority())
    shown.current()
    assert told == [f"the authority of clients in {files.client_ca} is in force from now on"]
    files.write(*authority.issue())
    shown.current()
    assert told[1:] == [f"the certificate in {files.certificate} is in force from now on"]
    os.utime(files.certificate, (1, 1))
    shown.current()
    assert len(told) == 2


def spoken(port: int, context: ssl.SSLContext, session: ssl.SSLSession | None = None) -> ssl.SSLSession | None:
    """Shake hands and say something, if there is an answer; gives the session, None when the server hangs up."""
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as talk,
    ):
        talk.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\4" + bytes(5))  # HTTP/1.1 answers it too
        return talk.session if talk.recv(10) else None


@pytest.mark.parametrize("version", ["TLSv1_2", "TLSv1_3"])
def test_a_session_of_before_is_no_way_in(version: str, files: Files, authority: Authority, tmp_path: Path) -> None:
    """A client that resumes its session is asked for a certificate of the new authority like any other."""
    before, after = Authority(), Authority()
    files.trust(before)
    pem = tmp_path / "client.pem"
    pem.write_bytes(b"".join(before.issue("client.example")))
    context = ssl.create_default_context(cadata=authority.pem.decode())
    context.load_cert_chain(pem)
    context.set_alpn_protocols(["h2"])
    context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
    with secured(Recording(), files, [], clients=True) as (doors, _):
        sessions = {port: spoken(port, context) for port in (doors.http, doors.grpc)}
        assert all(sessions.values())
        files.trust(after)
        for port, session in sessions.items():
            try:
                assert spoken(port, context, session) is None
            except (ssl.SSLError, OSError):
                continue


def test_what_broke_leaves_the_old_in_force(files: Files, authority: Authority, tmp_path: Path) -> None:
    """A key of another certificate, or none: told once for each state of the files, and nobody is turned away."""
    told, caller = list[str](), Caller(authority)
    with secured(Recording(), files, told) as (doors, shown):
        files.write(authority.issue()[0], authority.issue()[1])
        for _ in range(2):
            assert caller.gets_in(doors, tmp_path) == OPEN
        files.key.unlink()
        for _ in range(2):
            assert caller.gets_in(doors, tmp_path) == OPEN
        with pytest.raises(BadCertificate, match=r"server\.key can't be read \(FileNotFoundError\)$"):
            shown.reload()
        files.write(*authority.issue())
        assert caller.gets_in(doors, tmp_path) == OPEN
    mismatch = f"tls_key_file: the key in {files.key} does not belong to the certificate in {files.certificate}"
    assert [line for line in told if "from now on" not in line] == [
        f"{mismatch}; what was in force before stays",
        f"tls_key_file: {files.key} can't be read (FileNotFoundError); what was in force before stays",
    ]
    assert told[-1].endswith("is in force from now on")


def test_who_does_not_close_delays_no_stop(files: Files, authority: Authority) -> None:
    """Connections that are kept idle, as stock SDKs keep one, are not waited for; who never greets is let go."""
    context = ssl.create_default_context(cadata=authority.pem.decode())
    with secured(Recording(), files, []) as (doors, _):
        silent = socket.create_connection(("127.0.0.1", doors.http), timeout=20)
        began = time.monotonic()
        assert silent.recv(1) == b""
        assert time.monotonic() - began < 10
        idle = context.wrap_socket(
            socket.create_connection(("127.0.0.1", doors.http), timeout=20), server_hostname="127.0.0.1"
        )
        began = time.monotonic()
    assert time.monotonic() - began < 6
    for each in (silent, idle):
        each.close()


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1 is deprecated")
@pytest.mark.parametrize("version", ["TLSv1_1", "TLSv1_2", "TLSv1_3"])
def test_tls_is_of_version_1_2_or_newer(version: str, files: Files, authority: Authority) -> None:
    """An older one is not spoken, by either door."""
    found: list[str | None] = []
    with secured(Recording(), files, []) as (doors, _):
        for port in (doors.http, doors.grpc):
            context = ssl.create_default_context(cadata=authority.pem.decode())
            context.set_ciphers("ALL:@SECLEVEL=0")
            context.set_alpn_protocols(["h2"])
            context.minimum_version = context.maximum_version = ssl.TLSVersion[version]
            try:
                with (
                    socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
                    context.wrap_socket(plain, server_hostname="127.0.0.1") as spoken,
                ):
                    found.append(spoken.version())
            except (ssl.SSLError, OSError):
                found.append(None)
    assert found == [None if version == "TLSv1_1" else version.replace("v1_", "v1.")] * 2


def test_the_key_is_in_no_text(files: Files) -> None:
    """Nor is the certificate."""
    shown = Certificate(files.all(), print)
    assert "BEGIN" not in repr(shown.current()) + repr(shown)
