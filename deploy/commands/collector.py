"""`tidegate collector`: OTLP in, Kafka out, until it is told to stop."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from functools import partial
from pathlib import Path

import click
from click.core import ParameterSource

from broker.port import BrokerError
from broker.settings import BadSetting
from collector import logbook
from collector.configuration import as_json, asks_for_json, configure, lines
from collector.errors import CannotStart
from collector.heap import few_heaps
from collector.otlp import require_fast_protobuf
from deploy.collecting import collect, collect_with_workers
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.place import Alone, Place
from deploy.signals import held
from schemas.findings import CatalogueInvalid
from schemas.quarantine import BadKey


@click.command()
@_options.data_dir
@click.option("--catalog", type=click.Path(file_okay=False, path_type=Path), help="Catalogue folder.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 4318]")
@click.option("--grpc-port", help="Port to listen on for OTLP/gRPC, or off.  [default: 4317]")
@click.option("--workers", type=int, help="Processes behind the ports, one a core.  [default: 1]")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Settings file, TOML.")
@click.option("--print-config", is_flag=True, help="Show the settings and where each is from, without secrets; end.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of --print-config.")
@click.option("--worker", hidden=True, help="The place of a worker: what the supervisor says to its own.")
@click.pass_context
def command(
    context: click.Context,
    data_dir: Path,
    catalog: Path | None,
    host: str | None,
    port: int | None,
    grpc_port: str | None,
    workers: int | None,
    config: Path | None,
    print_config: bool,  # noqa: FBT001 - click names it
    form: str,
    worker: str | None,
) -> int:
    """Take OTLP over HTTP and gRPC, judge every record, and produce it to the topic of its kind.

    Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME, …_PASSWORD_FILE. A setting comes from its
    flag, else from its variable TIDEGATE_…, else from the file of --config. SIGTERM or Ctrl-C: what was accepted is
    finished, then it ends. SIGHUP: catalogue, keys, tokens and certificate are read again. docs/settings.md lists
    all settings.
    """
    few_heaps()
    place = Place.read(worker) if worker else None
    as_objects = not print_config and asks_for_json(config)  # until the settings say so
    logbook.start("json" if as_objects else "text", place.number if place else None)
    try:
        require_fast_protobuf()
        told = context.get_parameter_source("data_dir") is ParameterSource.COMMANDLINE
        given = {"catalog": catalog, "host": host, "port": port, "grpc_port": grpc_port, "workers": workers}
        configured = configure(config, whole=not print_config, data_dir=data_dir if told else None, **given)
        if print_config:
            _warn(partial(click.echo, err=True))
            click.echo(as_json(configured) if form == "json" else "\n".join(lines(configured)))
            return 0
        settings = configured.settings
        logbook.start(settings.log_format, place.number if place else None)
        as_objects = settings.log_format == "json"
        if place is None:
            _warn(logbook.tell)
        with held(signal.SIGHUP):
            if settings.workers > 1 and place is None:
                return collect_with_workers(settings)
            collect(settings, place or Alone())
    except (BadSetting, BadKey, BrokerError, CannotStart, CatalogueInvalid) as error:
        if not as_objects:
            raise Stop(str(error)) from None
        logbook.tell_end(str(error))
        context.exit(Stop.exit_code)
    return 0


def _warn(tell: Callable[[str], None]) -> None:
    """Tell which variables have no effect."""
    from deploy.variables import strangers  # noqa: PLC0415 - the settings of the other services come with it

    for line in strangers(os.environ):
        tell(line)
