"""What `tidegate event` does: reads what was said, asks for the rest, shows what came of it."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import click

from collector.records import Pairs
from deploy.authoring import fieldspec, newevent
from deploy.commands._errors import Stop
from deploy.commands._sheets import wide
from deploy.errors import Problem
from schemas.model import Kind, Level, Purpose
from schemas.reasons import ValueKind
from schemas.textfile import Unreadable, read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from collector.records import Value
    from deploy.authoring.trial import Trial, Verdict

_ML = Purpose.TRAIN_AI_SYSTEM


def new(catalog: Path, name: str, fields: Sequence[str], said: Mapping[str, Any], *, asks: bool) -> int:
    """Write an event; returns the exit code."""
    said = _asked(said) if asks else said
    missing = [flag for flag in ("kind", "owner", "purposes", "doc") if not said[flag]]
    if missing:
        flags = ", ".join(f"--{flag.rstrip('s')}" if flag == "purposes" else f"--{flag}" for flag in missing)
        raise Stop(f"Say {flags} too; a terminal would be asked.")
    kind = Kind(said["kind"])
    specs = [fieldspec.read(text) for text in (fields or (_asked_fields() if asks else ()))]
    if not specs:
        raise Stop(f"An event has at least one field: --field {fieldspec.HELP}")
    event = newevent.NewEvent(
        event=name,
        kind=kind,
        level=said["level"] or Level.OPTIONAL.value,
        owner=said["owner"],
        purposes=said["purposes"],
        expires=said["expires"] or newevent.expires_by_default(kind, datetime.now(UTC).date()),
        doc=said["doc"],
        fields=specs,
        discards=said["discards"],
    )
    result = newevent.write(catalog, event)
    if isinstance(result, list):
        for finding in result:
            click.echo(str(finding), err=True)
        click.echo("Nothing was written: the event would not pass the check.", err=True)
        return 1
    click.echo(f"wrote {catalog / result.file}")
    for attribute, of in result.classes.items():
        click.echo(f"attributes.yaml: {attribute} is {of}")
    where = f" --catalog {catalog}"
    click.echo(f"Next: tidegate event test {name}{where} --value …; tidegate register{where}")
    return 0


def _asked(said: Mapping[str, Any]) -> dict[str, Any]:
    """Ask a terminal for what was not given as a flag."""
    kind = said["kind"] or click.prompt("What does it carry", type=click.Choice(list(Kind)), default="usage")
    purposes = said["purposes"] or _purposes(kind)
    return {
        **said,
        "kind": kind,
        "doc": said["doc"] or click.prompt("What does it tell, in a sentence"),
        "owner": said["owner"] or click.prompt("Which team answers for it"),
        "level": said["level"]
        or click.prompt("May a user switch it off? optional: yes", type=click.Choice(list(Level)), default="optional"),
        "purposes": purposes,
    }


def _purposes(kind: str) -> list[str]:
    choices = [purpose.value for purpose in Purpose if kind != Kind.CONTENT or purpose is not _ML]
    text = click.prompt(f"What may it be used for, with blanks between ({' '.join(choices)})")
    return text.replace(",", " ").split()


def _asked_fields() -> list[str]:
    """Ask for fields until an empty line; one that can't be read is asked for again."""
    click.echo(f"Fields: {fieldspec.HELP} Domains: {', '.join(fieldspec.DOMAINS)}. An empty line ends.")
    fields: list[str] = []
    while text := click.prompt(f"Field {len(fields) + 1}", default="", show_default=False).strip():
        try:
            fieldspec.read(text)
        except Problem as problem:
            click.echo(str(problem), err=True)
        else:
            fields.append(text)
    return fields


