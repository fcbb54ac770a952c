"""`tidegate collector`: OTLP in, Kafka out, until it is told to stop."""

from __future__ import annotations

import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from broker.connect import connect
from broker.patience import patiently
from broker.port import BrokerError
from broker.settings import BadSetting
from collector import logbook
from collector.app import app_of
from collector.configuration import as_json, configure, lines
from collector.entrance import entrance
from collector.errors import CannotStart
from collector.heap import few_heaps
from collector.meters import Meters
from collector.metrics import Metric
from collector.observed import Observed, observed_calls
from collector.otlp import require_fast_protobuf
from collector.serve import serve
from collector.service import Gateway, Policy
from collector.settings import CollectorSettings
from collector.spill.store import Spill, SpillTaken
from collector.steps import unwatched
from collector.tls import Certificate, certificate
from collector.work import Work
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.keys import followed
from deploy.reload import reload_on_signal
from deploy.signals import stop_on_signals
from deploy.status import Beat
from schemas.catalogue import load as load_catalogue
from schemas.findings import CatalogueInvalid
from schemas.keyfile import read_recipient, read_storage_key
from schemas.quarantine import BadKey

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from collector.grpc_door import GrpcDoor
    from collector.tracing import Tracing


@click.command()
@_options.data_dir
@click.option("--catalog", type=click.Path(file_okay=False, path_type=Path), help="Catalogue folder.")
@click.option("--host", help="Address to listen on.  [default: 127.0.0.1]")
@click.option("--port", type=int, help="Port to listen on.  [default: 4318]")
@click.option("--grpc-port", help="Port to listen on for OTLP/gRPC, or off.  [default: 4317]")
@click.option("--config", type=click.Path(dir_okay=False, path_type=Path), help="Settings file, TOML.")
@click.option("--print-config", is_flag=True, help="Show the settings and where each is from, without secrets; end.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", help="Of --print-config.")
@click.pass_context
def command(
    context: click.Context,
    data_dir: Path,
    catalog: Path | None,
    host: str | None,
    port: int | None,
    grpc_port: str | None,
    config: Path | None,
    print_config: bool,  # noqa: FBT001 - click names it
    form: str,
) -> None:
    """Take OTLP over HTTP and gRPC, judge every record, and produce it to the topic of its kind.

    Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME, …_PASSWORD_FILE. A setting comes from its
    flag, else from its variable TIDEGATE_…, else from the file of --config. SIGTERM or Ctrl-C: what was accepted is
    finished, then it ends. SIGHUP: catalogue, keys, tokens and certificate are read again.
    """
    few_heaps()
    logbook.start("text")
    try:
        require_fast_protobuf()
        told = context.get_parameter_source("data_dir") is ParameterSource.COMMANDLINE
        given = {"catalog": catalog, "host": host, "port": port, "grpc_port": grpc_port}
        configured = configure(config, data_dir=data_dir if told else None, **given)
        if print_config:
            click.echo(as_json(configured) if form == "json" else "\n".join(lines(configured)))
        else:
            logbook.start(configured.settings.log_format)
            _serve(configured.settings)
    except (BadSetting, BadKey, BrokerError, CannotStart, CatalogueInvalid) as error:
        raise Stop(str(error)) from None


def _serve(settings: CollectorSettings) -> None:
    policy = _policy(settings)
    door, shown = entrance(settings, logbook.tell), certificate(settings, logbook.tell)
    beat = Beat(settings.data_dir / "run" / "collector.json", "collector")
    state = ["starting"]
    spill = _spill(settings)
    with connect(settings.connection(), settings.kafka_driver) as broker:
        tracing = _tracing(settings)
        begin = tracing.begin if tracing else unwatched
        gateway = Gateway(policy, broker, logbook.tell, spill=spill, begin=begin)

        def again() -> str:
            fresh = _policy(settings)
            if shown:
                shown.reload()
            door.reload()
            gateway.adopt(fresh)
            return f"reloaded: catalogue, keys{', tokens and certificate' if shown else ' and tokens'}"

        with beat.beating(lambda: (state[0], gateway.counts())), reload_on_signal(again, logbook.tell):
            if spill is None and not _opened(gateway):
                return

            ports: list[int] = []

            def listening(port: int) -> None:
                logbook.tell(_taking(settings, port, ports))
                state[0] = "running"

            work = Work(gateway, settings.limits, door, begin)
            meters = Meters(gateway, gateway.soft_fields, work.gauges)
            gateway.delivery.timed = partial(meters.measured, Metric.PRODUCE_DURATION)
            try:
                serve(
                    Observed(app_of(work), meters, settings.metrics),
                    host=settings.host,
                    port=settings.port,
                    on_listening=listening,
                    beside=_grpc(settings, work, shown, meters, ports.append),
                    tls=shown.context() if shown else None,
                )
            finally:
                state[0] = "stopped"
                gateway.close()
                meters.close()
                if tracing:
                    tracing.close()


def _grpc(
    settings: CollectorSettings,
    work: Work,
    shown: Certificate | None,
    meters: Meters,
    on_listening: Callable[[int], None],
) -> GrpcDoor | None:
    """Make the other door, unless it is switched off."""
    if settings.grpc_port == "off":
        return None
    from collector.grpc_door import GrpcDoor  # noqa: PLC0415 - nobody else pays for it
    from collector.grpc_tls import credentials  # noqa: PLC0415 - as above

    return GrpcDoor(
        work,
        host=settings.host,
        port=settings.grpc_port,
        credentials=credentials(shown) if shown else None,
        on_listening=on_listening,
        on_call=observed_calls(meters),
    )


def _taking(settings: CollectorSettings, port: int, ports: Sequence[int]) -> str:
    """Say where both doors are."""
    s = "s" if settings.tls_cert_file else ""
    other = "".join(f" and grpc{s}://{settings.host}:{of_grpc}" for of_grpc in ports)
    return f"taking OTLP on http{s}://{settings.host}:{port}/v1/logs{other}"


def _policy(settings: CollectorSettings) -> Policy:
    """Read catalogue and keys: at the start, and again at SIGHUP."""
    return Policy(
        load_catalogue(settings.catalog), read_recipient(settings.recipient_path), followed(settings.telemetry_key_path)
    )


def _tracing(settings: CollectorSettings) -> Tracing | None:
    """Make spans of our own steps, when asked."""
    if settings.trace_endpoint is None:
        return None
    from collector.tracing import Tracing  # noqa: PLC0415 - nobody else pays for it

    return Tracing.to(settings.trace_endpoint)


def _spill(settings: CollectorSettings) -> Spill | None:
    """Open the spill, unless it is switched off."""
    if not settings.spill_bytes:
        return None
    key, folder = read_storage_key(settings.storage_key_path), settings.spill_path
    try:
        return Spill(folder, key, most=settings.spill_bytes, clock=time.time, tell=logbook.tell)
    except SpillTaken as error:
        raise CannotStart(str(error)) from None
    except OSError as error:
        raise CannotStart(
            f"the spill in {folder} can't be opened ({type(error).__name__}): see the disk, or set spill_dir elsewhere"
        ) from None


def _opened(gateway: Gateway) -> bool:
    """Wait for Kafka before the first request is taken; False when told to stop meanwhile."""
    stop = threading.Event()
    with stop_on_signals(stop):
        patiently(gateway.delivery.open, stop=stop, tell=logbook.tell)
    return not stop.is_set()
