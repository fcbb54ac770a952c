"""`tidegate check`: could this catalogue ever carry content, whom does it break, and what may it now carry more?"""

from __future__ import annotations

import os
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import click

from deploy.commands._errors import Stop
from deploy.gitref import NoSuchState, export
from schemas.catalogue import SHIPPED
from schemas.check.engine import Report, check
from schemas.check.formats import github, gitlab, json, jsonl, junit, markdown, sarif, text
from schemas.check.rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

FORMATS: dict[str, Callable[..., str]] = {
    "text": text.render,
    "json": json.render,
    "jsonl": jsonl.render,
    "github": github.render,
    "sarif": sarif.render,
    "junit": junit.render,
    "gitlab": gitlab.render,
    "markdown": markdown.render,
}


@click.command()
@click.argument("path", type=click.Path(exists=True, file_okay=False, path_type=Path), default=SHIPPED)
@click.option("--against", metavar="GIT_REF|DIR", help="The older state to compare with; else the registered texts.")
@click.option("--format", "form", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--select", multiple=True, metavar="RULE", help="Only this rule or family; may be repeated.")
@click.option("--ignore", multiple=True, metavar="RULE", help="Not this rule or family; may be repeated.")
@click.option("--statistics", is_flag=True, help="Count findings by rule (format text).")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="A file instead of stdout.")
def command(
    path: Path,
    against: str | None,
    form: str,
    select: Sequence[str],
    ignore: Sequence[str],
    statistics: bool,  # noqa: FBT001 - a flag of the command line
    output: Path | None,
) -> None:
    """Check the catalogue in PATH (the shipped one by default).

    Exit code 0: clean, or every finding approved; 1: findings; 2: the check could not be made.
    """
    known = {*RULES, *(rule.family.value for rule in RULES.values())}
    for name in (*select, *ignore):
        if name not in known:
            raise Stop(f"there is no rule or family {name!r}: `tidegate rule` lists them")
    with ExitStack() as stack:
        report = check(path, against=_older(path, against, stack), select=select, ignore=ignore)
    told = _rendered(report, form, path, output, statistics=statistics)
    if output is None:
        click.echo(told, nl=False)
    else:
        try:
            output.write_text(told, encoding="utf-8")
        except OSError as error:
            raise Stop(f"{output} can't be written: {os.strerror(error.errno or 0)}") from None
    sys.exit(1 if report.counting else 0)


def _older(path: Path, against: str | None, stack: ExitStack) -> Path | None:
    """Give the folder of the older state: as named, or written out from git for as long as `stack` is open."""
    if against is None:
        return None
    if Path(against).is_dir():
        return Path(against)
    try:
        return export(against, path, Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tidegate-"))))
    except NoSuchState as error:
        raise Stop(str(error)) from None


def _rendered(report: Report, form: str, path: Path, output: Path | None, *, statistics: bool) -> str:
    """Write the report; files are named as seen from the working directory, where they lie below it."""
    options: dict[str, object] = {"prefix": _prefix(path)}
    if form == "text":
        colour = output is None and sys.stdout.isatty() and not os.environ.get("NO_COLOR")
        options |= {"colour": colour, "statistics": statistics}
    return FORMATS[form](report, **options)


def _prefix(path: Path) -> str:
    whole, here = path.resolve(), Path.cwd().resolve()
    place = whole.relative_to(here) if whole.is_relative_to(here) else whole
    return "" if place == Path() else place.as_posix()
