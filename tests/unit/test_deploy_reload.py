"""SIGHUP on a running collector: a new catalogue counts from the next request on, a broken one does not."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from schemas.catalogue import SHIPPED
from tests.unit.catalogue_copies import change
from tests.unit.collector_running import Running
from tests.unit.gate_samples import CANARY, SNEAKY


@pytest.fixture(name="running")
def a_running_collector(tmp_path: Path) -> Iterator[Running]:
    """Run one; stop it afterwards."""
    running = Running(tmp_path)
    try:
        yield running
    finally:
        running.end()


def test_a_running_collector_takes_up_a_new_catalogue_and_leaves_a_broken_one(running: Running) -> None:
    """What the new catalogue refuses is refused from then on; a broken one is told in one line and changes nothing."""
    assert "refused" not in running.take()
    change(running.catalogue, "catalogue.yaml", lambda head: head.update(scopes=["meetings.media"]))
    assert running.reload() == "collector: reloaded: catalogue, keys and tokens"
    assert "refused 1 of 1: scope 1" in running.take()
    (running.catalogue / "catalogue.yaml").write_text(f"scopes: [{CANARY}\n")
    line = running.reload()
    assert line.startswith("collector: nothing was reloaded, what was in force stays: catalogue.yaml")
    assert SNEAKY not in line
    assert "refused 1 of 1: scope 1" in running.take()
    shutil.copyfile(SHIPPED / "catalogue.yaml", running.catalogue / "catalogue.yaml")
    running.reload()
    assert "refused" not in running.take()
    assert "tidegate_collector_received_total 4.0" in httpx.get(f"{running.url}/metrics").text
