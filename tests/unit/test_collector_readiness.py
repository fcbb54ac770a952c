"""`/readyz` says why not, in words of a closed list."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from broker.port import Unavailable
from collector.app import make_app
from collector.entrance import Entrance
from collector.intake import RetryLater, WhyNot
from collector.service import Gateway
from collector.spill.store import Spill
from collector.tokenfile import TokenFile
from collector.work import Work
from deploy import keys
from schemas.keyfile import read_storage_key
from schemas.quarantine import BadKey, new_identity
from tests.unit.collector_grpc import both, client
from tests.unit.collector_senders import TOKENS
from tests.unit.gate_samples import record
from tests.unit.gate_stack import Failing
from tests.unit.test_collector_service import POLICY, Door


def readyz(gateway: Gateway) -> tuple[int, str]:
    """Ask."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(gateway))
        async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
            return await client.get("/readyz")

    answer = asyncio.run(ask())
    return answer.status_code, answer.text


def refused(gateway: Gateway) -> None:
    """Send a record that is not taken."""
    with pytest.raises(RetryLater):
        asyncio.run(gateway.take([record("call.ended")]))


def test_it_is_starting_until_kafka_has_answered_and_stopping_once_it_closes() -> None:
    """503 with `starting`, 200 while it works, 503 with `stopping`."""
    gateway = Door().gateway
    assert readyz(gateway) == (503, "not ready: starting\n")
    gateway.delivery.open()
    assert readyz(gateway) == (200, "ready\n")
    gateway.close()
    assert readyz(gateway) == (503, "not ready: stopping\n")


def away() -> None:
    """Be a broker that does not answer."""
    raise Unavailable("away")


def test_it_says_that_kafka_does_not_acknowledge() -> None:
    """After a request that Kafka did not acknowledge, and that no spill took."""
    door = Door()
    door.gateway.delivery.open()
    door.gateway.delivery._producer = Failing(door.broker.producer(), away)
    refused(door.gateway)
    assert readyz(door.gateway) == (503, "not ready: Kafka does not acknowledge\n")
    door.gateway.close()


def test_it_says_that_the_spill_is_full(tmp_path: Path) -> None:
    """After a request that neither Kafka nor the spill took."""
    key = tmp_path / "storage.key"
    key.write_text(new_identity()[0])
    door, told = Door(), list[str]()
    spill = Spill(tmp_path / "spill", read_storage_key(key), most=1, clock=time.time, tell=told.append)
    gateway = Gateway(POLICY, door.broker.as_user("collector"), told.append, spill=spill)
    gateway.delivery._producer = Failing(door.broker.producer(), away)
    refused(gateway)
    assert readyz(gateway) == (503, "not ready: Kafka does not acknowledge, and the spill is full\n")
    assert spill.age == 0
    gateway.close()


def test_it_says_that_there_is_no_key() -> None:
    """After a request that nobody could judge."""

    class NoKeys:
        """Holds none."""

        def ring(self, now: int) -> object:
            """Have none."""
            raise BadKey(f"none at {now > 0}")

    door = Door()
    door.gateway.delivery.open()
    door.gateway.adopt(POLICY.__class__(POLICY.catalogue, POLICY.recipient, NoKeys()))  # type: ignore[arg-type]
    refused(door.gateway)
    assert readyz(door.gateway) == (503, "not ready: there is no key for this epoch\n")


def test_it_says_so_for_as_long_as_there_is_none(tmp_path: Path) -> None:
    """Also while nobody sends; with the key back it is ready at once."""
    path = keys.new(tmp_path / "keys").telemetry
    held = path.read_bytes()
    door = Door()
    door.gateway.delivery.open()
    door.gateway.adopt(replace(POLICY, keys=keys.followed(path, print), clock=time.time))
    assert readyz(door.gateway) == (200, "ready\n")
    path.unlink()
    assert readyz(door.gateway) == (503, "not ready: there is no key for this epoch\n")
    path.write_bytes(held)
    path.chmod(0o600)
    assert readyz(door.gateway) == (200, "ready\n")


def test_both_doors_say_that_the_tokens_can_not_be_read(tmp_path: Path) -> None:
    """Broken or gone: nobody would be let in. Mended, it is ready at once."""
    path, told = tmp_path / "tokens.json", list[str]()
    good = TOKENS.model_dump_json()
    path.write_text(good)
    gateway = Door().gateway
    gateway.delivery.open()
    work = Work(gateway, entrance=Entrance(TokenFile(path, told.append)))
    with both(work) as doors, client(doors.target) as caller:

        def asked() -> tuple[str, bytes | None]:
            answer = httpx.get(f"http://127.0.0.1:{doors.http}/readyz")
            return answer.text, caller.unary("/grpc.health.v1.Health/Check").response

        assert asked() == ("ready\n", b"\x08\x01")
        for broken in ("{broken", None):
            path.unlink()
            if broken:
                path.write_text(broken)
            assert asked() == ("not ready: the tokens file can't be read\n", b"\x08\x02")
        path.write_text(good)
        assert asked() == ("ready\n", b"\x08\x01")
    assert len(told) == 3  # that it is good again, too
    assert len(WhyNot) == 6  # each of them is asked for above
