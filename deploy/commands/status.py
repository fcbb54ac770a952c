"""`tidegate status`: what runs on a data folder, from any shell."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from deploy import lock
from deploy.commands import _options
from deploy.folder import Folder
from deploy.states import read_states

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.lock import State
    from deploy.states import ServiceState


@click.command()
@_options.data_dir
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(data_dir: Path, shape: str) -> int:
    """Show the stack of this data folder. Exit code 0 when all of it is up, 1 when not."""
    folder = Folder(data_dir)
    state = lock.read(folder.stack)
    services = read_states(folder, state.restarts) if state else []
    if shape == "json":
        _json(state, services)
    elif state is None:
        click.echo("Nothing is up. `tidegate up` starts everything.")
    else:
        _table(state, services)
    up = state is not None and state.phase == "up" and all(service.ready for service in services)
    return 0 if up else 1


def _json(state: State | None, services: list[ServiceState]) -> None:
    told = {
        "phase": state.phase if state else "down",
        "pid": state.pid if state else None,
        "kafka": state.bootstrap if state else None,
        "collector": state.collector_url if state else None,
        "services": [asdict(service) for service in services],
    }
    click.echo(json.dumps(told))


def _table(state: State, services: list[ServiceState]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a table needs it

    from deploy.commands._services import table  # noqa: PLC0415 - as above

    click.echo(f"{state.phase} (pid {state.pid})")
    if state.phase == "up":
        Console().print(table(state.bootstrap, state.collector_url, services))
    for service in services:
        if service.why:
            click.echo(f"{service.service}: {service.why}")
