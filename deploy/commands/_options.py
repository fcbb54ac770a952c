"""Options that several commands share."""

from __future__ import annotations

from pathlib import Path

import click

data_dir = click.option(
    "--data-dir",
    envvar="TIDEGATE_DATA_DIR",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path(".tidegate"),
    show_default=True,
    help="Folder of the local data: Kafka, keys, credentials, logs, tables.",
)

catalog = click.option(
    "--catalog",
    envvar="TIDEGATE_CATALOG",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default=Path(__file__).parents[2] / "schemas" / "catalog",
    help="Catalogue folder; by default the shipped one.",
)
