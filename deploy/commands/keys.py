"""`tidegate keys`: make the keys of a deployment."""

from __future__ import annotations

from pathlib import Path

import click

from deploy import keys
from deploy.commands import _options
from deploy.folder import Folder


@click.group()
def command() -> None:
    """Make the quarantine key pair and the pseudonym keys."""


@command.command()
@_options.data_dir
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="Folder for the keys, instead of DATA_DIR/keys."
)
def new(data_dir: Path, into: Path | None) -> None:
    """Make all keys in a folder that holds none; never writes over one."""
    made = keys.new(into or Folder(data_dir).keys)
    for path, use in (
        (made.identity, "opens quarantine; no service needs it: keep it elsewhere, offline"),
        (made.recipient, "public: the collector and the validator seal to it"),
        (made.telemetry, "pseudonyms on the telemetry topics: for the collector alone"),
        (made.ml, "pseudonyms on ml.eligible: for the validator alone"),
    ):
        click.echo(f"{path}  {use}")
