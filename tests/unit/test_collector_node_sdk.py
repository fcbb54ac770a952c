"""The stock OpenTelemetry SDK for Node in front of a real collector: JSON and protobuf, logs and spans.

npm fetches it, at the versions of tests/node/package.json, into pytest's cache; without node, npm or a network these
tests are skipped, and say why.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest

from broker.port import Unavailable
from collector.app import make_app
from collector.entrance import Entrance
from collector.limits import DEFAULT, Limits
from collector.senders import UNLIMITED, Rate
from collector.service import Gateway, Policy
from tests.unit.collector_serving import serving
from tests.unit.gate_samples import CANARY, IDS, SNEAKY, TELEMETRY_KEY, catalogue, decoded
from tests.unit.gate_stack import RECIPIENT, Failing, held, sealed, stack
from tests.unit.node_sdk import MAKE, calls, fetched_sdk, send

TOPICS: Final = ("telemetry.usage", "telemetry.diagnostic", "customer.content")


@pytest.fixture(scope="module", name="sdk")
def the_sdk(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Fetch the SDK, once."""
    return fetched_sdk(pytestconfig, tmp_path_factory)


@dataclass
class Bench:
    """A collector on a free port, what each request to it was answered, and the broker behind it."""

    port: int
    gateway: Gateway
    broker: Any
    answers: list[int] = field(default_factory=list)

    def events(self) -> list[dict[str, Any]]:
        """Decode everything on the topics of accepted records."""
        return [decoded(message.value or b"") for topic in TOPICS for message in held(self.broker, topic)]

    def ids(self) -> Counter[bytes]:
        """Count event ids: what was written twice has one."""
        return Counter(event["origin"]["event_id"] for event in self.events())


@contextmanager
def collector(*, rate: Rate = UNLIMITED, limits: Limits = DEFAULT) -> Iterator[Bench]:
    """Serve a collector on an in-memory broker."""
    broker = stack()
    policy = Policy(catalogue(), RECIPIENT, TELEMETRY_KEY, deadline=2)
    gateway = Gateway(policy, broker.as_user("collector"), lambda _: None)
    app, answers = make_app(gateway, limits, Entrance(rate=rate)), list[int]()

    async def listening(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - ASGI's
        async def heard(message: Any) -> None:  # noqa: ANN401 - ASGI's
            if message["type"] == "http.response.start":
                answers.append(message["status"])
            await send(message)

        await app(scope, receive, heard)

    with serving(listening) as port:
        yield Bench(port, gateway, broker, answers)
    gateway.close()


by_encoding = pytest.mark.parametrize("encoding", ["json", "protobuf"])
by_signal = pytest.mark.parametrize("signal", list(MAKE))


@by_signal
@by_encoding
def test_what_the_node_sdk_sends_is_there_once(sdk: Path, signal: str, encoding: str) -> None:
    """A thousand records, in as many requests as the SDK makes of them, are answered 200 and written once each."""
    with collector() as bench:
        told = send(sdk, bench.port, encoding, **MAKE[signal](1000))
        assert [result["code"] for result in told["results"]] == [0] * len(bench.answers)
        assert (set(bench.answers), told["said"]) == ({200}, [])
        assert (len(bench.ids()), bench.ids().total()) == (1000, 1000)
        assert SNEAKY not in repr(bench.events())


@by_signal
@by_encoding
def test_the_node_sdk_hears_what_is_refused_and_does_not_send_it_again(sdk: Path, signal: str, encoding: str) -> None:
    """One record of five has an attribute that nobody declared: the SDK is told which reason, and asks once."""
    with collector() as bench:
        told = send(sdk, bench.port, encoding, **MAKE[signal](5, note=CANARY))
        assert bench.answers == [200]
        assert [result["code"] for result in told["results"]] == [0]
        [warning] = told["said"]
        assert "undeclared_attribute 1" in warning
        assert SNEAKY not in warning
        assert (len(bench.ids()), bench.ids().total()) == (4, 4)
        [message] = held(bench.broker, "quarantine")
        assert sealed(message)[0]["records"] == 1


@by_signal
@by_encoding
def test_the_node_sdk_waits_when_it_sends_too_fast(sdk: Path, signal: str, encoding: str) -> None:
    """Told 429, it waits for Retry-After and sends the batch again: all is taken, once."""
    with collector(rate=Rate(records=600, burst=1)) as bench:
        told = send(sdk, bench.port, encoding, **MAKE[signal](1000))
        assert set(bench.answers) == {200, 429}
        assert {result["code"] for result in told["results"]} == {0}
        assert (len(bench.ids()), bench.ids().total()) == (1000, 1000)


@by_signal
@by_encoding
def test_the_node_sdk_sends_again_what_was_not_acknowledged(sdk: Path, signal: str, encoding: str) -> None:
    """Kafka has written and its acknowledgement is lost, twice: 503, sent again, and the copies have the same ids."""
    with collector() as bench:
        bench.gateway.delivery.open()
        left = [1, 2]

        def fail() -> None:
            if left:
                left.pop()
                raise Unavailable("it is")

        bench.gateway.delivery._producer = Failing(bench.broker.producer(), fail, written=True)
        told = send(sdk, bench.port, encoding, **MAKE[signal](20))
        assert bench.answers == [503, 200]  # the second time it was not a request that tried
        assert [result["code"] for result in told["results"]] == [0]
        assert (len(bench.ids()), bench.ids().total()) == (20, 20 + 1 + 1 + 20)


@by_encoding
def test_the_node_sdk_gives_up_what_can_never_be_taken(sdk: Path, encoding: str) -> None:
    """A request beyond the limits is answered 413: asked once, told to the app as an error, nothing is written."""
    with collector(limits=Limits(records=10)) as bench:
        told = send(sdk, bench.port, encoding, **calls(11))
        assert bench.answers == [413]
        assert [result["code"] for result in told["results"]] == [1]
        assert bench.events() == []
    assert IDS[2] not in repr(told)
