"""Fuzz every target, each in a process of its own, and write the page.

    python -m tests.proof.fuzz.run [--seconds SECONDS] [TARGET …]

Each target has ten minutes unless told; two run at once. An input that crashes a
target, takes longer than ten seconds or makes the process larger than a gigabyte is a finding: it is kept in
`build/fuzz/`, and the run ends with exit code 1.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from tests.proof.fuzz.targets import TARGETS, WORDS
from tests.proof.pages import ROOT, table, write

FOUND: Final = ROOT / "build" / "fuzz"
SECONDS: Final = 600
BOUNDS: Final = ("-timeout=10", "-rss_limit_mb=1024", "-max_len=8192", "-len_control=20", "-print_final_stats=1")
_STAT: Final = re.compile(r"stat::(\w+):\s+(\d+)")


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a target."""

    target: str
    seconds: int
    inputs: int
    peak_mb: int
    seeds: int
    found: str


def fuzz(name: str, seconds: int) -> Result:
    """Fuzz one target."""
    with tempfile.TemporaryDirectory() as folder:
        corpus, words = Path(folder) / "corpus", Path(folder) / "words"
        seeds = plant(name, corpus)
        words.write_text("".join(f'"{_quoted(word)}"\n' for word in WORDS), "utf-8")
        FOUND.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "tests.proof.fuzz.child", name, *BOUNDS, f"-max_total_time={seconds}"]
        command += [f"-dict={words}", f"-artifact_prefix={FOUND / name}-", str(corpus)]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace", check=False)  # noqa: S603 - ourselves
    stats = {key: int(number) for key, number in _STAT.findall(ran.stderr)}
    if ran.returncode:
        (FOUND / f"{name}.log").write_text(ran.stderr[-20_000:], "utf-8")
    found = f"exit code {ran.returncode}: see build/fuzz/{name}.log" if ran.returncode else "nothing"
    inputs, peak = stats.get("number_of_executed_units", 0), stats.get("peak_rss_mb", 0)
    return Result(name, seconds, inputs, peak, seeds, found)


def plant(name: str, corpus: Path) -> int:
    """Write a target's seeds, which each pass; gives how many."""
    corpus.mkdir()
    number = 0
    for number, seed in enumerate(TARGETS[name].seeds(), 1):
        (corpus / str(number)).write_bytes(seed)
    return number


def _quoted(word: str) -> str:
    return word.replace("\\", "\\\\").replace('"', '\\"')


def main(arguments: Sequence[str]) -> int:
    """Fuzz; 0 when nothing was found."""
    told = argparse.ArgumentParser()
    told.add_argument("--seconds", type=int, default=SECONDS)
    told.add_argument("targets", nargs="*")
    asked = told.parse_args(arguments)
    if unknown := set(asked.targets) - set(TARGETS):
        told.error(f"no target is called {', '.join(sorted(unknown))}: {', '.join(TARGETS)}")
    seconds, chosen = asked.seconds, asked.targets or list(TARGETS)
    with ThreadPoolExecutor(2) as threads:
        results = list(threads.map(lambda name: fuzz(name, seconds), chosen))
    rows = [
        (of.target, f"{of.seconds} s", f"{of.inputs:,}", f"{of.seeds}", f"{of.peak_mb} MB", of.found) for of in results
    ]
    page = table(("target", "time", "inputs tried", "seeds", "largest process", "found"), rows)
    print(page)
    if set(chosen) == set(TARGETS):
        write("fuzz", "Fuzzing", (FUZZ, page), [asdict(of) for of in results], again=f"make fuzz SECONDS={seconds}")
    return int(any(of.found != "nothing" or not of.inputs for of in results))


FUZZ: Final = (
    "Coverage-guided fuzzing (atheris) of what takes bytes from outside. An input is a finding when anything but an "
    "error of ours comes out, what was decoded does not encode to the same, a record has not exactly one outcome, the "
    "canary of the seeds is in a telemetry message, an ML image or an answer, a word in an ML image is not its "
    "schema's, it takes longer than 10 s, or the process grows beyond 1 GiB."
)

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
