"""Ingest tokens: who is told from the headers, who is turned away and how, and a file that is followed."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from collector.entrance import Entrance, entrance
from collector.errors import BadTokens, Forbidden, RequestError, Unauthenticated
from collector.intake import RetryLater
from collector.senders import ANYONE, Rate
from collector.settings import CollectorSettings
from collector.tokenfile import TokenFile, read_tokens
from collector.tokens import Tokens, sum_of
from tests.unit.collector_intakes import Recording
from tests.unit.collector_senders import NOW, PAGE, SECRETS, TOKENS, bearer, client, entrance_of, token, written
from tests.unit.collector_serving import BODY
from tests.unit.gate_samples import IDS

TABLE = TOKENS.table()


def test_a_token_tells_who_sends() -> None:
    """Over HTTP and over gRPC, as text or bytes, in any case of the header's name and the scheme's."""
    secret = SECRETS["good"]
    for headers in (
        [("authorization", f"Bearer {secret}")],
        [(b"x", b"y"), (b"Authorization", f"bearer  {secret}".encode())],
    ):
        sender = TABLE.authenticate(headers, NOW)
        assert (sender.tenant, sender.app, sender.is_public) == (IDS[2], "meetings-web", False)
    assert repr(sender).count(IDS[2]) == 0


@pytest.mark.parametrize(
    "values",
    [
        [],
        [""],
        ["Bearer"],
        [SECRETS["good"]],
        [f"Basic {SECRETS['good']}"],
        [f"Bearer {SECRETS['good']}x"],
        [f"Bearer {SECRETS['good'][:-1]}"],
        [f"Bearer {SECRETS['good']} "],
        [f"Bearer {SECRETS['good'].upper()}"],
        [f"Bearer {SECRETS['unknown']}"],
        [f"Bearer {sum_of(SECRETS['good'])}"],
        [f"Bearer {SECRETS['good']}", f"Bearer {SECRETS['good']}"],
        [f"Bearer {SECRETS['good']}é"],
    ],
)
def test_what_is_no_known_token_is_401(values: list[str]) -> None:
    """None, several, another scheme, one character more or less, a sum from a stolen file: nobody is told from it."""
    with pytest.raises(Unauthenticated) as error:
        TABLE.authenticate([("authorization", value) for value in values], NOW)
    assert (error.value.status, error.value.code) == (401, 16)
    assert not any(SECRETS["good"][3:] in str(error.value) for _ in values)


@pytest.mark.parametrize("shown", [SECRETS["unknown"], SECRETS["gone"], "tg_wrong", SECRETS["good"][:-1], "swordfish"])
def test_an_unknown_token_is_told_as_one(shown: str) -> None:
    """Whatever its form, and as one that was revoked: not as if none was sent."""
    with pytest.raises(Unauthenticated, match=r"^the token is not known here, or was revoked$"):
        TABLE.authenticate([("authorization", f"Bearer {shown}")], NOW)


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic dTpw", SECRETS["good"]])
def test_no_token_is_told_how_to_send_one(value: str) -> None:
    """No header, another scheme, or a token without its scheme."""
    with pytest.raises(Unauthenticated, match=r"^send one header `Authorization: Bearer TOKEN`$"):
        TABLE.authenticate([("authorization", value)] if value else [], NOW)


@pytest.mark.parametrize(
    ("name", "origin", "sentence"),
    [
        ("old", None, "the token is expired"),
        ("page", None, "the token is not for this origin"),
        ("page", "https://evil.example.org", "the token is not for this origin"),
        ("page", PAGE.upper(), "the token is not for this origin"),
        ("page", f"{PAGE}.evil.example", "the token is not for this origin"),
        ("page", "null", "the token is not for this origin"),
    ],
)
def test_a_known_token_that_may_not_is_403(name: str, origin: str | None, sentence: str) -> None:
    """Expired, or a browser's from another page than its own: it is told which, as the sender holds it."""
    headers = [*bearer(name).items(), *([("origin", origin)] if origin else [])]
    with pytest.raises(Forbidden, match=f"^{sentence}$") as error:
        TABLE.authenticate(headers, NOW)
    assert (error.value.status, error.value.code) == (403, 7)


def test_a_browsers_token_is_taken_from_its_pages() -> None:
    """From each of its origins, and it says what it may send; two origins in one request are none."""
    sender = TABLE.authenticate([*bearer("page").items(), ("origin", PAGE)], NOW)
    assert (sender.is_public, sender.events) == (True, ("call.",))
    with pytest.raises(Forbidden):
        TABLE.authenticate([*bearer("page").items(), ("origin", PAGE), ("origin", PAGE)], NOW)


def test_a_file_is_followed(tmp_path: Path) -> None:
    """A new token is taken, and a revoked one is not, from the next request on; nothing is restarted."""
    told: list[str] = []
    file = TokenFile(tmp_path / "tokens.json", told.append)
    door = Entrance(file, clock=lambda: NOW)
    assert door.authenticate([]) == ANYONE
    written(tmp_path / "tokens.json", Tokens(tokens=(token("good"),)))
    assert door.authenticate(bearer("good").items()).tenant == IDS[2]
    with pytest.raises(Unauthenticated):
        door.authenticate([])
    written(tmp_path / "tokens.json", Tokens(tokens=(token("good", revoked=NOW),)))
    with pytest.raises(Unauthenticated):
        door.authenticate(bearer("good").items())
    assert told == []


