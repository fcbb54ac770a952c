"""`tidegate registry`: the registered schemas over the Confluent Schema Registry REST API, for reading."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click

from collector.errors import CannotStart
from collector.serve import serve
from deploy.commands._errors import Stop
from deploy.registry_app import make_app
from deploy.registry_subjects import Subjects
from schemas.catalogue import SHIPPED
from schemas.findings import CatalogueInvalid
from schemas.registry import read_registry


@click.command()
@click.option(
    "--catalog",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=SHIPPED,
    help="Catalogue folder.  [default: the shipped one]",
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=int, default=8081, show_default=True, help="Port to listen on.")
def command(catalog: Path, host: str, port: int) -> None:
    """Serve the registered schemas to any Avro client that speaks the Confluent Schema Registry's REST API.

    Read-only: new schemas come in with `tidegate register`, and are served from the next start on. SIGTERM or Ctrl-C
    ends it.
    """
    logging.basicConfig(stream=sys.stderr, format="registry: %(message)s", level=logging.WARNING)
    try:
        schemas = read_registry(catalog)
        if not schemas:
            raise Stop(f"nothing is registered in {catalog}: run `tidegate register --catalog {catalog}` first")
        subjects = Subjects(schemas.values())

        def listening(taken: int) -> None:
            about = f"{len(schemas)} schemas of {len(subjects.versions)} subjects"
            print(f"registry: serving {about} on http://{host}:{taken}, read-only", file=sys.stderr, flush=True)

        serve(make_app(subjects), host=host, port=port, on_listening=listening)
    except (CannotStart, CatalogueInvalid) as error:
        raise Stop(str(error)) from None
