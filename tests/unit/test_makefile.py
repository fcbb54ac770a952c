"""The Makefile starts what is there."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from typing import Final

import pytest

MAKEFILE: Final = (Path(__file__).parents[2] / "Makefile").read_text("utf-8")
MODULES: Final = sorted(set(re.findall(r"\$\(BIN\)/python -m (tests[.\w]+|deploy[.\w]+)", MAKEFILE)))


@pytest.mark.parametrize("module", MODULES)
def test_a_target_starts_a_module_that_is_there(module: str) -> None:
    """Found as `python -m` finds it, with its `__main__` where it is a package."""
    found = importlib.util.find_spec(module)
    assert found is not None
    if found.submodule_search_locations is not None:
        assert importlib.util.find_spec(f"{module}.__main__") is not None


def test_no_target_starts_a_file() -> None:
    """Its folder would come first in the path, and hide packages of the names of its neighbours: `collector`."""
    assert len(MODULES) > 10
    assert re.findall(r"python (?:tests|deploy)/\S+", MAKEFILE) == []
