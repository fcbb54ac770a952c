"""Nothing around a request's body gets past the door: address, path, query, cookies and headers are nowhere afterwards.

A canary stands in every place of a request that can tell a person, while it is taken, refused, turned away and failed.
"""

from __future__ import annotations

import asyncio
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from collector.app import make_app
from collector.doorkeeper import Doorkeeper
from collector.otlp import encode_logs
from collector.rates import Rates
from collector.senders import Rate
from collector.service import Gateway, Policy
from collector.tokens import Tokens
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_senders import NOW as TODAY
from tests.unit.collector_senders import SECRETS, entrance_of, token
from tests.unit.collector_serving import say, serving
from tests.unit.gate_samples import CANARY as CONTENT
from tests.unit.gate_samples import NOW, TELEMETRY_KEY, catalogue, record
from tests.unit.gate_stack import RECIPIENT, held, sealed, stack
from tests.unit.listening import Ear

CANARY: Final = "zebra-lantern"
PLACES: Final = (
    "Cookie: session={0}; {0}=1",
    "User-Agent: {0}/1.0 ({0})",
    "X-Forwarded-For: 203.0.113.77, {0}",
    "Forwarded: for={0};host={0}",
    "Referer: https://example.org/{0}?q={0}",
    "X-Real-IP: 203.0.113.77",
    "Proxy-Authorization: Basic {0}",
    "{0}: {0}",
    "Accept-Language: {0}",
    "Traceparent: {0}",
)
GOOD: Final = encode_logs([record("call.ended"), record("app.crashed")])
BAD: Final = encode_logs([record("call.ended", {"note": CONTENT})])
TOKENS: Final = Tokens(
    tokens=(token("good"), token("gone", revoked=TODAY), token("narrow", rate=Rate(records=1, burst=1)))
)


def request(body: bytes, *, name: str = "good", path: str = "/v1/logs", method: str = "POST", last: str = "") -> bytes:
    """Write a request with the canary in every place, and a token whose text must be nowhere either."""
    lines = [
        f"{method} {path}?{CANARY}={CANARY} HTTP/1.1",
        f"Host: {CANARY}",
        *(place.format(CANARY) for place in PLACES),
        f"Authorization: Bearer {SECRETS[name]}",
        "Content-Type: application/x-protobuf",
        f"Content-Length: {len(body)}",
        *([last] if last else []),
        "Connection: close",
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


# What is sent, and the status it is answered with.
SENT: Final = (
    (request(GOOD), b"200"),
    (request(BAD), b"200"),
    (request(b"\xff" + CANARY.encode()), b"400"),
    (request(GOOD, name="unknown"), b"401"),
    (request(GOOD, name="gone"), b"401"),
    (request(GOOD, path=f"/{CANARY}"), b"404"),
    (request(GOOD, path=f"/v1/logs/{CANARY}"), b"404"),
    (request(b"", method="GET"), b"405"),
    (request(GOOD, last=f"Content-Encoding: {CANARY}"), b"415"),
    (request(GOOD, name="narrow"), b"200"),
    (request(GOOD, name="narrow"), b"429"),
    (
        request(b"", method="OPTIONS", last=f"Origin: https://{CANARY}\r\nAccess-Control-Request-Method: {CANARY}"),
        b"403",
    ),
    (request(b"", path="/healthz", method="GET"), b"200"),
)


@pytest.fixture(name="ear")
def listen(caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]) -> Iterator[Ear]:
    """Listen for the canary, the address, and the random part of every token."""
    secrets = [secret.removeprefix("tg_") for secret in SECRETS.values()]
    with Ear([CANARY, "203.0.113.77", "127.0.0.1", *secrets], caplog, capfd).open() as ear:
        yield ear


def test_the_ear_hears(ear: Ear) -> None:
    """A token that somebody tells would be heard."""
    assert ear.traces([SECRETS["good"], "peer 127.0.0.1"])


def test_no_output_tells_what_stood_around_a_body(ear: Ear, tmp_path: Path) -> None:
    """Not an answer, a log line, a count, a topic, the opened quarantine, or a file: whatever the request came to."""
    broker, told = stack(), list[object]()
    policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, clock=lambda: NOW / 1_000_000)
    gateway = Gateway(policy, broker.as_user("collector"), told.append)
    door = entrance_of(tmp_path, TOKENS, rates=Rates(lambda: 0.0))
    with serving(make_app(gateway, entrance=door)) as port:
        answers = [say(port, sent) for sent, _ in SENT]
    gateway.close()
    assert [answer.split()[1] for answer in answers] == [status for _, status in SENT]
    topics = ("telemetry.usage", "telemetry.diagnostic", "quarantine")
    messages = [message for topic in topics for message in held(broker, topic)]
    assert len(messages) == 5
    opened = [item for message in held(broker, "quarantine") for item in sealed(message)[1]]
    ear.silent(*told, *answers, *messages, *opened, gateway.counts(), door, policy, folder=tmp_path)


def test_a_defect_behind_the_door_tells_nothing_either(ear: Ear, tmp_path: Path) -> None:
    """The line that a defect leaves has its type and place alone."""
    app = make_app(Raising(ValueError("quiet")), entrance=entrance_of(tmp_path, TOKENS))
    with serving(app) as port:
        answers = [say(port, request(GOOD)), say(port, request(b"", path="/readyz", method="GET"))]
    assert [answer.split()[1] for answer in answers] == [b"503", b"503"]
    ear.silent(*answers, folder=tmp_path)


def test_what_is_handed_on_holds_nothing_of_it(ear: Ear, tmp_path: Path) -> None:
    """Down to the last byte of the records that the intake is given."""
    intake = Recording()
    with serving(make_app(intake, entrance=entrance_of(tmp_path, TOKENS))) as port:
        say(port, request(GOOD))
    assert len(intake.records) == 2
    ear.silent(pickle.dumps(intake.records))


def test_behind_the_doorkeeper_there_is_nothing_left_to_tell(ear: Ear, tmp_path: Path) -> None:
    """Two headers, method and path are all that an application sees of a request beside its body, and who sends it."""
    seen: list[dict[str, Any]] = []

    async def spy(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        del receive, send
        seen.append(dict(scope))

    async def nothing(*_: object) -> Any:  # noqa: ANN401 - ASGI's
        return {}

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/logs",
        "raw_path": f"/v1/logs?{CANARY}".encode(),
        "query_string": CANARY.encode(),
        "client": ("203.0.113.77", 1),
        "server": (CANARY, 1),
        "state": {CANARY: CANARY},
        "extensions": {CANARY: {}},
        "headers": [
            (b"content-type", b"application/json"),
            (b"cookie", CANARY.encode()),
            (b"authorization", f"Bearer {SECRETS['good']}".encode()),
            (CANARY.encode(), b""),
        ],
    }
    asyncio.run(Doorkeeper(spy, entrance_of(tmp_path, TOKENS), lambda *_: nothing)(scope, nothing, nothing))
    [bare] = seen
    assert bare["headers"] == [(b"content-type", b"application/json")]
    ear.silent(bare, pickle.dumps(bare))
