"""Browsers: pages of listed origins may send and read the answer; others may not, and no wildcard is ever said."""

from __future__ import annotations

import asyncio
import gzip
from pathlib import Path

import httpx
import pytest

from broker.settings import BadSetting, load
from collector.entrance import Entrance
from collector.intake import RetryLater
from collector.limits import DEFAULT, Limits
from collector.otlp import encode_logs
from collector.records import LogRecord, Resource, Scope
from collector.settings import CollectorSettings
from collector.tokens import Kind, Tokens
from tests.unit.collector_intakes import Raising, Recording
from tests.unit.collector_senders import NOW, PAGE, bearer, client, entrance_of, token
from tests.unit.collector_serving import BODY

LISTED = "https://status.example.org"
ASKING = {"access-control-request-method": "POST", "access-control-request-headers": "authorization,content-type"}


def ask(
    folder: Path, method: str, headers: dict[str, str], content: bytes = BODY, limits: Limits = DEFAULT
) -> httpx.Response:
    """Send one request to a door that knows the tokens and lists one origin more."""

    async def scenario() -> httpx.Response:
        door = entrance_of(folder, origins=[LISTED])
        async with client(Recording(), door, limits) as sender:
            return await sender.request(method, "/v1/logs", content=content, headers=headers)

    return asyncio.run(scenario())


def cross_origin(response: httpx.Response) -> dict[str, str]:
    """Give the headers by which a browser decides."""
    return {name: value for name, value in response.headers.items() if name.startswith("access-control-")}


@pytest.mark.parametrize("origin", [PAGE, "http://localhost:8080", LISTED])
def test_a_listed_page_may_ask_and_send(tmp_path: Path, origin: str) -> None:
    """A preflight needs no token, and is answered with exactly its origin, one method, three headers."""
    answer = ask(tmp_path, "OPTIONS", {"origin": origin, **ASKING}, b"")
    assert (answer.status_code, answer.content, answer.headers.get("content-length")) == (204, b"", None)
    assert cross_origin(answer) == {
        "access-control-allow-origin": origin,
        "access-control-allow-methods": "POST",
        "access-control-allow-headers": "authorization, content-encoding, content-type",
        "access-control-max-age": "600",
    }
    assert answer.headers["vary"].startswith("Origin, ")


@pytest.mark.parametrize(
    "origin",
    ["https://evil.example", "null", "*", f"{PAGE}/", f"{PAGE}:443", "http://app.example.org", PAGE.upper(), ""],
)
def test_another_page_may_neither_ask_nor_read(tmp_path: Path, origin: str) -> None:
    """Near misses are others: a slash, a port, another scheme, another case, `null`."""
    asked = ask(tmp_path, "OPTIONS", {"origin": origin, **ASKING}, b"")
    assert (asked.status_code, cross_origin(asked)) == (403, {})
    sent = ask(tmp_path, "POST", {**bearer("good"), "origin": origin})
    assert (sent.status_code, cross_origin(sent)) == (200, {})
    assert [asked.headers["vary"].split(",")[0], sent.headers["vary"]] == ["Origin", "Origin"]
    assert ask(tmp_path, "POST", {**bearer("page"), "origin": origin}).status_code == 403


def test_a_page_can_read_when_to_come_again(tmp_path: Path) -> None:
    """Answers of every status tell the origin, and Retry-After can be read; credentials are never allowed."""
    readable = {"access-control-allow-origin": PAGE, "access-control-expose-headers": "Retry-After"}
    for headers, status in (
        ({**bearer("page"), "origin": PAGE}, 200),
        ({"origin": PAGE}, 401),
        ({**bearer("gone"), "origin": PAGE}, 401),
        ({**bearer("page"), "origin": PAGE, "content-type": "text/plain"}, 415),
    ):
        answer = ask(tmp_path, "POST", headers)
        assert (answer.status_code, cross_origin(answer)) == (status, readable)

    async def scenario() -> None:
        async with client(Raising(RetryLater(3)), entrance_of(tmp_path)) as sender:
            answer = await sender.post("/v1/logs", content=BODY, headers={**bearer("page"), "origin": PAGE})
            assert (answer.status_code, answer.headers["retry-after"], cross_origin(answer)) == (503, "3", readable)

    asyncio.run(scenario())


def test_origins_of_a_revoked_token_are_no_longer_let_in(tmp_path: Path) -> None:
    """What an origin may depends on the tokens that are taken now."""
    page = token("page", kind=Kind.PUBLIC, origins=(PAGE,))
    gone = token("gone", kind=Kind.PUBLIC, origins=("https://gone.example",), revoked=NOW)
    assert entrance_of(tmp_path, Tokens(tokens=(page, gone)), origins=[LISTED]).origins() == {PAGE, LISTED}
    assert Entrance(origins=[LISTED]).origins() == {LISTED}


def test_an_options_request_that_asks_nothing_is_no_preflight(tmp_path: Path) -> None:
    """Without a method to ask about it is a request as any other: first the token, then 405."""
    assert ask(tmp_path, "OPTIONS", {"origin": PAGE}).status_code == 401
    assert ask(tmp_path, "OPTIONS", bearer("good")).status_code == 405


def test_a_browsers_body_is_small(tmp_path: Path) -> None:
    """At the limit it is taken, one byte above it is not, compressed or not; a server's may be larger."""
    body = encode_logs([LogRecord(Resource(), Scope("s"), body="x" * 500)])
    page, limits = {**bearer("page"), "origin": PAGE}, Limits(public_body=len(body))
    assert ask(tmp_path, "POST", page, body, limits).status_code == 200
    assert ask(tmp_path, "POST", {**page, "content-encoding": "gzip"}, gzip.compress(body), limits).status_code == 200
    less = Limits(public_body=len(body) - 1)
    assert ask(tmp_path, "POST", page, body, less).status_code == 413
    assert ask(tmp_path, "POST", {**page, "content-encoding": "gzip"}, gzip.compress(body), less).status_code == 413
    assert ask(tmp_path, "POST", bearer("good"), body, less).status_code == 200


@pytest.mark.parametrize(
    "origin", ["*", "null", "https://*.example.org", "https://a.example/", "a.example", "HTTPS://a"]
)
def test_a_wrong_origin_is_a_wrong_setting(origin: str) -> None:
    """A wildcard, a path, or what is no origin, is told when the collector starts."""
    with pytest.raises(BadSetting, match=r"^TIDEGATE_CORS_ORIGINS"):
        load(CollectorSettings, kafka_bootstrap="a:1", cors_origins=[origin])
