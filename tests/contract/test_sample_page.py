"""The sample catalogue's page names all that lies in its folder: each event with kind and owner, each vocabulary."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.gate_samples import catalogue

SAMPLE = Path(__file__).parents[2] / "schemas/catalog"
EVENT = re.compile(r"^\| \[`([a-z0-9_.]+)`\]\((\w+)/(\w+)\.avsc\) \| (\w+) \| ([a-z-]+) \| ", re.MULTILINE)
VOCABULARY = re.compile(r"^\| \[(\w+)\]\(vocabularies/\1\.yaml\) \| (\d+) \| ", re.MULTILINE)


def test_every_event_has_its_line() -> None:
    """Those made of spans and metrics too; in the folder of its kind, with the team that answers for it."""
    told = {
        event: (folder, kind, owner, (SAMPLE / folder / f"{name}.avsc").is_file())
        for event, folder, name, kind, owner in EVENT.findall((SAMPLE / "README.md").read_text("utf-8"))
    }
    plans = catalogue().plans.values()
    assert told == {plan.event: (plan.kind.value, plan.kind.value, plan.owner, True) for plan in plans}


def test_every_vocabulary_has_its_line() -> None:
    """Each file of the folder, once."""
    told = [name for name, _ in VOCABULARY.findall((SAMPLE / "README.md").read_text("utf-8"))]
    assert told == sorted(path.stem for path in (SAMPLE / "vocabularies").glob("*.yaml"))
