"""`tidegate quarantine`: the operator's tools."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from broker.connect import connect
from broker.port import BrokerError
from deploy import cluster, credentials
from deploy.commands import _options
from deploy.errors import Problem
from deploy.folder import Folder
from deploy.quarantine.audit import Audit
from deploy.quarantine.groups import DAY, groups
from deploy.quarantine.opening import Opener
from deploy.quarantine.reading import TOPIC, Sealed, read
from schemas.catalogue import load

if TYPE_CHECKING:
    from broker.port import Broker

OPERATOR, COLLECTOR = "quarantine-operator", "collector"
_file = click.Path(exists=True, dir_okay=False, path_type=Path)


def _said(_context: click.Context, _option: click.Parameter, text: str) -> str:
    """Take a reason that says something."""
    if not any(map(str.isalnum, text)):
        raise click.BadParameter("say why: it is kept in the audit log")
    return text


_reason = click.option("--reason", required=True, callback=_said, help="Why: it is kept in the audit log.")
_identity = click.option(
    "--identity",
    "identities",
    type=_file,
    required=True,
    multiple=True,
    help="File with the private half: quarantine-identity.txt; again for another.",
)
_bootstrap = click.option(
    "--bootstrap", envvar="TIDEGATE_KAFKA_BOOTSTRAP", help="Cluster; by default the local one that is up."
)
_message = click.option(
    "--message", "wanted", multiple=True, help="PARTITION/OFFSET; again for another. By default all."
)


def _user(principal: str, data_dir: Path, bootstrap: str | None) -> Broker:
    """Give a principal's way to the cluster, by its file in DATA_DIR/credentials."""
    folder = Folder(data_dir)
    password = folder.credentials / principal
    if bootstrap:
        kafka = cluster.elsewhere(data_dir, bootstrap, principal, password)
        return connect(kafka.admin, kafka.driver)
    kafka = cluster.running(folder)
    return connect(kafka.connection(principal, credentials.read_private(password)), kafka.driver)


@click.group()
def command() -> None:
    """See what was refused, open it with the private key, send it through the gate again, delete it."""


@command.command("list")
@_options.data_dir
@_options.catalog
@_bootstrap
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def list_(data_dir: Path, catalog: Path, bootstrap: str | None, shape: str) -> None:
    """Group what was refused by reason, field, app and version. Needs no private key: nothing is opened.

    A release that makes a mistake more often than the release before it says so; these are counts, not rates, so a
    release that hardly anybody runs yet looks better than it is.
    """
    with _user(OPERATOR, data_dir, bootstrap) as broker:
        found = list(read(broker))
    made = groups((each for each in found if each is not None), load(catalog), time.time())
    if shape == "json":
        for group in made:
            click.echo(json.dumps(asdict(group), default=str))
    else:
        from deploy.commands._groups import show  # noqa: PLC0415 - only a table needs rich

        show(made)
    if strays := found.count(None):
        click.echo(f"{strays} messages are no quarantine records: somebody else wrote them", err=True)


@command.command("open")
@_options.data_dir
@_bootstrap
@_identity
@_reason
@_message
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path, allow_dash=True),
    help="A new file, mode 0600, or - for standard output. Without it the records are shown on a terminal only.",
)
def open_(
    data_dir: Path,
    bootstrap: str | None,
    identities: tuple[Path, ...],
    reason: str,
    wanted: tuple[str, ...],
    output: Path | None,
) -> int:
    """Decrypt refused records, here, and write them as JSON lines. THEY MAY HOLD WHAT CUSTOMERS SAID.

    What no identity opens is left out, counted and named, and the exit code is 1.

    Who, when, why and which messages stand in DATA_DIR/quarantine-audit.jsonl before the first record is shown.
    """
    from deploy.quarantine.showing import lines  # noqa: PLC0415 - protobuf is heavy

    if output is None and not sys.stdout.isatty():
        raise Problem("refused records are shown on a terminal, or written with --output FILE (- for standard output)")
    chosen = _chosen(data_dir, bootstrap, wanted)
    opener = Opener(identities)
    opened = list(opener.each(chosen, lambda each, keys: list(lines(each, keys))))
    if opened or not opener.left:
        Audit(Folder(data_dir).quarantine_audit).write("open", reason, [each.place for each, _ in opened])
        with _out(output) as write:
            for _, texts in opened:
                for text in texts:
                    write(text)
    return _left(opener)


