"""Schema files written to hurt the check: a finding each, and no more."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from schemas.check.engine import check
from schemas.shape import MOST as MOST_TOLD

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "schemas" / "template"
USAGE = "usage/FeatureUsed.avsc"
Made = Callable[[dict[str, Any]], object]


def nested(depth: int) -> object:
    """An array of arrays of … strings."""
    avro: object = "string"
    for _ in range(depth):
        avro = {"type": "array", "items": avro}
    return avro


def in_field(number: int, **properties: object) -> Made:
    """Set properties of a field."""
    return lambda schema: schema["fields"][number].update(properties)


HOSTILE: dict[str, tuple[Made, str]] = {
    "deep types": (in_field(1, type=nested(500)), "structure/too-deep"),
    "recursion": (in_field(1, type="example.usage.FeatureUsed"), "structure/recursion"),
    "100,000 symbols": (
        lambda schema: schema["fields"][2]["type"].update(symbols=[f"S{number}" for number in range(100_000)]),
        "structure/bad-value",
    ),
    "zero-width arrays": (in_field(1, type={"type": "array", "items": "null"}), "structure/type"),
    "a huge default": (in_field(1, default="x" * 900_000), "structure/default"),
    "control characters": (in_field(1, name="a\x1b[2J\n"), "structure/bad-value"),
    "5,000 fields": (
        lambda schema: schema["fields"].extend({**schema["fields"][1], "name": f"f{n}"} for n in range(5000)),
        "structure/bad-value",
    ),
    "a hostile key": (lambda schema: schema.update({"x\x00" * 1000: 1}), "structure/unknown-property"),
}
TEXTS = {
    "200,000 brackets": ("[" * 200_000, "structure/too-deep"),
    "10 MB": ('{"a": "' + "x" * 10_000_000 + '"}', "structure/too-large"),
}


# Run by itself: processor time, as a multiple of plain work before and after it (about 1/70 second where a machine is
# idle, more where it is not), and most kilobytes held. Not `ru_maxrss`, which a process inherits from its parent.
STATUS = Path("/proc/self/status")
MOST = 70
MEASURED = """
import json, re, sys, time
from pathlib import Path
from schemas.check.engine import check

def cost(work):
    start = time.process_time()
    work()
    return time.process_time() - start

def unit():
    for number in range(4_000):
        json.loads(json.dumps({"a": [number, str(number)]}))

before = cost(unit)
took = cost(lambda: check(Path(sys.argv[1])))
print(2 * took / (before + cost(unit)), *re.findall(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text()))
"""


def with_file(tmp_path: Path, text: str) -> Path:
    """Copy the template with one file replaced."""
    folder = tmp_path / "catalog"
    shutil.copytree(TEMPLATE, folder)
    (folder / USAGE).write_text(text, encoding="utf-8")
    return folder


def hostile(name: str) -> str:
    """Write a hostile file."""
    if name in TEXTS:
        return TEXTS[name][0]
    schema = json.loads((TEMPLATE / USAGE).read_text(encoding="utf-8"))
    HOSTILE[name][0](schema)
    return json.dumps(schema)


def found(tmp_path: Path, text: str) -> list[str]:
    """Check the template with one file replaced; the findings' rules."""
    report = check(with_file(tmp_path, text))
    assert {finding.file for finding in report.findings} == {USAGE}
    return [finding.rule for finding in report.findings]


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_schema_is_one_finding(name: str, tmp_path: Path) -> None:
    """It is told by one rule, in its file, without a traceback and without taking the machine."""
    assert found(tmp_path, hostile(name)) == [HOSTILE[name][1]]


@pytest.mark.timeout(20)
def test_more_defects_than_anybody_reads_are_counted(tmp_path: Path) -> None:
    """An object of keys that nothing reads: some of them one by one, the others in one finding."""
    schema = json.loads((TEMPLATE / USAGE).read_text(encoding="utf-8"))
    schema["fields"][1]["tidegate"] |= {f"key{number}": 1 for number in range(40_000)}
    rules = Counter(found(tmp_path, json.dumps(schema)))
    assert rules == {"structure/unknown-property": MOST_TOLD, "structure/bad-value": 1}


@pytest.mark.timeout(20)
@pytest.mark.parametrize("name", TEXTS)
def test_a_hostile_file_is_one_finding(name: str, tmp_path: Path) -> None:
    """So is a file that is no schema at all."""
    assert found(tmp_path, hostile(name)) == [TEXTS[name][1]]


@pytest.mark.skipif(not STATUS.exists(), reason="needs Linux's account of a process's memory")
@pytest.mark.parametrize("name", [*HOSTILE, *TEXTS])
def test_a_hostile_schema_costs_little(name: str, tmp_path: Path) -> None:
    """Less than a second where the machine is idle, and less than 200 MB."""
    command = [sys.executable, "-c", MEASURED, str(with_file(tmp_path, hostile(name)))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, check=True, timeout=60)  # noqa: S603 - our own interpreter
    multiple, kilobytes = map(float, done.stdout.split())
    assert multiple < MOST
    assert kilobytes < 200_000
