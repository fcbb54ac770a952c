"""What the check costs: start-up of the command, and a schema's share in a large catalogue, as ratios in one run.

    python -m tests.benchmarks.check [SCHEMAS]

The units are starting Python itself, and `json.loads` of the same files; shown is the median of five rounds.
"""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from schemas.check.engine import check

TEMPLATE = Path(__file__).parents[2] / "schemas" / "template"
ROUNDS = 5


def grown(folder: Path, schemas: int) -> list[Path]:
    """Make a catalogue of so many schemas; returns their files."""
    shutil.copytree(TEMPLATE, folder)
    schema = json.loads((folder / "usage" / "FeatureUsed.avsc").read_text(encoding="utf-8"))
    for number in range(schemas - 3):
        schema["name"], schema["tidegate"]["event"] = f"FeatureUsed{number}", f"feature.used{number}"
        schema["doc"] = f"Somebody used feature {number} of the app."
        file = folder / "usage" / f"FeatureUsed{number}.avsc"
        file.write_text(json.dumps(schema, indent=2), encoding="utf-8")
    return sorted(folder.glob("*/*.avsc"))


def seconds(work: Callable[[], object]) -> float:
    """Time one call."""
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def started(*arguments: str) -> Callable[[], object]:
    """Start a Python process, and wait for its end."""
    return lambda: subprocess.run([sys.executable, *arguments], check=True, capture_output=True)  # noqa: S603 - our own


def ratio(work: Callable[[], object], unit: Callable[[], object]) -> float:
    """Median of the rounds' ratios."""
    return statistics.median(seconds(work) / seconds(unit) for _ in range(ROUNDS))


def main(schemas: int) -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "catalog"
        files = grown(folder, schemas)
        texts = [file.read_text(encoding="utf-8") for file in files]
        check(folder)
        once = seconds(lambda: check(folder))
        rows = {
            "tidegate --help, over python -c pass": ratio(started("-m", "deploy.cli", "--help"), started("-c", "pass")),
            f"check of {schemas} schemas, over json.loads of them": ratio(
                lambda: check(folder), lambda: [json.loads(text) for text in texts]
            ),
        }
    for name, value in rows.items():
        print(f"{name:52} x {value:8.1f}")
    print(f"{'one check of all, this run':52}   {once:8.2f} s, {once / schemas * 1e6:.0f} us a schema")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 500)
