"""Writes docs/promises.md, docs/proof.md and docs/otlp.md; with `--check`, says whether they are true.

With `--age` it says how far each run's figures are behind the product's code. That is told and not written: each commit
would make the page stale.

The promises come from tests/proof/promises.py, their guards from the table of mutants, the figures from the compiler,
and the index from what the runs wrote into docs/proof/.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from collector.limits import DEFAULT
from tests.proof.capacity import IDS, batch_order, figures
from tests.proof.otlp import page as otlp
from tests.proof.pages import PROOF, ROOT, behind_by, committed_at, table
from tests.proof.promises import PROMISES, Promise

DOCS: Final = ROOT / "docs"


def _goals(told: Any) -> str:  # noqa: ANN401 - JSON
    return f"{_met(told['results']['goals'])} goals met"


def _met(goals: Sequence[Mapping[str, Any]]) -> str:
    return f"{sum(goal['met'] for goal in goals)} of {len(goals)}"


_ORDER: Final = batch_order(DEFAULT.records)


def promises() -> str:
    """Write the page of the promises."""
    return "\n\n".join((PREFACE, *map(_promise, PROMISES), "## What is bounded", figures(), BESIDE, NOT_CLAIMED)) + "\n"


def _promise(promise: Promise) -> str:
    guards = "\n".join(f"- `{guard}`" for guard in promise.guards)
    tests = "\n".join(f"- `{test}`" for test in promise.tests)
    return f"### {promise.id} {promise.title}\n\n{promise.sentence}\n\nKept by:\n\n{guards}\n\nShown by:\n\n{tests}"


PREFACE: Final = """# Promises

Written by `make proof`; a test holds it against the code. Each promise has an id for ever, the guards that keep it and
the tests that show it. `make mutants` takes each guard away in turn and sees a test fail:
[proof/mutants.md](proof/mutants.md).

## What is shown

By tests, attacks and mutants, not by a formal proof: **no content that was sent stands in ml.eligible, neither verbatim
nor in any encoding that the attacks search for.** No code copies a received value there: what is there was looked up,
computed or keyed. What is alike all the same is a word of the catalogue's own lists."""
BESIDE: Final = f"""Beside the bits of its images a record can say something by *being there*:

- **Which id comes again.** A pseudonym tells equality within a key's epoch and nothing else, so the compiler counts
  no bits. An app that keeps {IDS:,} ids in stock says {math.log2(IDS):.1f} bits with each id that it chooses: the last
  column. Who reads ml.eligible can't tell which id it was, only that it was the same.
- **Order.** Within a batch of the validator the order is that of keyed event ids, and says nothing. From batch to batch
  it is no more than time is. (Were it kept, the order of a largest request's {DEFAULT.records:,} records could
  carry {_ORDER / DEFAULT.records:.1f} bits each.)
- **Time.** The event's time is its hour and is counted above. Arrival, to the broker's millisecond, is the validator's
  poll: half a second and a batch blur it. Were nothing blurred, an event sent at a chosen millisecond of its second
  would say {math.log2(1000):.0f} bits.
- **Counts.** How many events come in a span, up to n, says log2(n + 1) bits a span.
- **Presence.** An absent field is one of the images of its field, and counted."""
NOT_CLAIMED: Final = """## What is not claimed

- The covert channel is bounded, not closed: an app that means to can signal within the figures above.
- A word of a vocabulary is a word: where a chat says no more than "hi" and a field's list has `hi`, the two are alike.
- Pseudonyms are not anonymity. Who can watch both ends, or knows what somebody did when, may single them out.
- What people do is told, by design: who was in a call for how long. What can be inferred from that is not bounded here.
- `customer.content` holds content. Kafka's rules alone keep it from others than the product's services.
- Kafka's super user, the holder of a private quarantine key or of both pseudonym keys, who can change the catalogue or
  the code unseen, the machine's own defects and its memory: all outside.
- What an app logs, stores or sends past Tidegate."""

Verdict = Callable[[Any], str]
# Page -> how to repeat it, what it shows, and its verdict out of its JSON.
RUNS: Final[Mapping[str, tuple[str, str, Verdict]]] = {
    "leak": (
        "make leakbench",
        "how much content each domain lets pass, and what honest telemetry it costs, beside filters",
        lambda told: f"{_met(told['goals'])} goals met; read strictly, {_met(told['strict'])}",
    ),
    "attack": (
        "make attack",
        "attacks on a whole stack on real Kafka, each with canaries, and a search of everything for them",
        lambda told: f"{sum(int(row['found']) for row in told['rows'])} canaries found",
    ),
    "crash": (
        "make crash",
        "both services killed at random moments under load, and every record counted",
        lambda told: f"{told['results']['acknowledged']:,} records, {told['results']['bad']} lost or found",
    ),
    "noloss": (
        "make noloss",
        "stock SDKs send while Kafka goes away and the collector is killed, and every record is looked for",
        lambda told: f"{told['results']['taken']:,} records answered 200, {told['results']['lost']} lost",
    ),
    "overload": (
        "make overload",
        "four times what the collector can take, for a minute: its memory, answers, latency and recovery",
        _goals,
    ),
    "badinput": (
        "make badinput",
        "100,000 mutated requests and every kind of bad connection, while good requests go on",
        _goals,
    ),
    "flood": (
        "make flood",
        "what a stream of nothing but leaks costs either service, beside a clean one",
        lambda told: (
            ", ".join(f"{it['service']} {it['ratio']:.2f}" for it in told["results"]["costs"])
            + f" times; {_goals(told)}"
        ),
    ),
    "mutants": (
        "make mutants",
        "each guard taken away in turn, and the test that notices",
        lambda told: f"{sum(bool(it['killed_by']) for it in told['results'])} of {len(told['results'])} killed",
    ),
    "fuzz": (
        "make fuzz",
        "coverage-guided fuzzing of what takes bytes from outside",
        lambda told: (
            f"{sum(it['inputs'] for it in told['results']):,} inputs, "
            f"{sum(it['found'] != 'nothing' for it in told['results'])} findings"
        ),
    ),
}