def try_out(catalog: Path, name: str, values: Sequence[str], file: Path | None, shape: str) -> int:
    """Try values on an event; returns the exit code."""
    from deploy.authoring.trial import readable, trial  # noqa: PLC0415 - the gate's modules, only here

    given = _from_file(file) if file else {}
    given |= dict(_value(number, text) for number, text in enumerate(values, start=1))
    done = trial(readable(catalog), name, given, time.time_ns() // 1000)
    if shape == "json":
        click.echo(json.dumps(_jsonable(done), ensure_ascii=False))
    else:
        _table(done)
    return 1 if done.refusal else 0


def _value(number: int, text: str) -> tuple[str, Value]:
    key, sign, value = text.partition("=")
    if not sign or not key:
        raise Stop(f"--value {number} of those given is not K=V.")
    try:
        return key, as_value(json.loads(value, parse_constant=_no_constant))
    except (ValueError, RecursionError):
        return key, value


def _no_constant(_: str) -> None:
    raise ValueError


def _from_file(file: Path) -> dict[str, Value]:
    try:
        data = read_json(file, file.name)
    except Unreadable as error:
        raise Stop(str(error.finding)) from None
    if not isinstance(data, dict):
        raise Stop("The file of --json holds no JSON object: give names and values.")
    return {name: as_value(value) for name, value in data.items()}


def as_value(data: object) -> Value:
    """Make JSON data what a decoder of OTLP would have made of it."""
    if isinstance(data, list):
        return tuple(as_value(item) for item in data)
    if isinstance(data, dict):
        return Pairs(tuple((name, as_value(item)) for name, item in data.items()))
    return data  # type: ignore[return-value]


def _jsonable(done: Trial) -> dict[str, Any]:
    return {
        "event": done.event,
        "kind": done.kind.value,
        "accepted": done.refusal is None,
        "topic": done.topic,
        "refusal": done.refusal.reason.code if done.refusal else None,
        "reaches_ml": done.reaches_ml,
        "withheld": done.withheld.code if done.withheld else None,
        "fields": [
            {
                "field": verdict.field or None,
                "attribute": verdict.attribute,
                "given": verdict.given,
                "telemetry": verdict.telemetry or None,
                "ml": verdict.ml or None,
                "meaning": verdict.meaning or None,
                "refusal": verdict.refusal.reason.code if verdict.refusal else None,
            }
            for verdict in done.verdicts
        ],
    }


def _table(done: Trial) -> None:
    from rich.markup import escape  # noqa: PLC0415 - only a table needs it
    from rich.table import Table  # noqa: PLC0415 - as above

    drawn = Table("field", "attribute", "given", "telemetry image", "ML image", box=None, pad_edge=False)
    for verdict in done.verdicts:
        ml = f"{verdict.ml} ({verdict.meaning})" if verdict.meaning else verdict.ml
        images = (f"[red]{escape(why(verdict))}[/]", "") if verdict.refusal else (escape(verdict.telemetry), escape(ml))
        if not verdict.field and not verdict.refusal:
            images = ("[dim]discarded, as planned[/]", "")
        drawn.add_row(escape(verdict.field), escape(verdict.attribute), "yes" if verdict.given else "", *images)
    wide().print(drawn)
    click.echo(_conclusion(done))


def why(verdict: Verdict) -> str:
    """Say why a value would be refused: its kind and size bucket, never the value."""
    refusal = verdict.refusal
    assert refusal is not None  # noqa: S101 - asked of refused ones alone
    kind, size = refusal.value_kind, refusal.size.value
    unit = "items" if kind in {ValueKind.ARRAY, ValueKind.MAP} else "bytes"
    told = kind.value if kind is ValueKind.ABSENT else f"{kind.value}, {size} {unit}"
    return f"refused, {refusal.reason.code}: {refusal.reason.sentence} ({told})"


def _conclusion(done: Trial) -> str:
    if done.refusal is not None:
        where = f" at {done.refusal.field}" if done.refusal.field else ""
        return f"Refused whole{where}, into quarantine: {done.refusal.reason.sentence}"
    if done.kind is Kind.CONTENT:
        return f"Accepted: to {done.topic}, and nowhere else."
    if done.withheld is not None:
        return f"Accepted: to {done.topic}. Withheld from ml.eligible: {done.withheld.sentence}"
    return f"Accepted: to {done.topic}, and as its ML image to ml.eligible."