@command.command()
@_options.data_dir
@_options.catalog
@_bootstrap
@_identity
@_reason
@_message
@click.option("--collector", "url", default="http://127.0.0.1:4318", show_default=True, help="A running collector.")
@click.option("--token-file", type=_file, help="File with an ingest token, made by `tokens new --replay`.")
@click.option("--again", is_flag=True, help="Also what was replayed before.")
def replay(
    data_dir: Path,
    catalog: Path,
    bootstrap: str | None,
    identities: tuple[Path, ...],
    reason: str,
    wanted: tuple[str, ...],
    url: str,
    token_file: Path | None,
    again: bool,  # noqa: FBT001 - click's
) -> int:
    """Send refused records through the whole gate again, after the catalogue was mended.

    What fails again is sealed again. What no identity opens is left as it is, counted and named, and the exit code
    is 1.

    What was replayed is kept in the audit log, and skipped the next time. Records keep their event ids, so that a row
    that comes twice is one.
    """
    from deploy.quarantine.replaying import Door  # noqa: PLC0415 - protobuf is heavy
    from deploy.quarantine.replaying import replay as send  # noqa: PLC0415 - as above

    audit, opener, known = Audit(Folder(data_dir).quarantine_audit), Opener(identities), load(catalog)
    done = set() if again else audit.replayed()
    chosen = [each for each in _chosen(data_dir, bootstrap, wanted) if each.place not in done]
    audit.write("replay", reason, [each.place for each in chosen])
    door, told = Door(url, credentials.read_private(token_file) if token_file else None), Counter[str]()
    through = 0
    with _writer(data_dir, bootstrap) as producer:
        for each, became in opener.each(chosen, lambda each, keys: send(each, keys, known, door, producer)):
            audit.write("replayed", reason, [each.place])
            told += became
            through += 1
    click.echo(f"{through} messages: " + (", ".join(f"{what} {n}" for what, n in told.items()) or "nothing to do"))
    return _left(opener)


@command.command()
@_options.data_dir
@click.option("--bootstrap", envvar="TIDEGATE_KAFKA_BOOTSTRAP", help="Cluster; by default the local one that is up.")
@click.option("--username", envvar="TIDEGATE_KAFKA_USERNAME", help="Its super user.")
@click.option(
    "--password-file",
    envvar="TIDEGATE_KAFKA_PASSWORD_FILE",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with the super user's password.",
)
@click.option("--older-than", "days", type=click.FloatRange(0), required=True, help="Days; 0: everything.")
@_reason
def purge(
    data_dir: Path,
    bootstrap: str | None,
    username: str | None,
    password_file: Path | None,
    days: float,
    reason: str,
) -> None:
    """Delete what is older than so many days, before the topic's own retention does."""
    folder = Folder(data_dir)
    kafka = cluster.elsewhere(data_dir, bootstrap, username, password_file) if bootstrap else cluster.running(folder)
    before = int(time.time() * 1000 - days * DAY)
    audit = Audit(folder.quarantine_audit)
    audit.write("purge", reason, before=before)
    with contextlib.closing(connect(kafka.admin, kafka.driver).admin()) as admin:
        deleted = admin.purge(TOPIC, before)
    click.echo(f"{deleted} messages deleted")
    audit.write("purged", reason, before=before, count=deleted)


def _chosen(data_dir: Path, bootstrap: str | None, wanted: tuple[str, ...]) -> list[Sealed]:
    with _user(OPERATOR, data_dir, bootstrap) as broker:
        found = [each for each in read(broker) if each is not None]
    if missing := set(wanted) - {each.place for each in found}:
        raise Problem(f"quarantine holds no message {', '.join(sorted(missing))}: they are PARTITION/OFFSET")
    return [each for each in found if not wanted or each.place in wanted]


def _left(opener: Opener) -> int:
    """Name what was not opened; gives the exit code."""
    for line in opener.told():
        click.echo(line, err=True)
    return int(bool(opener.left))


@contextlib.contextmanager
def _out(output: Path | None) -> Iterator[Callable[[str], object]]:
    if output is None or str(output) == "-":
        yield click.echo
        return
    try:
        handle = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise Problem(f"{output} exists already, and is not written over: choose another --output") from None
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        yield lambda text: file.write(text + "\n")


@contextlib.contextmanager
def _writer(data_dir: Path, bootstrap: str | None) -> Iterator[Any]:
    """Give a producer of the collector's principal, or None where its credential is not here."""
    try:
        broker = _user(COLLECTOR, data_dir, bootstrap)
        producer = broker.producer()
    except (Problem, BrokerError):
        yield None
        return
    with contextlib.closing(producer):
        yield producer
