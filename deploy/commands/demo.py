"""`tidegate demo`: the main job end to end, on real Kafka, with real input."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from broker.port import BrokerError
from consumers.query import QueryFailed
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.demo.run import Options, run
from deploy.demo.screen import WIDTH
from deploy.errors import Problem


@click.command()
@click.option("--scale", type=click.FloatRange(0, 20, min_open=True), default=1.0, show_default=True,
              help="Size of the fleet: 1 is 240 participants in 24 meetings, some 25,000 records.")  # fmt: skip
@click.option("--seed", type=int, default=7, show_default=True, help="The same seed makes the same fleet.")
@click.option("--keep", is_flag=True, help="Keep the data folder afterwards, to ask its tables.")
@_options.data_dir
def command(scale: float, seed: int, keep: bool, data_dir: Path) -> None:  # noqa: FBT001 - a flag
    """Send a fleet's telemetry through real Kafka, and show what went where.

    Runs a stack of its own on free ports, in the folder `demo` of the data folder, which is emptied first. Exit code 0
    when every sum adds up and no canary is where it must not be, 1 otherwise.
    """
    from rich.console import Console  # noqa: PLC0415 - takes its time

    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    try:
        clean = run(Options(data_dir / "demo", scale, seed, keep), console)
    except (Problem, BrokerError, QueryFailed, TimeoutError) as error:
        raise Stop(str(error)) from None
    if not clean:
        click.get_current_context().exit(1)