@pytest.mark.parametrize("harm", [Path.unlink, lambda path: path.write_text('{"tokens": [{"id": "tg_secret"}]}')])
def test_a_file_that_breaks_lets_nobody_in_and_turns_nobody_away(tmp_path: Path, harm: object) -> None:
    """Senders are told to come again, so no batch is lost; it is told once; and a good file is taken at once."""
    told: list[str] = []
    path = written(tmp_path / "tokens.json")
    door = Entrance(TokenFile(path, told.append), clock=lambda: NOW)
    assert callable(harm)
    harm(path)
    for _ in range(3):
        with pytest.raises(RetryLater):
            door.authenticate(bearer("good").items())
    assert len(told) == 1
    assert told[0].startswith("the tokens file can't be read: ")
    assert "tg_secret" not in told[0]
    written(path)
    assert door.authenticate(bearer("good").items()).tenant == IDS[2]
    assert told[1:] == ["the tokens file is good again"]


def test_reloading_reads_a_file_that_looks_the_same(tmp_path: Path) -> None:
    """SIGHUP has it read again, whatever its time says; where there is no file, there is none afterwards either."""
    told: list[str] = []
    door = Entrance(TokenFile(tmp_path / "tokens.json", told.append), clock=lambda: NOW)
    assert door.reload()
    assert door.authenticate([]) == ANYONE
    assert Entrance().reload()
    file = TokenFile(written(tmp_path / "tokens.json"), told.append)
    before = file.table()
    assert file.table() is before
    assert file.reload()
    assert file.table() is not before
    (tmp_path / "tokens.json").write_text("[")
    assert not file.reload()
    assert [line.partition(":")[0] for line in told] == ["the tokens file can't be read"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"tokens": [{}]}',
        TOKENS.model_dump_json().replace('"origins":[]', '"origins":["*"]', 1),
        TOKENS.model_dump_json().replace(f'"{PAGE}",', '"https://*.example.org",', 1),
        TOKENS.model_dump_json().replace(f'"{PAGE}",', '"null",', 1),
        TOKENS.model_dump_json().replace('"environment"', '"enviroment"', 1),
        TOKENS.model_dump_json().replace('"records":null', '"records":0', 1),
        TOKENS.model_dump_json().replace(token("other").sha256, token("good").sha256),
        TOKENS.model_dump_json().replace(token("other").id, token("good").id),
    ],
)
def test_a_file_that_is_none_is_told_without_its_text(tmp_path: Path, text: str) -> None:
    """A key misspelt, a token or an id twice, a wildcard, a rate of nothing: one line that holds nothing of it."""
    (tmp_path / "tokens.json").write_text(text)
    with pytest.raises(BadTokens, match=r"tokens\.json is no tokens file: see [a-z0-9. ]+; bring") as error:
        read_tokens(tmp_path / "tokens.json")
    assert "enviroment" not in str(error.value)
    assert "example" not in str(error.value)


@pytest.mark.parametrize(
    ("host", "required", "there", "then"),
    [
        ("127.0.0.1", None, False, ANYONE),
        ("::1", None, False, ANYONE),
        ("localhost", None, False, ANYONE),
        ("127.0.0.1", None, True, Unauthenticated),
        ("127.0.0.1", True, False, BadTokens),
        ("0.0.0.0", None, False, BadTokens),  # noqa: S104 - only read, never bound
        ("collector.example.org", None, False, BadTokens),
        ("0.0.0.0", None, True, Unauthenticated),  # noqa: S104 - as above
        ("0.0.0.0", False, True, ANYONE),  # noqa: S104 - as above
    ],
)
def test_when_tokens_are_required(
    tmp_path: Path, host: str, *, required: bool | None, there: bool, then: object
) -> None:
    """As soon as there is a file, and always where others can reach us: without one the collector does not start."""
    if there:
        written(tmp_path / "tokens.json")
    settings = CollectorSettings(
        kafka_bootstrap="localhost:9092", host=host, require_tokens=required, tokens_file=tmp_path / "tokens.json"
    )

    def happens() -> object:
        try:
            return entrance(settings, print).authenticate([])
        except (RequestError, BadTokens) as error:
            return type(error)

    assert happens() == then


def test_without_tokens_one_rate_holds_for_all(tmp_path: Path) -> None:
    """The settings' rate, off by default, is that of everybody together."""
    settings = CollectorSettings(kafka_bootstrap="a:1", rate=Rate(records=5), tokens_file=tmp_path / "none")
    assert entrance(settings, print).authenticate([]).rate == Rate(records=5)


def test_the_door_answers_in_the_requests_encoding(tmp_path: Path) -> None:
    """401 names the scheme, 403 does not; both are a google.rpc.Status, on every path but the probes."""

    async def scenario() -> None:
        intake = Recording()
        async with client(intake, entrance_of(tmp_path)) as sender:
            for path in ("/v1/logs", "/v1/traces", "/v1/metrics", "/v1development/profiles", "/nothing"):
                answer = await sender.post(path, content=b"{}", headers={"content-type": "application/json"})
                assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
                assert json.loads(answer.content)["code"] == 16
            assert (await sender.get("/healthz")).status_code == 200
            assert (await sender.get("/readyz")).status_code == 200
            answer = await sender.post("/v1/logs", content=BODY, headers=bearer("old"))
            assert (answer.status_code, answer.headers["content-type"]) == (403, "application/x-protobuf")
            assert "www-authenticate" not in answer.headers
            assert intake.calls == 0
            assert (await sender.post("/v1/logs", content=BODY, headers=bearer("narrow"))).status_code == 200
        [record] = intake.records
        assert dict(record.resource.attributes) == {"tenant.id": IDS[2], "service.name": "meetings-web"}
        assert record.resource.events == ("chat.",)

    asyncio.run(scenario())
