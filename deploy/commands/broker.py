"""`tidegate broker`: Apache Kafka alone on this machine, in the background."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from deploy.commands import _options

if TYPE_CHECKING:
    from pathlib import Path

PORT = 9092


@click.group()
def command() -> None:
    """Apache Kafka alone on this machine: start it in the background, stop it, look at it."""


@command.command()
@_options.data_dir
@click.option("--nodes", type=click.Choice([1, 3]), default=1, show_default=True, help="Brokers; three survive one.")
@click.option(
    "--port", type=click.IntRange(1, 65533), default=PORT, show_default=True, help="Of node 1; others take the next."
)
def up(data_dir: Path, nodes: int, port: int) -> None:
    """Start Kafka in the background and wait until it answers."""
    from broker.local import daemon  # noqa: PLC0415 - only here

    state, new = daemon.up(data_dir, nodes, [port + node for node in range(nodes)], _tell)
    click.echo(f"Kafka is up{'' if new else ' already'}: {state.bootstrap} (pid {state.pid})")


@command.command()
@_options.data_dir
def down(data_dir: Path) -> None:
    """Stop the Kafka of this data folder and wait until it is gone."""
    from broker.local import daemon  # noqa: PLC0415 - only here

    click.echo("Stopped." if daemon.down(data_dir) else "Nothing is up.")


@command.command()
@_options.data_dir
def status(data_dir: Path) -> None:
    """Say whether Kafka is up, since when, where; exit code 1 when it is not."""
    from broker.local import daemon  # noqa: PLC0415 - only here

    state = daemon.status(data_dir)
    if state is None:
        click.echo("Kafka is not up.")
        raise click.exceptions.Exit(1)
    minutes, seconds = divmod(int(time.time() - state.started), 60)
    nodes = f"{state.nodes} node{'s' * (state.nodes > 1)}"
    click.echo(f"Kafka is up: {state.bootstrap}, {nodes}, pid {state.pid}, for {minutes} min {seconds} s")


def _tell(text: str) -> None:
    click.echo(text, err=True)
