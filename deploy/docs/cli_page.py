"""Every command's `--help`, as a terminal of 100 columns shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from deploy.cli import cli

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import click

_WIDTH: Final = 100


def sections() -> Mapping[str, str]:
    """One section: the command itself, then each sub-command, groups followed by theirs."""
    parts = [
        f"{'#' * (2 + depth)} `{name}`\n\n```\n{text.rstrip()}\n```" for depth, name, text in _helps(cli, "tidegate")
    ]
    return {"commands": "\n\n".join(parts)}


def _helps(command: click.Command, name: str, above: click.Context | None = None) -> Iterator[tuple[int, str, str]]:
    context = command.make_context(name, [], above, resilient_parsing=True, terminal_width=_WIDTH)
    depth = 0 if above is None else len(context.command_path.split()) - 1
    yield min(depth, 1) + max(depth - 1, 0), context.command_path, _plain(command.get_help(context))
    for inner in _names(command, context):
        found = command.get_command(context, inner)  # type: ignore[attr-defined]
        yield from _helps(found, inner, context)


def _names(command: click.Command, context: click.Context) -> list[str]:
    listed = getattr(command, "list_commands", None)
    return list(listed(context)) if listed else []


def _plain(text: str) -> str:
    """Take out the colours of a terminal."""
    parts = text.split("\x1b[")
    return parts[0] + "".join(part.partition("m")[2] for part in parts[1:])
