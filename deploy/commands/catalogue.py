"""`tidegate catalogue`: what a catalogue holds, and how much it may carry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from deploy.authoring import overview
from deploy.commands import _options, _sheets
from deploy.commands._errors import Stop

if TYPE_CHECKING:
    from pathlib import Path


@click.group()
def command() -> None:
    """Show what a catalogue holds, and how much it may carry."""


@command.command()
@click.argument("event", required=False)
@_options.catalog
@_sheets.shape
def show(event: str | None, catalog: Path, shape: str) -> None:
    """List the events, or the fields of EVENT: where each comes from, what it accepts, what becomes of it.

    Reads the catalogue as it is written, registered or not.
    """
    authored = overview.read(catalog)
    if event is None:
        _sheets.show(overview.events(authored), shape)
        return
    plan = authored.plans.get(event)
    if plan is None:
        raise Stop("The catalogue has no such event: `tidegate catalogue show` lists those it has.")
    _sheets.show(overview.fields(authored, plan), shape)


@command.command()
@_options.catalog
@_sheets.shape
def capacity(catalog: Path, shape: str) -> None:
    """Show how many bits each event and field can carry into ml.eligible: the figures to keep with a release.

    Bits are log2 of the number of images, counted by the code that makes them; an absent optional field counts as an
    image. The same catalogue gives the same output on any machine.
    """
    _sheets.show(overview.capacity(overview.read(catalog)), shape)
