"""The page, the figures and the terminal's tables."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.proof.leak.measure import Result
from tests.proof.leak.report import Goal, Sheet, figures, goals, sheets, strict, told_words
from tests.proof.leak.sources import SENTENCE, TABLE
from tests.proof.pages import table as markdown

HEAD = """# Leak benchmark

How much of what customers say, write, show and share gets through the gate; what honest telemetry it costs; and what
filters let through in the same run. `make leakbench` writes this page, `leak.json` and the plot, and fails when a goal
is missed. A small seeded part of it runs in `make test`.

Measured on {day}, commit {commit}, Python {python}, in {seconds:.0f} s; {source}.

"""
STRICT = """The goals above forgive a disguise that reads as noise and is taken for an id, of which a keyed hash is
left; a value that becomes OTHER or coarse, as many others do; a word of our own lists; and give user agents a share
of their own. Here nothing is forgiven: 0.25 % of content as it stands, and none at all of what is encoded, disguised or
media. What is not met is listed as a deviation in [proof.md](../proof.md). """
MEANING = """## What is counted

Each value is thrown at **every** domain: the {shipped} of the shipped catalogue, and {more} more that are about as wide
as the check allows without a finding, or as lenient. What a domain takes is judged again and reduced, as the validator
does it, and the worst of all verdicts counts:

| verdict | the value is |
|---|---|
| refused | in no domain |
| OTHER | taken, but as every unlisted value is: the image tells nothing of it |
| coarse | a number or a time whose image is that of many, and stands for another than was sent |
| as an id | taken for a random id; its image is a keyed hash, which tells equality and nothing else |
| told | taken, and its image tells of it: a word, a version, a number that can be read back, a browser |

Content as it stands **leaks** when it is told or taken for an id. Disguised content leaks when it is told: what reads
as noise can't be told from a random id, and nothing can be read from its hash. A word of our own vocabularies that
comes through is counted, and listed below: it tells that this word of ours was sent, and nothing else.

## What is not

A sender who means to can tell something with honest values: a letter as a number, a bit as a flag. That channel is as
wide as the event's capacity, which the compiler bounds in bits (`tidegate catalogue` shows it); nobody can close it
without closing the pipe. The disguises here put at least four characters into a value. Whether random ids are refused
by mistake is measured by `tests/benchmarks/ids.py`, over more of them.

"""
SOURCES = {
    "corpora": "values from the project's corpora of content and of honest telemetry",
    "packages": "the corpora are not on this machine: values from chatterbot-corpus and the standard library",
}


def show(result: Result, console: Console) -> None:
    """Print the goals and all tables but the longest."""
    for sheet in sheets(result)[:-1]:
        console.print(_rich(sheet))
    console.print(_rich(_goal_sheet(strict(result), "Strict reading")))
    console.print(_rich(_goal_sheet(goals(result))))


def write(result: Result, folder: Path, run: Mapping[str, str]) -> None:
    """Write the page and the figures; the plot has a module of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "leak.md").write_text("".join(_page(result, run)), encoding="utf-8")
    of = {"run": {"date": run["date"], "commit": run["commit"]}, **dict(figures(result))}
    (folder / "leak.json").write_text(json.dumps(of, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _page(result: Result, run: Mapping[str, str]) -> Iterator[str]:
    source, commit = SOURCES[result.source], run["commit"]
    yield HEAD.format(day=run["date"], commit=commit, python=result.python, seconds=result.seconds, source=source)
    yield _markdown(_goal_sheet(goals(result)))
    yield _markdown(_goal_sheet(strict(result), "Strict reading", STRICT))
    yield "![Let through and stopped, beside filters](leak.svg)\n\n"
    first, *rest = sheets(result)
    yield _markdown(first)
    yield MEANING.format(shipped=result.shipped, more=result.domains - result.shipped)
    yield f"## The corpora\n\n{SENTENCE}\n\n"
    if result.files:
        yield "SHA-256: " + ", ".join(f"`{name}` {digest}" for name, digest in result.files.items()) + ".\n\n"
    yield markdown(("source", "what was taken", "licence"), TABLE) + "\n\n"
    for sheet in rest:
        yield _markdown(sheet)
    yield "## Words of ours that came through whole\n\n"
    found = ", ".join(f"`{word}` {count}" for word, count in sorted(told_words(result).items()))
    yield (found or "None.") + "\n"


def _goal_sheet(of: list[Goal], title: str = "Goals", note: str = "") -> Sheet:
    rows = tuple((goal.name, goal.bound, goal.found, "✓" if goal.met else "✗ not met") for goal in of)
    note = f"{note}In brackets: counts, and the 95 % interval (Wilson's)."
    return Sheet(title, note, ("what", "goal", "found", ""), rows)


def _markdown(sheet: Sheet) -> str:
    lines = ["| " + " | ".join(map(_cell, row)) + " |" for row in (sheet.head, *sheet.rows)]
    lines.insert(1, "|---" + "|---:" * (len(sheet.head) - 1) + "|")
    return f"## {sheet.title}\n\n{sheet.note}\n\n" + "\n".join(lines) + "\n\n"


def _cell(text: str) -> str:
    return re.sub(r"([|*_])", r"\\\1", text)


def _rich(sheet: Sheet) -> Table:
    table = Table(title=sheet.title, title_justify="left", header_style="bold")
    for index, name in enumerate(sheet.head):
        table.add_column(name, justify="right" if index else "left")
    for row in sheet.rows:
        table.add_row(*row)
    return table
