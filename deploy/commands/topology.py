"""`tidegate topology`: show what a cluster should hold, and bring one to it."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from broker.connect import connect
from deploy import cluster, credentials, topology
from deploy.commands import _options
from deploy.folder import Folder

if TYPE_CHECKING:
    from deploy.topology_model import Topology

_FILE = click.option(
    "--file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    default=topology.FILE,
    help="Topology file; by default the shipped one.",
)


@click.group()
def command() -> None:
    """Show topics, principals and grants; apply them to a cluster."""


@command.command()
@_FILE
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def show(file: Path, shape: str) -> None:
    """Show who may write and read which topic."""
    wanted = topology.read(file)
    if shape == "json":
        click.echo(json.dumps(wanted.model_dump(by_alias=True, mode="json", exclude_none=True)))
    else:
        _table(wanted)


@command.command()
@_FILE
@_options.data_dir
@click.option("--bootstrap", envvar="TIDEGATE_KAFKA_BOOTSTRAP", help="Cluster; by default the local one that is up.")
@click.option("--username", envvar="TIDEGATE_KAFKA_USERNAME", help="Its super user.")
@click.option(
    "--password-file",
    envvar="TIDEGATE_KAFKA_PASSWORD_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the super user's password.",
)
def apply(file: Path, data_dir: Path, bootstrap: str | None, username: str | None, password_file: Path | None) -> int:
    """Bring a cluster to the topology: topics, users, exactly these grants. The second time there is nothing to do.

    Credentials that are missing are made in DATA_DIR/credentials, one file a principal.
    """
    wanted = topology.read(file)
    kafka = (
        cluster.elsewhere(data_dir, bootstrap, username, password_file)
        if bootstrap
        else cluster.running(Folder(data_dir))
    )
    passwords = credentials.ensure(Folder(data_dir).credentials, wanted.principals)
    with contextlib.closing(connect(kafka.admin, kafka.driver).admin()) as admin:
        report = topology.apply(admin, wanted, passwords)
    for name in report.topics:
        click.echo(f"topic {name}")
    for name in report.users:
        click.echo(f"user {name}")
    click.echo(report)
    if report.open_grants:
        click.echo(topology.too_open(report), err=True)
    return 1 if report.open_grants else 0


def _table(wanted: Topology) -> None:
    from rich.console import Console  # noqa: PLC0415 - only a table needs it
    from rich.table import Table  # noqa: PLC0415 - as above

    table = Table("topic", "written by", "read by", "partitions", "replicas", "days kept", box=None, pad_edge=False)
    for name, spec in wanted.topics.items():
        table.add_row(
            name,
            ", ".join(who for who, principal in wanted.principals.items() if name in principal.writes),
            ", ".join(who for who, principal in wanted.principals.items() if name in principal.reads),
            str(spec.partitions),
            f"<= {spec.replication}",
            f"{spec.settings.retention_ms / 86_400_000:g}",
        )
    Console().print(table)
