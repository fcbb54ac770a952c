"""Nothing around a call's message gets past the gRPC door: peer, metadata, authority and unknown methods are nowhere.

A canary stands in every place of a call, while it is taken, refused, turned away, failed, too large and cut short.
"""

from __future__ import annotations

import gzip
import pickle
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import grpc
import pytest

from collector.limits import Limits
from collector.meters import Meters
from collector.observed import observed_calls
from collector.otlp import encode_logs
from collector.rates import Rates
from collector.senders import Rate
from collector.service import Gateway, Policy
from collector.signals import LOGS
from collector.tokens import Tokens
from collector.work import Work
from tests.unit.collector_grpc import Client, both
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_senders import NOW as TODAY
from tests.unit.collector_senders import SECRETS, entrance_of, token
from tests.unit.gate_samples import CANARY as CONTENT
from tests.unit.gate_samples import NOW, TELEMETRY_KEY, catalogue, record
from tests.unit.gate_stack import RECIPIENT, held, sealed, stack
from tests.unit.listening import Ear

CANARY: Final = "zebra-lantern"
GOOD: Final = encode_logs([record("call.ended"), record("app.crashed")])
BAD: Final = encode_logs([record("call.ended", {"note": CONTENT})])
LARGE: Final = CANARY.encode() * 10_000
LIMITS: Final = Limits(message=100_000)
METADATA: Final = {"cookie": CANARY, "x-forwarded-for": "203.0.113.77", CANARY: CANARY, "x-bin": CANARY}
TOKENS: Final = Tokens(
    tokens=(token("good"), token("gone", revoked=TODAY), token("narrow", rate=Rate(records=1, burst=1)))
)


@pytest.fixture(name="ear")
def listen(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Ear]:
    """Listen for the canary, the address, and the random part of every token."""
    secrets = [secret.removeprefix("tg_") for secret in SECRETS.values()]
    with Ear([CANARY, "203.0.113.77", "127.0.0.1", *secrets], caplog, capfd).open() as ear:
        yield ear


def calls(target: str) -> list[tuple[str, str]]:
    """Call with a canary in every place; gives status and text of each answer."""
    options = (
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.primary_user_agent", CANARY),
        ("grpc.default_authority", CANARY),
    )
    with grpc.insecure_channel(target, options) as channel:
        caller = Client(channel)

        def export(*messages: bytes, name: str = "good") -> tuple[str, str]:
            metadata = METADATA | {"authorization": f"Bearer {SECRETS[name]}"}
            metadata["x-bin"] = CANARY.encode()  # type: ignore[assignment]  # of a key that ends so
            answer = caller.export(*messages, metadata=metadata)
            return answer.code, f"{answer.text} {answer.trailing}"

        def other(method: str) -> tuple[str, str]:
            answer = caller.unary(method, CANARY.encode())
            return answer.code, answer.text

        return [
            export(GOOD),
            export(BAD),
            export(b"\xff" + CANARY.encode()),
            export(gzip.compress(GOOD)[:-3] + CANARY.encode()),
            export(LARGE),
            export(GOOD, GOOD),
            export(GOOD, name="unknown"),
            export(GOOD, name="gone"),
            export(GOOD, name="narrow"),
            export(GOOD, name="narrow"),
            other(f"/{CANARY}.Service/Export"),
            other(f"/{LOGS.service}/{CANARY}"),
            other(f"/{CANARY}"),
            other("/grpc.health.v1.Health/Check"),
        ]


STATUSES: Final = [
    *("OK", "OK", "INVALID_ARGUMENT", "INVALID_ARGUMENT", "RESOURCE_EXHAUSTED", "INVALID_ARGUMENT"),
    *("UNAUTHENTICATED", "UNAUTHENTICATED", "OK", "RESOURCE_EXHAUSTED"),
    *("UNIMPLEMENTED", "UNIMPLEMENTED", "UNIMPLEMENTED", "NOT_FOUND"),
]


def noise(port: int) -> None:
    """Say what is no HTTP/2, and what begins as it and ends in the middle."""
    for said in (CANARY.encode() * 100, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + CANARY.encode() * 10):
        with socket.create_connection(("127.0.0.1", port)) as sender:
            sender.sendall(said)
            sender.settimeout(5)
            try:
                while sender.recv(65536):
                    pass
            except OSError:
                continue


def test_no_output_tells_what_stood_around_a_message(ear: Ear, tmp_path: Path) -> None:
    """Not an answer, a log line, a metric, a topic, the opened quarantine, or a file: whatever the call came to."""
    broker, told = stack(), list[object]()
    policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    door = entrance_of(tmp_path, TOKENS, rates=Rates(lambda: 0.0))
    work = Work(gateway, LIMITS, door)
    meters = Meters(gateway, gateway.soft_fields, work.gauges)
    with both(work, on_call=observed_calls(meters)) as doors:
        answers = calls(doors.target)
        noise(doors.grpc)
    gateway.close()
    assert [code for code, _ in answers] == STATUSES
    messages = [message for topic in ("telemetry.usage", "quarantine") for message in held(broker, topic)]
    assert len(messages) == 3
    opened = [item for message in held(broker, "quarantine") for item in sealed(message)[1]]
    shown = meters.exposition()
    meters.close()
    assert b'rpc_response_status_code="RESOURCE_EXHAUSTED"' in shown
    ear.silent(*told, *answers, *messages, *opened, gateway.counts(), shown, door, policy, folder=tmp_path)


def test_a_defect_behind_the_door_tells_nothing_either(ear: Ear, tmp_path: Path) -> None:
    """The line that a defect leaves has its type and place alone."""
    with both(Work(Raising(ValueError("quiet")), LIMITS, entrance_of(tmp_path, TOKENS))) as doors:
        answers = calls(doors.target)
    assert answers[0][0] == "UNAVAILABLE"
    ear.silent(*answers, folder=tmp_path)


def test_what_is_handed_on_holds_nothing_of_it(ear: Ear, tmp_path: Path) -> None:
    """Down to the last byte of the records that the intake is given."""
    intake = Recording()
    with both(Work(intake, LIMITS, entrance_of(tmp_path, TOKENS))) as doors:
        calls(doors.target)
    assert len(intake.records) > 2
    ear.silent(pickle.dumps(intake.records))
