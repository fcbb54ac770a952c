"""`tidegate validator`: the only writer of ml.eligible, until it is told to stop."""

from __future__ import annotations

import sys
from pathlib import Path
from threading import Event

import click

from broker.connect import connect
from broker.patience import patiently
from broker.port import Broker, BrokerError
from broker.settings import BadSetting, load
from consumers.validator.service import GROUP, READS, Policy, Progress, run
from consumers.validator.settings import ValidatorSettings
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.keys import followed
from deploy.signals import stop_on_signals
from deploy.status import Beat
from schemas.catalogue import load as load_catalogue
from schemas.findings import CatalogueInvalid
from schemas.keyfile import read_recipient
from schemas.quarantine import BadKey


@click.command()
@_options.data_dir
@click.option("--catalog", type=click.Path(file_okay=False, path_type=Path), help="Catalogue folder.")
def command(data_dir: Path, catalog: Path | None) -> None:
    """Judge every telemetry message again, trusting nothing, and write the images of eligible ones to ml.eligible.

    Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME, …_PASSWORD_FILE. SIGTERM or Ctrl-C ends it between two
    batches.
    """
    try:
        _serve(load(ValidatorSettings, data_dir=data_dir, catalog=catalog))
    except (BadSetting, BadKey, BrokerError, CatalogueInvalid) as error:
        raise Stop(str(error)) from None


def _serve(settings: ValidatorSettings) -> None:
    policy = Policy(
        load_catalogue(settings.catalog), read_recipient(settings.recipient_path), followed(settings.ml_key_path)
    )
    progress, stop = Progress(), Event()
    beat = Beat(settings.data_dir / "run" / "validator.json", "validator")
    with (
        stop_on_signals(stop),
        beat.beating(progress.read),
        connect(settings.connection(), settings.kafka_driver) as broker,
    ):
        _work(broker, policy, stop, progress)


def _work(broker: Broker, policy: Policy, stop: Event, progress: Progress) -> None:
    producer = patiently(broker.producer, stop=stop, tell=_tell, failed=progress.waiting)
    if producer is None:
        return
    try:
        consumer = patiently(
            lambda: broker.consumer(READS, group=GROUP), stop=stop, tell=_tell, failed=progress.waiting
        )
        if consumer is None:
            return
        try:
            _tell(f"reading {', '.join(READS)}")
            run(consumer, producer, policy, stop=stop, tell=_tell, progress=progress)
        finally:
            consumer.close()
    finally:
        producer.close()


def _tell(line: str) -> None:
    print(f"validator: {line}", file=sys.stderr, flush=True)
