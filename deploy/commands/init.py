"""`tidegate init`: a new catalogue."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from deploy.authoring import scaffold


@click.command()
@click.argument("folder", metavar="DIR", type=click.Path(file_okay=False, path_type=Path))
@click.option("--name", help="The catalogue's name.  [default: made out of DIR's]")
def command(folder: Path, name: str | None) -> None:
    """Make a new catalogue in DIR: an event of each kind, a README, a workflow for CI; registered.

    DIR must be empty or not exist yet.
    """
    files = scaffold.make(folder, name, datetime.now(UTC).date())
    for file in files:
        click.echo(folder / file)
    click.echo(f"\nNext: tidegate check {folder}; tidegate catalogue show --catalog {folder}; read {folder}/README.md.")
