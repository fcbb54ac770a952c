"""Ingest tokens: who a request's `Authorization: Bearer tg_…` says it is from. Pure: a table, headers, a moment.

The table holds SHA-256 sums, never a token. A token is 256 random bits, so its sum can't be guessed, and looking it up
as a key tells an attacker nothing by its timing; it is compared in constant time all the same.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import sha256
from typing import Annotated, Final, TypeAlias

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from collector.errors import Forbidden, Unauthenticated
from collector.senders import UNLIMITED, Rate, Sender

Header: TypeAlias = tuple[str | bytes, str | bytes]

PREFIX: Final = "tg_"
_BEARER: Final = re.compile(rf"(?i:bearer) +({PREFIX}[A-Za-z0-9_-]{{43}})", re.ASCII)
_SCHEME: Final = re.compile(r"(?i:bearer) +[^ ]+", re.ASCII)
_UNKNOWN: Final = "the token is not known here, or was revoked"  # one text for both
_SHA256: Final = r"^[0-9a-f]{64}$"
_EVENT: Final = r"^[a-z0-9_]+(\.[a-z0-9_]+)*\.?$"
ORIGIN: Final = r"^https?://[a-z0-9.-]+(:[0-9]{1,5})?$|^https?://\[[0-9a-f:.]+\](:[0-9]{1,5})?$"

Word: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]
EventName: TypeAlias = Annotated[str, Field(pattern=_EVENT, max_length=200)]
Origin: TypeAlias = Annotated[str, Field(pattern=ORIGIN, max_length=300)]


class Kind(StrEnum):
    """Whether a token can be kept secret: a browser's can't, everybody reads it there.

    `replay` is the quarantine operator's, for what was sent before: its records keep the tenant and app they came with.
    """

    SECRET = "secret"  # noqa: S105 - the name of a kind
    PUBLIC = "public"
    REPLAY = "replay"


class Token(BaseModel):
    """What the file keeps of a token."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    id: Annotated[str, Field(pattern=r"^[0-9a-f]{8}$")]
    sha256: Annotated[str, Field(pattern=_SHA256)] = Field(repr=False)
    tenant: Word | None = None
    app: Word | None = None
    environment: Word | None = None
    events: tuple[EventName, ...] = ()
    kind: Kind = Kind.SECRET
    origins: tuple[Origin, ...] = ()
    rate: Rate = UNLIMITED
    created: AwareDatetime
    expires: AwareDatetime | None = None
    revoked: AwareDatetime | None = None

    @model_validator(mode="after")
    def _is_whole(self) -> Token:
        if bool(self.origins) != (self.kind is Kind.PUBLIC):
            raise ValueError("a public token has origins, and no other has")
        if {self.tenant is None, self.app is None} != {self.kind is Kind.REPLAY}:
            raise ValueError("a token has a tenant and an app, and one for replays has neither")
        return self

    def state(self, now: datetime) -> str:
        """Say in a word whether it is taken."""
        if self.revoked is not None:
            return "revoked"
        return "expired" if self.expires is not None and self.expires <= now else "live"


class Tokens(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    tokens: tuple[Token, ...] = ()

    @model_validator(mode="after")
    def _each_once(self) -> Tokens:
        if len({of.id for of in self.tokens}) < len(self.tokens) or len(self.table().by_sum) < len(self.tokens):
            raise ValueError("an id or a token stands twice")
        return self

    def table(self) -> Table:
        """Make what requests are looked up in."""
        return Table({of.sha256: of for of in self.tokens})


def sum_of(token: str) -> str:
    """Give what is kept of a token."""
    return sha256(token.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Table:
    """Tokens by their sums."""

    by_sum: Mapping[str, Token] = field(repr=False)

    def authenticate(self, headers: Iterable[Header], now: datetime) -> Sender:
        """Tell who sends, by a request's headers or a call's metadata.

        Raises:
            Unauthenticated: they hold no token, several, or one that is not in the table or was revoked.
            Forbidden: the token has expired, or is a browser's and comes from a page of another origin.
        """
        said = [(_text(name).lower(), _text(value)) for name, value in headers]
        token = self._token([value for name, value in said if name == "authorization"])
        if token.state(now) == "revoked":
            raise Unauthenticated(_UNKNOWN)
        if token.state(now) != "live":
            raise Forbidden(f"the token is {token.state(now)}")
        if token.kind is Kind.PUBLIC and [value for name, value in said if name == "origin"] not in _each(token):
            raise Forbidden("the token is not for this origin")
        return Sender(
            token.id,
            token.tenant,
            token.app,
            token.environment,
            token.events,
            token.rate,
            is_public=token.kind is Kind.PUBLIC,
        )

    def origins(self, now: datetime) -> frozenset[str]:
        """Give the origins of the public tokens that are taken."""
        return frozenset(
            origin for token in self.by_sum.values() if token.state(now) == "live" for origin in token.origins
        )

    def _token(self, presented: list[str]) -> Token:
        if len(presented) != 1 or not _SCHEME.fullmatch(presented[0]):
            raise Unauthenticated("send one header `Authorization: Bearer TOKEN`")
        match = _BEARER.fullmatch(presented[0])
        wanted = sum_of(match[1]) if match else ""
        token = self.by_sum.get(wanted)
        if token is None or not hmac.compare_digest(token.sha256, wanted):
            raise Unauthenticated(_UNKNOWN)
        return token


def _each(token: Token) -> list[list[str]]:
    return [[origin] for origin in token.origins]


def _text(of: str | bytes) -> str:
    return of.decode("latin-1") if isinstance(of, bytes) else of
