"""The command `tidegate`. Sub-commands are imported when they are called: `tidegate --help` loads nothing but click."""

from __future__ import annotations

import importlib
import os
import sys
from typing import TYPE_CHECKING, NamedTuple

import click

if TYPE_CHECKING:
    from collections.abc import Sequence


class Entry(NamedTuple):
    """Where a sub-command lives, and its line in the list."""

    module: str
    help: str


COMMANDS = {
    "up": Entry("deploy.commands.up", "Start Kafka, collector, validator and sink in the foreground."),
    "down": Entry("deploy.commands.down", "Stop what `up` started."),
    "status": Entry("deploy.commands.status", "Show what runs, and its counts."),
    "demo": Entry("deploy.commands.demo", "Send a fleet's telemetry through real Kafka and show what went where."),
    "query": Entry("deploy.commands.query", "Ask the tables a question in SQL."),
    "keys": Entry("deploy.commands.keys", "Make the keys of a deployment; rotate the pseudonym keys."),
    "tokens": Entry("deploy.commands.tokens", "Ingest tokens: who may send, in whose name, how much."),
    "topology": Entry("deploy.commands.topology", "Topics, principals and grants: show them, apply them."),
    "init": Entry("deploy.commands.init", "Begin a catalogue of your own."),
    "event": Entry("deploy.commands.event", "Add an event to a catalogue; try values on it."),
    "check": Entry("deploy.commands.check", "Check a catalogue: content, contracts, compatibility. For CI."),
    "rule": Entry("deploy.commands.rule", "Explain a rule of the check."),
    "register": Entry("deploy.commands.register", "Add the catalogue's new schemas to its registered texts."),
    "catalogue": Entry("deploy.commands.catalogue", "Show a catalogue: fields, domains, images, capacity."),
    "vocabulary": Entry("deploy.commands.vocabulary", "Show a vocabulary; make one of a package's stack frames."),
    "registry": Entry("deploy.commands.registry", "Serve the registered schemas over Confluent's REST API, read-only."),
    "broker": Entry("deploy.commands.broker", "Apache Kafka alone on this machine."),
    "collector": Entry("deploy.commands.collector", "Run the collector: OTLP in, Kafka out."),
    "validator": Entry("deploy.commands.validator", "Run the validator: telemetry in, ML-eligible out."),
    "quarantine": Entry("deploy.commands.quarantine", "See, open, replay and purge what was refused."),
    "sink": Entry("deploy.commands.sink", "Run the sink: topics in, Parquet tables out."),
}


class Commands(click.Group):
    """A group whose sub-commands are imported one at a time."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Name the sub-commands, in the order a person meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        """Import one sub-command."""
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        command: click.Command = importlib.import_module(entry.module).command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - as above
        """List the sub-commands without importing any."""
        with formatter.section(_heading("Commands")):
            formatter.write_dl([(click.style(name, fg="cyan"), entry.help) for name, entry in COMMANDS.items()])


def _heading(text: str) -> str:
    return click.style(text, bold=True)  # click.echo strips it where the output is no terminal


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(package_name="tidegate", message="%(prog)s %(version)s")
def cli() -> None:
    """Carry client telemetry through Apache Kafka, and keep it apart from customer content."""


def run(arguments: Sequence[str]) -> int:
    """Run a command line; returns the exit code: 0 clean, 1 findings, 2 usage or internal error, 130 interrupted."""
    colour = False if os.environ.get("NO_COLOR") else None
    try:
        code = cli.main(args=list(arguments), prog_name="tidegate", standalone_mode=False, color=colour)
    except click.exceptions.Abort:
        return 130
    except click.exceptions.Exit as exit_:
        return exit_.exit_code
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except SystemExit as exit_:
        return exit_.code if isinstance(exit_.code, int) else 2 * (exit_.code is not None)
    except Exception as error:  # noqa: BLE001 - the one place where whatever is left becomes a line
        from deploy.failures import explain  # noqa: PLC0415 - only needed when something went wrong

        for line in explain(error, frames=os.environ.get("TIDEGATE_DEBUG") == "1"):
            click.echo(line, err=True)
        return 2
    return code if isinstance(code, int) else 0


def main() -> None:
    """Entry point of the console script."""
    sys.exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
