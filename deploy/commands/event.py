"""`tidegate event`: write a new event, try values on one."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands import _events, _options

if TYPE_CHECKING:
    from collections.abc import Sequence


@click.group()
def command() -> None:
    """Write a new event into a catalogue; try values on an event."""


@command.command()
@click.argument("name", metavar="NAME")
@_options.catalog
@click.option("--kind", type=click.Choice(["usage", "diagnostic", "content"]), help="What it carries.")
@click.option("--owner", help="The team that answers for it.")
@click.option(
    "--purpose", "purposes", multiple=True, help="What it may be used for; again for another. See docs/catalogue.md."
)
@click.option("--level", type=click.Choice(["required", "optional"]), help="Whether a user can switch it off.")
@click.option("--expires", help="Last day on which it is ML-eligible.  [default: in a year; content: never]")
@click.option("--doc", help="What it tells, in a sentence.")
@click.option("--field", "fields", multiple=True, help="name[?]:domain[:key=value]…; again for another.")
@click.option("--discard", "discards", multiple=True, help="An attribute to destroy as planned; again for another.")
def new(name: str, catalog: Path, fields: Sequence[str], **said: object) -> int:
    """Write the event NAME, such as document.exported: a schema that passes the check, or nothing.

    Asks on a terminal for what is not given. A field is its name, `?` where it may be absent, its domain, and the
    domain's parameters: `length?:duration:unit=s:max=3600:doc=How long it was, in seconds.` A content field's domain
    is `content`, with `class=chat` and, where it is no text, `type=bytes`. `attribute=` names the attribute it reads,
    by default made out of NAME and the field's name; one without a class gets it in attributes.yaml. Nothing is ever
    overwritten.
    """
    return _events.new(catalog, name, fields, said, asks=sys.stdin.isatty() and sys.stdout.isatty())


@command.command()
@click.argument("name", metavar="NAME")
@_options.catalog
@click.option("--value", "values", multiple=True, metavar="K=V", help="An attribute or field; V is JSON, else a text.")
@click.option(
    "--json",
    "file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="File with one JSON object: attribute or field names and their values.",
)
@click.option("--format", "shape", type=click.Choice(["table", "json"]), default="table", show_default=True)
def test(name: str, catalog: Path, values: Sequence[str], file: Path | None, shape: str) -> int:
    """Try values on the event NAME: what would leave, what would be refused, and why.

    Runs the real gate and the real validator, without Kafka. What the resource says (tenant, app, session …) is filled
    in unless given; the event's own fields are not. What a span or a metric's point says by itself is filled in, too:
    give it by its field's name, or as `duration`, `status`, `value`; of a histogram `observations=[1.5,20,3]`. The
    pseudonyms are made with keys of trials alone. Exit code 0 when the record is accepted, 1 when it is refused.
    """
    return _events.try_out(catalog, name, values, file, shape)
