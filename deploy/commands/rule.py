"""`tidegate rule`: what a rule of the check finds, why it matters, a bad and a good example, how to mend it."""

from __future__ import annotations

import json

import click

from deploy.commands._errors import Stop
from schemas.check.rule import ABSENT, Edit, Rule
from schemas.check.rules import RULES


@click.command()
@click.argument("name", metavar="[ID]", required=False)
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def command(name: str | None, form: str) -> None:
    """List the rules of `tidegate check`, or explain one."""
    if name is not None and name not in RULES:
        raise Stop(f"there is no rule {name!r}: `tidegate rule` lists them")
    wanted = sorted(RULES) if name is None else [name]
    if form == "json":
        click.echo(json.dumps([_told(RULES[one]) for one in wanted], indent=2))
    elif name is None:
        wide = max(map(len, wanted))
        for one in wanted:
            click.echo(f"{one:{wide}}  {RULES[one].severity:7}  {RULES[one].finds}")
    else:
        click.echo(explained(RULES[name]), nl=False)


def explained(rule: Rule) -> str:
    """Explain a rule in plain text."""
    parts = [
        f"{rule.id} ({rule.severity})",
        rule.finds,
        f"Why it matters: {rule.why}",
        f"What to do: {rule.fix}",
    ]
    if rule.example.before:
        parts.append(f"Before, beside the template catalogue:\n{_edits(rule.example.before)}")
    parts.append(f"Bad:\n{_edits(rule.example.bad)}")
    parts.append(f"Good:\n{_edits(rule.example.good) or '  the template catalogue as it is'}")
    return "\n\n".join(parts) + "\n"


def _edits(edits: tuple[Edit, ...]) -> str:
    return "\n".join(f"  {edit.file}  {edit.path}  {_value(edit)}" for edit in edits)


def _value(edit: Edit) -> str:
    if edit.value is ABSENT:
        return "taken out"
    if edit.path == "$" and isinstance(edit.value, str):
        return "the file:\n    " + edit.value.rstrip("\n").replace("\n", "\n    ")
    return f"= {json.dumps(edit.value, ensure_ascii=False)}"


def _told(rule: Rule) -> dict[str, object]:
    return {
        "id": rule.id,
        "family": rule.family,
        "severity": rule.severity,
        "finds": rule.finds,
        "why": rule.why,
        "fix": rule.fix,
        "bad": _edits(rule.example.bad),
        "good": _edits(rule.example.good),
    }
