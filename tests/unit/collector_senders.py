"""Tokens of made-up senders, and doors that know them: what the tests of who may send share."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx

from collector.app import make_app
from collector.entrance import Entrance
from collector.intake import Intake
from collector.limits import DEFAULT, Limits
from collector.rates import Rates
from collector.senders import Rate
from collector.tokenfile import TokenFile
from collector.tokens import Kind, Token, Tokens, sum_of
from deploy.credentials import replace_private
from tests.unit.gate_samples import IDS

NOW: Final = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
PAGE: Final = "https://app.example.org"
# Names of tokens to the tokens themselves: 43 characters as token_urlsafe(32) makes them.
SECRETS: Final = {
    name: "tg_" + name.ljust(43, "-") for name in ("good", "other", "page", "gone", "old", "narrow", "unknown")
}


def token(name: str, **more: Any) -> Token:  # noqa: ANN401 - any part of a token
    """Make what the file keeps of a token."""
    kept = {"tenant": IDS[2], "app": "meetings-web", "created": NOW, "rate": Rate(), **more}
    return Token(id=sum_of(name)[:8], sha256=sum_of(SECRETS[name]), **kept)


TOKENS: Final = Tokens(
    tokens=(
        token("good"),
        token("other", tenant=IDS[1]),
        token("page", kind=Kind.PUBLIC, origins=(PAGE, "http://localhost:8080"), events=("call.",)),
        token("gone", revoked=NOW),
        token("old", expires=NOW),
        token("narrow", events=("chat.",), expires=NOW + timedelta(seconds=1)),
    )
)


def bearer(name: str, **more: str) -> dict[str, str]:
    """Give the headers of a request with a token."""
    return {"content-type": "application/x-protobuf", "authorization": f"Bearer {SECRETS[name]}", **more}


def written(path: Path, tokens: Tokens = TOKENS) -> Path:
    """Write a tokens file as the command does."""
    replace_private(path, tokens.model_dump_json() + "\n")
    return path


def told_nobody(line: str) -> None:
    """Take a line that no test looks at."""
    del line


def entrance_of(folder: Path, tokens: Tokens = TOKENS, *, rates: Rates | None = None, **more: Any) -> Entrance:  # noqa: ANN401 - any part of an entrance
    """Make an entrance that follows a file of tokens, at a fixed moment."""
    file = TokenFile(written(folder / "tokens.json", tokens), told_nobody)
    return Entrance(file, rates=rates, clock=lambda: NOW, **more)


def client(intake: Intake, entrance: Entrance, limits: Limits = DEFAULT) -> httpx.AsyncClient:
    """Make a client of the application alone."""
    transport = httpx.ASGITransport(make_app(intake, limits, entrance))
    return httpx.AsyncClient(transport=transport, base_url="http://test")
