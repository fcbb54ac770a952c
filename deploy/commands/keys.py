"""`tidegate keys`: make the keys of a deployment, and the next epoch's."""

from __future__ import annotations

from pathlib import Path

import click

from deploy import keys
from deploy.commands import _options
from deploy.folder import Folder


@click.group()
def command() -> None:
    """Make the keys of a deployment; rotate the pseudonym keys."""


_epoch_days = click.option(
    "--epoch-days",
    type=click.IntRange(1, 3650),
    default=keys.EPOCH_DAYS,
    show_default=True,
    help="For how many days an id keeps its pseudonym.",
)


@command.command()
@_options.data_dir
@click.option(
    "--into", type=click.Path(file_okay=False, path_type=Path), help="Folder for the keys, instead of DATA_DIR/keys."
)
@_epoch_days
def new(data_dir: Path, into: Path | None, epoch_days: int) -> None:
    """Make all keys in a folder that holds none; never writes over one."""
    made = keys.new(into or Folder(data_dir).keys, epoch_days)
    for path, use in (
        (made.identity, "opens quarantine; no service needs it: keep it elsewhere, offline"),
        (made.recipient, "public: the collector and the validator seal to it"),
        (made.telemetry, "pseudonyms on the telemetry topics: for the collector alone"),
        (made.ml, "pseudonyms on ml.eligible: for the validator alone"),
        (made.storage, "seals what the collector keeps on disk while Kafka is away: for the collector alone"),
    ):
        click.echo(f"{path}  {use}")


@command.command()
@_options.data_dir
@click.option("--in", "folder", type=click.Path(file_okay=False, path_type=Path), help="Folder of the keys.")
@_epoch_days
def rotate(data_dir: Path, folder: Path | None, epoch_days: int) -> None:
    """Add the next epoch's pseudonym keys, and drop those that no record can need any more.

    Changes nothing while an epoch that was added waits to begin: run it daily. Running services follow the files.
    """
    for path, ring in keys.rotate(folder or Folder(data_dir).keys, epoch_days).items():
        click.echo(f"{path}  {', '.join(map(str, ring.epochs))}")
