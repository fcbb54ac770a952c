"""`tidegate down`: stop from another shell what `up` started, and wait for it."""

from __future__ import annotations

import contextlib
import os
import signal
import time
from typing import TYPE_CHECKING

import click

from deploy import lock
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


@click.command()
@_options.data_dir
@click.option(
    "--within", type=click.FloatRange(0), default=60.0, show_default=True, help="Seconds to wait for its end."
)
def command(data_dir: Path, within: float) -> None:
    """Stop the stack of this data folder and wait until it is gone."""
    path = Folder(data_dir).stack
    state = lock.read(path)
    if state is None:
        click.echo("Nothing is up.")
        return
    with contextlib.suppress(ProcessLookupError):
        try:
            os.kill(state.pid, signal.SIGTERM)
        except PermissionError:
            raise Stop(f"the stack (pid {state.pid}) belongs to another user: ask them to stop it") from None
    until = time.monotonic() + within
    while (now := lock.read(path)) is not None and now.pid == state.pid:
        if time.monotonic() > until:
            raise Stop(f"the stack (pid {state.pid}) did not stop within {within:g} s: see its shell, or kill it")
        time.sleep(0.1)
    click.echo("Stopped.")
