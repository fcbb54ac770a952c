"""`tidegate validator`: the only writer of ml.eligible, until it is told to stop."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from threading import Event

import click

from broker.connect import connect
from broker.port import BrokerError
from broker.settings import BadSetting, load
from consumers.validator.progress import Progress
from consumers.validator.service import Policy, Validator
from consumers.validator.settings import ValidatorSettings
from deploy.commands import _options
from deploy.commands._errors import Stop
from deploy.folder import Folder
from deploy.keys import followed
from deploy.signals import stop_on_signals
from deploy.status import Beat
from schemas.catalogue import load as load_catalogue
from schemas.findings import CatalogueInvalid
from schemas.keyfile import read_recipient
from schemas.quarantine import BadKey


@click.group(invoke_without_command=True)
@_options.data_dir
@click.option("--catalog", type=click.Path(file_okay=False, path_type=Path), help="Catalogue folder.")
@click.pass_context
def command(context: click.Context, data_dir: Path, catalog: Path | None) -> None:
    """Judge every telemetry message again, trusting nothing, and write the images of eligible ones to ml.eligible.

    Kafka is reached by TIDEGATE_KAFKA_BOOTSTRAP, …_USERNAME, …_PASSWORD_FILE. SIGTERM or Ctrl-C ends it between two
    batches.
    """
    context.obj = data_dir
    if context.invoked_subcommand is not None:
        return
    try:
        _serve(load(ValidatorSettings, data_dir=data_dir, catalog=catalog))
    except (BadSetting, BadKey, BrokerError, CatalogueInvalid) as error:
        raise Stop(str(error)) from None


@command.command()
@click.option(
    "--data-dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder of the local data, as before `resume`.",
)
@click.pass_obj
def resume(data_dir: Path, folder: Path | None) -> None:
    """Go on after the circuit breaker has tripped: what comes is judged, and refused values go to quarantine.

    Look first at what is refused: `tidegate status` says why it stopped. The breaker is armed again once
    refusals are few.
    """
    of = Folder(folder or data_dir)
    if not of.trip.exists():
        if not of.beat("validator").exists():
            raise Stop(f"no validator has run on {of.root}: name its folder with --data-dir")
        click.echo("The circuit breaker has not tripped: nothing was changed.")
        return
    of.trip.unlink()
    click.echo("The validator goes on.")


def _serve(settings: ValidatorSettings) -> None:
    policy = Policy(
        load_catalogue(settings.catalog),
        read_recipient(settings.recipient_path),
        followed(settings.ml_key_path, _tell),
        fuse=settings.fuse,
        wait=settings.wait,
        load=partial(load_catalogue, settings.catalog),
        folder=settings.data_dir / "run",
    )
    progress, stop = Progress(), Event()
    beat = Beat(settings.data_dir / "run" / "validator.json", "validator")
    with (
        stop_on_signals(stop),
        beat.beating(progress.read),
        connect(settings.connection(), settings.kafka_driver) as broker,
    ):
        Validator(broker, policy, stop=stop, tell=_tell, progress=progress).run()


def _tell(line: str) -> None:
    print(f"validator: {line}", file=sys.stderr, flush=True)
