"""The tokens file, as an operator changes it: one token more, one revoked. Written whole or not at all, mode 0600."""

from __future__ import annotations

import json
import secrets
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from pydantic import ValidationError

from broker.local import lock
from collector.errors import BadTokens
from collector.senders import UNLIMITED, permits
from collector.tenancy import APP, ENVIRONMENT, TENANT
from collector.tokenfile import read_tokens
from collector.tokens import PREFIX, Kind, Token, Tokens, sum_of
from deploy.credentials import private_folder, replace_private
from deploy.errors import Problem
from schemas.domains import Context
from schemas.reasons import OutsideDomain

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from collector.senders import Rate
    from schemas.catalogue import Catalogue

BATCH: Final = 512  # records that a stock SDK sends in a request at most
_BYTES: Final = 32


def new(
    path: Path,
    *,
    tenant: str | None,
    app: str | None,
    environment: str | None = None,
    events: tuple[str, ...] = (),
    origins: tuple[str, ...] = (),
    rate: Rate = UNLIMITED,
    days: int | None = None,
) -> tuple[Token, str]:
    """Add a token: with origins a browser's, without tenant and app one for replays.

    Returns what the file keeps of it, and the token itself.

    Raises:
        Problem: something about it is wrong, or the file can't be read; nothing was written.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    token = PREFIX + secrets.token_urlsafe(_BYTES)
    try:
        made = Token(
            id=secrets.token_hex(4),
            sha256=sum_of(token),
            tenant=tenant,
            app=app,
            environment=environment,
            events=events,
            kind=Kind.PUBLIC if origins else Kind.REPLAY if tenant is None else Kind.SECRET,
            origins=origins,
            rate=rate,
            created=now,
            expires=None if days is None else now + timedelta(days=days),
        )
    except ValidationError as error:
        [wrong, *_] = error.errors(include_input=False, include_url=False, include_context=False)
        part = str(wrong["loc"][0]) if wrong["loc"] else "token"
        raise Problem(f"{part}: {_WRONG.get(part, 'not of its form')}") from None
    with _held(path):
        _write(path, (*read(path).tokens, made))
    return made, token


_WRONG: Final = {
    "token": "it has a tenant and an app; one for replays has neither, and no origin",
    "events": "an event is a name such as call.ended, or a prefix that ends in a dot, such as call.",
    "origins": "an origin is http:// or https://, a host in lower case, and a port where it is not the usual one",
}


def read(path: Path) -> Tokens:
    """Read the file; where there is none, there are no tokens.

    Raises:
        Problem: it can't be read.
    """
    if not path.exists():
        return Tokens()
    try:
        return read_tokens(path)
    except BadTokens as error:
        raise Problem(str(error)) from None


def revoke(path: Path, token_id: str) -> Token:
    """Revoke a token for good; it stays in the file, so that nobody else gets its id.

    Raises:
        Problem: there is none of that id, or the file can't be read.
    """
    now = datetime.now(UTC).replace(microsecond=0)
    with _held(path):
        tokens = {of.id: of for of in read(path).tokens}
        if token_id not in tokens:
            raise Problem(f"{path} has no token of that id: `tidegate tokens list` shows them")
        revoked = tokens[token_id].model_copy(update={"revoked": tokens[token_id].revoked or now})
        tokens[token_id] = revoked
        _write(path, tuple(tokens.values()))
    return revoked


def fits(catalogue: Catalogue, tenant: str | None, app: str | None, events: tuple[str, ...]) -> None:
    """See that the catalogue takes what the token says: otherwise each record that is sent with it would be refused.

    Raises:
        Problem: it does not.
    """
    for each in events:
        if not any(permits((each,), name) for name in catalogue.plans):
            raise Problem(f"no event of the catalogue is named {each}: `tidegate catalogue show` lists them")
    context = Context(bytes(_BYTES), 0)
    for plan in catalogue.plans.values():
        for attribute, value in ((TENANT, tenant), (APP, app)):
            place = plan.by_attribute.get(attribute)
            try:
                if place is not None and place.domain is not None and value is not None:
                    place.domain.telemetry(value, context)
            except OutsideDomain as miss:
                raise Problem(f"the catalogue refuses this {attribute}: {miss.reason.sentence}") from None


def doubts(token: Token, catalogue: Catalogue) -> Iterator[str]:
    """Say what of a token may not be as its maker expects."""
    records, burst = token.rate.records, token.rate.burst
    if records is not None and records * burst < BATCH:
        yield (
            f"a stock SDK sends up to {BATCH} records in a request: one of them takes {BATCH / records:.0f} seconds' "
            "worth of this rate, in which all else of this token is answered 429"
        )
    if token.environment is not None and not any(ENVIRONMENT in plan.by_attribute for plan in catalogue.plans.values()):
        yield f"no event of the catalogue has a field for {ENVIRONMENT}: the environment is written nowhere"


def _write(path: Path, tokens: tuple[Token, ...]) -> None:
    kept = Tokens(tokens=tokens).model_dump(mode="json", exclude_none=True)
    replace_private(path, json.dumps(kept, indent=1) + "\n")


@contextmanager
def _held(path: Path) -> Iterator[None]:
    """Keep others from changing the file between our reading and our writing it."""
    private_folder(path.parent)
    try:
        held = lock.Lock(path.with_name(f".{path.name}.lock"))
    except lock.Taken:
        raise Problem(f"{path} is being changed by somebody else: try again") from None
    try:
        yield
    finally:
        held.release()
