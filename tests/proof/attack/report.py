"""What a run showed: a table for the terminal, JSON, and the page `docs/proof/attack.md`."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable, Iterator
from dataclasses import asdict
from importlib.metadata import version
from typing import Any, Final, TypeAlias

from schemas.catalogue import load
from tests.proof.attack.case import Fate
from tests.proof.attack.look import SHAPES, Outcome, Verdict, by_place_and_form
from tests.proof.pages import run_of

Say: TypeAlias = Callable[[str], None]
COLUMNS: Final = ("cases", "refused", "destroyed", "bounded", "found")
KAFKA: Final = "4.3.1"


def table(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Give the rows: place, form, and the five counts; the last row is the sum."""
    rows = by_place_and_form(outcome)
    for (place, form), counts in rows.items():
        yield place, form, *(str(counts[column]) for column in COLUMNS)
    yield "all", "", *(str(sum(counts[column] for counts in rows.values())) for column in COLUMNS)


def facts(outcome: Outcome, seed: int, seconds: float) -> dict[str, Any]:
    """Give everything a machine may want to compare: names and counts of ours, no canary."""
    run = run_of()
    return {
        "run": {name: run[name] for name in ("date", "commit")},
        "versions": {
            "tidegate": version("tidegate"), "python": platform.python_version(), "kafka": KAFKA,
            "opentelemetry-proto": version("opentelemetry-proto"),
        },
        "seed": seed,
        "seconds": round(seconds),
        "clean": outcome.clean,
        "rows": [dict(zip(("place", "form", *COLUMNS), row, strict=True)) for row in table(outcome)],
        "proof": {
            "planted": outcome.proof.planted, "missed": len(outcome.proof.missed), "shapes": outcome.proof.shapes,
            "kinds_of_place": outcome.proof.kinds, "at_home": outcome.at_home, "homes": outcome.homes,
            "control": outcome.control,
        },
        "searched": {"places": outcome.haystacks, "bytes": outcome.searched, "needles": outcome.needles},
        "sealed": sum(verdict.sealed for verdict in outcome.verdicts),
        "bounded": [dict(zip(_BOUNDED, row, strict=True)) for row in bounded(outcome)],
        "controls": outcome.controls,
        "aimed": sum(verdict.case.aim is not None for verdict in outcome.verdicts),
        "landed": [asdict(each) for each in outcome.landed],
        "astray": [verdict.case.name for verdict in outcome.verdicts if verdict.astray],
        "surprises": [verdict.case.name for verdict in outcome.verdicts if verdict.surprise],
        "found": [asdict(found) for found in outcome.found],
    }  # fmt: skip


_BOUNDED: Final = ("case", "event", "records", "bits an event", "seen in telemetry", "seen in ml.eligible")


