"""How a command ends when it can't do its work."""

from __future__ import annotations

import click


class Stop(click.ClickException):
    """One clear line on stderr that says what is wrong and what to do; exit code 2."""

    exit_code = 2
