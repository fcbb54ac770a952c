"""`tidegate sink`: topics in, Parquet tables out, until it is told to stop."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

import click

from broker.connect import connect
from broker.patience import patiently
from broker.port import BrokerError
from broker.settings import BadSetting, load
from consumers.sink.errors import NoTable, SinkStopped
from consumers.sink.service import GROUP, TOPICS, Policy, Progress, run
from consumers.sink.settings import SinkSettings
from consumers.sink.tally import State
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.signals import stop_on_signals
from deploy.status import Beat
from schemas.catalogue import load as load_catalogue
from schemas.findings import CatalogueInvalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from broker.port import Broker, Consumer


@click.command()
@_options.data_dir
@click.option("--catalog", type=click.Path(file_okay=False, path_type=Path), help="Catalogue folder.")
@click.option("--tables", type=click.Path(file_okay=False, path_type=Path), help="Folder of the tables.")
def command(data_dir: Path, catalog: Path | None, tables: Path | None) -> None:
    """Write telemetry.usage, telemetry.diagnostic and ml.eligible as Parquet tables.

    Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME, …_PASSWORD_FILE. SIGTERM or Ctrl-C: what was gathered is
    written and committed, then it ends.
    """
    try:
        settings = load(SinkSettings, data_dir=data_dir, catalog=catalog, tables=tables)
        _serve(settings)
    except (BadSetting, NoTable, SinkStopped, BrokerError, CatalogueInvalid) as error:
        raise Stop(str(error)) from None


def _serve(settings: SinkSettings) -> None:
    catalogue = load_catalogue(settings.catalog)
    policy = Policy(rows=settings.sink_rows, seconds=settings.sink_seconds, folder=settings.data_dir / "run")
    progress, stop = Progress(), Event()

    def read() -> tuple[str, Mapping[str, int]]:
        return progress.tally.state.value, progress.tally.counts()

    beat = Beat(settings.data_dir / "run" / "sink.json", "sink")
    with stop_on_signals(stop), beat.beating(read), connect(settings.connection(), settings.kafka_driver) as broker:
        try:
            consumer = _open(broker, stop, progress)
            if consumer is not None:
                with closing(consumer):
                    _tell(f"reading {', '.join(TOPICS)} into {settings.tables_dir}")
                    folder = settings.tables_dir
                    run(consumer, catalogue, folder, stop=stop, policy=policy, tell=_tell, progress=progress)
        finally:
            progress.tally = progress.tally.in_state(State.STOPPED)
            counts = progress.tally.counts()
            _tell(f"stopped: {counts['rows']} rows written, {counts['committed']} messages committed")


def _open(broker: Broker, stop: Event, progress: Progress) -> Consumer | None:
    """Open the consumer, waiting for a broker that does not answer yet; None when told to stop meanwhile."""
    return patiently(lambda: broker.consumer(TOPICS, group=GROUP), stop=stop, tell=_tell, failed=progress.waiting)


def _tell(line: str) -> None:
    print(f"sink: {line}", file=sys.stderr, flush=True)
