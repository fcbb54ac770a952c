"""`tidegate vocabulary`: look at a word list, write one of stack frames."""

from __future__ import annotations

from pathlib import Path

import click

from deploy.authoring import frames as manifests
from deploy.authoring import overview, vocabularies
from deploy.commands import _options, _sheets
from deploy.commands._errors import Stop


@click.group()
def command() -> None:
    """Show a vocabulary; write one of the stack frames of a package."""


@command.command()
@click.argument("name")
@_options.catalog
@_sheets.shape
def show(name: str, catalog: Path, shape: str) -> None:
    """Show the words of the vocabulary NAME, their places, where they come from and which fields use them."""
    names = sorted(path.stem for path in catalog.glob("vocabularies/*.yaml"))
    if name not in names:
        raise Stop(f"The catalogue has no such vocabulary. It has: {', '.join(names) or 'none'}.")
    vocabulary = vocabularies.read(catalog / "vocabularies" / f"{name}.yaml")
    _sheets.show(vocabularies.words(name, vocabulary, overview.read(catalog)), shape)


@command.command()
@click.argument("package")
@click.option("--only", default="", metavar="MODULE", help="Only this module and those below it.")
@click.option("--licence", default="", help="Of the words.  [default: what the package's metadata says]")
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Vocabulary file; one that is there is added to.  [default: the standard output]",
)
def frames(package: str, only: str, out: Path | None, licence: str) -> None:
    """Write the release manifest of PACKAGE: each place in its code that can stand in a stack, as a vocabulary.

    The package is not imported and nothing of it runs: its sources are compiled, and their code objects named. Words
    that the file has keep their places; new ones go to the end, and the version rises by one.
    """
    found = manifests.frames(package, only)
    text = vocabularies.manifest(found, vocabularies.read(out) if out and out.exists() else None, licence)
    if found.left_out:
        click.echo(f"{found.left_out} frames are longer than {manifests.LONGEST} characters, and left out", err=True)
    if out is None:
        click.echo(text, nl=False)
        return
    if text is None:
        click.echo(f"{out}: nothing is new")
        return
    try:
        out.write_text(text, "utf-8")
    except OSError as error:
        raise Stop(f"{out} can't be written: {error.strerror}.") from None
    click.echo(f"{out}: {len(vocabularies.read(out).words):,} words, version {vocabularies.read(out).version}")
