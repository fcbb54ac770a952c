"""`tidegate tokens`: who may send to the collector."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands import _options, _sheets
from deploy.folder import Folder

if TYPE_CHECKING:
    from collector.senders import Rate
    from collector.tokens import Token
    from deploy.authoring.overview import Sheet

_BURST = 10.0
_PUBLIC_RECORDS, _PUBLIC_BYTES = 1000, 1024 * 1024
_COLUMNS = {
    "id": "id", "state": "state", "kind": "kind", "tenant": "tenant", "app": "app", "environment": "environment",
    "events": "events", "origins": "origins", "records_per_second": "records/s", "bytes_per_second": "bytes/s",
    "created": "created", "expires": "expires",
}  # fmt: skip

_tokens_file = click.option(
    "--tokens-file",
    envvar="TIDEGATE_TOKENS_FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file, instead of DATA_DIR/keys/tokens.json.",
)


@click.group()
def command() -> None:
    """Ingest tokens: who may send to the collector, in whose name, which events, and how much."""


@command.command()
@_options.data_dir
@_tokens_file
@_options.catalog
@click.option("--tenant", help="The tenant.id of all that is sent with it, whatever a payload says.")
@click.option("--app", help="The service.name of all that is sent with it.")
@click.option("--replay", is_flag=True, help="For `quarantine replay`: records keep the tenant and app they came with.")
@click.option("--environment", help="The deployment.environment.name of all that is sent with it.")
@click.option(
    "--event", "events", multiple=True, help="An event, or a prefix as `call.`; again for more. By default all."
)
@click.option(
    "--origin", "origins", multiple=True, help="For a browser's token: https://app.example.org; again for more."
)
@click.option("--records-per-second", "records", type=click.IntRange(1), help="By default unlimited; a browser's 1000.")
@click.option("--bytes-per-second", "size", type=click.IntRange(1), help="By default unlimited; a browser's 1 MiB.")
@click.option(
    "--burst",
    type=click.FloatRange(1, 3600),
    default=_BURST,
    show_default=True,
    help="Seconds' worth that may come at once.",
)
@click.option("--days", type=click.IntRange(1, 36500), help="Until it expires; by default it does not.")
@click.option("--format", "shape", type=click.Choice(["text", "json"]), default="text", show_default=True)
def new(
    data_dir: Path,
    tokens_file: Path | None,
    catalog: Path,
    tenant: str | None,
    app: str | None,
    replay: bool,  # noqa: FBT001 - click's
    environment: str | None,
    events: tuple[str, ...],
    origins: tuple[str, ...],
    records: int | None,
    size: int | None,
    burst: float,
    days: int | None,
    shape: str,
) -> None:
    """Make a token, and show it this once: the file keeps its SHA-256 alone.

    With --origin it is a browser's: everybody can read it there, so it is taken from these origins only.

    From the first token on, the collector takes nothing without one. A running collector follows the file.
    """
    from collector.senders import Rate  # noqa: PLC0415 - help loads no pydantic
    from deploy import tokens  # noqa: PLC0415 - as above
    from schemas.catalogue import load  # noqa: PLC0415 - as above

    if replay != (tenant is None) or replay != (app is None):
        raise click.UsageError("Give --tenant and --app, or --replay alone.")
    if origins:
        records, size = records or _PUBLIC_RECORDS, size or _PUBLIC_BYTES
    known = load(catalog)
    tokens.fits(known, tenant, app, events)
    made, token = tokens.new(
        _path(data_dir, tokens_file),
        tenant=tenant,
        app=app,
        environment=environment,
        events=events,
        origins=origins,
        rate=Rate(records, size, burst),
        days=days,
    )
    for line in tokens.doubts(made, known):
        click.echo(line, err=True)
    if shape == "json":
        click.echo(json.dumps({"id": made.id, "token": token}))
        return
    click.echo(token)
    click.echo(f"token {made.id}: keep it now, it is not shown again; send it as `Authorization: Bearer …`", err=True)


@command.command("list")
@_options.data_dir
@_tokens_file
@_sheets.shape
def list_(data_dir: Path, tokens_file: Path | None, shape: str) -> None:
    """Show the tokens there are; none of them can be shown itself."""
    from deploy import tokens  # noqa: PLC0415 - help loads no pydantic

    _sheets.show(_sheet(tokens.read(_path(data_dir, tokens_file)).tokens), shape)


@command.command()
@click.argument("token_id", metavar="ID")
@_options.data_dir
@_tokens_file
def revoke(token_id: str, data_dir: Path, tokens_file: Path | None) -> None:
    """Revoke the token of this ID, for good: what is sent with it from now on is answered 403."""
    from deploy import tokens  # noqa: PLC0415 - help loads no pydantic

    tokens.revoke(_path(data_dir, tokens_file), token_id)
    click.echo(f"token {token_id} is revoked")


def _path(data_dir: Path, tokens_file: Path | None) -> Path:
    return tokens_file or Folder(data_dir).keys / "tokens.json"


def _sheet(tokens: tuple[Token, ...]) -> Sheet:
    from deploy.authoring.overview import Sheet  # noqa: PLC0415 - as above

    now = datetime.now(UTC)
    lines = () if tokens else ("There is none: on a loopback address the collector believes everybody.",)
    return Sheet("Ingest tokens", _COLUMNS, [_row(of, now) for of in tokens], lines, {})


def _row(token: Token, now: datetime) -> dict[str, object]:
    rate: Rate = token.rate
    return {
        "id": token.id,
        "state": token.state(now),
        "kind": token.kind.value,
        "tenant": token.tenant,
        "app": token.app,
        "environment": token.environment,
        "events": list(token.events),
        "origins": list(token.origins),
        "records_per_second": rate.records,
        "bytes_per_second": rate.bytes,
        "burst": rate.burst,
        "created": _time(token.created),
        "expires": _time(token.expires) if token.expires else None,
    }


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
