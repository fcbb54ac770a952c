"""The gRPC door, and TLS of both doors."""

from __future__ import annotations

from typing import Final

from tests.proof.mutants.model import Mutant

DOOR, CALLS = "collector/grpc_door.py", "collector/grpc_calls.py:Calls"
HEALTH, TLS = "collector/grpc_health.py", "collector/tls.py"
GRPC = ("tests/unit/test_grpc_door.py",)
SENDERS = ("tests/unit/test_grpc_senders.py",)
WATCH = ("tests/unit/test_grpc_health.py",)
SHOWN = ("tests/unit/test_collector_tls.py",)
CLOSING = ("tests/unit/test_collector_tls.py::test_who_does_not_close_delays_no_stop",)
SET = ("tests/unit/test_tls_settings.py",)

MUTANTS: Final = (
    Mutant(
        "grpc-token", "P1", "over gRPC nobody has to say who sends", f"{CALLS}._sender",
        "self._work.entrance.authenticate(metadata)", "Sender()", SENDERS,
    ),
    Mutant(
        "grpc-browser", "P1", "a token read off a page is taken over gRPC", f"{CALLS}._sender",
        "if sender.is_public:", "if False:", SENDERS,
    ),
    Mutant(
        "grpc-rate", "P11", "a sender in debt takes a place all the same", f"{CALLS}._take",
        "self._work.admit(sender)", "pass", SENDERS,
    ),
    Mutant(
        "grpc-message", "P11", "a message of any size is received", f"{DOOR}:_options",
        '("grpc.max_receive_message_length", largest)', '("grpc.max_receive_message_length", -1)', GRPC,
    ),
    Mutant(
        "grpc-size", "P11", "a message holds more than a body may", "collector/grpc_calls.py:_check_size",
        "size > most", "False", GRPC,
    ),
    Mutant(
        "grpc-empty", "P10", "a call without a message waits for ever", f"{CALLS}._read",
        "if body is None or",
        "if body is None:\n                    raise asyncio.CancelledError\n                if", GRPC,
    ),
    Mutant(
        "grpc-gzip", "P11", "grpc decompresses a message, without our cap", f"{DOOR}:_options",
        '("grpc.per_message_decompression", 0)', '("grpc.per_message_decompression", 1)', GRPC,
    ),
    Mutant(
        "grpc-room", "P11", "messages on their way take no room", f"{CALLS}._take",
        "take_room(self.largest)", "pass", GRPC,
    ),
    Mutant(
        "grpc-places", "P11", "messages on their way take all the room", f"{CALLS}.__init__",
        "max(1, work.limits.held // 2 // self.largest)", "10**6", GRPC,
    ),
    Mutant(
        "grpc-spare", "P10", "who sends no message keeps others out", f"{CALLS}._place",
        "self._arriving[sender.token] or self._places.any_free", "True", SENDERS,
    ),
    Mutant(
        "grpc-connections", "P11", "any number of connections is held", f"{DOOR}:_options",
        "manners.connections", "2**30", GRPC,
    ),
    Mutant(
        "grpc-handshake", "P11", "a connection that says nothing is held", f"{DOOR}:_options",
        "manners.handshake * 1000", "2**30", GRPC,
    ),
    Mutant(
        "grpc-idle", "P11", "a connection without a request is held", f"{DOOR}:_options",
        "manners.idle * 1000", "2**30", GRPC,
    ),
    Mutant(
        "grpc-calls", "P11", "any number of calls is in work at once", f"{CALLS}._take",
        "self._calls >= self._manners.calls", "False", GRPC,
    ),
    Mutant(
        "grpc-slow", "P11", "a message may take for ever to arrive", f"{CALLS}._read",
        "asyncio.timeout(self._manners.reading)", "asyncio.timeout(None)", GRPC,
    ),
    Mutant(
        "grpc-one", "P11", "a second message is let by", f"{CALLS}._read",
        "await anext(messages, None) is not None", "False", GRPC,
    ),
    Mutant(
        "grpc-defect", "P10", "a defect is UNKNOWN, which loses the batch", f"{CALLS}.exporting",
        "except Exception as defect:", "except ZeroDivisionError as defect:", GRPC,
    ),
    Mutant(
        "grpc-quiet", "P7", "grpc writes lines past our log", "collector/grpc_library.py:_VERBOSITY",
        '"NONE"', '"INFO"', SET,
    ),
    Mutant(
        "health-watchers", "P11", "any number may watch", f"{HEALTH}:Health._watch",
        "self._watchers >= _WATCHERS", "False", WATCH,
    ),
    Mutant(
        "health-stop", "P10", "who watches delays the stop", f"{HEALTH}:Health._watch",
        "if over:", "if False:", WATCH,
    ),
    Mutant(
        "tls-half", "P1", "a certificate without a key means no TLS at all", f"{TLS}:certificate",
        'raise BadCertificate("TLS takes a certificate and its key: set tls_cert_file and tls_key_file, both or none")',
        "return None", SET,
    ),
    Mutant(
        "tls-key-open", "P1", "everybody may read the key", f"{TLS}:_private",
        "too_open(found.st_mode, found.st_uid, os.geteuid())", "False", SET,
    ),
    Mutant(
        "tls-clients", "P1", "over HTTPS no client has to show a certificate", f"{TLS}:_load",
        "context.verify_mode = ssl.CERT_REQUIRED", "pass", SHOWN,
    ),
    Mutant(
        "tls-parting", "P10", "who does not close over TLS delays the stop", "collector/serve.py:_PARTING",
        "2.0", "20.0", CLOSING,
    ),
    Mutant(
        "tls-handshake", "P11", "a connection without a handshake is held", "collector/serve.py:_HANDSHAKE",
        "5.0", "20.0", CLOSING,
    ),
    Mutant(
        "grpc-says-why", "P11", "what can't be decoded is refused without a BadRequest",
        "collector/grpc_calls.py:_refuse",
        "isinstance(error, Undecodable)", "False", GRPC,
    ),
    Mutant(
        "grpc-profiles", "P11", "profiles are read as another signal", f"{CALLS}._take",
        "raise NotCarried(NO_PROFILES)", "signal = SIGNALS[0]", GRPC,
    ),
    Mutant(
        "tls-clients-grpc", "P1", "over gRPC no client has to show a certificate", "collector/grpc_tls.py:credentials",
        "require_client_authentication=certificate.asks_clients", "require_client_authentication=False", SHOWN,
    ),
    Mutant(
        "tls-followed", "P1", "an authority of clients holds until a restart", f"{TLS}:Certificate.current",
        "found != self._seen", "False", SHOWN,
    ),
    Mutant(
        "tls-old-stays", "P10", "a broken certificate turns everybody away", f"{TLS}:Certificate._renew",
        "except BadCertificate as error:", "except ZeroDivisionError as error:", SHOWN,
    ),
)  # fmt: skip