def proof(folder: Path = PROOF) -> str:
    """Write the index of the runs, out of what each wrote."""
    rows = []
    for name, (command, shows, verdict) in RUNS.items():
        path = folder / f"{name}.json"
        if not path.is_file():
            rows.append((name, shows, "not run yet", "", f"`{command}`"))
            continue
        told = json.loads(path.read_text("utf-8"))
        rows.append((f"[{name}](proof/{name}.md)", shows, verdict(told), _date(told), f"`{command}`"))
    shown = table(("run", "what it shows", "verdict", "date", "again"), rows)
    return "\n\n".join((INDEX, shown, DEVIATIONS, deviations(folder), REPEAT)) + "\n"


def deviations(folder: Path = PROOF) -> str:
    """List the goals that are not met, those of the strict reading of the leak benchmark among them."""
    lines = []
    for name in RUNS:
        path = folder / f"{name}.json"
        told = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        of = told["results"] if isinstance(told.get("results"), dict) else told
        lines += [f"- [{name}](proof/{name}.md): {_missed(it)}" for it in of.get("goals", ()) if not it["met"]]
        strict = [it for it in of.get("strict", ()) if not it["met"]]
        lines += [f"- [{name}](proof/{name}.md), read strictly: {_missed(it)}" for it in strict]
    return "\n".join(lines) or "None."


def _missed(goal: Mapping[str, Any]) -> str:
    bound = f", goal {goal['bound']}" if "bound" in goal else ""
    return f"{goal['goal']}{bound}: {goal.get('found') or goal['figure']}"


def _date(told: Mapping[str, Any]) -> str:
    return str(told["run"]["date"])


def ages(folder: Path = PROOF) -> Iterator[str]:
    """Say for each page how many commits have touched the product since the one that it was measured at."""
    for name in RUNS:
        path = folder / f"{name}.json"
        if not path.is_file():
            yield f"{name:10} not run yet"
            continue
        told = json.loads(path.read_text("utf-8"))
        commit = told["run"]["commit"]
        mixed = _mixed(told["results"], commit) if name == "mutants" else ""
        yield f"{name:10} {commit:14} {_age(commit, path)}{mixed}"


def _mixed(rows: Sequence[Mapping[str, Any]], commit: str) -> str:
    """Say how many rows the page's own run did not make."""
    earlier = sum(row.get("commit") != commit for row in rows)
    return f"; {earlier} of {len(rows)} rows are of earlier runs" if earlier else ""


def _age(commit: str, path: Path) -> str:
    behind = behind_by(commit)
    if behind is not None:
        return str(behind)
    since = behind_by(committed_at(path))
    return "its commit is not in this history" + ("" if since is None else f"; at least {since}, since it was written")


INDEX: Final = """# Proof

The [promises](promises.md) say what Tidegate keeps; these runs attack and measure it. Each page says at which
commit and with which versions it was made. `make proof` writes this index out of their results, and says how many
commits to the product each page is behind; `python -m tests.proof.index --age` says that alone."""
DEVIATIONS: Final = """## Deviations

Goals that are not met. The leak benchmark is also read strictly: no content in any disguise may be taken at all, not
even as OTHER, of which nothing is left, or for a random id, of which a keyed hash is. Its figures need corpora that are
not part of this repository; [leak](proof/leak.md) says which, and where their values come from. What the
collector costs beside a naive chain, and which goals it misses there: [benchmarks](benchmarks.md)."""
REPEAT: Final = """From a fresh clone, with nothing but Python, make and git:
`make leakbench attack crash noloss overload badinput flood mutants fuzz proof`. That takes more than an hour on two
cores, most of it fuzzing (`make fuzz SECONDS=60` is shorter). `make test` runs a small part of each."""
PAGES: Final[Mapping[str, Callable[[], str]]] = {"promises.md": promises, "proof.md": proof, "otlp.md": otlp.page}


def stale() -> list[str]:
    """Name the pages that are not what code and results say."""
    return [name for name, text in PAGES.items() if not _holds(DOCS / name, text())]


def _holds(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text("utf-8") == text


def main(arguments: list[str]) -> int:
    """Write, or check; 1 when a page is stale."""
    if "--age" in arguments:
        print(f"{'page':10} {'measured at':14} commits to the product since")
        print("\n".join(ages()))
        return 0
    names = stale()
    for name in names:
        if "--check" not in arguments:
            (DOCS / name).write_text(PAGES[name](), "utf-8")
        print(f"docs/{name} {'is stale: run `make proof`' if '--check' in arguments else 'written'}")
    return int(bool(names) and "--check" in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
