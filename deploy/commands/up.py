"""`tidegate up`: everything, in the foreground, until Ctrl-C, SIGTERM or `tidegate down`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broker.settings import BadSetting
from collector.configuration import configure
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.folder import Folder
from deploy.handed_on import check, handed_on
from deploy.keys import Keys
from deploy.lock import AlreadyUp
from deploy.stack import MOST_WORKERS, Stack
from deploy.variables import strangers

if TYPE_CHECKING:
    from types import FrameType

_LOOK_EVERY = 0.5  # seconds


@click.command()
@_options.data_dir
@click.option("--host", help="Collector's address.  [default: 127.0.0.1]")
@click.option("--port", type=click.IntRange(0, 65535), help="Collector's port.  [default: 4318]")
@click.option("--grpc-port", help="Its port for gRPC, or off.  [default: 4317]")
@click.option(
    "--kafka-port", type=click.IntRange(0, 65535), default=9092, show_default=True, help="Kafka's first port."
)
@click.option(
    "--workers", type=click.IntRange(1, MOST_WORKERS), help="Collector's processes, one a core.  [default: 1]"
)
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Collector's settings file, TOML.")
@click.option("--nodes", type=click.IntRange(1, 3), default=1, show_default=True, help="Kafka nodes on this machine.")
@click.option(
    "--catalog",
    envvar="TIDEGATE_CATALOG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Catalogue folder; by default the shipped one.",
)
def command(
    data_dir: Path,
    host: str | None,
    port: int | None,
    grpc_port: str | None,
    workers: int | None,
    config: Path | None,
    kafka_port: int,
    nodes: int,
    catalog: Path | None,
) -> None:
    """Start Kafka, collector, validator and sink in the foreground; Ctrl-C stops them all.

    The collector gets its settings (docs/settings.md) from their variables TIDEGATE_…, else from the file of --config;
    keys, and how it reaches Kafka, are the stack's.

    Where TIDEGATE_KAFKA_BOOTSTRAP is set, that cluster is used instead of a local one, as the super user that
    TIDEGATE_KAFKA_USERNAME and TIDEGATE_KAFKA_PASSWORD_FILE name.
    """
    given = {"host": host, "port": port, "grpc_port": grpc_port, "workers": workers, "catalog": catalog}
    try:
        configured = configure(config, whole=False, **given)
        check(configured, Keys(Folder(data_dir).keys), config)
    except BadSetting as error:
        raise Stop(str(error)) from None
    for line in strangers(os.environ):
        _tell(line)
    settings = configured.settings
    stack = Stack(
        data_dir,
        nodes,
        kafka_port=kafka_port,
        collector_port=settings.port,
        grpc_port=settings.grpc_port,
        host=settings.host,
        workers=settings.workers,
        catalog=settings.catalog if configured.origins["catalog"] != "default" else None,
        settings=handed_on(os.environ),
        config=config,
        tls=settings.tls_cert_file is not None,
        tell=_tell,
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _interrupt)
    try:
        with stack:
            grpc = f" or OTLP/gRPC to {stack.grpc_address}" if stack.grpc_address else ""
            where = f"OTLP/HTTP to {stack.collector_url}{grpc}"
            _tell(f"Up. Send {where}; logs are in {stack.folder.logs}; Ctrl-C stops it.")
            _watch(stack)
    except AlreadyUp as other:
        where = f": {other.state.collector_url}" if other.state and other.state.collector_url else ""
        click.echo(f"Already up{where}. `tidegate status` shows it, `tidegate down` stops it.")
    except KeyboardInterrupt:
        _tell("Stopped.")


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    """Begin to stop; a second signal ends the process at once, and what it started with it."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)
    raise KeyboardInterrupt


def _watch(stack: Stack) -> None:
    """Show how things are, until a signal comes or the stack can't go on."""
    if sys.stderr.isatty():
        _watch_live(stack)
    shown: dict[str, str] = {}
    while True:
        stack.check()
        for name, state in stack.services().items():
            if shown.get(name) != state.state:
                shown[name] = state.state
                _tell(f"{name} {state.why or state.state}")
        time.sleep(_LOOK_EVERY)


def _watch_live(stack: Stack) -> None:
    from rich.console import Console, Group  # noqa: PLC0415 - only a terminal needs it
    from rich.live import Live  # noqa: PLC0415 - as above

    from deploy.commands._services import table, whys  # noqa: PLC0415 - as above

    def draw() -> Group:
        services = list(stack.services().values())
        return Group(table(stack.bootstrap, stack.collector_url, services), *whys(services))

    with Live(draw(), console=Console(stderr=True), auto_refresh=False) as live:
        while True:
            stack.check()
            live.update(draw(), refresh=True)
            time.sleep(_LOOK_EVERY)


def _tell(line: str) -> None:
    click.echo(line, err=True)
