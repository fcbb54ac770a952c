"""`tidegate status`: what runs on a data folder, from any shell."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from deploy import lock
from deploy.commands import _options
from deploy.folder import Folder
from deploy.states import alone, read_states

if TYPE_CHECKING:
    from pathlib import Path

    from deploy.lock import State
    from deploy.states import ServiceState


@click.command()
@_options.data_dir
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def command(data_dir: Path, shape: str) -> int:
    """Show the stack of this data folder, or the services that run there by themselves.

    Exit code 0 when all of a stack is up, or all services that run without one do their work; 1 when not.
    """
    folder = Folder(data_dir)
    state = lock.read(folder.stack)
    services = read_states(folder, state.restarts) if state else alone(folder)
    if shape == "json":
        _json(state, services)
    elif state is None:
        _alone(data_dir, services)
    else:
        _table(state, services)
    whole = bool(services) if state is None else state.phase == "up"
    return 0 if whole and all(service.ready for service in services) else 1


def _json(state: State | None, services: list[ServiceState]) -> None:
    told = {
        "phase": state.phase if state else "down",
        "pid": state.pid if state else None,
        "kafka": state.bootstrap if state else None,
        "collector": state.collector_url if state else None,
        "services": [asdict(service) for service in services],
    }
    click.echo(json.dumps(told))


def _alone(data_dir: Path, services: list[ServiceState]) -> None:
    if not services:
        click.echo(
            f"Nothing is up on the data folder {data_dir}; --data-dir or TIDEGATE_DATA_DIR names another one. "
            "`tidegate up` starts everything."
        )
        return
    from rich.console import Console  # noqa: PLC0415 - only a table needs it

    from deploy.commands._services import rows  # noqa: PLC0415 - as above

    click.echo(f"No stack is up on the data folder {data_dir}; by themselves run:")
    Console().print(rows(services))


def _table(state: State, services: list[ServiceState]) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a table needs it

    from deploy.commands._services import table, whys  # noqa: PLC0415 - as above

    click.echo(f"{state.phase} (pid {state.pid})")
    if state.phase == "up":
        Console().print(table(state.bootstrap, state.collector_url, services))
    for line in whys(services):
        click.echo(line)
