"""How the demo starts: on an empty folder, on a Kafka of its own, and beside no other demo."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from deploy import lock
from deploy.demo.run import CORPUS, prepare
from deploy.errors import Problem
from deploy.folder import Folder

if TYPE_CHECKING:
    from pathlib import Path


def test_a_corpus_is_sought_beside_the_clone() -> None:
    """The place of a corpus is relative: no machine's own path is written down."""
    assert not CORPUS.is_absolute()


def test_the_demo_starts_from_an_empty_folder(tmp_path: Path) -> None:
    """What an earlier run left is wiped."""
    (tmp_path / "demo" / "logs").mkdir(parents=True)
    (tmp_path / "demo" / "logs" / "old.log").touch()
    prepare(Folder(tmp_path / "demo"))
    assert [path.name for path in (tmp_path / "demo").rglob("*")] == ["app"]


def test_a_running_demo_is_left_alone(tmp_path: Path) -> None:
    """A second demo on the same folder says so and wipes nothing."""
    folder = Folder(tmp_path / "demo")
    held = lock.Lock(folder.stack)
    try:
        with pytest.raises(Problem, match="a demo is running"):
            prepare(folder)
    finally:
        held.release()
    assert folder.stack.exists()


def test_a_cluster_of_somebody_else_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo counts every message there is, so it runs on a Kafka of its own only."""
    monkeypatch.setitem(os.environ, "TIDEGATE_KAFKA_BOOTSTRAP", "kafka.example:9092")
    with pytest.raises(Problem, match="unset TIDEGATE_KAFKA_BOOTSTRAP"):
        prepare(Folder(tmp_path / "demo"))
    assert not (tmp_path / "demo").exists()