def bounded(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    """Give a row for each case that was taken as legal values: what its event can carry at most."""
    plans, leaked = load().plans, {found.case for found in outcome.found}
    for verdict in outcome.verdicts:
        if verdict.fate is Fate.BOUNDED:
            event = verdict.case.event or ""
            yield (
                verdict.case.name, event, str(_records(verdict)), f"{plans[event].bits:.1f}",
                "yes" if verdict.legible else "no", "YES" if verdict.case.name in leaked else "no",
            )  # fmt: skip


def _records(verdict: Verdict) -> int:
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest  # noqa: PLC0415

    if verdict.case.aim is not None:
        return sum(verdict.case.aim.lands.values())
    counts = []
    for shot in verdict.case.shots:
        body = getattr(shot, "body", None)
        request = ExportLogsServiceRequest.FromString(body) if body is not None else None
        counts.append(len(request.resource_logs[0].scope_logs[0].log_records) if request else 1)
    return sum(counts)


def page(outcome: Outcome, seed: int, seconds: float) -> str:
    """Write the page."""
    told = facts(outcome, seed, seconds)
    protocol = f"opentelemetry-proto {told['versions']['opentelemetry-proto']}"
    proof, searched = told["proof"], told["searched"]
    cases = len(outcome.verdicts)
    verdict = "No canary was found." if not outcome.found else f"**{len(outcome.found)} findings.**"
    made, versions = told["run"], told["versions"]
    return f"""# Attack suite

Written by `make attack` on {made["date"]}, commit {made["commit"]}: Tidegate {versions["tidegate"]}, Python
{versions["python"]}, Apache Kafka {versions["kafka"]}, {told["seconds"]} s. `make attack SEED={seed}` repeats
it; the figures: [attack.json](attack.json).

{cases} attacks on a whole stack on real Kafka, each with canary words of its own; then a search of every topic (values,
keys, headers, all partitions), table, file, log, beat, answer (head and body, status and metadata) and report of the
command line for every one of them, plain and in {len(SHAPES)} encodings. {verdict}

- **refused**: the sender was told no, or the validator sealed the message. In {told["sealed"]} cases the canary was
  read again in quarantine, opened with the operator's key: what was refused is what was sent.
- **destroyed**: taken, and what carried the canary was not kept: headers, unknown fields, planned discards.
- **bounded**: legal values of declared domains, chosen to say something. They pass, as they must; the second table says
  how much they can carry. No letter of them is in `ml.eligible`.

{_markdown(("place", "form", *COLUMNS), table(outcome))}

## The places are reached

{told["aimed"]} of the attacks are within spans, events within spans and points that schemas of the catalogue match, in
every field that OTLP ({protocol}) has there, by HTTP (protobuf and JSON) and by gRPC; or around a call.
The same without canaries, {told["controls"]} targets each way in, is taken. An attack that is refused shows something
only where it was refused for its own reason: {_aim(told["astray"])}.
One that is taken has to arrive, each record once, and in `ml.eligible` too:

{_markdown(("event", "to arrive", "telemetry", "ml.eligible"), _landings(outcome))}

## The search can see

{proof["planted"]} words planted in {proof["shapes"]} shapes into copies of {proof["kinds_of_place"]} kinds of place:
{proof["planted"] - proof["missed"]} found. {proof["at_home"]} of {proof["homes"]} canaries that attackers wrote to a
topic were found in the attackers' own messages, read back from Kafka, and the chat message sent as a control
{"was" if proof["control"] else "was NOT"} found on `customer.content`. Searched: {searched["places"]:,} places,
{searched["bytes"] / 1e6:.1f} MB, {searched["needles"]:,} patterns.

## What is bounded

A colluding app can choose among legal values. What reaches `ml.eligible` of an event is at most the bits that the
compiler computes (`tidegate catalogue capacity`). Ids count for nothing there, though which ones are equal tells
something; so do the number of events and their order, to whoever reads the topic: none of that is in the figure.
The telemetry topics and their tables keep numbers exactly, so whoever may read those can read what was packed into
digits: the column says where the search saw it. They are not ML-eligible.

The search knows no secret code, and an accomplice may. Symbols, flags, presence, places in a vocabulary, versions and
browser majors are their own images: whoever knows the code reads them from `ml.eligible` too, a few bits an event.
Exact numbers, times and ids are not: of those a bucket, an hour, a step or a keyed hash is left.

{_markdown(_BOUNDED, bounded(outcome))}
"""


def _aim(astray: list[str]) -> str:
    return f"**{len(astray)} were not**" if astray else "each was, by every answer"


def _landings(outcome: Outcome) -> Iterator[tuple[str, ...]]:
    for each in outcome.landed:
        yield f"`{each.event}`", *(f"{number:,}" for number in (each.due, each.telemetry, each.ml))


def _markdown(columns: tuple[str, ...], rows: Iterator[tuple[str, ...]]) -> str:
    lines = [columns, tuple("---" for _ in columns), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def as_json(told: dict[str, Any]) -> str:
    """Write the facts."""
    return json.dumps(told, indent=1) + "\n"
