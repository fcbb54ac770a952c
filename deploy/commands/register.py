"""`tidegate register`: freeze what is new or changed in a catalogue."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.commands._errors import Stop
from schemas.catalogue import SHIPPED, register
from schemas.check.engine import check
from schemas.check.rule import Severity
from schemas.findings import CatalogueInvalid
from schemas.registry import Registered


@click.command()
@click.option(
    "--catalog",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    default=SHIPPED,
    help="Catalogue folder.  [default: the shipped one]",
)
def command(catalog: Path) -> None:
    """Give each new or changed schema its id and freeze its text, and the ML schema derived from it.

    Ids are append-only. A catalogue that does not pass `tidegate check`, compared with what is registered, is not
    registered: exit code 1, all errors on stderr. Warnings and approved changes don't hold it up.
    """
    try:
        added = _register(catalog)
    except CatalogueInvalid as error:
        for finding in error.findings:
            click.echo(str(finding), err=True)
        raise SystemExit(1) from None
    except OSError as error:
        raise Stop(f"{catalog}/registered can't be written: {error.strerror}") from None
    for schema in added:
        click.echo(f"{schema.id}\t{schema.role}\t{schema.name}")
    if not added:
        click.echo("nothing to register: every schema is as it was frozen")


def _register(catalog: Path) -> list[Registered]:
    """Register what passes the check: a frozen text can't be mended."""
    report = check(catalog)
    errors = [finding for finding in report.counting if report.rules[finding.rule].severity is Severity.ERROR]
    if errors:
        raise CatalogueInvalid(errors)
    return register(catalog)
